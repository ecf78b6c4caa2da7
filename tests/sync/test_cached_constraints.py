"""What the database refuses, whoever asks; and the days on which LINE WORKS will change records by itself."""

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from billing.models import CustomerUsage, Invoice, InvoiceDetail, SettlementItem
from customers.models import UpgradeDomain, UsageStatus
from options.models import OptionOrder, OptionProduct, OptionRenewal, OptionUsage
from portal.core.clock import now
from portal.sync.models import VendorRow
from portal.sync.resources import RESOURCES
from portal.vendor import client
from portal.vendor.client import Record
from subscriptions.models import PreOrder, Reservation, Subscription
from tests.support import vendor_json
from tests.support.rows import keep_customers

ONE = 10_000_001
DAY = date(2026, 1, 1)

GOOD: list[tuple[type[VendorRow], dict[str, Any]]] = [
    (UsageStatus, {"customer_id": ONE, "member_count": 0, "member_limit": 0}),
    (UpgradeDomain, {"customer_id": ONE, "is_active": False}),
    (Subscription, {"customer_id": ONE, "subscription_id": 1, "start_date": DAY}),
    (Reservation, {"customer_id": ONE, "subscription_id": 1, "apply_date": DAY}),
    (PreOrder, {"customer_id": ONE, "pre_order_id": 1, "apply_date": DAY}),
    (
        OptionProduct,
        {
            "customer_id": ONE,
            "option_product_id": "BCT",
            "subscription_id": 1,
            "applied_at": now(),
            "start_date": DAY,
            "end_date": DAY,
        },
    ),
    (OptionRenewal, {"customer_id": ONE, "option_product_id": "BCT"}),
    (OptionOrder, {"customer_id": ONE, "option_product_id": "BCT", "apply_date": DAY}),
    (OptionUsage, {"customer_id": ONE, "month": DAY, "used_date": DAY}),
    (CustomerUsage, {"customer_id": ONE, "month": DAY, "used_date": DAY}),
    (Invoice, {"year": 2025, "invoice_no": 1}),
    (InvoiceDetail, {"month": DAY, "domain_id": ONE}),
]
BAD: list[tuple[type[VendorRow], dict[str, Any]]] = [
    (UsageStatus, {"member_count": -1}),
    (UsageStatus, {"member_limit": -1}),
    (UsageStatus, {"next_limit": 5}),
    (Subscription, {"license_count": -1}),
    (Subscription, {"renewal_license_count": -1}),
    (Reservation, {"license_count": -1}),
    (PreOrder, {"license_count": -1}),
    (OptionProduct, {"quantity": -1}),
    (OptionRenewal, {"quantity": -1}),
    (OptionOrder, {"quantity": -1}),
    (OptionUsage, {"usage_count": -1}),
    (OptionUsage, {"month": date(2026, 1, 2)}),
    (CustomerUsage, {"member_count": -1}),
    (CustomerUsage, {"month": date(2026, 1, 31)}),
    (Invoice, {"invoice_month": 0}),
    (Invoice, {"invoice_month": 13}),
    (Invoice, {"tax_rate": -1}),
    (InvoiceDetail, {"month": date(2026, 1, 31)}),
]


def of(kind: type[VendorRow], values: dict[str, Any]) -> VendorRow:
    return kind(**{"raw": {}, "changed_at": now()} | dict(GOOD)[kind] | values)


@pytest.fixture
def _customer(db: None) -> None:
    keep_customers(vendor_json.customer(ONE))


@pytest.mark.usefixtures("_customer")
@pytest.mark.parametrize(("kind", "values"), GOOD, ids=lambda value: getattr(value, "__name__", ""))
def test_a_row_stands_once(kind: type[VendorRow], values: dict[str, Any]) -> None:
    of(kind, {}).save()
    with pytest.raises(IntegrityError), transaction.atomic():
        of(kind, {}).save()


@pytest.mark.usefixtures("_customer")
@pytest.mark.parametrize(
    ("kind", "values"), BAD, ids=lambda value: getattr(value, "__name__", "") or "-".join(map(str, value))
)
def test_nonsense_is_refused(kind: type[VendorRow], values: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        of(kind, values).save()


@pytest.mark.django_db
def test_a_line_of_an_invoice_stands_once_and_counts_nothing_negative() -> None:
    share = InvoiceDetail(**dict(GOOD)[InvoiceDetail], raw={}, changed_at=now())
    share.save()
    SettlementItem(detail=share, place=0, raw={}, changed_at=now()).save()
    for values in ({"place": 0}, {"place": 1, "quantity": -1}, {"place": -1}):
        with pytest.raises(IntegrityError), transaction.atomic():
            SettlementItem(detail=share, raw={}, changed_at=now(), **values).save()


@pytest.mark.parametrize(
    ("resource", "record", "days"),
    [
        ("subscriptions", client.Subscription.from_vendor(vendor_json.subscription()), ["2026-02-15"]),
        ("pre_orders", client.PreOrder.from_vendor(vendor_json.pre_order()), ["2025-02-15"]),
        ("reservations", client.Reservation.from_vendor(vendor_json.reservation()), ["2025-08-11"]),
        ("options", client.OptionProduct.from_vendor(vendor_json.option()), ["2026-02-15"]),
        ("option_orders", client.OptionProductOrder.from_vendor(vendor_json.option_order()), ["2025-03-01"]),
        (
            "usage_status",
            client.UsageStatus.from_vendor(vendor_json.usage_status(withdrawalDate="2025-03-02")),
            ["2025-02-15", "2025-03-02"],
        ),
        ("upgrade_domain", client.UpgradeDomain.from_vendor(vendor_json.upgrade_domain()), []),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_days_on_which_the_vendor_acts(resource: str, record: Record, days: list[str]) -> None:
    assert sorted(day.isoformat() for day in RESOURCES[resource].events([record])) == days
