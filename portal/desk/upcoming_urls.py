"""Address of the Upcoming page."""

from django.urls import path

from portal.desk import upcoming_views

app_name = "scheduled"
urlpatterns = [path("", upcoming_views.scheduled_list, name="list")]
