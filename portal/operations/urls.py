"""Addresses of operations; each keeps its own for its whole life."""

from django.urls import path

from portal.operations import views

app_name = "operations"
urlpatterns = [
    path("", views.operation_list, name="list"),
    path("policy/", views.policy, name="policy"),
    path("<int:pk>/", views.operation_detail, name="detail"),
    path("<int:pk>/confirm/", views.operation_confirm, name="confirm"),
    path("<int:pk>/approve/", views.operation_approve, name="approve"),
    path("<int:pk>/cancel/", views.operation_cancel, name="cancel"),
    path("<int:pk>/read/", views.operation_read, name="read"),
    path("<int:pk>/settle/", views.operation_settle, name="settle"),
]
