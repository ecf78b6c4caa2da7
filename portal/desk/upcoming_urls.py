"""Addresses of the list and the calendar of upcoming events."""

from django.urls import path

from portal.desk import upcoming_views
from portal.desk.upcoming_list import LISTING
from portal.lists.pages import list_paths

app_name = "upcoming"
urlpatterns = [
    *list_paths(LISTING),
    path("calendar/", upcoming_views.upcoming_calendar, name="calendar"),
]
