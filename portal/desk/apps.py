"""Pages across all apps, and the frame of every page."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "portal.desk"
    label = "desk"

    def ready(self) -> None:
        from portal import checks  # noqa: F401  importing registers the checks, which need the apps to be ready
        from portal.desk.digest import DIGEST
        from portal.mail.kinds import MAIL_KINDS

        MAIL_KINDS.register(DIGEST)
