"""Addresses of the list of differences: a list has a namespace of its own."""

from billing.check_listing import LISTING
from portal.lists.pages import list_paths

app_name = "differences"
urlpatterns = list_paths(LISTING)
