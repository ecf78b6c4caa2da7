"""The one door for reads: brings vendor records into the cache tables and knows how old each is."""

from django.apps import AppConfig


class SyncConfig(AppConfig):
    name = "portal.sync"
    label = "sync"
