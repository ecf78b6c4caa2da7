"""Addresses of requests."""

from django.urls import path

from portal.operations import bundle_views, views

app_name = "operations"
urlpatterns = [
    path("", views.operation_list, name="list"),
    path("policy/", views.policy, name="policy"),
    path("policy/<int:pk>/", views.policy_answer, name="policy_answer"),
    path("bundles/", bundle_views.bundle_list, name="bundles"),
    path("bundles/<int:pk>/", bundle_views.bundle_detail, name="bundle"),
    path("bundles/<int:pk>/confirm/", bundle_views.bundle_confirm, name="bundle_confirm"),
    path("bundles/<int:pk>/approve/", bundle_views.bundle_approve, name="bundle_approve"),
    path("bundles/<int:pk>/cancel/", bundle_views.bundle_cancel, name="bundle_cancel"),
    path("bundles/<int:pk>/finish/", bundle_views.bundle_finish, name="bundle_finish"),
    path("bundles/<int:pk>/put-back/", bundle_views.bundle_put_back, name="bundle_put_back"),
    path("<int:pk>/", views.operation_detail, name="detail"),
    path("<int:pk>/confirm/", views.operation_confirm, name="confirm"),
    path("<int:pk>/approve/", views.operation_approve, name="approve"),
    path("<int:pk>/cancel/", views.operation_cancel, name="cancel"),
    path("<int:pk>/read/", views.operation_read, name="read"),
    path("<int:pk>/settle/", views.operation_settle, name="settle"),
]
