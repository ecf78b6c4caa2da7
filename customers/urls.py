"""Addresses of customers."""

from django.urls import path

from customers.listing import LISTING
from customers.views import customers, history, lookups, newcomers, notes, usage_status
from customers.views.onboarding import onboarding_paths
from customers.views.requests import command_paths
from portal.lists.pages import list_paths

app_name = "customers"
urlpatterns = [
    *list_paths(LISTING),
    path("<int:domain_id>/", customers.customer_detail, name="detail"),
    path("<int:domain_id>/read/", customers.read_again, name="read_again"),
    path("<int:domain_id>/news/", history.customer_news, name="news"),
    path("<int:domain_id>/history/", history.customer_history, name="history"),
    path("<int:domain_id>/day/", history.customer_day, name="day"),
    path("<int:domain_id>/history/<slug:resource>/", history.customer_row, name="row"),
    path("<int:domain_id>/start/", newcomers.customer_start, name="start"),
    path("<int:domain_id>/notes/", notes.customer_notes, name="notes"),
    path("<int:domain_id>/notes/<int:pk>/", notes.note_act, name="note_act"),
    path("<int:domain_id>/assign/", notes.customer_assign, name="assign"),
    path("<int:domain_id>/users/", usage_status.customer_users, name="users"),
    path("<int:domain_id>/domain/", usage_status.customer_domain, name="domain"),
    path("verify/", lookups.verify, name="verify"),
    path("look-up/", lookups.look_up, name="look_up"),
    path("answers/<int:pk>/", lookups.answer, name="answer"),
    *onboarding_paths(),
    *command_paths(app_name),
]
