"""Addresses of subscriptions, below those of their customer."""

from customers.views.requests import order_paths
from subscriptions.commands.pages import PRE_ORDER_ORDERS, SUBSCRIPTION_ORDERS

app_name = "subscriptions"
urlpatterns = order_paths([*PRE_ORDER_ORDERS, *SUBSCRIPTION_ORDERS])
