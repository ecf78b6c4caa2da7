"""
Send the e-mails that wait, one after the other, by one worker at a time.

An e-mail leaves at most once. It is tried again only where it is proved that the server has not taken it: without a
connection, or with an answer that says "later". What else goes wrong is kept with its row.
"""

from datetime import timedelta
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException
from typing import Final

import structlog
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import F
from django.utils import translation

from portal.core.clock import now
from portal.core.locks import try_lock
from portal.mail.kinds import MAIL_KINDS, Letter
from portal.mail.language import language_of
from portal.mail.models import Mail
from portal.mail.posting import is_configured

log = structlog.get_logger(__name__)

# So many in one task; the schedule goes on with the rest.
MOST: Final = 100
PAUSES: Final = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
# Longer than any time limit of a connection: what is still being sent then has lost its worker.
LOST_AFTER: Final = timedelta(minutes=10)
KEPT: Final = timedelta(days=366)
_LATER = range(400, 500)


def deliver() -> int:
    """
    Send what is due, until nothing is or the server does not answer.

    Returns:
        How many were sent.
    """
    if not is_configured():
        return 0
    sent = 0
    with try_lock("mail", 0) as mine:
        if not mine:
            return 0
        _give_up_lost()
        connection = get_connection()
        try:
            for _number in range(MOST):
                mail = _next()
                if mail is None:
                    break
                outcome = _send(mail, connection)
                sent += outcome is Mail.State.SENT
                if outcome is Mail.State.WAITING:
                    break
        finally:
            _close(connection)
    return sent


def forget_old() -> None:
    """Delete the rows of e-mails that are long done."""
    done = (Mail.State.SENT, Mail.State.NOT_NEEDED, Mail.State.FAILED)
    Mail.objects.filter(state__in=done, made_at__lt=now() - KEPT).delete()


def _next() -> Mail | None:
    """Take the next e-mail that is due; from here on it is not sent a second time."""
    due = Mail.objects.filter(state=Mail.State.WAITING, next_try_at__lte=now()).order_by("next_try_at", "pk")
    mail = due.select_related("person").first()
    if mail is None:
        return None
    _move(mail, Mail.State.SENDING, tries=F("tries") + 1)
    mail.refresh_from_db(fields=["tries"])
    return mail


def _send(mail: Mail, connection: BaseEmailBackend) -> Mail.State:
    try:
        letter = _composed(mail)
    except Exception as error:  # one that cannot be worded must not hold up the others
        log.exception("an e-mail cannot be composed", kind=mail.kind, key=mail.key)
        return _move(mail, Mail.State.FAILED, problem=type(error).__name__)
    if letter is None:
        return _move(mail, Mail.State.NOT_NEEDED)
    message = EmailMessage(letter.subject, letter.body, to=[mail.person.email], connection=connection)
    try:
        connection.open()
    except (OSError, SMTPException) as error:
        return _later(mail, error)
    try:
        message.send()
    except SMTPException as error:
        return _later(mail, error) if _is_for_later(error) else _failed(mail, error)
    except OSError as error:
        return _failed(mail, error)
    return _move(mail, Mail.State.SENT, problem="")


def _composed(mail: Mail) -> Letter | None:
    """Word an e-mail for its reader; None if it is no longer so, or not for them any more."""
    kind = MAIL_KINDS.get(mail.kind)
    if kind is None or not mail.person.has_perm(kind.permission):
        return None
    with translation.override(language_of(mail.person)):
        letter = kind.compose(mail.person, mail.key)
    # A header is one line, whatever a customer is called.
    return letter and Letter(" ".join(letter.subject.split()), letter.body)


def _is_for_later(error: SMTPException) -> bool:
    """Return whether the server has refused a message for the time being, and so has not taken it."""
    if isinstance(error, SMTPRecipientsRefused):
        return all(code in _LATER for code, _words in error.recipients.values())
    return isinstance(error, SMTPResponseException) and error.smtp_code in _LATER


def _later(mail: Mail, error: Exception) -> Mail.State:
    if mail.tries > len(PAUSES):
        return _failed(mail, error)
    log.warning("an e-mail was not sent and is tried again", kind=mail.kind, problem=type(error).__name__)
    pause = PAUSES[mail.tries - 1]
    return _move(mail, Mail.State.WAITING, next_try_at=now() + pause, problem=type(error).__name__)


def _failed(mail: Mail, error: Exception) -> Mail.State:
    log.error("an e-mail was not sent", kind=mail.kind, problem=type(error).__name__)
    return _move(mail, Mail.State.FAILED, problem=type(error).__name__)


def _move(mail: Mail, state: Mail.State, **columns: object) -> Mail.State:
    Mail.objects.filter(pk=mail.pk).update(state=state, state_at=now(), **columns)
    return state


def _give_up_lost() -> None:
    lost = Mail.objects.filter(state=Mail.State.SENDING, state_at__lt=now() - LOST_AFTER)
    lost.update(state=Mail.State.FAILED, state_at=now(), problem="lost")


def _close(connection: BaseEmailBackend) -> None:
    try:
        connection.close()
    except (OSError, SMTPException) as error:
        log.warning("the mail server did not end the connection", problem=type(error).__name__)
