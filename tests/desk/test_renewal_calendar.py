"""The calendar feed of renewals: its secret address, and what it holds."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from icalendar import Calendar
from pytest_django import Settings

from portal.core.clock import now
from portal.desk import renewal_calendar
from portal.desk.models import CalendarFeed, RenewalCase
from subscriptions.models import Subscription
from tests.support import vendor_json
from tests.support.languages import speak
from tests.support.portal import People, SignIn
from tests.support.rows import keep_customers
from tests.support.stores import database

TODAY, END = date(2026, 11, 20), date(2026, 12, 15)
FIRST = 10_000_001
PAGE = "/renewals/calendar/"


@pytest.fixture(autouse=True)
def _the_day(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    file = tmp_path_factory.mktemp("clock") / "today"
    file.write_text(TODAY.isoformat())
    settings.BUSINESS_DATE_FILE = str(file)
    renewal_calendar.forget()
    yield
    renewal_calendar.forget()


@pytest.fixture
def several(db: None) -> None:
    keep_customers(vendor_json.customer(FIRST, companyName="青葉会; 本部, 東京"))
    for number, columns in enumerate(({}, {}, {}, {"renewal_type": "CANCEL"}), start=501):
        Subscription.objects.create(
            **{
                "customer_id": FIRST, "subscription_id": number, "product_id": "STD", "plan": "ANNUAL_LICENSE",
                "status": "ACTIVE", "start_date": date(2025, 12, 16), "end_date": END, "license_count": 20,
                "renewal_type": "STAY", "raw": {}, "changed_at": now(), **columns,
            }
        )  # fmt: skip


def owned(number: int, person_id: int) -> None:
    RenewalCase.objects.create(
        domain_id=FIRST, subscription_id=number, end_date=END, owner_id=person_id, owner_name="x"
    )


def address_of(browser: Client) -> str:
    """Create a feed on the page; return its path."""
    shown = browser.post(PAGE, {"action": "create"})
    path: str = shown.context["address"].removeprefix("http://testserver")
    assert f"http://testserver{path}" in shown.content.decode()
    return path


def events(path: str) -> list[Any]:
    answer = Client().get(path)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    return Calendar.from_ical(answer.content).walk("VEVENT")


@pytest.mark.usefixtures("several")
def test_it_holds_my_undecided_renewals_and_those_of_nobody(people: People, sign_in: SignIn) -> None:
    owned(502, people.account_manager.pk)
    owned(503, people.second_manager.pk)
    [first, second] = events(address_of(sign_in(people.account_manager)))
    assert first["uid"] == f"renewal-{FIRST}-501-20261215@partnerdesk"
    assert second["uid"] == f"renewal-{FIRST}-502-20261215@partnerdesk"
    assert (first["dtstart"].dt, first["dtend"].dt) == (date(2026, 12, 14), date(2026, 12, 15))
    assert first["summary"] == "Decide: 青葉会; 本部, 東京, Standard"
    assert first["url"] == f"http://testserver/customers/{FIRST}/"


@pytest.mark.usefixtures("several", "japanese")
def test_it_speaks_the_language_in_which_it_was_made(people: People, sign_in: SignIn) -> None:
    path = address_of(speak(sign_in(people.account_manager), "ja"))
    assert events(path)[0]["summary"].startswith("判断：")


def test_nobody_has_one_unless_it_is_made(people: People, sign_in: SignIn) -> None:
    shown = sign_in(people.finance).get(PAGE).content.decode()
    assert "You have no address." in shown
    assert CalendarFeed.objects.count() == 0


def test_only_the_hash_of_the_token_is_stored_and_it_is_shown_once(people: People, sign_in: SignIn) -> None:
    browser = sign_in(people.finance)
    token = address_of(browser).removeprefix(PAGE).removesuffix(".ics")
    assert len(token) >= 43
    assert token not in database()
    assert token not in browser.get(PAGE).content.decode()


def test_a_new_address_replaces_the_one_before(people: People, sign_in: SignIn) -> None:
    browser = sign_in(people.finance)
    old, new = address_of(browser), address_of(browser)
    assert [Client().get(path).status_code for path in (old, new)] == [404, 200]


def test_a_revoked_address_leads_nowhere(people: People, sign_in: SignIn) -> None:
    browser = sign_in(people.finance)
    path = address_of(browser)
    assert Client().get(path).status_code == 200
    assert browser.post(PAGE, {"action": "revoke"})["Location"] == PAGE
    assert Client().get(path).status_code == 404


@pytest.mark.parametrize("token", ["x", "a" * 43, "%00", "../../renewals"])
def test_a_wrong_token_leads_nowhere(db: None, token: str) -> None:
    assert Client().get(f"{PAGE}{token}.ics").status_code in (400, 404)


@pytest.mark.parametrize("change", ["leaves", "has no role", "has a one-time password"])
def test_who_may_no_longer_look_has_no_calendar(people: People, sign_in: SignIn, change: str) -> None:
    path, person = address_of(sign_in(people.finance)), people.finance
    assert Client().get(path).status_code == 200
    if change == "leaves":
        person.is_active = False
    elif change == "has no role":
        person.groups.remove(*Group.objects.all())
    else:
        person.must_change_password = True
    person.save()
    assert Client().get(path).status_code == 404


@pytest.mark.usefixtures("several")
def test_it_has_a_size(people: People, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renewal_calendar, "MOST_EVENTS", 2)
    assert len(events(address_of(sign_in(people.finance)))) == 2


@pytest.mark.usefixtures("several")
def test_asked_again_soon_it_is_not_read_again(
    people: People, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = address_of(sign_in(people.finance))
    first = Client().get(path).content
    owned(501, people.second_manager.pk)
    with CaptureQueriesContext(connection) as queries:
        assert Client().get(path).content == first
    assert not any("subscriptions_subscription" in query["sql"] for query in queries.captured_queries)
    later = now() + timedelta(minutes=6)
    monkeypatch.setattr(renewal_calendar, "now", lambda: later)
    assert len(events(path)) == 2


def test_what_is_no_action_changes_nothing(people: People, sign_in: SignIn) -> None:
    assert sign_in(people.finance).post(PAGE, {"action": "send"}).status_code == 400
    assert CalendarFeed.objects.count() == 0
