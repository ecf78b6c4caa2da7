"""E-mail: what Partnerdesk writes to its people, and which of it each of them gets."""

from django.apps import AppConfig


class MailConfig(AppConfig):
    name = "portal.mail"
    label = "mail"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in

        from portal.mail.language import note_language

        user_logged_in.connect(note_language, dispatch_uid="language of e-mails")
