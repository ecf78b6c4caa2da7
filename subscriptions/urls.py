"""Addresses of subscriptions, below those of their customer."""

from customers.views.requests import command_paths

app_name = "subscriptions"
urlpatterns = command_paths(app_name)
