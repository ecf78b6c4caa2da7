"""Addresses of customers."""

from django.urls import path

from customers import views

app_name = "customers"
urlpatterns = [
    path("", views.customer_list, name="list"),
    path("<int:domain_id>/", views.customer_detail, name="detail"),
    path("<int:domain_id>/read/", views.read_again, name="read_again"),
]
