"""What is to happen at all customers: each kind of it, filters, both forms of the page, and what can be asked for."""

import re
from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from customers.models import Customer, UsageStatus
from options.models import OptionOrder, OptionProduct, OptionRenewal
from portal.core.clock import now
from portal.desk.upcoming_kinds import KINDS
from portal.operations.commands import COMMANDS
from portal.sync.models import Reading
from subscriptions.models import PreOrder, Reservation, Subscription
from tests.support import vendor_json
from tests.support.portal import People, SignIn
from tests.support.rows import keep_customers

TODAY = date(2026, 1, 15)
SWAP = {"HX-Request": "true"}
CALENDAR = "calendar/"
FIRST, SECOND = 10_000_001, 10_000_002
MOST_QUERIES = 11


@pytest.fixture(autouse=True)
def _the_day(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("clock") / "today"
    file.write_text(TODAY.isoformat())
    settings.BUSINESS_DATE_FILE = str(file)


@pytest.fixture
def browser(people: People, sign_in: SignIn) -> Client:
    return sign_in(people.account_manager)


@pytest.fixture
def planned(db: None) -> list[Customer]:
    """Two customers; the first has one of everything that can be scheduled, a day after another."""
    customers = keep_customers(
        vendor_json.customer(FIRST, companyName="青葉会"),
        vendor_json.customer(SECOND, companyName="つばめ運輸", domain="tsubame.example.com"),
    )
    row = {"raw": {}, "changed_at": now()}
    one = {"customer_id": FIRST, **row}
    contract = {"status": "ACTIVE", "start_date": date(2025, 1, 1), **one}
    PreOrder.objects.create(
        pre_order_id=901, product_id="STD", plan="ANNUAL_LICENSE", license_count=1_200, apply_date=day(16), **one
    )
    PreOrder.objects.create(
        pre_order_id=902, product_id="ADV", plan="MONTHLY", apply_date=day(16), customer_id=SECOND, **row
    )
    Subscription.objects.create(
        subscription_id=501,
        product_id="STD",
        plan="ANNUAL_LICENSE",
        end_date=day(18),
        renewal_type="CANCEL",
        **contract,
    )
    Subscription.objects.create(subscription_id=502, product_id="ADV_T", plan="TRIAL", end_date=day(19), **contract)
    Subscription.objects.create(
        subscription_id=503,
        product_id="ROG_STD",
        plan="ANNUAL_LICENSE",
        end_date=day(20),
        renewal_type="STAY",
        **contract,
    )
    Reservation.objects.create(subscription_id=501, type="ADD_LICENSE", license_count=5, apply_date=day(17), **one)
    option = {"subscription_id": 501, "applied_at": now(), "start_date": date(2025, 1, 1), **one}
    OptionProduct.objects.create(
        option_product_id="DRV", sub_option_id="DRV01", plan="ANNUAL_LICENSE", end_date=day(21), **option
    )
    OptionProduct.objects.create(
        option_product_id="ACV2", sub_option_id="ACV200", plan="TRIAL", end_date=day(22), **option
    )
    OptionRenewal.objects.create(option_product_id="DRV", sub_option_id="DRV01", type="CANCEL", **one)
    OptionOrder.objects.create(
        option_product_id="BCT", sub_option_id="BCT01", type="APPLY", quantity=2, apply_date=day(23), **one
    )
    UsageStatus.objects.create(status="ACTIVE", next_limit=50, next_limit_date=day(24), withdrawal_date=day(31), **one)
    Reading.objects.create(domain_id=FIRST, resource="options", read_at=now())
    return customers


def day(number: int) -> date:
    return TODAY.replace(day=number)


def rows(answer: str) -> list[str]:
    """Return the rows of the list as people read them, without what can be asked for."""
    found = re.findall(r"<tr><td class=c-when>.*?(?=<td class=num>)", answer, flags=re.DOTALL)
    return [" ".join(re.sub(r"<[^>]*>", " ", row).split()) for row in found]


def page(browser: Client, query: str = "", place: str = "", **headers: str) -> str:
    answer = browser.get(f"/upcoming/{place}?{query}", headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.usefixtures("planned")
def test_everything_that_is_to_happen_stands_there_by_day(browser: Client) -> None:
    assert rows(page(browser)) == [
        "2026-01-16 1 d つばめ運輸 Pre-order Starts, Advanced, Monthly, postpay",
        "2026-01-16 1 d 青葉会 Pre-order Starts, Standard, Annual, monthly, 1,200 licenses",
        "2026-01-17 2 d 青葉会 Scheduled change Add licenses, Standard, 5 licenses",
        "2026-01-18 3 d 青葉会 Renewal Standard does not renew",
        "2026-01-19 4 d 青葉会 End of trial Trial ends, Advanced Trial",
        "2026-01-21 6 d 青葉会 Renewal of an option No renewal (cancel), Drive (Standard)",
        "2026-01-21 6 d 青葉会 Renewal Roger Standard renews unchanged",
        "2026-01-22 7 d 青葉会 End of option trial Trial ends, Archive (Talk), Trial",
        "2026-01-23 8 d 青葉会 Scheduled option change Apply, Extend contacts, up to 250,000 contacts, 2 units",
        "2026-01-24 9 d 青葉会 Maximum number of users 50 users",
        "2026-01-31 16 d 青葉会 Platform cancellation The customer leaves LINE WORKS",
    ]


@pytest.mark.usefixtures("planned")
@pytest.mark.parametrize(
    ("query", "days"),
    [
        ("kind=pre_order", [16, 16]),
        ("kind=option_renewal", [21]),
        ("kind=nothing_there_is&q=tsubame", [16]),
        ("q=つばめ", [16]),
        (f"q={SECOND}", [16]),
        ("since=2026-01-22&until=2026-01-24", [22, 23, 24]),
        ("since=soon&until=2026-01-17", [16, 16, 17]),
        ("sort=-day&kind=pre_order", [16, 16]),
        ("since=2026-02-01", []),
        ("within=7", [16, 16, 17, 18, 19, 21, 21, 22]),
        ("within=30&until=2026-01-17", [16, 16, 17]),
        ("show=ending", [18, 21, 31]),
        ("kind=trial&kind=option_trial", [19, 22]),
        ("owner=me", []),
        ("owner=none&kind=pre_order", [16, 16]),
    ],
)
def test_the_address_narrows_it_down(browser: Client, query: str, days: list[int]) -> None:
    assert [int(row[8:10]) for row in rows(page(browser, query))] == days


def test_a_grace_period_ends_by_estimate_and_no_trial_ends_twice(browser: Client, planned: list[Customer]) -> None:
    Subscription.objects.filter(subscription_id=502).update(status="SUSPENDED_TRIALEND", end_date=date(2025, 12, 31))
    assert rows(page(browser, "kind=trial")) == []
    assert rows(page(browser, "kind=grace")) == [
        "2026-01-30 15 d 青葉会 End of trial grace period (estimated) Trial grace period ends, Advanced Trial"
    ]


def test_nothing_renews_that_is_canceled_before(browser: Client, planned: list[Customer]) -> None:
    Reservation.objects.filter(subscription_id=501).update(type="CANCEL")
    assert len(rows(page(browser, "kind=renewal"))) == 1
    UsageStatus.objects.update(withdrawal_date=day(20))
    assert rows(page(browser, "kind=renewal")) == []


@pytest.mark.usefixtures("planned")
def test_it_is_sorted_by_customer_both_ways(browser: Client) -> None:
    assert "つばめ運輸" in rows(page(browser, "sort=customer"))[0]
    assert "つばめ運輸" in rows(page(browser, "sort=-customer"))[-1]


def test_what_is_gone_or_past_is_not_to_come(browser: Client, planned: list[Customer]) -> None:
    PreOrder.objects.filter(pre_order_id=901).update(removed_at=now())
    Customer.objects.filter(pk=SECOND).update(removed_at=now())
    Reservation.objects.update(apply_date=day(14))
    assert rows(page(browser))[0].startswith("2026-01-18")
    assert rows(page(browser, "since=2026-01-01"))[0].startswith("2026-01-14 1 d ago")


@pytest.mark.usefixtures("planned")
def test_what_can_be_asked_for_is_offered_in_place(browser: Client, people: People, sign_in: SignIn) -> None:
    text = page(browser, "kind=pre_order")
    for number, customer in ((901, FIRST), (902, SECOND)):
        for act in ("move", "delete"):
            address = f"/customers/{customer}/pre-orders/{number}/{act}/"
            assert f'href="{address}"' in text
            assert browser.get(address).status_code in (200, 404)
    looking = page(sign_in(people.finance), "kind=pre_order")
    assert "/move/" not in looking
    assert f'href="/customers/{FIRST}/"' in looking


def test_only_orders_that_there_are_are_offered() -> None:
    for kind in KINDS.values():
        assert all(name in COMMANDS for name in kind.commands), kind


@pytest.mark.usefixtures("planned")
def test_a_month_names_few_events_and_counts_many(browser: Client) -> None:
    text = page(browser, "q=青葉", CALENDAR)
    assert "January 2026" in text
    assert "Starts, Standard, Annual, monthly, 1,200 licenses" in text
    PreOrder.objects.bulk_create(
        PreOrder(customer_id=FIRST, pre_order_id=number, apply_date=day(28), raw={}, changed_at=now())
        for number in range(1_000, 1_004)
    )
    text = page(browser, "q=青葉", CALENDAR)
    [link] = [link for link in re.findall(r'href="/upcoming/(\?[^"]*)"', text) if "2026-01-28" in link]
    listed = rows(page(browser, link.lstrip("?").replace("&amp;", "&")))
    assert len(listed) == 4
    assert "青葉会" in listed[0]
    assert "14 entries" in text


@pytest.mark.usefixtures("planned")
@pytest.mark.parametrize(
    ("month", "shown"),
    [("2026-03", "March 2026"), ("2026-13", "January 2026"), ("1999-12", "January 2026"), ("x", "January 2026")],
)
def test_any_month_can_be_opened(browser: Client, month: str, shown: str) -> None:
    assert shown in page(browser, f"month={month}", CALENDAR)


@pytest.mark.parametrize(("place", "other"), [("", "as-month"), (CALENDAR, "as-list")])
@pytest.mark.usefixtures("planned")
def test_a_swap_gets_the_list_alone_and_the_other_form_keeps_the_filter(
    browser: Client, place: str, other: str
) -> None:
    text = page(browser, "q=青葉&kind=renewal", place, **SWAP)
    assert "<!doctype" not in text
    assert text.count('id="table"') == 1
    assert f'name="q" value="青葉" form="{other}"' in text
    assert f'name="kind" value="renewal" form="{other}"' in text


@pytest.mark.usefixtures("planned")
def test_the_age_of_the_oldest_reading_stands_there(browser: Client) -> None:
    assert "oldest data" in page(browser, "kind=option_trial")
    assert "just now" in page(browser, "kind=option_trial")
    assert "Not synced yet" in page(browser, "kind=pre_order")


def test_nothing_scheduled_says_so(browser: Client) -> None:
    assert "No upcoming changes." in page(browser)
    assert "No upcoming changes match these filters." in page(browser, "q=nobody")


@pytest.mark.usefixtures("planned")
@pytest.mark.parametrize("query", ["", "sort=customer&q=青葉", "kind=pre_order&owner=me"])
@pytest.mark.parametrize("place", ["", CALENDAR])
def test_the_number_of_queries_does_not_grow_with_the_rows(browser: Client, query: str, place: str) -> None:
    page(browser, query, place)
    counts = []
    for more in (0, 40):
        PreOrder.objects.bulk_create(
            PreOrder(customer_id=FIRST, pre_order_id=number, apply_date=day(25), raw={}, changed_at=now())
            for number in range(1_000, 1_000 + more)
        )
        with CaptureQueriesContext(connection) as queries:
            page(browser, query, place)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= MOST_QUERIES


@pytest.mark.usefixtures("planned")
def test_its_views_count_what_they_open(browser: Client) -> None:
    answer = browser.get("/upcoming/")
    counts = {tab.key: tab.count for tab in answer.context["tabs"]}
    assert counts == {"all": 11, "mine": 0, "month": 11, "renewals": 3, "trials": 2, "ending": 3, "planned": 5}
    for tab in answer.context["tabs"]:
        assert len(rows(browser.get(tab.address).content.decode())) == tab.count, tab.key


@pytest.mark.usefixtures("planned")
def test_a_file_holds_what_the_filter_finds(browser: Client) -> None:
    answer = browser.get("/upcoming/", {"kind": "pre_order", "export": "csv", "sort": "-customer"})
    lines = b"".join(answer).decode().splitlines()
    assert len(lines) == 3
    assert lines[1].startswith("2026-01-16,青葉会,")
    assert ",901," in lines[1]


@pytest.mark.usefixtures("planned")
def test_the_last_page_is_read_from_the_end(browser: Client) -> None:
    PreOrder.objects.bulk_create(
        PreOrder(customer_id=FIRST, pre_order_id=number, apply_date=day(25), raw={}, changed_at=now())
        for number in range(1_000, 1_060)
    )
    whole = rows(page(browser, "rows=100"))
    assert len(whole) == 71
    assert [row for number in (1, 2, 3) for row in rows(page(browser, f"rows=25&page={number}"))] == whole
