"""E-mails about requests: who gets which, in what words, and nobody twice."""

from collections.abc import Callable

import pytest
from django.core.mail import EmailMessage
from django.urls import reverse
from pytest_django import Settings

from customers.models import Customer
from portal.accounts.models import User
from portal.bulk import runner
from portal.celery import app
from portal.mail.delivery import deliver
from portal.mail.models import Mail, MailLanguage, MailPreference
from portal.operations import services
from portal.operations.approval_topics import Level, Topic
from portal.operations.approvals import set_policy
from portal.operations.event_types import EventType
from portal.operations.models import Operation
from portal.operations.states import State
from portal.operations.transitions import step
from tests.bulk.files import table, upload, wish
from tests.mail.conftest import named
from tests.support.orders import REASON, order
from tests.support.policies import PRE_ORDERS
from tests.support.portal import People, ReadIn, SignIn

NOTE = "日付を確認してください"


@pytest.fixture
def waiting(people: People, synced_customer: Customer) -> Operation:
    set_policy(PRE_ORDERS, by=people.administrator)
    return order(people.account_manager, synced_customer)


def test_those_who_may_approve_are_asked_with_a_link(
    waiting: Operation, people: People, mailoutbox: list[EmailMessage]
) -> None:
    assert deliver() == 2

    customer = waiting.customer_name
    subject = f"Approval needed: Add pre-order, {customer}"
    assert named(mailoutbox) == sorted((each.email, subject) for each in (people.administrator, people.second_manager))
    body = str(mailoutbox[0].body)
    assert f"https://desk.example{waiting.get_absolute_url()}" in body
    assert f"https://desk.example{reverse('account_mails')}" in body
    # What was typed and read stays on the page.
    assert REASON not in body


def test_nobody_gets_two_of_the_same(waiting: Operation, mailoutbox: list[EmailMessage]) -> None:
    deliver()
    services.confirm(waiting, by=User.objects.get(pk=waiting.proposed_by_id), reason=REASON)

    assert deliver() == 0
    assert len(mailoutbox) == 2
    assert set(Mail.objects.values_list("state", flat=True)) == {Mail.State.SENT}


def test_an_administrators_approval_is_asked_of_administrators_alone(
    people: People, synced_customer: Customer, mailoutbox: list[EmailMessage]
) -> None:
    set_policy({Topic.SUBSCRIPTION: Level.ADMINISTRATOR}, by=people.administrator)
    order(people.account_manager, synced_customer)
    deliver()

    assert [message.to for message in mailoutbox] == [[people.administrator.email]]


def test_what_was_decided_meanwhile_is_asked_of_nobody(
    waiting: Operation, people: People, mailoutbox: list[EmailMessage]
) -> None:
    services.reject(waiting, by=people.administrator, note=NOTE)

    deliver()

    assert [message.to for message in mailoutbox] == [[people.account_manager.email]]
    assert Mail.objects.filter(kind="approval", state=Mail.State.NOT_NEEDED).count() == 2


def test_who_took_part_meanwhile_is_asked_about_the_others_alone(
    waiting: Operation, people: People, synced_customer: Customer, mailoutbox: list[EmailMessage]
) -> None:
    other = order(people.account_manager, synced_customer)
    Operation.objects.filter(pk=waiting.pk).update(also_asked_ids=[people.second_manager.pk])

    deliver()

    [message] = [message for message in mailoutbox if message.to == [people.second_manager.email]]
    assert other.get_absolute_url() in str(message.body)


DECISIONS: dict[str, Callable[[Operation, User], object]] = {
    "was returned to you": lambda operation, by: services.send_back(operation, by=by, note=NOTE),
    "was rejected": lambda operation, by: services.reject(operation, by=by, note=NOTE),
    "was approved": lambda operation, by: services.approve(operation, by=by),
}


@pytest.mark.parametrize("words", DECISIONS)
def test_who_asked_hears_of_the_decision(
    words: str, waiting: Operation, people: People, mailoutbox: list[EmailMessage]
) -> None:
    deliver()
    mailoutbox.clear()

    DECISIONS[words](waiting, people.administrator)
    deliver()

    [message] = mailoutbox
    assert (message.to, words in message.subject) == ([people.account_manager.email], True)
    assert (NOTE in str(message.body)) == (words != "was approved")


@pytest.mark.parametrize(
    ("state", "what", "words"),
    [
        (State.UNKNOWN, EventType.NO_CLEAR_ANSWER, "the outcome is unknown"),
        (State.REFUSED, EventType.REFUSED, "was declined by LINE WORKS"),
    ],
)
def test_who_asked_hears_of_an_end_that_is_no_success(
    state: State, what: EventType, words: str, people: People, synced_customer: Customer, mailoutbox: list[EmailMessage]
) -> None:
    operation = order(people.account_manager, synced_customer)
    step(operation, State.SENDING, EventType.CLAIMED)

    step(operation, state, what)
    deliver()

    [message] = mailoutbox
    assert (message.to, words in message.subject) == ([people.account_manager.email], True)


def test_it_is_worded_in_the_language_in_which_the_reader_last_used_the_portal(
    waiting: Operation, people: People, sign_in: SignIn, mailoutbox: list[EmailMessage]
) -> None:
    sign_in(people.administrator).post(reverse("set_language"), {"language": "ja"})
    assert MailLanguage.objects.get(person=people.administrator).language == "ja"
    sign_in().post(reverse("set_language"), {"language": "ja"})

    deliver()

    subjects = {message.to[0]: message.subject for message in mailoutbox}
    assert subjects[people.administrator.email].startswith("承認をお願いします：")
    assert subjects[people.second_manager.email].startswith("Approval needed: ")


def test_a_line_break_in_a_name_makes_no_header(
    waiting: Operation, people: People, mailoutbox: list[EmailMessage]
) -> None:
    Operation.objects.filter(pk=waiting.pk).update(customer_name="三河屋\nBcc: all@example.com")

    deliver()

    assert {message.subject.count("\n") for message in mailoutbox} == {0}
    assert {tuple(message.bcc) for message in mailoutbox} == {()}


def test_without_a_mail_server_nothing_is_written_down(
    settings: Settings, people: People, synced_customer: Customer, mailoutbox: list[EmailMessage]
) -> None:
    settings.EMAIL_IS_CONFIGURED = False
    set_policy(PRE_ORDERS, by=people.administrator)

    order(people.account_manager, synced_customer)

    assert (deliver(), mailoutbox, Mail.objects.exists()) == (0, [], False)


def test_whoever_does_not_want_it_gets_none(
    people: People, synced_customer: Customer, mailoutbox: list[EmailMessage]
) -> None:
    MailPreference.objects.create(person=people.administrator, kind="approval", is_wanted=False)
    User.objects.filter(pk=people.second_manager.pk).update(is_active=False)
    set_policy(PRE_ORDERS, by=people.administrator)

    order(people.account_manager, synced_customer)
    deliver()

    assert mailoutbox == []


def test_a_file_asks_once_for_all_of_its_requests(
    people: People,
    read_in: ReadIn,
    sign_in: SignIn,
    monkeypatch: pytest.MonkeyPatch,
    mailoutbox: list[EmailMessage],
) -> None:
    monkeypatch.setattr(app, "send_task", lambda *_args, **_kwargs: None)
    set_policy(PRE_ORDERS, by=people.administrator)
    customers = [300_000_001, 300_000_002, 300_000_005]
    for pk in customers:
        read_in(pk)
    draft = upload(sign_in(people.account_manager), table(*(wish(pk) for pk in customers)))

    runner.start(draft, by=people.account_manager, reason=REASON, warned=True)
    runner.advance(draft.pk)
    deliver()

    assert Operation.objects.filter(state=State.AWAITING_APPROVAL).count() == 3
    subject = f"Approval needed: bulk request {draft.ref}"
    assert named(mailoutbox) == sorted((each.email, subject) for each in (people.administrator, people.second_manager))
    assert f"https://desk.example{draft.get_absolute_url()}" in str(mailoutbox[0].body)
