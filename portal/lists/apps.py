"""Django app of lists."""

from django.apps import AppConfig


class ListsConfig(AppConfig):
    """What every list of rows has: columns, saved views, files."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "portal.lists"
    label = "lists"
