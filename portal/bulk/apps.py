"""Bulk requests: the same command for many rows of a file."""

from django.apps import AppConfig


class DraftsConfig(AppConfig):
    name = "portal.bulk"
    label = "bulk"

    def ready(self) -> None:
        from portal.bulk.mails import APPROVAL, STOPPED
        from portal.mail.kinds import MAIL_KINDS

        MAIL_KINDS.register(APPROVAL, STOPPED)
