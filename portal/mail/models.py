"""E-mails to send or sent, and what each person chose to get."""

from django.conf import settings
from django.db import models

from portal.core.clock import now


class Mail(models.Model):
    """
    One e-mail to one person. It is written down with what it tells, and sent by a worker after the commit.

    A person never gets two of one kind about the same thing: the row stays, and a constraint holds it. What is under
    way when a worker dies is not sent again, since nobody knows whether it left.
    """

    class State(models.TextChoices):
        """How far it is."""

        WAITING = "waiting"
        SENDING = "sending"
        SENT = "sent"
        # What it would tell was no longer so when its turn came.
        NOT_NEEDED = "not_needed"
        FAILED = "failed"

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    # Of ``portal.mail.kinds``.
    kind = models.CharField(max_length=40)
    # What it is about, as its kind reads it.
    key = models.CharField(max_length=80)
    state = models.CharField(max_length=20, choices=State, default=State.WAITING)
    made_at = models.DateTimeField(default=now)
    state_at = models.DateTimeField(default=now)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(default=now)
    # What the mail server said, by the name of the error; for the server operator.
    problem = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "kind", "key"], name="never_two_mails_about_the_same"),
        ]
        indexes = [models.Index(fields=["state", "next_try_at"], name="mail_to_send")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}: {self.state}"


class MailPreference(models.Model):
    """Whether a person wants a kind of e-mail, where they said so themselves."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=40)
    is_wanted = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "kind"], name="one_preference_of_a_kind")]

    def __str__(self) -> str:
        return f"{self.kind}: {'yes' if self.is_wanted else 'no'}"


class MailLanguage(models.Model):
    """The language in which a person last used Partnerdesk."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+")
    language = models.CharField(max_length=10)

    def __str__(self) -> str:
        return self.language
