"""How e-mails leave: at most once, with limits on every wait, and again only where the server has not taken them."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.mail import EmailMessage
from pytest_django import Settings

from portal.core.clock import now
from portal.mail import delivery
from portal.mail.delivery import deliver, forget_old
from portal.mail.kinds import MAIL_KINDS, Letter, MailKind
from portal.mail.models import Mail
from portal.mail.posting import post
from tests.support.portal import OwnWorkers, People
from tests.support.waiting import wait_for

KIND = MailKind(
    name="test",
    label="Test",
    description="",
    permission="operations.view_operation",
    is_on_by_default=True,
    compose=lambda _person, key: Letter(key, "body"),
)


@pytest.fixture(autouse=True)
def _kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MAIL_KINDS._kinds, "test", KIND)


@pytest.fixture
def mail(people: People) -> Mail:
    post(KIND, [people.support], "a subject")
    return Mail.objects.get()


@contextmanager
def server(answer: Callable[[str], bytes | None], *, greets: bool = True) -> Iterator[int]:
    """Speak as much SMTP as a client needs; ``answer`` replies to each command, None not at all."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            try:
                while True:
                    talk, _address = listening.accept()
                    with talk, talk.makefile("rb") as lines:
                        if greets:
                            talk.sendall(b"220 ready\r\n")
                        for line in lines:
                            reply = answer(line.decode().strip())
                            if reply:
                                talk.sendall(reply)
            except OSError:
                return  # closed

        threading.Thread(target=serve, daemon=True).start()
        yield listening.getsockname()[1]


def use(settings: Settings, port: int) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 0.3


def kept(mail: Mail) -> tuple[str, str, int]:
    mail.refresh_from_db()
    return mail.state, mail.problem, mail.tries


def test_it_is_sent_once(mail: Mail, people: People, mailoutbox: list[EmailMessage]) -> None:
    post(KIND, [people.support], "a subject")

    assert [deliver(), deliver()] == [1, 0]
    assert [(message.to, message.subject) for message in mailoutbox] == [([people.support.email], "a subject")]
    assert kept(mail) == (Mail.State.SENT, "", 1)


def test_a_server_that_does_not_answer_is_tried_again_later(mail: Mail, settings: Settings) -> None:
    with server(lambda _line: None, greets=False) as port:
        use(settings, port)
        began = time.monotonic()
        assert deliver() == 0
        assert time.monotonic() - began < 3

    assert kept(mail)[::2] == (Mail.State.WAITING, 1)
    assert mail.next_try_at > now()
    assert deliver() == 0
    assert kept(mail)[2] == 1


def test_one_server_that_does_not_answer_is_waited_for_once_whatever_waits(people: People, settings: Settings) -> None:
    for number in range(5):
        post(KIND, [people.support], f"subject {number}")
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    use(settings, port)

    deliver()

    assert sorted(Mail.objects.values_list("tries", flat=True)) == [0, 0, 0, 0, 1]


def test_it_is_given_up_after_some_tries(mail: Mail, settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    use(settings, port)
    for _try in range(len(delivery.PAUSES) + 1):
        Mail.objects.update(next_try_at=now())
        deliver()

    assert kept(mail) == (Mail.State.FAILED, "ConnectionRefusedError", len(delivery.PAUSES) + 1)


@pytest.mark.parametrize(
    ("code", "state"), [(b"451 later", Mail.State.WAITING), (b"550 no such person", Mail.State.FAILED)]
)
def test_what_the_server_refuses_is_sent_again_only_if_it_says_so(
    code: bytes, state: Mail.State, mail: Mail, settings: Settings
) -> None:
    def answer(line: str) -> bytes:
        return code + b"\r\n" if line.lower().startswith("rcpt") else b"250 ok\r\n"

    with server(answer) as port:
        use(settings, port)
        deliver()

    assert kept(mail) == (state, "SMTPRecipientsRefused", 1)


def test_what_may_have_arrived_is_not_sent_again(mail: Mail, settings: Settings) -> None:
    def answer(line: str) -> bytes | None:
        if line.lower() == "data":
            return b"354 go on\r\n"
        commands = ("ehlo", "mail", "rcpt", "rset", "quit")
        return b"250 ok\r\n" if line.lower().startswith(commands) else None

    with server(answer) as port:
        use(settings, port)
        deliver()

    assert kept(mail)[0] == Mail.State.FAILED


def test_what_a_worker_lost_is_not_sent_again(mail: Mail, mailoutbox: list[EmailMessage]) -> None:
    long_ago = now() - delivery.LOST_AFTER - timedelta(seconds=1)
    Mail.objects.update(state=Mail.State.SENDING, state_at=long_ago)

    deliver()

    assert (mailoutbox, kept(mail)[:2]) == ([], (Mail.State.FAILED, "lost"))


def test_one_that_cannot_be_worded_holds_up_no_other(
    mail: Mail, people: People, monkeypatch: pytest.MonkeyPatch, mailoutbox: list[EmailMessage]
) -> None:
    def fail(_person: object, _key: str) -> Letter | None:
        raise ValueError

    broken = MailKind("broken", "", "", "operations.view_operation", True, fail)
    monkeypatch.setitem(MAIL_KINDS._kinds, "broken", broken)
    post(broken, [people.support], "x")

    assert deliver() == 1
    assert Mail.objects.get(kind="broken").state == Mail.State.FAILED


def test_whoever_lost_the_permission_gets_none(mail: Mail, people: People, mailoutbox: list[EmailMessage]) -> None:
    people.support.groups.clear()

    deliver()

    assert (mailoutbox, kept(mail)[0]) == ([], Mail.State.NOT_NEEDED)


def test_old_rows_are_deleted_and_what_waits_stays(mail: Mail, people: People) -> None:
    post(KIND, [people.support], "another")
    Mail.objects.update(made_at=now() - delivery.KEPT - timedelta(days=1))
    Mail.objects.filter(pk=mail.pk).update(state=Mail.State.SENT)

    forget_old()

    assert [each.key for each in Mail.objects.all()] == ["another"]


@pytest.mark.usefixtures("no_worker")  # the one of other tests has no mail server, and would take the message
def test_a_real_worker_sends_what_was_committed(own_workers: OwnWorkers, people: People, tmp_path: Path) -> None:
    worker = own_workers(environment={"EMAIL_URL": f"filemail://{tmp_path}/mails", "EMAIL_FROM": "desk@example.com"})
    worker.start()
    kind = MAIL_KINDS.get("outcome")
    assert kind
    # A request that is no more: the worker takes it up, and has nothing to tell.
    post(kind, [people.account_manager], "operation 987654 1 approved")

    wait_for(lambda: Mail.objects.get().state == Mail.State.NOT_NEEDED, "the worker takes up the e-mail")
