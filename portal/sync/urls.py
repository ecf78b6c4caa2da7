"""Addresses of the Sync page."""

from django.urls import path

from portal.sync import views

app_name = "sync"
urlpatterns = [
    path("", views.sync_detail, name="detail"),
    path("start/", views.start, name="start"),
    path("stop/", views.stop, name="stop"),
    path("indicator/", views.indicator, name="indicator"),
]
