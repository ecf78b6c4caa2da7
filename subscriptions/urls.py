"""Addresses of subscriptions: the list of all, and what concerns one below those of its customer."""

from django.urls import include, path

from customers.views.requests import command_paths
from portal.lists.pages import list_paths
from subscriptions.listing import LISTING

app_name = "subscriptions"
urlpatterns = [
    *list_paths(LISTING, "subscriptions/"),
    path("customers/", include(command_paths(app_name))),
]
