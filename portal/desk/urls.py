"""Addresses of pages across all customers."""

from django.urls import path

from portal.desk import changes

app_name = "changes"
urlpatterns = [path("", changes.change_list, name="list")]
