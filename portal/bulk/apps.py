"""Bulk requests: many requests from the rows of one file, or from a selection in a list."""

from django.apps import AppConfig


class DraftsConfig(AppConfig):
    name = "portal.bulk"
    label = "bulk"

    def ready(self) -> None:
        from portal.bulk.mails import APPROVAL, STOPPED
        from portal.mail.kinds import MAIL_KINDS

        MAIL_KINDS.register(APPROVAL, STOPPED)
