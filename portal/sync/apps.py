"""Sync: the one way to read LINE WORKS, with the age of everything that was read."""

from django.apps import AppConfig


class SyncConfig(AppConfig):
    name = "portal.sync"
    label = "sync"
