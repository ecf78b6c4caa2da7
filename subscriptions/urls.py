"""Addresses of subscriptions, below those of their customer."""

from customers.ordering import order_paths
from subscriptions.orders import PRE_ORDER_ORDERS, SUBSCRIPTION_ORDERS

app_name = "subscriptions"
urlpatterns = order_paths([*PRE_ORDER_ORDERS, *SUBSCRIPTION_ORDERS])
