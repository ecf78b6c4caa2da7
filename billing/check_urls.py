"""Addresses of the list of differences: a list has a namespace of its own."""

from django.urls import path

from billing.check_listing import LISTING
from billing.views.causes import difference_cause
from portal.lists.pages import list_paths

app_name = "differences"
urlpatterns = [*list_paths(LISTING), path("cause/", difference_cause, name="cause")]
