"""Why a customer costs more or less than in the month before: what is new, gone or changed, and why."""

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from billing.change_causes import Cause
from billing.checking import runner
from billing.checking.decisions import choose_cause
from billing.models import CheckDifference, Choice, InvoiceDetail, SettlementItem
from billing.month_changes import MonthChanges, changes_of
from billing.sync.usages import USAGES
from options.sync.usages import OPTION_USAGES
from portal.core.clock import now
from portal.sync.calendar import last_day_of, month_of
from portal.sync.models import DetectedChange, Reading
from portal.sync.resources import Answer
from portal.sync.store import keep
from portal.vendor import client
from portal.vendor.client import Record
from tests.support.billing import ANNUAL, Json, bill, detail, keep_details, keep_invoices, summary
from tests.support.examples import made_up
from tests.support.languages import speak
from tests.support.portal import People, SignIn
from tests.support.prices import keep_prices, price
from tests.support.rows import keep_customers
from tests.support.vendor_json import customer, settlement_item, usage

pytestmark = pytest.mark.django_db

BEFORE, MONTH = "2026-09", "2026-10"
PAGE = "/billing/invoices/2026-11/1/"


def item(month: str, amount: Any, first: int = 1, last: int | None = None, **changes: Any) -> Json:
    days = {"startDate": f"{month}-{first:02}", "endDate": f"{month}-{last or last_day_of(month_of(month)).day:02}"}
    return settlement_item(**days, amount=amount, **changes)


def licenses(month: str, count: int, amount: int, first: int = 1, last: int | None = None, **changes: Any) -> Json:
    return item(month, amount, first, last, **ANNUAL | {"licenseCount": count} | changes)


def option(month: str, amount: int, first: int = 1) -> Json:
    about: Json = {"itemId": "DRV_PS", "subItemId": "DRV_PS01", "plan": "ANNUAL_LICENSE"}
    return item(month, amount, first, itemType="OPTION_PRODUCT", licenseCount=10, **about)


def changes(domain_id: int = 1) -> MonthChanges:
    share = InvoiceDetail.objects.current().of_month(MONTH).get(domain_id=domain_id)
    found = changes_of(share, SettlementItem.objects.current().filter(detail=share))
    assert found
    return found


def text(browser: Client, path: str = PAGE) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def card(browser: Client) -> str:
    html = text(browser).partition('id="changes"')[2].partition("</section>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_what_is_new_gone_and_changed_is_told_apart(finance: Client) -> None:
    keep_details(BEFORE, detail(1, licenses(BEFORE, 10, 4500), option(BEFORE, 300),
                                item(BEFORE, 99, itemType="OPTION_PLUS", itemId="X"), summary(4800)))  # fmt: skip
    keep_details(
        MONTH,
        detail(1, licenses(MONTH, 10, 1900, 1, 13), licenses(MONTH, 15, 3900, 14), option(MONTH, 300),
               item(MONTH, -200, itemType="ADJUSTMENT", itemId=""), summary(5900)),
    )  # fmt: skip
    found = changes()
    assert [(each.item_type, each.grown_by) for each in found.changes] == [
        ("PRODUCT", 1300), ("ADJUSTMENT", -200), ("OPTION_PLUS", -99),
    ]  # fmt: skip
    assert (found.unchanged, found.before, found.after, found.grown_by) == (1, 4800, 5900, 1100)
    plan, adjustment, extra = found.changes
    assert plan.before
    assert plan.after
    assert (plan.before.numbers, plan.after.numbers) == ([10], [10, 15])
    assert (adjustment.before, extra.after) == (None, None)
    page = card(finance)
    for words in (
        "Changes since September 2026 3", "New", "Gone", "Changed",
        "Licenses: 10 → 10, 15 October: 10 (1–13), 15 (14–31) 4,500 5,800 +1,300",
        "1 item is as in the month before.", "Amount spent (as stated) 4,800 5,900 +1,100",
    ):  # fmt: skip
        assert words in page, words
    assert "What changed" in text(finance)


def test_a_part_of_a_month_shows_its_days(finance: Client) -> None:
    keep_details(BEFORE, detail(1, licenses(BEFORE, 10, 2250, 16), summary(2250)))
    keep_details(MONTH, detail(1, licenses(MONTH, 10, 4500), summary(4500)))
    [plan] = changes().changes
    assert plan.before
    assert plan.after
    assert (plan.before.days, plan.after.days) == ((date(2026, 9, 16), date(2026, 9, 30)), None)
    assert "Licenses: 10 2026-09-16 – 2026-09-30 2,250 4,500 +2,250 September: 16 to 30 only" in card(finance)


def test_a_part_of_this_month_explains_why_it_is_less(finance: Client) -> None:
    keep_details(BEFORE, detail(1, licenses(BEFORE, 10, 2250, 16), summary(2250)))
    keep_details(MONTH, detail(1, licenses(MONTH, 10, 900, 1, 6), summary(900)))
    [plan] = changes().changes
    assert [cause.words for cause in plan.causes] == ["October: 1 to 6 only"]


def test_a_month_that_is_as_the_one_before_says_so(finance: Client) -> None:
    for month in (BEFORE, MONTH):
        keep_details(month, detail(1, licenses(month, 10, 4500), option(month, 300), summary(4800)))
    assert (changes().changes, changes().unchanged) == ([], 2)
    assert "All items are as in the month before." in card(finance)
    assert "What changed" not in text(finance)


def test_a_customer_that_had_no_details_is_all_new(finance: Client) -> None:
    keep_details(BEFORE, detail(2, licenses(BEFORE, 10, 4500), summary(4500)))
    keep_details(MONTH, detail(1, licenses(MONTH, 10, 4500), summary(4500)))
    [plan] = changes().changes
    assert (plan.before, plan.grown_by) == (None, 4500)


def test_nothing_is_compared_with_a_month_of_which_nothing_is_known(finance: Client) -> None:
    keep_details(MONTH, detail(1, licenses(MONTH, 10, 4500), summary(4500)))
    assert "There are no invoice details of the month before." in card(finance)


@pytest.mark.parametrize("amount", [None, "abc"])
def test_an_amount_that_is_absent_is_never_taken_for_zero(finance: Client, amount: Any) -> None:
    keep_details(BEFORE, detail(1, licenses(BEFORE, 10, 4500), summary(4500)))
    keep_details(MONTH, detail(1, item(MONTH, amount, **ANNUAL | {"licenseCount": 10}), summary(4500)))
    [plan] = changes().changes
    assert plan.grown_by is None
    assert "Licenses: 10 4,500 – –" in card(finance)


def meter(month: str, days: dict[int, int]) -> None:
    """Keep licenses of customer 1 from a day of a month on."""
    first, records = month_of(month), list[Record]()
    for day in range(1, last_day_of(first).day + 1):
        count = days[max(since for since in days if since <= day)]
        record = usage(usedDate=f"{month}-{day:02}", licenseCount=count, **ANNUAL)
        records.append(client.CustomerUsage.from_vendor(record))
    keep(USAGES, {1: Answer(records, period=month)}, read_at=now())
    keep(OPTION_USAGES, {1: Answer([], period=month)}, read_at=now())
    read_on = last_day_of(first) + timedelta(days=2)
    Reading.objects.filter(domain_id=1, period=month).update(read_on=read_on)


@pytest.fixture
def checked(people: People) -> DetectedChange:
    """10 licenses until 14 September, 15 since a change outside Partnerdesk; 20 of them billed in October."""
    keep_customers(customer(1, companyName="株式会社いろは"))
    keep_invoices(2026, bill(BEFORE), bill(MONTH))
    keep_details(BEFORE, detail(1, licenses(BEFORE, 10, 2100, 1, 14), licenses(BEFORE, 15, 3600, 15), summary(5700)))
    keep_details(MONTH, detail(1, licenses(MONTH, 20, 9000), summary(9000)))
    meter(BEFORE, {1: 10, 15: 15})
    meter(MONTH, {1: 15})
    record = {"subscriptionId": 501, "productId": "STD", "plan": "ANNUAL_LICENSE", "licenseCount": 10}
    return DetectedChange.objects.create(
        domain_id=1, resource="subscriptions", key="501", before=record, after={**record, "licenseCount": 15},
        read_before_at=now() - timedelta(hours=1), read_at=now(), read_on=date(2026, 9, 15),
        cause=DetectedChange.Cause.OUTSIDE,
    )  # fmt: skip


def test_the_checks_of_both_months_say_why(finance: Client, people: People, checked: DetectedChange) -> None:
    page = card(finance)
    assert "Licenses: 10, 15 → 20 September: 10 (1–14), 15 (15–30) 5,700 9,000 +3,300 –" in page
    assert "September 2026 hasn’t been checked yet. October 2026 hasn’t been checked yet." in page
    runner.run(runner.start(date(2026, 9, 1), by=people.finance).pk)
    page = card(finance)
    assert "5 licenses added on 15 Sep, changed outside Partnerdesk Detected change of 15 Sep" in page
    assert "September 2026 hasn’t" not in page
    assert 'href="/customers/1/history/subscriptions/?key=501"' in text(finance)
    runner.run(runner.start(date(2026, 10, 1), by=people.finance).pk)
    page = card(finance)
    assert "Unexplained 20 billed. Metering, requests and detected changes show 15. Check of October 2026" in page
    assert "hasn’t been checked yet" not in page


def test_a_cause_chosen_by_a_person_is_no_reason_of_the_change(
    finance: Client, people: People, checked: DetectedChange
) -> None:
    runner.run(runner.start(date(2026, 10, 1), by=people.finance).pk)
    waiting = CheckDifference.objects.undecided().get()
    choose_cause(waiting.pk, month=date(2026, 10, 1), choice=Choice.ACCEPTED, note="", by=people.finance)
    page = card(finance)
    assert "20 billed. Metering, requests and detected changes show 15. Check of October 2026" in page
    assert "Accepted" not in page
    assert "Unexplained" not in page
    assert f'href="/billing/check/2026-10/?difference={waiting.pk}#worst"' in text(finance)


def test_whether_a_price_is_right_is_no_reason_of_the_change(finance: Client, people: People) -> None:
    keep_customers(customer(1))
    keep_prices(people.finance, price("STD", "ANNUAL_LICENSE", 600, 450))
    keep_invoices(2026, bill(BEFORE), bill(MONTH))
    keep_details(BEFORE, detail(1, licenses(BEFORE, 10, 4500), summary(4500)))
    keep_details(MONTH, detail(1, licenses(MONTH, 10, 5400), summary(5400)))
    for month in (BEFORE, MONTH):
        meter(month, {1: 10})
        runner.run(runner.start(month_of(month), by=people.finance).pk)
    assert CheckDifference.objects.undecided().get().kind == "amount"
    assert "Licenses: 10 4,500 5,400 +900 – Plans" in card(finance)


def test_licenses_that_were_added_explain_no_decrease(finance: Client, people: People, checked: DetectedChange) -> None:
    runner.run(runner.start(date(2026, 9, 1), by=people.finance).pk)
    assert "5 licenses added on 15 Sep" in card(finance)
    keep_details(MONTH, detail(1, licenses(MONTH, 10, 4500), summary(4500)))
    page = card(finance)
    assert "5,700 4,500 −1,200" in page
    assert "5 licenses added" not in page


@pytest.mark.parametrize(
    ("cause", "codes", "grown_by", "explains"),
    [
        (Cause("more", grows=True), ("STD", "", ""), 1, True), (Cause("more", grows=True), ("STD", "", ""), -1, False),
        (Cause("fewer", grows=False), ("STD", "", ""), -1, True), (Cause("any"), ("STD", "", ""), -1, True),
        (Cause("more", grows=True), ("STD", "", ""), None, True), (Cause("more", grows=True), ("STD", "", ""), 0, True),
        (Cause("to", codes=("STD", "ADV")), ("ADV", "", ""), 1, True),
        (Cause("to", codes=("STD", "ADV")), ("FR", "", ""), 1, False),
        (Cause("to", codes=("MONTHLY", "ANNUAL_LICENSE")), ("STD", "", "MONTHLY"), 1, True),
    ],
)  # fmt: skip
def test_a_cause_explains_what_goes_its_way(
    cause: Cause, codes: tuple[str, ...], grown_by: int | None, *, explains: bool
) -> None:
    assert cause.explains(codes, None if grown_by is None else Decimal(grown_by)) is explains


@pytest.mark.usefixtures("japanese")
def test_the_changes_are_japanese(people: People, sign_in: SignIn, checked: DetectedChange) -> None:
    page = card(speak(sign_in(people.finance), "ja"))
    assert "2026年9月からの変化" in page
    assert "ライセンス数：10, 15 → 20 9月：10（1\uff5e14日）、15（15\uff5e30日）" in page


KINDS = st.sampled_from(["PRODUCT", "OPTION_PRODUCT", "ADJUSTMENT", "PENALTY"])
ITEMS = st.lists(st.tuples(KINDS, st.sampled_from(["STD", "ADV"]), st.integers(-(10**6), 10**6)), max_size=6)


@made_up(10)
@given(ITEMS, ITEMS)
def test_the_changes_come_to_the_whole_difference_for_any_items(
    before: list[tuple[str, str, int]], after: list[tuple[str, str, int]]
) -> None:
    for month, items in ((BEFORE, before), (MONTH, after)):
        made = [item(month, amount, itemType=kind, itemId=code) for kind, code, amount in items]
        keep_details(month, detail(1, *made, summary(sum(amount for _kind, _code, amount in items))))
    whole = sum(amount for *_about, amount in after) - sum(amount for *_about, amount in before)
    assert sum((each.grown_by or Decimal() for each in changes().changes), Decimal()) == whole
