"""Addresses of bulk requests for a selection."""

from django.urls import path

from portal.desk import selection_views

app_name = "selection"
urlpatterns = [
    path("<str:source>/", selection_views.selection_kinds, name="kinds"),
    path("<str:source>/<str:kind>/workbook.xlsx", selection_views.selection_workbook, name="workbook"),
    path("<str:source>/<str:kind>/", selection_views.selection_values, name="values"),
]
