"""The connection to LINE WORKS: the grant that Partnerdesk holds there, and its page."""

from django.apps import AppConfig


class ConnectionConfig(AppConfig):
    name = "portal.vendor.connection"
    label = "connection"
