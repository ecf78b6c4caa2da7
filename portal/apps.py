"""The project itself as an app: it brings the management commands, the template tags and the system checks."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "portal"

    def ready(self) -> None:
        from portal import checks  # noqa: F401  importing registers the checks, which need the apps to be ready
