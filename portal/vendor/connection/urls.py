"""Addresses of Settings → Connection. The one of ``callback`` is registered at LINE WORKS."""

from django.urls import path

from portal.vendor.connection import views

app_name = "connection"
urlpatterns = [
    path("", views.connection_detail, name="detail"),
    path("callback/", views.callback, name="callback"),
    path("disconnect/", views.disconnect, name="disconnect"),
    path("try/", views.try_connection, name="try"),
]
