"""Lists: the columns, filters, saved views and files that all pages with a list share."""

from django.apps import AppConfig


class ListsConfig(AppConfig):
    """What every list of rows has: columns, saved views, files."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "portal.lists"
    label = "lists"
