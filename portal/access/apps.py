"""Sign-in, roles, and the grant that the portal holds at the vendor."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "portal.access"
    label = "access"
