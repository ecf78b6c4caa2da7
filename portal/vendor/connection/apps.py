"""Connection: the grant of LINE WORKS and its page."""

from django.apps import AppConfig


class ConnectionConfig(AppConfig):
    name = "portal.vendor.connection"
    label = "connection"
