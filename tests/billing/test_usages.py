"""Daily usage: which months are read, and how a day that was metered is told from a change that somebody made."""

from datetime import date, timedelta
from typing import Any

import pytest

from billing.models import CustomerUsage
from billing.sync.usages import USAGES
from portal.core.clock import now
from portal.sync.history import Known, reading_day, row_history, standing_on
from portal.sync.models import DetectedChange
from portal.sync.resources import Answer
from portal.sync.store import keep
from portal.vendor import client
from portal.vendor.client import Record
from tests.support.rows import keep_customers
from tests.support.vendor_json import customer, usage

pytestmark = pytest.mark.django_db

ONE = 10_000_001
DAY = 24 * 60  # minutes
Cause = DetectedChange.Cause


def keep_usages(*records: dict[str, Any], minutes: int = 0, period: str = "2025-02") -> int:
    read_records: list[Record] = [client.CustomerUsage.from_vendor(record) for record in records]
    return keep(USAGES, {ONE: Answer(read_records, period=period)}, read_at=now() + timedelta(minutes=minutes))


@pytest.fixture(autouse=True)
def _customer() -> None:
    keep_customers(customer(ONE))


def causes() -> list[str]:
    return list(DetectedChange.objects.filter(resource="usages").order_by("pk").values_list("cause", flat=True))


def test_this_month_and_the_one_before_are_read() -> None:
    assert USAGES.periods(date(2026, 1, 1)) == ["2026-01", "2025-12"]


def test_another_day_is_no_change_and_a_day_that_is_corrected_or_taken_back_is_one() -> None:
    keep_usages(usage())
    keep_usages(usage(), usage(usedDate="2025-02-02"), minutes=1)
    assert (causes(), CustomerUsage.objects.current().count()) == ([], 2)
    keep_usages(usage(memberCount=9), usage(usedDate="2025-02-02"), minutes=2)
    keep_usages(usage(memberCount=9), minutes=3)
    assert causes() == [Cause.OUTSIDE, Cause.OUTSIDE]
    corrected, gone = DetectedChange.objects.filter(resource="usages").order_by("pk")
    assert (corrected.before, corrected.after) == (usage(), usage(memberCount=9))
    assert (gone.before, gone.after) == (usage(usedDate="2025-02-02"), None)


def test_a_day_before_a_correction_is_told_as_not_kept_and_not_as_absent() -> None:
    keep_usages(usage(), minutes=-3 * DAY)
    keep_usages(usage(memberCount=9))
    [corrected] = DetectedChange.objects.filter(resource="usages")
    history = row_history(ONE, USAGES.name, corrected.key)
    yesterday = standing_on(reading_day() - timedelta(days=1), history)
    assert (yesterday.known, yesterday.entry) == (Known.NOT_KEPT, None)
    today = standing_on(reading_day(), history)
    assert today.entry
    assert today.entry.observation == corrected


def test_two_plans_on_one_day_are_two_rows() -> None:
    """On the day of a conversion LINE WORKS may meter both."""
    assert keep_usages(usage(plan="TRIAL"), usage(plan="MONTHLY")) == 2


def test_a_month_says_nothing_of_another() -> None:
    keep_usages(usage())
    keep_usages(period="2025-03", minutes=1)
    assert CustomerUsage.objects.current().of_customer(ONE).count() == 1
    keep_usages(minutes=2)
    assert CustomerUsage.objects.current().of_customer(ONE).count() == 0
