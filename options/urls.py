"""Addresses of options, below those of their customer."""

from django.urls import path

from customers.views.requests import order_paths
from options.commands.pages import ORDERS_OF_OPTIONS
from options.views.options import customer_options

app_name = "options"
urlpatterns = [
    path("<int:domain_id>/options/", customer_options, name="customer"),
    *order_paths(ORDERS_OF_OPTIONS),
]
