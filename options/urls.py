"""Addresses of options, below those of their customer."""

from django.urls import path

from customers.views.requests import command_paths
from options.views.options import customer_options

app_name = "options"
urlpatterns = [
    path("<int:domain_id>/options/", customer_options, name="customer"),
    *command_paths(app_name),
]
