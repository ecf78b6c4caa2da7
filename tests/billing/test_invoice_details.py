"""Customers' shares of an invoice with their lines: whole months, however the pages come."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from billing.models import Invoice, InvoiceDetail, SettlementItem
from billing.sync.invoice_details import INVOICE_DETAILS, MONTHS
from billing.sync.invoices import INVOICES
from portal.core.clock import business_day_began, business_today, now
from portal.sync.fetch import Vendor, read_some
from portal.sync.models import Reading
from portal.sync.resources import PARTNER, Answer
from portal.sync.runs import start
from portal.sync.scheduler import next_targets
from portal.sync.store import keep, keep_part
from portal.vendor import client
from portal.vendor.client import Record
from portal.vendor.ratelimit import Priority
from tests.support.portal import PAID_MONTHLY
from tests.support.reads import problem_of, read
from tests.support.sandbox import Sandbox
from tests.support.vendor_json import invoice, invoice_detail, settlement_item

pytestmark = pytest.mark.django_db

MONTH = "2025-12"
READ = "listInvoiceDetails"


def share(domain_id: int = PAID_MONTHLY) -> InvoiceDetail:
    return InvoiceDetail.objects.of_month(MONTH).get(domain_id=domain_id)


def current() -> list[int]:
    return list(InvoiceDetail.objects.of_month(MONTH).current().values_list("domain_id", flat=True))


def lines(row: InvoiceDetail) -> list[SettlementItem]:
    return list(SettlementItem.objects.current().filter(detail=row))


def keep_shares(*records: dict[str, Any], malformed: tuple[str, ...] = (), minutes: int = 0) -> int:
    read_records: list[Record] = [client.InvoiceDetail.from_vendor(record) for record in records]
    answer = Answer(read_records, malformed, period=MONTH)
    return keep(INVOICE_DETAILS, {PARTNER: answer}, read_at=now() + timedelta(minutes=minutes))


@pytest.fixture(params=[10, 1_000])
def month(
    vendor_settings: None, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> list[int]:
    """A month was read whole, on more than one page, in parts or at once; answers whose shares there are."""
    monkeypatch.setattr("billing.sync.invoice_details.SHARES_AT_ONCE", request.param)
    assert read(INVOICE_DETAILS, period=MONTH).done == 1
    assert sandbox.calls()[READ] > 1
    return current()


@pytest.mark.usefixtures("month")
def test_each_line_arrives_column_by_column() -> None:
    for row in InvoiceDetail.objects.all():
        told = row.raw["settlementItems"]
        assert [line.raw for line in lines(row)] == told
        for line in lines(row):
            raw = told[line.place]
            assert line.subscription_id == raw.get("subscriptionId")
            assert (line.item_type, line.item_id) == (raw["itemType"], raw.get("itemId", ""))
            assert (line.sub_item_id, line.plan) == (raw.get("subItemId", ""), raw.get("plan", ""))
            assert line.start_date == date.fromisoformat(raw["startDate"])
            assert line.end_date == date.fromisoformat(raw["endDate"])
            assert (line.license_count, line.member_count) == (raw.get("licenseCount"), raw.get("memberCount"))
            assert (line.quantity, line.status) == (raw.get("quantity"), raw.get("status", ""))
            assert line.amount == Decimal(raw["amount"])


@pytest.mark.usefixtures("month")
def test_the_lines_of_all_customers_make_up_the_invoice(vendor_settings: None) -> None:
    """The sandbox's invoices are the sums of their lines; so nothing was lost on the way, and nothing doubled."""
    read(INVOICES, period="2025")
    use = SettlementItem.objects.current().filter(item_type__in=("PRODUCT", "OPTION_PRODUCT"))
    invoice_of_month = Invoice.objects.get(year=2025, invoice_month=12)
    assert sum(line.amount or 0 for line in use) == invoice_of_month.used_amount


@pytest.mark.parametrize("fault", ["error_500", "html", "cut_before", "truncated_json", "empty", "too_many"])
def test_a_page_without_a_clear_answer_is_asked_for_again(vendor_settings: None, sandbox: Sandbox, fault: str) -> None:
    sandbox.fault(READ, fault, count=2)
    assert read(INVOICE_DETAILS, period=MONTH).done == 1
    assert problem_of(INVOICE_DETAILS, period=MONTH) == ""
    assert len(current()) > 20
    assert sandbox.calls()[READ] == 4  # two pages and two that went wrong, and none asked for once more


def test_a_listing_that_breaks_off_leaves_everything_as_it_was(month: list[int], sandbox: Sandbox) -> None:
    before = SettlementItem.objects.current().count()
    sandbox.reset(customers=6)
    sandbox.fault(READ, "error_500", count=0)
    assert read(INVOICE_DETAILS, period=MONTH).failed == 1
    assert current() == month
    assert SettlementItem.objects.current().count() == before
    assert problem_of(INVOICE_DETAILS, period=MONTH)


def test_a_listing_that_breaks_off_after_a_part_was_kept_is_made_good(month: list[int], sandbox: Sandbox) -> None:
    """What LINE WORKS sends next is what it sent before; the cache is not, and must not be taken for it."""
    told = share(month[0]).raw
    before = Reading.objects.get(resource=INVOICE_DETAILS.name, period=MONTH)
    other = client.InvoiceDetail.from_vendor({**told, "customerName": "乙商事", "settlementItems": []})
    assert keep_part(INVOICE_DETAILS, Answer([other], period=MONTH), read_at=now()) == 1
    assert (share(month[0]).customer_name, lines(share(month[0]))) == ("乙商事", [])
    assert current() == month
    after = Reading.objects.get(pk=before.pk)
    assert (after.read_at, after.tried_at) == (before.read_at, before.tried_at)
    [target] = [each for each in next_targets(INVOICE_DETAILS, start("somebody"), most=20) if each.period == MONTH]
    vendor = Vendor(Priority.PEOPLE)
    assert read_some(vendor, INVOICE_DETAILS, [target]).moved == 1
    assert [line.raw for line in lines(share(month[0]))] == told["settlementItems"]
    assert share(month[0]).raw == told


def test_an_older_reading_changes_nothing_part_by_part(month: list[int]) -> None:
    other = client.InvoiceDetail.from_vendor({**share(month[0]).raw, "customerName": "乙商事"})
    earlier = now() - timedelta(minutes=1)
    assert keep_part(INVOICE_DETAILS, Answer([other], period=MONTH), read_at=earlier) == 0
    assert share(month[0]).customer_name != "乙商事"


def test_pages_that_never_end_leave_everything_as_it_was(month: list[int], sandbox: Sandbox) -> None:
    sandbox.fault(READ, "repeat_cursor", count=0)
    assert read(INVOICE_DETAILS, period=MONTH).failed == 1
    assert current() == month
    assert "cursor" in problem_of(INVOICE_DETAILS, period=MONTH)


def test_a_customer_on_two_pages_has_one_share(vendor_settings: None, sandbox: Sandbox) -> None:
    sandbox.fault(READ, "duplicate_row", count=0)
    assert read(INVOICE_DETAILS, period=MONTH).failed == 0
    assert problem_of(INVOICE_DETAILS, period=MONTH) == ""
    assert len(current()) == len(set(current())) > 20


def test_shares_that_vanish_are_marked_and_come_back(month: list[int], sandbox: Sandbox) -> None:
    sandbox.reset(customers=6)
    moved = read(INVOICE_DETAILS, period=MONTH).moved
    few = current()
    assert len(few) < len(month)
    assert moved >= len(month) - len(few)
    assert InvoiceDetail.objects.count() == len(month)
    sandbox.reset(customers=30)
    read(INVOICE_DETAILS, period=MONTH)
    assert current() == month
    for row in InvoiceDetail.objects.current():
        assert [line.raw for line in lines(row)] == row.raw["settlementItems"]


def test_a_changed_share_writes_only_its_own_lines() -> None:
    keep_shares(invoice_detail(1), invoice_detail(2))
    before = {line.pk: line.changed_at for line in SettlementItem.objects.filter(detail__domain_id=2)}
    changed = [settlement_item(), settlement_item(itemType="SUMMARY", amount=5), settlement_item(itemType="PENALTY")]
    assert keep_shares(invoice_detail(1, settlementItems=changed), invoice_detail(2), minutes=1) == 1
    assert [line.item_type for line in lines(share(1))] == ["PRODUCT", "SUMMARY", "PENALTY"]
    assert {line.pk: line.changed_at for line in SettlementItem.objects.filter(detail__domain_id=2)} == before
    first, second, _third = lines(share(1))
    assert first.changed_at < second.changed_at


def test_lines_that_vanish_are_marked_gone() -> None:
    keep_shares(invoice_detail(1))
    keep_shares(invoice_detail(1, settlementItems=[settlement_item()]), minutes=1)
    assert [line.item_type for line in lines(share(1))] == ["PRODUCT"]
    [gone] = SettlementItem.objects.filter(removed_at__isnull=False)
    assert gone.raw["itemType"] == "SUMMARY"


def test_a_line_that_cannot_be_read_costs_only_itself() -> None:
    keep_shares(invoice_detail(1))
    broken = [settlement_item(startDate="yesterday"), settlement_item(itemType="SUMMARY", amount=5)]
    keep_shares(invoice_detail(1, settlementItems=broken), malformed=("a line",), minutes=1)
    first, second = lines(share(1))
    assert (first.item_type, first.place, first.start_date) == ("PRODUCT", 0, date(2025, 2, 1))
    assert (second.item_type, second.place, second.amount) == ("SUMMARY", 1, Decimal(5))


def test_a_line_that_does_not_fit_costs_only_itself() -> None:
    keep_shares(invoice_detail(1))
    broken = [settlement_item(quantity=-3), settlement_item(itemType="SUMMARY", amount=5)]
    assert keep_shares(invoice_detail(1, settlementItems=broken), invoice_detail(2), minutes=1) == 2
    first, second = lines(share(1))
    assert (first.quantity, second.amount) == (None, Decimal(5))
    assert current() == [1, 2]


@pytest.mark.parametrize(
    ("value", "amount"),
    [
        (1200, Decimal(1200)),
        (-1200, Decimal(-1200)),
        (12.5, Decimal("12.5")),
        ("1200", Decimal(1200)),
        ("free", None),
        (True, None),
        (None, None),
        ({"yen": 3}, None),
        ("NaN", None),
    ],
)
def test_an_amount_is_exact_or_absent(value: Any, amount: Decimal | None) -> None:
    keep_shares(invoice_detail(1, settlementItems=[settlement_item(amount=value)]))
    [line] = lines(share(1))
    line.refresh_from_db()
    assert line.amount == amount


def test_figures_under_names_that_nobody_knows_are_shown_as_they_come() -> None:
    keep_shares(invoice_detail(1, settlementItems=[settlement_item(price=1200, tax=120.5, isFinal=True)]))
    [line] = lines(share(1))
    assert line.amount is None
    assert line.amounts == {"price": Decimal(1200), "tax": Decimal("120.5")}


def test_a_share_without_a_customer_costs_only_itself(month: list[int], sandbox: Sandbox) -> None:
    """The sandbox takes the name away, which may be absent; the number may not."""
    sandbox.fault(READ, "missing_field", count=1)
    read(INVOICE_DETAILS, period=MONTH)
    assert current() == month
    assert share(month[0]).customer_name == ""


def test_the_months_are_those_that_have_an_invoice(vendor_settings: None) -> None:
    assert INVOICE_DETAILS.periods(business_today()) == []
    for year in ("2025", "2026"):
        read(INVOICES, period=year)
    months = INVOICE_DETAILS.periods(business_today())
    assert months[:2] == ["2025-12", "2025-11"]
    assert 10 < len(months) <= MONTHS


def test_the_details_are_due_once_their_invoice_has_changed_and_some_days_more() -> None:
    record = client.Invoice.from_vendor(invoice(invoiceYear=2025, invoiceMonth=12))
    long_ago = now() - timedelta(days=40)
    keep(INVOICES, {PARTNER: Answer([record], period="2025")}, read_at=long_ago)
    due_since = INVOICE_DETAILS.due_since
    assert due_since
    assert due_since([MONTH], now())[MONTH] == long_ago + timedelta(days=3)
    paid = client.Invoice.from_vendor(invoice(invoiceYear=2025, invoiceMonth=12, paymentStatus="PAID"))
    just_now = now()
    keep(INVOICES, {PARTNER: Answer([paid], period="2025")}, read_at=just_now)
    assert due_since([MONTH], now())[MONTH] == just_now
    yesterday = business_day_began() - timedelta(hours=9)
    Invoice.objects.update(changed_at=yesterday)
    assert due_since([MONTH], now())[MONTH] == business_day_began()
