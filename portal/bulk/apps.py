"""Drafts: many changes of one kind, out of a file."""

from django.apps import AppConfig


class DraftsConfig(AppConfig):
    name = "portal.bulk"
    label = "bulk"
