"""The address of what is to happen at all customers."""

from django.urls import path

from portal.desk import upcoming_views

app_name = "scheduled"
urlpatterns = [path("", upcoming_views.scheduled_list, name="list")]
