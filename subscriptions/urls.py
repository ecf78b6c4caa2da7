"""Addresses of subscriptions, below those of their customer."""

from django.urls import path

from subscriptions import views

app_name = "subscriptions"
urlpatterns = [
    path("<int:domain_id>/pre-orders/add/", views.pre_order_add, name="pre_order_add"),
    path("<int:domain_id>/pre-orders/<int:pre_order_id>/move/", views.pre_order_move, name="pre_order_move"),
    path("<int:domain_id>/pre-orders/<int:pre_order_id>/delete/", views.pre_order_delete, name="pre_order_delete"),
]
