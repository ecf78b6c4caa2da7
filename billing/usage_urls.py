"""Addresses of the list of license use."""

from billing.usage import LISTING
from portal.lists.pages import list_paths

app_name = "usage"
urlpatterns = list_paths(LISTING)
