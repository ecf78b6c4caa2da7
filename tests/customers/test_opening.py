"""Opening a customer: what is old is read again in the background, and put on the page once it has come."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from customers.models import Customer
from portal.celery import app
from portal.core.clock import now
from portal.sync.models import Reading
from portal.sync.refresh import ASKED_LATELY, OPENED_OLDER_THAN
from portal.sync.resources import RESOURCES
from tests.support.portal import People, SignIn
from tests.support.rows import keep_contracts, one_customer
from tests.support.vendor_json import subscription

pytestmark = pytest.mark.django_db

SWAP = {"HX-Request": "true"}
Sent = list[tuple[str, tuple[Any, ...]]]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """What workers were asked to do."""
    sent: Sent = []
    monkeypatch.setattr(app, "send_task", lambda name, args=(), **_options: sent.append((name, tuple(args))))
    return sent


@pytest.fixture
def one() -> Customer:
    """A customer of which all was read just now."""
    customer = one_customer()
    kinds = [resource.name for resource in RESOURCES.of_customer() if resource.due_since is None]
    known = set(Reading.objects.of_customer(customer.pk).values_list("resource", flat=True))
    Reading.objects.bulk_create(
        Reading(domain_id=customer.pk, resource=name, read_at=now(), tried_at=now()) for name in {*kinds} - known
    )
    return customer


@pytest.fixture
def open_page(
    people: People, sign_in: SignIn, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> Any:
    """Opens the customer's page as somebody who may only look."""
    browser: Client = sign_in(people.finance)

    def open_page(customer: Customer, poll: str = "") -> Any:
        with django_capture_on_commit_callbacks(execute=True):
            return browser.get(poll or customer.get_absolute_url(), headers=SWAP if poll else {})

    return open_page


def grow_old(customer: Customer, age: timedelta = OPENED_OLDER_THAN + timedelta(seconds=1)) -> None:
    moment = timezone.now() - age
    Reading.objects.of_customer(customer.pk).update(read_at=moment, tried_at=moment)


def arrive(customer: Customer) -> None:
    """Have everything read, as a worker would."""
    Reading.objects.of_customer(customer.pk).update(read_at=now(), tried_at=now())


def poll_of(answer: Any) -> str:
    """Return what the page asks again and again."""
    found = re.search(r'id="news"\s+hx-get="([^"]+)"\s+hx-trigger="every (\d+)s"', answer.content.decode())
    assert found
    return found[1].replace("&amp;", "&")


def test_opening_a_customer_has_read_what_is_old(one: Customer, sent: Sent, open_page: Any) -> None:
    grow_old(one)
    page = open_page(one).content.decode()
    assert sent == [("sync.read_wanted", (one.pk,))]
    assert "Refreshing from LINE WORKS" in page
    assert 'hx-trigger="every 2s"' in page


def test_what_is_fresh_is_left_alone(one: Customer, sent: Sent, open_page: Any) -> None:
    grow_old(one, OPENED_OLDER_THAN - timedelta(seconds=30))
    page = open_page(one).content.decode()
    assert sent == []
    assert "Last updated" in page
    assert 'hx-trigger="every 10s"' in page


def test_only_what_is_old_is_asked_for(one: Customer, sent: Sent, open_page: Any) -> None:
    grow_old(one)
    Reading.objects.filter(resource="subscriptions").update(read_at=now())
    open_page(one)
    wanted = set(Reading.objects.filter(wanted_at__isnull=False).values_list("resource", flat=True))
    assert "subscriptions" not in wanted
    assert "pre_orders" in wanted
    assert not wanted & {resource.name for resource in RESOURCES if resource.due_since}


def test_opening_it_again_at_once_does_not_ask_again(one: Customer, sent: Sent, open_page: Any) -> None:
    grow_old(one)
    for _time in range(3):
        open_page(one)
    assert len(sent) == 1
    Reading.objects.update(wanted_at=now() - ASKED_LATELY - timedelta(seconds=1))
    open_page(one)
    assert len(sent) == 2


def test_a_poll_asks_for_nothing(one: Customer, sent: Sent, open_page: Any) -> None:
    poll = poll_of(open_page(one))
    grow_old(one)
    assert open_page(one, poll).status_code == 200
    assert sent == []


def test_a_customer_that_has_left_is_not_read(one: Customer, sent: Sent, open_page: Any) -> None:
    grow_old(one)
    Customer.objects.update(removed_at=now())
    open_page(one)
    assert sent == []


def test_what_was_asked_for_is_put_on_the_page_once_it_has_come(one: Customer, sent: Sent, open_page: Any) -> None:
    grow_old(one)
    poll = poll_of(open_page(one))
    assert "opened=1" in poll
    assert open_page(one, poll).status_code == 204
    keep_contracts(one.pk, subscriptions=[subscription(licenseCount=777)])
    arrive(one)
    answer = open_page(one, poll)
    part = answer.content.decode()
    assert "777" in part
    assert 'id="contracts" hx-swap-oob="outerHTML"' in part
    later = poll_of(answer)
    assert "opened=1" not in later
    assert open_page(one, later).status_code == 204


def test_what_changes_later_is_told_and_not_put_under_the_hand(one: Customer, sent: Sent, open_page: Any) -> None:
    poll = poll_of(open_page(one))
    keep_contracts(one.pk, subscriptions=[subscription(licenseCount=777)])
    told = open_page(one, poll).content.decode()
    assert "This customer was updated in LINE WORKS" in told
    assert "777" not in told
    show = re.search(r'hx-get="([^"]+)" hx-target="#news"', told)
    assert show
    assert "777" in open_page(one, show[1]).content.decode()


def test_a_new_age_alone_needs_no_word(one: Customer, sent: Sent, open_page: Any) -> None:
    poll = poll_of(open_page(one))
    arrive(one)
    part = open_page(one, poll).content.decode()
    assert 'id="contracts"' in part
    assert "has changed" not in part


def test_a_page_stops_waiting_for_what_does_not_come(one: Customer, sent: Sent, open_page: Any) -> None:
    grow_old(one)
    poll = poll_of(open_page(one))
    Reading.objects.update(wanted_at=now() - ASKED_LATELY - timedelta(seconds=1))
    assert "opened=1" not in poll_of(open_page(one, poll))


@pytest.mark.parametrize(
    ("role", "may"), [("administrator", 1), ("account_manager", 1), ("support", 1), ("finance", 0)]
)
def test_who_may_have_a_customer_read_whatever_its_age(
    one: Customer,
    people: People,
    sign_in: SignIn,
    sent: Sent,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    role: str,
    may: int,
) -> None:
    browser = sign_in(getattr(people, role))
    with django_capture_on_commit_callbacks(execute=True):
        answer = browser.post(f"/customers/{one.pk}/read/")
    assert answer.status_code == (302 if may else 403)
    assert sent == [("sync.read_wanted", (one.pk,))] * may
    assert Reading.objects.filter(wanted_at__isnull=False).exists() == bool(may)


@pytest.mark.parametrize(
    ("page", "to"),
    [
        ("/customers/{}/history/?kind=changes", "/customers/{}/history/?kind=changes"),
        ("//evil.example", "/customers/{}/"),
    ],
)
def test_who_has_a_customer_read_comes_back_to_the_page(
    one: Customer, people: People, sign_in: SignIn, page: str, to: str
) -> None:
    browser = sign_in(people.support)
    answer = browser.post(f"/customers/{one.pk}/read/", {"next": page.format(one.pk)})
    assert (answer.status_code, answer["Location"]) == (302, to.format(one.pk))
