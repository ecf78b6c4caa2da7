"""What pages are made of: template tags, formats, theme and translations."""

from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "portal.ui"
    label = "ui"
