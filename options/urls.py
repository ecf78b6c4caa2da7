"""Addresses of options: the list of all, and what concerns one below those of its customer."""

from django.urls import include, path

from customers.views.requests import command_paths
from options.listing import LISTING
from options.views.options import customer_options
from portal.lists.pages import list_paths

app_name = "options"
urlpatterns = [
    *list_paths(LISTING, "options/"),
    path("customers/<int:domain_id>/options/", customer_options, name="customer"),
    path("customers/", include(command_paths(app_name))),
]
