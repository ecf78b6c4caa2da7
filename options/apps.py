"""Options: what a customer adds to a subscription."""

from django.apps import AppConfig


class OptionsConfig(AppConfig):
    name = "options"
