"""A month of the sandbox in the cache, with what was planted in it and what Partnerdesk would have known of that."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from billing.models import MonthCheck
from billing.price_lists import key_of, make_version, save_prices
from billing.rules.prices import usual_price
from billing.sync.invoice_details import INVOICE_DETAILS
from billing.sync.invoices import INVOICES
from billing.sync.usages import USAGES
from options.sync.usages import OPTION_USAGES
from portal.accounts.models import User
from portal.core.catalogue import is_annual
from portal.core.clock import business_zone, now
from portal.dev.sandbox.pricing import _PRICES
from portal.operations.models import Operation
from portal.operations.priced import Period
from portal.sync import runs, worker
from portal.sync.fetch import Vendor, read_some
from portal.sync.models import DetectedChange, Reading
from portal.sync.resources import RESOURCES, Target
from portal.vendor.ratelimit import Priority
from tests.support.orders import stored
from tests.support.reads import read
from tests.support.sandbox import Sandbox

Planted = dict[str, Any]

MONTH = date(2025, 12, 1)
PERIOD = "2025-12"
CONTRACT_TYPES = ("MONTHLY", "MONTHLY_LICENSE", "ANNUAL", "ANNUAL_LICENSE", "ANNUAL_PREPAY", "ANNUAL_PREPAY_LICENSE")


def plant(
    sandbox: Sandbox,
    customers: int,
    *,
    seed: int = 1,
    causes: dict[str, int] | None = None,
    errors: dict[str, int] | None = None,
) -> list[Planted]:
    """Begin with so many customers, and plant causes and errors in the month; return what was planted."""  # fmt: skip
    sandbox.reset(customers=customers, seed=seed)
    wanted = {"month": PERIOD, "seed": seed, "causes": causes or {}, "errors": errors or {}}
    planted = sandbox.control("POST", "/months", wanted)
    return [*planted["causes"], *planted["errors"]]


def read_month() -> list[int]:
    """Read what a check of the month needs, as syncs would have; return the customers."""
    run = runs.start()
    worker.read_listing(run)
    domain_ids = list(Reading.objects.filter(resource=USAGES.name).values_list("domain_id", flat=True).distinct())
    vendor = Vendor(Priority.PEOPLE)
    for name, period in (("subscriptions", ""), ("options", ""), (USAGES.name, PERIOD), (OPTION_USAGES.name, PERIOD)):
        targets = [Target(domain_id, period) for domain_id in domain_ids]
        outcome = read_some(vendor, RESOURCES[name], targets, is_there=vendor.answers)
        assert (outcome.failed, outcome.not_reached) == (0, ""), name
    assert read(INVOICES, period="2025").done == 1
    read_details()
    return domain_ids


def read_details() -> None:
    """Read the invoice details of the month, anew where they were read before."""
    assert read(INVOICE_DETAILS, period=PERIOD).done == 1


def remember(planted: Sequence[Planted], *, by_request: Sequence[int] = ()) -> dict[int, tuple[str, int]]:
    """
    Keep what Partnerdesk would have kept in the month: a detected change for each cause, some of them of a request.

    Returns:
        By customer the source of each cause and its number.
    """
    found = {}
    for place, one in enumerate(planted):
        if "day" not in one:
            continue
        operation = None
        if place in by_request:
            proposed = datetime.combine(date.fromisoformat(one["day"]), time(9), business_zone())
            operation = stored("succeeded", domain_id=one["domainId"], proposed_at=proposed)
        change = _change(one, operation)
        source = "request" if operation else "outside"
        found[one["domainId"]] = (source, operation.pk if operation else change.pk)
    return found


def _change(one: Planted, operation: Operation | None) -> DetectedChange:
    day = date.fromisoformat(one["day"])
    before, after = _records(one)
    return DetectedChange.objects.create(
        domain_id=one["domainId"],
        resource="options" if one["kind"] in ("optionAdded", "optionCanceled", "penalty") else "subscriptions",
        key=one["itemId"] if "subItemId" in one else str(one["subscriptionId"]),
        before=before,
        after=after,
        read_before_at=now() - timedelta(hours=1),
        read_at=now(),
        read_on=day,
        cause=DetectedChange.Cause.OPERATION if operation else DetectedChange.Cause.OUTSIDE,
        operation_id=operation.pk if operation else None,
    )


def _records(one: Planted) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    plan = {"plan": "ANNUAL_LICENSE", "subscriptionId": one["subscriptionId"]}
    match one["kind"]:
        case "upgrade":
            return {**plan, "productId": one["from"]}, {**plan, "productId": one["to"]}
        case "licenses":
            of = {**plan, "productId": one["itemId"]}
            return {**of, "licenseCount": one["from"]}, {**of, "licenseCount": one["to"]}
    option = {**plan, "optionProductId": one["itemId"], "subOptionId": one["subItemId"]}
    return (None, option) if one["kind"] == "optionAdded" else (option, None)


def keep_prices(by: User) -> None:
    """Have the price list hold the purchase prices by which the sandbox bills."""
    version = make_version(date(2020, 1, 1), by=by)
    prices = [
        replace(usual_price(code, contract_type), period=Period.MONTH, purchase=yen[not is_annual(contract_type)])
        for code, yen in _PRICES.items()
        for contract_type in CONTRACT_TYPES
    ]
    save_prices(version, {key_of(price): price for price in prices}, by=by)


def latest_check() -> MonthCheck:
    """Return the latest answer about the month."""
    found = MonthCheck.objects.latest_of(MONTH)
    assert found
    return found
