"""Bulk requests: the same command for many rows of a file."""

from django.apps import AppConfig


class DraftsConfig(AppConfig):
    name = "portal.bulk"
    label = "bulk"
