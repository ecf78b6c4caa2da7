"""A customer's history: what readings found in words, what was ordered, and one row as it was on a day."""

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from customers.history import Cursor, part_of_history
from customers.sync.customers import CUSTOMER
from portal.sync.history import Entry, Known, row_history, standing_on
from portal.sync.models import DetectedChange
from portal.sync.resources import Answer
from portal.sync.store import keep
from portal.vendor import client
from subscriptions.sync.subscriptions import SUBSCRIPTIONS
from tests.support.orders import stored
from tests.support.portal import People, SignIn
from tests.support.vendor_json import customer, subscription

pytestmark = pytest.mark.django_db

ID = 10_000_001
NUMBER = subscription()["subscriptionId"]
SWAP = {"HX-Request": "true"}
Cause = DetectedChange.Cause


def at(day: int, hour: int = 12) -> datetime:
    """Return a moment of November 2025 in Japan, where the hour is UTC's and nine more."""
    return datetime(2025, 11, day, hour, tzinfo=UTC)


def read(moment: datetime, *contracts: dict[str, Any]) -> None:
    """Keep a customer's subscriptions as they were read at a moment."""
    records = [client.Subscription.from_vendor(contract) for contract in contracts]
    keep(SUBSCRIPTIONS, {ID: Answer(records)}, read_at=moment)


@pytest.fixture(autouse=True)
def _known(db: None) -> None:
    keep(CUSTOMER, {ID: Answer([client.Customer.from_vendor(customer(ID))])}, read_at=at(1))


@pytest.fixture
def browser(people: People, sign_in: SignIn) -> Client:
    return sign_in(people.finance)


@pytest.fixture
def changed() -> None:
    """Read on the 2nd with 20 licenses, on the 4th with 20 still, on the 6th with 35, on the 8th no more."""
    # Of a contract that has passed its end, LINE WORKS itself may be late with the end.
    read(at(2), subscription(licenseCount=20, planEndDate="2099-12-31"))
    read(at(4), subscription(licenseCount=20, planEndDate="2099-12-31"))
    read(at(6), subscription(licenseCount=35, planEndDate="2099-12-31"))
    read(at(8))


def latest() -> Entry:
    return Entry(DetectedChange.objects.filter(resource=SUBSCRIPTIONS.name).latest("pk"))


# --- In words --------------------------------------------------------------------------------------------------------


def test_a_change_names_the_fields_that_moved_with_their_values_in_words() -> None:
    read(at(2), subscription(licenseCount=20, plan="ANNUAL_LICENSE", planEndDate="2026-01-31"))
    read(at(3), subscription(licenseCount=1200, plan="MONTHLY", planEndDate="2026-02-28"))
    entry = latest()
    assert entry.title == f"Subscription {NUMBER}"
    assert {moved.field.label: (moved.before, moved.after) for moved in entry.moved} == {
        "Number of licenses": ("20", "1,200"),
        "Contract type": ("Annual contract, monthly (license)", "Monthly contract, postpay"),
        "End date": ("31 Jan 2026", "28 Feb 2026"),
    }


def test_a_field_and_a_value_never_heard_of_stay_as_the_vendor_spells_them() -> None:
    read(at(2), subscription(status="ACTIVE"))
    read(at(3), subscription(status="FROZEN_X", lockReason={"code": "R7"}))
    moved = {moved.field.label: (moved.before, moved.after) for moved in latest().moved}
    assert moved == {"Status": ("Active", "FROZEN_X"), "lockReason.code": ("", "R7")}


def test_what_appears_and_what_goes_is_said_in_one_line() -> None:
    read(at(2))
    read(at(3), subscription(productId="ADV", plan="ANNUAL_LICENSE", licenseCount=20))
    assert (latest().what, latest().summary.partition(", until")[0]) == (
        "appeared",
        "Advanced, Annual, monthly, 20 licenses",
    )
    read(at(4))
    assert latest().what == "gone"
    assert latest().moved == []
    assert latest().summary.startswith("Advanced, Annual, monthly, 20 licenses")


def test_a_record_that_can_no_longer_be_read_still_has_a_title() -> None:
    DetectedChange.objects.create(
        domain_id=ID, resource=SUBSCRIPTIONS.name, key="7", before=None, after={"odd": 1}, read_at=at(3), cause="first"
    )
    assert (latest().title, latest().summary) == ("Subscriptions 7", "")


# --- The page --------------------------------------------------------------------------------------------------------


def history(browser: Client, **query: Any) -> str:
    answer = browser.get(reverse("customers:history", args=[ID]), query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_change_from_outside_is_told_with_before_after_and_between_which_readings(
    browser: Client, changed: None
) -> None:
    page = re.sub(r"<[^>]+>|\s+", " ", history(browser, cause="outside"))
    page = re.sub(r" +", " ", page)
    assert f"Subscription {NUMBER} removed" in page
    assert "Number of licenses 20 35" in page
    assert "detected between 4 Nov 21:00 and 6 Nov 21:00" in page
    assert "Changed outside Partnerdesk" in page


def test_orders_stand_between_what_readings_found(browser: Client, changed: None) -> None:
    order = stored("succeeded", domain_id=ID, proposed_at=at(5))
    lines = part_of_history(ID, Cursor()).lines
    assert [line.entry is None for line in lines] == [False, False, True]  # read on the 8th and 6th, ordered on the 5th
    assert order.ref in history(browser)


def test_a_change_that_was_ordered_here_leads_to_its_order(browser: Client) -> None:
    order = stored("succeeded", domain_id=ID)
    DetectedChange.objects.create(
        domain_id=ID, resource=SUBSCRIPTIONS.name, key="7", before={"a": 1}, after={"a": 2}, read_before_at=at(2),
        read_at=at(3), cause="operation", operation_id=order.pk,
    )  # fmt: skip
    page = history(browser, cause="operation", resource=SUBSCRIPTIONS.name)
    assert f'href="{order.get_absolute_url()}"' in page
    assert order.ref in page


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, 3),  # two changes, and the order
        ({"cause": "outside"}, 2),
        ({"cause": "operation"}, 1),
        ({"cause": "first"}, 2),
        ({"resource": "subscriptions"}, 2),
        ({"resource": "subscriptions", "cause": "first"}, 1),
        ({"resource": "pre_orders"}, 0),
        ({"cause": "nonsense", "resource": "nonsense"}, 3),
    ],
)
def test_filters_narrow_the_history_down(browser: Client, changed: None, query: dict[str, str], expected: int) -> None:
    stored("succeeded", domain_id=ID)
    assert history(browser, **query).count('class="pd-log-t"') == expected


def test_the_parts_of_a_history_leave_nothing_out_and_show_nothing_twice() -> None:
    for day in range(1, 13):
        read(at(day), subscription(licenseCount=day))
        stored("succeeded", domain_id=ID, proposed_at=at(day, 13))
    start: Cursor | None = Cursor()
    seen = []
    while start is not None:
        part = part_of_history(ID, start, size=5)
        assert len(part.lines) <= 5
        seen += [(line.at, line.entry is None) for line in part.lines]
        start = Cursor.from_text(str(part.following)) if part.following else None
    assert len(seen) == len(set(seen)) == 11 + 12
    assert seen == sorted(seen, reverse=True)


@pytest.mark.parametrize("before", ["x", "-", "5", "\u0661-\u0661", "9" * 30, "1-2-3", "\n"])
def test_an_odd_place_to_begin_at_is_no_error(browser: Client, changed: None, before: str) -> None:
    history(browser, before=before)


def test_a_page_of_history_costs_the_same_with_few_lines_and_with_many(
    browser: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    def cost() -> int:
        with django_assert_max_num_queries(100) as made:
            history(browser)
        return len(made)

    read(at(1, 1), subscription(licenseCount=999))
    read(at(1, 2), subscription(licenseCount=998))
    stored("succeeded", domain_id=ID)
    few = cost()
    for day in range(2, 25):
        read(at(day), subscription(licenseCount=day))
        stored("succeeded", domain_id=ID)
    assert cost() == few <= 30


def test_a_swap_of_the_history_gets_the_list_alone(browser: Client, changed: None) -> None:
    answer = browser.get(reverse("customers:history", args=[ID]), headers=SWAP).content.decode()
    assert answer.count('id="list"') == 1
    assert "<!doctype" not in answer
    assert answer.count("<div") == answer.count("</div>")


# --- As of a day -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "known", "licenses", "was_there"),
    [
        (date(2025, 10, 1), Known.BEFORE_FIRST, None, False),
        (date(2025, 11, 1), Known.BEFORE_FIRST, None, False),
        (date(2025, 11, 2), Known.CERTAIN, 20, True),
        (date(2025, 11, 3), Known.CERTAIN, 20, True),
        (date(2025, 11, 4), Known.BETWEEN, 20, True),
        (date(2025, 11, 5), Known.BETWEEN, 20, True),
        (date(2025, 11, 6), Known.BETWEEN, 35, True),
        (date(2025, 11, 8), Known.LATEST, None, False),
    ],
)
def test_how_a_row_stood_on_a_day(
    changed: None, day: date, known: Known, licenses: int | None, was_there: bool
) -> None:
    standing = standing_on(day, row_history(ID, SUBSCRIPTIONS.name, str(NUMBER)))
    after = standing.entry.observation.after if standing.entry else None
    assert (standing.known, standing.was_there, after and after["licenseCount"]) == (known, was_there, licenses)


def test_a_day_ends_at_midnight_of_the_business_zone() -> None:
    read(at(2, 14), subscription(licenseCount=20))  # 23:00 in Japan
    read(at(2, 16), subscription(licenseCount=35))  # 01:00 of the next day
    history = row_history(ID, SUBSCRIPTIONS.name, str(NUMBER))
    ends = [standing_on(date(2025, 11, day), history).entry for day in (2, 3)]
    assert [entry and entry.observation.after["licenseCount"] for entry in ends] == [20, 35]  # type: ignore[index]


def test_a_row_that_appeared_later_was_not_there_at_the_reading_before() -> None:
    read(at(2))
    read(at(9), subscription())
    standing = standing_on(date(2025, 11, 5), row_history(ID, SUBSCRIPTIONS.name, str(NUMBER)))
    assert (standing.known, standing.entry, standing.confirmed_at) == (Known.BETWEEN, None, at(2))


def row(browser: Client, **query: Any) -> str:
    address = reverse("customers:row", args=[ID, SUBSCRIPTIONS.name])
    answer = browser.get(address, {"key": NUMBER} | query)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2025-10-01", "No data before"),
        ("2025-11-03", "Unchanged when last checked on"),
        ("2025-11-05", "The change happened between the two."),
        ("2025-12-01", "LINE WORKS no longer listed it"),
    ],
)
def test_the_page_of_a_row_says_how_sure_it_is(browser: Client, changed: None, day: str, said: str) -> None:
    assert said in row(browser, on=day)


def test_the_vendors_record_stands_behind_a_disclosure(browser: Client, changed: None) -> None:
    page = row(browser, on="2025-11-03")
    outside = re.sub(r"<details.*?</details>", "", page, flags=re.DOTALL)
    assert "licenseCount" in page
    assert "licenseCount" not in outside


@pytest.mark.parametrize("day", ["2999-01-01", "soon", "0001-01-01", "9999-12-31", "2025-02-30"])
def test_a_day_that_nobody_has_read_is_explained_at_its_field(browser: Client, changed: None, day: str) -> None:
    assert 'id="id_on_error"' in row(browser, on=day)


def test_a_row_that_was_never_read_has_no_page(browser: Client, changed: None) -> None:
    for resource, key in ((SUBSCRIPTIONS.name, "no"), ("no", str(NUMBER))):
        assert browser.get(reverse("customers:row", args=[ID, resource]), {"key": key}).status_code == 404
    assert browser.get(reverse("customers:row", args=[5, SUBSCRIPTIONS.name]), {"key": NUMBER}).status_code == 404


def test_whoever_may_not_see_customers_sees_no_history(browser: Client, people: People, changed: None) -> None:
    people.finance.groups.clear()
    for address in (
        reverse("customers:history", args=[ID]),
        reverse("customers:row", args=[ID, SUBSCRIPTIONS.name]) + f"?key={NUMBER}",
        reverse("customers:news", args=[ID]) + "?found=0",
        reverse("changes:list"),
    ):
        assert browser.get(address).status_code == 403, address


# --- News for an open page -------------------------------------------------------------------------------------------


def test_a_page_that_is_open_is_told_of_a_change_once_there_is_one(browser: Client) -> None:
    poll = re.search(rf'hx-get="(/customers/{ID}/news/[^"]+)"', history(browser))
    assert poll
    address = poll[1].replace("&amp;", "&")
    assert browser.get(address, headers=SWAP).status_code == 204
    read(at(2), subscription())
    told = browser.get(address, headers=SWAP).content.decode()
    assert "This customer was updated in LINE WORKS" in told
    assert "hx-trigger" not in told  # it asks no more
    assert f'href="/customers/{ID}/history/"' in told


def test_a_form_is_left_as_it_is_and_the_customer_opens_beside_it(people: People, sign_in: SignIn) -> None:
    manager = sign_in(people.account_manager)
    form = manager.get(f"/customers/{ID}/pre-orders/add/").content.decode()
    poll = re.search(rf'hx-get="(/customers/{ID}/news/[^"]+)"', form)
    assert poll
    read(at(2), subscription())
    told = manager.get(poll[1].replace("&amp;", "&"), headers=SWAP).content.decode()
    assert 'target="_blank"' in told
