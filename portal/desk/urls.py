"""Addresses of the list of detected changes."""

from portal.desk.changes import LISTING
from portal.lists.pages import list_paths

app_name = "changes"
urlpatterns = list_paths(LISTING)
