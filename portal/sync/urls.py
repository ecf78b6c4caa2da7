"""Addresses of the Sync page."""

from django.urls import path

from portal.sync import views

app_name = "sync"
urlpatterns = [
    path("", views.sync_detail, name="detail"),
    path("figures/", views.sync_figures, name="figures"),
    path("start/", views.start, name="start"),
    path("stop/", views.stop, name="stop"),
    path("readings/<int:pk>/again/", views.try_again, name="try_again"),
    path("indicator/", views.indicator, name="indicator"),
]
