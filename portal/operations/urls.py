"""Addresses of requests."""

from django.urls import path

from portal.lists.pages import list_paths
from portal.operations import bundle_views, policy_views, views
from portal.operations.listing import LISTING

app_name = "operations"
urlpatterns = [
    *list_paths(LISTING),
    path("policy/", policy_views.policy, name="policy"),
    path("policy/<int:pk>/", policy_views.policy_answer, name="policy_answer"),
    path("multi-step/<int:pk>/", bundle_views.bundle_detail, name="bundle"),
    path("multi-step/<int:pk>/confirm/", bundle_views.bundle_confirm, name="bundle_confirm"),
    path("multi-step/<int:pk>/approve/", bundle_views.bundle_approve, name="bundle_approve"),
    path("multi-step/<int:pk>/return/", bundle_views.bundle_return, name="bundle_return"),
    path("multi-step/<int:pk>/reject/", bundle_views.bundle_reject, name="bundle_reject"),
    path("multi-step/<int:pk>/cancel/", bundle_views.bundle_cancel, name="bundle_cancel"),
    path("multi-step/<int:pk>/finish/", bundle_views.bundle_finish, name="bundle_finish"),
    path("multi-step/<int:pk>/revert/", bundle_views.bundle_put_back, name="bundle_put_back"),
    path("<int:pk>/", views.operation_detail, name="detail"),
    path("<int:pk>/confirm/", views.operation_confirm, name="confirm"),
    path("<int:pk>/approve/", views.operation_approve, name="approve"),
    path("<int:pk>/return/", views.operation_return, name="return"),
    path("<int:pk>/reject/", views.operation_reject, name="reject"),
    path("<int:pk>/cancel/", views.operation_cancel, name="cancel"),
    path("<int:pk>/check/", views.operation_read, name="read"),
    path("<int:pk>/result/", views.operation_settle, name="settle"),
]
