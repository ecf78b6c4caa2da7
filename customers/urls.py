"""Addresses of customers."""

from django.urls import path

from customers import history_views, questions_views, standing_views, views
from customers.joining import joining_paths
from customers.ordering import order_paths
from customers.orders import CUSTOMER_ORDERS, NEWCOMER_ORDERS

app_name = "customers"
urlpatterns = [
    path("", views.customer_list, name="list"),
    path("<int:domain_id>/", views.customer_detail, name="detail"),
    path("<int:domain_id>/read/", views.read_again, name="read_again"),
    path("<int:domain_id>/news/", history_views.customer_news, name="news"),
    path("<int:domain_id>/history/", history_views.customer_history, name="history"),
    path("<int:domain_id>/history/<slug:resource>/", history_views.customer_row, name="row"),
    path("<int:domain_id>/users/", standing_views.customer_users, name="users"),
    path("<int:domain_id>/domain/", standing_views.customer_domain, name="domain"),
    path("verify/", questions_views.verify, name="verify"),
    path("look-up/", questions_views.look_up, name="look_up"),
    path("answers/<int:pk>/", questions_views.answer, name="answer"),
    *joining_paths(NEWCOMER_ORDERS),
    *order_paths(CUSTOMER_ORDERS),
]
