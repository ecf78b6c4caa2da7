"""Lists inside records, moments, amounts, and the slips that LINE WORKS's own examples contain."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from portal.vendor.client import (
    CustomerUsage,
    Invoice,
    InvoiceDetail,
    OptionProduct,
    OptionProductOrder,
    PartnerApi,
    PotentialCustomer,
    ProductId,
    Record,
    SchemaSurprise,
    SettlementItemType,
    UpgradeDomain,
    UsageStatus,
)
from portal.vendor.client._reading import Reader
from tests.support.answers import ScriptedServer, answer
from tests.support.vendor_json import (
    invoice,
    invoice_detail,
    option,
    option_order,
    settlement_item,
    upgrade_domain,
    usage,
    usage_status,
    without,
)


def read(kind: type[Record], raw: Any) -> tuple[Any, list[Any], list[SchemaSurprise]]:
    """Read one row; return the record, what is malformed, and what was new."""
    surprises: list[SchemaSurprise] = []
    listing = Reader(surprises.append).listing(kind, [raw])
    return (listing[0] if listing else None), listing.malformed, surprises


def test_the_lines_of_an_invoice_are_records() -> None:
    detail, malformed, surprises = read(InvoiceDetail, invoice_detail())
    first, summary = detail.settlement_items
    assert first.item_type is SettlementItemType.PRODUCT
    assert summary.item_type is SettlementItemType.SUMMARY
    assert first.raw == settlement_item()
    assert (malformed, surprises) == ([], [])


def test_what_is_new_in_a_line_is_kept_and_reported() -> None:
    lines = [settlement_item(amount=9000), settlement_item(itemType="BONUS", plan="WEEKLY")]
    detail, malformed, surprises = read(InvoiceDetail, invoice_detail(settlementItems=lines))
    assert detail.settlement_items[0].raw["amount"] == 9000
    assert malformed == []
    assert surprises == [
        SchemaSurprise("field", "InvoiceDetail", "settlementItems.amount", 9000),
        SchemaSurprise("value", "InvoiceDetail", "settlementItems.itemType", "BONUS"),
        SchemaSurprise("value", "InvoiceDetail", "settlementItems.plan", "WEEKLY"),
    ]


def test_a_line_that_cant_be_read_costs_the_others_nothing_and_is_told() -> None:
    raw = invoice_detail(
        settlementItems=[settlement_item(), settlement_item(startDate="soon"), "text", settlement_item(memberCount={})]
    )
    detail, malformed, _ = read(InvoiceDetail, raw)
    assert [line.raw for line in detail.settlement_items] == [settlement_item()]
    assert [bad.position for bad in detail.settlement_items.malformed] == [1, 2, 3]
    assert [(bad.record, bad.field, bad.position) for bad in malformed] == [
        ("InvoiceDetail", "settlementItems.1.startDate", 0),
        ("InvoiceDetail", "settlementItems.2", 0),
        ("InvoiceDetail", "settlementItems.3.memberCount", 0),
    ]
    assert all(bad.raw is raw for bad in malformed), "so that the customer it is about is known"
    assert malformed[0].why.startswith("settlementItems.1: startDate: ")


def test_a_page_tells_of_lines_that_cant_be_read(api: PartnerApi, vendor: ScriptedServer) -> None:
    rows = [invoice_detail(1), invoice_detail(2, settlementItems=[{"startDate": 7}]), invoice_detail(3, domainId="x")]
    vendor.then(answer(200, {"invoiceDetails": rows}))
    page = api.billing.list_invoice_details(year=2025, month=2)
    assert [detail.domain_id for detail in page.items] == [1, 2]
    assert [(bad.position, bad.field) for bad in page.malformed] == [
        (1, "settlementItems.0.startDate"),
        (2, "domainId"),
    ]


def test_no_lines_and_an_unknown_number_of_lines_are_told_apart() -> None:
    assert read(InvoiceDetail, invoice_detail(settlementItems=[]))[0].settlement_items == []
    for unknown in (without(invoice_detail(), "settlementItems"), invoice_detail(settlementItems=None)):
        assert read(InvoiceDetail, unknown)[0].settlement_items is None
    detail, malformed, _ = read(InvoiceDetail, invoice_detail(settlementItems={}))
    assert detail is None
    assert [bad.field for bad in malformed] == ["settlementItems"]


def test_values_in_a_list_are_open() -> None:
    raw = {"productIds": ["FR", "NEW_1", "NEW_2"], "notHandledApps": ["ABC app"]}
    found, _, surprises = read(PotentialCustomer, raw)
    assert found.product_ids == (ProductId.FR, "NEW_1", "NEW_2")
    assert found.not_handled_apps == ("ABC app",)
    assert surprises == [
        SchemaSurprise("value", "PotentialCustomer", "productIds", "NEW_1"),
        SchemaSurprise("value", "PotentialCustomer", "productIds", "NEW_2"),
    ]


def test_a_record_in_a_record_is_read_and_reported_with_it() -> None:
    raw = upgrade_domain(mxRecordValue={"priority10": "mx1", "priority30": "mx3"})
    found, _, surprises = read(UpgradeDomain, raw)
    assert (found.mx_record_value.priority10, found.mx_record_value.priority20) == ("mx1", None)
    assert surprises == [SchemaSurprise("field", "UpgradeDomain", "mxRecordValue.priority30", "mx3")]


JAPAN = timezone(timedelta(hours=9))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2021-11-01T00:00:00.000Z", datetime(2021, 11, 1, tzinfo=UTC)),
        ("2021-11-01t09:30:00z", datetime(2021, 11, 1, 9, 30, tzinfo=UTC)),
        ("2021-11-01T09:00:00+09:00", datetime(2021, 11, 1, 9, tzinfo=JAPAN)),
        ("2021-11-01T09:00:00.1234567+0900", datetime(2021, 11, 1, 9, 0, 0, 123456, tzinfo=JAPAN)),
        ("2021-10-31T17:00:00-07:00", datetime(2021, 11, 1, tzinfo=UTC)),
    ],
)
def test_a_moment_is_read_with_any_offset(text: str, moment: datetime) -> None:
    found, _, _ = read(OptionProduct, option(appliedTime=text))
    assert found.applied_time == moment
    assert found.applied_time.utcoffset() == moment.utcoffset() or "-07" in text


@pytest.mark.parametrize("text", ["2021-11-01T00:00:00", "2021-11-01", "", 1635724800, None, "soon", True])
def test_a_moment_is_never_guessed(text: object) -> None:
    _, malformed, _ = read(OptionProduct, option(appliedTime=text))
    assert [bad.field for bad in malformed] == ["appliedTime"]


@pytest.mark.parametrize("day", ["20250215", "2025-W07-6", "2025-2-15", "2025-02-15T00:00:00Z", "２０２５-02-15"])  # noqa: RUF001  # full width on purpose
def test_a_day_is_written_in_one_way(day: str) -> None:
    _, malformed, _ = read(OptionProductOrder, option_order(applyDate=day))
    assert [bad.field for bad in malformed] == ["applyDate"]


def test_an_invoice_is_read_with_the_slips_of_the_vendors_example() -> None:
    found, malformed, surprises = read(Invoice, invoice(usedAmount="62400", taxRate=7.7))
    assert (found.invoice_year, found.invoice_month) == (20201, 8)
    assert (found.used_amount, found.tax_rate) == (62400, Decimal("7.7"))
    assert (found.paid_time, found.issued_time) == (None, datetime(2025, 9, 1, tzinfo=UTC))
    assert (malformed, surprises) == ([], [])
    assert read(Invoice, {})[0].total_amount is None


def test_nulls_that_the_examples_show_are_read() -> None:
    assert read(OptionProductOrder, option_order(subscriptionId=None, quantity=None))[0].subscription_id is None
    assert read(OptionProduct, option(quantity=None))[0].quantity is None
    status, _, surprises = read(UsageStatus, usage_status(maxMemberCount=None, renewal=None, withdrawalDate=None))
    assert (status.max_member_count, status.renewal, status.withdrawal_date) == (None, None, None)
    assert read(CustomerUsage, usage(maxMemberCount=None, licenseCount=None))[0].max_member_count is None
    assert surprises == []


def test_values_of_older_pages_are_kept_and_reported() -> None:
    found, malformed, surprises = read(CustomerUsage, usage(productId="PRM", status="UPGRADING"))
    assert (found.product_id, found.status) == ("PRM", "UPGRADING")
    assert malformed == []
    assert {surprise.field for surprise in surprises} == {"productId", "status"}
