"""The list of options of all customers: what it finds, in which order, and at what cost."""

import re
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from customers.models import Customer, UsageStatus
from options.filters import SORTS, OptionFilter
from options.models import OptionProduct
from portal.accounts.models import User
from portal.core.clock import now
from tests.support.examples import made_up
from tests.support.languages import speak
from tests.support.portal import People, SignIn
from tests.support.rows import keep_customers, keep_options
from tests.support.vendor_json import customer, option, option_order, option_renewal

FIRST = 10_000_001
ADDRESS = "/options/"
FRAGMENT, PAGE = 30 * 1024, 60 * 1024
# What stands in the first column of each option of the book
NAMES = {
    "Archive (Talk)": "archive",
    "Shared Storage, 5 TB": "storage",
    "CX Talk, 5 agents": "talk",
    "Drive Trial (Standard)": "drive",
}


@pytest.fixture
def browser(people: People, sign_in: SignIn) -> Client:
    return sign_in(people.finance)


def shown(browser: Client, **query: Any) -> list[str]:
    """Return the options on the page, in their order."""
    answer = browser.get(ADDRESS, query)
    assert answer.status_code == 200
    return [NAMES[name] for name in re.findall(r"<td class=plan>(.*?)<th", answer.content.decode())]


def sent(browser: Client, address: str, query: dict[str, Any] | None = None) -> int:
    """Return the status of an answer that has come to its end, as that of a file does only when it is read."""
    answer = browser.get(address, query)
    b"".join(answer)
    return int(answer.status_code)


@pytest.fixture
def book(db: None) -> None:
    """Three customers, and one of each option."""
    for place, name in enumerate(("い社", "ろ社", "消えた社")):
        keep_customers(customer(FIRST + place, companyName=name, domain=f"d{place}.example.jp"))
    keep_options(
        FIRST,
        options=[
            option(optionProductId="ACV2", subOptionId="ACV201", quantity=None, planEndDate="2026-02-01"),
            option(quantity=3, planEndDate="2026-04-01"),
        ],
        renewals=[
            option_renewal(optionProductId="ACV2", subOptionId="ACV201"),
            option_renewal(type="CHANGE", subOptionId="SSTG201", quantity=2),
        ],
    )
    keep_options(
        FIRST + 1,
        options=[
            option(
                optionProductId="CST_S", subOptionId="CST_S01", quantity=2, plan="MONTHLY", planEndDate="2026-03-01"
            ),
            option(optionProductId="DRV", subOptionId="DRV00", quantity=None, plan="TRIAL", planEndDate="2026-01-10"),
        ],
        orders=[option_order(optionProductId="DRV", subOptionId="DRV01", type="START_PAID_SERVICE")],
        renewals=[option_renewal(optionProductId="CST_S", subOptionId="CST_S01", type="CANCEL")],
    )
    keep_options(FIRST + 2, options=[option()])
    Customer.objects.filter(pk=FIRST + 2).update(removed_at=now())


ALL = set(NAMES.values())


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ALL),
        ({"q": "い社"}, {"archive", "storage"}),
        ({"q": "消えた"}, set()),
        ({"option": "DRV"}, {"drive"}),
        ({"option": ["DRV", "SSTG2"]}, {"drive", "storage"}),
        ({"plan": "MONTHLY"}, {"talk"}),
        ({"renewal": "CANCEL"}, {"talk"}),
        ({"renewal": ["STAY", "CHANGE"]}, {"archive", "storage"}),
        ({"task": "START_PAID_SERVICE"}, {"drive"}),
        ({"task": "CANCEL"}, set()),
        ({"ends_from": "2026-03-01"}, {"talk", "storage"}),
        ({"ends_to": "2026-02-01"}, {"archive", "drive"}),
        ({"quantity_from": 3}, {"storage"}),
        ({"quantity_to": 2}, {"talk"}),
        ({"q": "ろ社", "option": "SSTG2"}, set()),
    ],
)
def test_filters_narrow_down(browser: Client, query: dict[str, Any], expected: set[str]) -> None:
    assert set(shown(browser, **query)) == expected


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize("query", [{"option": "GOLD"}, {"ends_to": "soon"}, {"quantity_from": "-1"}, {"task": "?"}])
def test_a_filter_that_does_not_exist_hides_nothing(browser: Client, query: dict[str, Any]) -> None:
    assert set(shown(browser, **query)) == ALL


@pytest.mark.usefixtures("book")
def test_what_line_works_no_longer_shows_is_left_out(browser: Client) -> None:
    OptionProduct.objects.filter(option_product_id="DRV").update(removed_at=now())
    assert set(shown(browser)) == ALL - {"drive"}


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize(
    ("key", "up", "down"),
    [
        ("end", "drive archive talk storage", "storage talk archive drive"),
        ("option", "archive talk drive storage", "storage drive talk archive"),
        ("quantity", "talk storage archive drive", "storage talk drive archive"),
        ("name", "archive storage talk drive", "drive talk storage archive"),
        ("plan", "archive storage talk drive", "drive talk storage archive"),
        ("renewal", "talk storage archive drive", "archive storage talk drive"),
        ("scheduled", "drive archive storage talk", "drive talk storage archive"),
    ],
)
def test_every_order_is_whole_with_what_is_absent_last(browser: Client, key: str, up: str, down: str) -> None:
    assert shown(browser, sort=key) == up.split()
    assert shown(browser, sort=f"-{key}") == down.split()


@pytest.mark.usefixtures("book")
def test_a_row_says_what_counts(browser: Client) -> None:
    def rows() -> dict[str, str]:
        page = browser.get(ADDRESS).content.decode()
        return {name: row for row in re.findall(r"<tr><td.*?</tr>", page) for name in NAMES if f">{name}<" in row}

    assert "1 TB, × 2" in rows()["Shared Storage, 5 TB"]
    assert "Unchanged" in rows()["Archive (Talk)"]
    UsageStatus.objects.create(customer_id=FIRST, withdrawal_date="2026-01-20", raw={}, changed_at=now())
    storage = rows()["Shared Storage, 5 TB"]
    assert f'href="/customers/{FIRST}/options/"' in storage
    assert "Leaving" in storage
    assert 'Leaves <time datetime="2026-01-20">' in storage
    assert "Does not renew" in rows()["CX Talk, 5 agents"]
    assert "Convert to paid" in rows()["Drive Trial (Standard)"]


def test_a_page_costs_the_same_with_few_rows_and_with_many(
    browser: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    def queries(path: str) -> int:
        with django_assert_max_num_queries(10) as made:
            assert browser.get(path).status_code == 200
        return len(made)

    def add(*numbers: int) -> None:
        for number in numbers:
            keep_customers(customer(FIRST + number, domain=f"d{number}.example.jp"))
            keep_options(FIRST + number, options=[option()], orders=[option_order()], renewals=[option_renewal()])

    filtered = f"{ADDRESS}?q=d1&option=SSTG2&renewal=STAY&sort=-renewal"
    add(1, 2)
    few = queries(ADDRESS), queries(filtered)
    add(*range(3, 30))
    assert (queries(ADDRESS), queries(filtered)) == few


@pytest.mark.usefixtures("japanese")
def test_the_list_stays_small(browser: Client) -> None:
    for place in range(60):
        keep_customers(
            customer(FIRST + place, companyName=f"株式会社ながいなまえのかいしゃ{place}", domain=f"d{place}.example.jp")
        )
        keep_options(
            FIRST + place,
            options=[option(quantity=10)],
            renewals=[option_renewal(type="CHANGE", subOptionId="SSTG201", quantity=2)] if place % 5 == 0 else [],
            orders=[option_order(type="MODIFY", subOptionId="SSTG203")] if place % 5 == 1 else [],
        )
    for language in ("en", "ja"):
        speak(browser, language)
        fragment = browser.get(ADDRESS, headers={"hx-request": "true"}).content
        assert fragment.count(b"<th scope=row") == 50
        assert len(fragment) <= FRAGMENT
        assert len(browser.get(ADDRESS).content) <= PAGE


def test_everybody_with_a_role_may_look_and_nobody_else(people: People, sign_in: SignIn) -> None:
    stranger = User.objects.create_user("stranger@partner.example", name="x")

    def status(person: User | None, query: str) -> int:
        return sent(sign_in(person), ADDRESS + query)

    for query in ("", "?export=csv", "?export=xlsx"):
        assert {status(person, query) for person in vars(people).values()} == {200}
        assert status(stranger, query) == 403
        assert status(None, query) == 302


VALUES = st.sampled_from(["", "0", "-1", "1e9", "9" * 30, "2026-02-30", "9999-12-31", "SSTG2", "%", "é"])


@pytest.mark.usefixtures("book")
@made_up(20)
@given(
    query=st.dictionaries(
        st.sampled_from([*OptionFilter.base_filters, "sort", "page", "rows", "export"]),
        st.one_of(VALUES, st.text(max_size=5), st.sampled_from([*SORTS, *(f"-{key}" for key in SORTS), "csv"])),
        max_size=6,
    )
)
def test_no_address_makes_the_page_fail(browser: Client, query: dict[str, str]) -> None:
    assert sent(browser, ADDRESS, query) in (200, 400)
