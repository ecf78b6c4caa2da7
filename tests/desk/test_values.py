"""What is due, in yen: upcoming events, renewals and the sum of a month, rows of a bulk request and their sum."""

import csv
import io
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from portal.bulk.models import Import
from portal.bulk.validation import check
from portal.celery import app
from portal.core.clock import now
from portal.operations.priced import Period, Sum, sum_of
from portal.sync.models import Reading
from portal.sync.resources import RESOURCES
from tests.bulk.files import table, upload
from tests.support import vendor_json
from tests.support.portal import People, SignIn
from tests.support.prices import keep_prices, price
from tests.support.rows import keep_contracts, keep_customers, keep_options

FIRST, SECOND = 10_000_001, 10_000_002
STANDARD = price("STD", "ANNUAL_LICENSE", 450, 360)
ADVANCED = price("ADV", "ANNUAL_LICENSE", 800, 640)
LUMP = price("STD", "ANNUAL_PREPAY_LICENSE", 5_400)
STORAGE = price("SSTG203", "ANNUAL_LICENSE", 15_000, 12_000)
HEADER = ("Customer", "Subscription", "Number of licenses to add")


@pytest.fixture(autouse=True)
def _the_day(settings: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("clock") / "today"
    file.write_text("2026-01-15")
    settings.BUSINESS_DATE_FILE = str(file)


@pytest.fixture(autouse=True)
def no_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "send_task", lambda *_args, **_kwargs: None)


@pytest.fixture
def book(db: None) -> None:
    """Two customers with ten licenses until 14 February; the first has a pre-order and an option to end."""
    for pk, number in ((FIRST, 501), (SECOND, 502)):
        keep_customers(vendor_json.customer(pk, domain=f"d{pk}.example.com", companyName=f"会社{pk}"))
        pre_orders = (
            [vendor_json.pre_order(productId="ADV", licenseCount=4, applyDate="2026-02-01")] if pk == FIRST else []
        )
        keep_contracts(pk, subscriptions=[vendor_json.subscription(number)], pre_orders=pre_orders)
        names = {resource.name for resource in RESOURCES.of_customer()}
        Reading.objects.bulk_create(
            [Reading(domain_id=pk, resource=name, read_at=now(), tried_at=now()) for name in names],
            ignore_conflicts=True,
        )
    held = vendor_json.option(optionProductId="SSTG2", subOptionId="SSTG203", quantity=1)
    keep_options(
        FIRST,
        options=[held],
        orders=[vendor_json.option_order(type="CANCEL", subOptionId="SSTG203", applyDate="2026-02-03")],
    )


@pytest.fixture
def browser(people: People, sign_in: SignIn) -> Client:
    return sign_in(people.account_manager)


def page(browser: Client, query: str = "?view=all") -> str:
    return browser.get(reverse("upcoming:list") + query).content.decode()


def test_upcoming_says_what_each_event_costs(browser: Client, people: People, book: None) -> None:
    keep_prices(people.finance, STANDARD, ADVANCED, STORAGE)
    found = page(browser)
    assert found.count("¥4,500 a month, estimated") == 2  # renewals without a change
    assert "+¥3,200 a month, estimated" in found
    assert "−¥15,000 a month, estimated" in found


def test_upcoming_says_nothing_without_a_price(browser: Client, people: People, book: None) -> None:
    assert "¥" not in page(browser)
    keep_prices(people.finance, STORAGE)
    found = page(browser)
    assert found.count("a month, estimated") == 1
    assert "¥0" not in found


def test_upcoming_keeps_amounts_from_those_who_see_no_prices(people: People, book: None, sign_in: SignIn) -> None:
    keep_prices(people.finance, STANDARD, ADVANCED, STORAGE)
    support = sign_in(people.support)
    assert "¥" not in page(support)
    assert not {"4500", "3200"} & {cell for row in file_of(support) for cell in row}


def file_of(browser: Client) -> list[list[str]]:
    answer = browser.get(reverse("upcoming:list") + "?view=all&export=csv")
    body = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))


def test_the_file_of_upcoming_has_the_amounts(browser: Client, people: People, book: None) -> None:
    keep_prices(people.finance, STANDARD, ADVANCED, STORAGE)
    head, *rows = file_of(browser)
    amount, per = head.index("Amount ¥, estimated"), head.index("Per")
    assert sorted((row[amount], row[per]) for row in rows if row[amount]) == [
        ("-15000", "month"),
        ("3200", "month"),
        ("4500", "month"),
        ("4500", "month"),
    ]


def renewal_page(browser: Client) -> str:
    return browser.get(reverse("renewals:list") + "?owner=all").content.decode()


def test_renewals_say_what_each_contract_is_worth_and_all_of_a_month(
    browser: Client, people: People, book: None
) -> None:
    keep_prices(people.finance, STANDARD)
    contracts = [
        vendor_json.subscription(502, licenseCount=3),
        vendor_json.subscription(503, plan="ANNUAL_PREPAY_LICENSE", licenseCount=2),
        vendor_json.subscription(504, productId="ADV"),
    ]
    keep_contracts(SECOND, subscriptions=contracts)
    # From the day of the renewal on
    keep_prices(people.finance, price("STD", "ANNUAL_LICENSE", 500), LUMP, valid_from=date(2026, 2, 15))
    found = renewal_page(browser)
    assert "ends 2026-02-14, ¥5,000 a month" in found
    assert "ends 2026-02-14, ¥1,500 a month" in found
    assert "ends 2026-02-14, ¥10,800 a year" in found
    assert "¥7,400 a month, estimated" in found  # 5,000, 1,500 and a twelfth of 10,800; none for Advanced


def test_renewals_say_nothing_without_a_price_list_or_to_others(
    browser: Client, people: People, book: None, sign_in: SignIn
) -> None:
    assert "¥" not in renewal_page(browser)
    keep_prices(people.finance, STANDARD)
    assert "¥" not in renewal_page(sign_in(people.support))


def test_the_sum_of_renewals_is_of_all_pages(browser: Client, people: People, book: None) -> None:
    keep_prices(people.finance, STANDARD)
    keep_contracts(SECOND, subscriptions=[vendor_json.subscription(600 + number) for number in range(60)])
    found = renewal_page(browser)
    assert found.count("ends 2026-02-14, ¥4,500 a month") < 61
    assert f"¥{61 * 4_500:,} a month, estimated" in found


def uploaded(browser: Client, *lines: list[object]) -> Import:
    return upload(browser, table(*lines, header=HEADER), kind="addLicenses")


def after(draft: Import, number: int) -> int | None:
    kept = draft.rows.get(number=number).estimate
    return kept["after"] if kept else None


def test_rows_of_a_bulk_request_and_their_sum(browser: Client, people: People, book: None) -> None:
    keep_prices(people.finance, STANDARD)
    draft = uploaded(browser, [FIRST, "", 25], [SECOND, "", 5], ["nobody", "", 1])
    assert [after(draft, number) for number in (2, 3, 4)] == [15_750, 6_750, None]
    found = browser.get(draft.get_absolute_url()).content.decode()
    assert "+¥11,250 a month, estimated" in found
    draft.rows.update(is_included=True)
    found = browser.get(draft.get_absolute_url()).content.decode()
    assert "Together <b>+¥13,500</b> a month, estimated." in found


def test_a_bulk_request_without_a_price_list_says_nothing(browser: Client, people: People, book: None) -> None:
    draft = uploaded(browser, [FIRST, "", 25])
    found = browser.get(draft.get_absolute_url()).content.decode().partition("<main")[2]
    assert "¥" not in found
    # Once there is one, a check finds it
    keep_prices(people.finance, STANDARD)
    check(draft)
    assert after(draft, 2) == 15_750


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        ([], None),
        ([(None, Period.MONTH)], None),
        ([(450, Period.MONTH), (5_400, Period.YEAR), (None, Period.MONTH)], Sum(900, 2, 1)),
        ([(6, Period.YEAR)], Sum(1, 1, 0)),
        ([(5, Period.YEAR)], Sum(0, 1, 0)),
        ([(-6, Period.YEAR)], Sum(-1, 1, 0)),
        # Rounded once, not each
        ([(5, Period.YEAR)] * 12, Sum(5, 12, 0)),
    ],
)
def test_a_sum_is_rounded_once(amounts: Any, expected: Sum | None) -> None:
    assert sum_of(amounts) == expected
