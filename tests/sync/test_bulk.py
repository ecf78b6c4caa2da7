"""What it costs to keep answers: a handful of statements, however many customers they are of."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.core.clock import now
from portal.sync.models import DetectedChange, Reading
from portal.sync.resources import RESOURCES, Answer
from portal.sync.store import expect, keep
from portal.vendor import client
from subscriptions.models import Subscription
from subscriptions.sync.subscriptions import SUBSCRIPTIONS
from tests.support.rows import keep_customers
from tests.support.vendor_json import customer, subscription

pytestmark = pytest.mark.django_db

MANY = range(10_000_001, 10_000_061)
# Of a transaction, its beginning and its end.
AROUND = 2


def answers(*, licenses: int = 10, digest: bytes = b"") -> dict[int, Answer]:
    records = {number: subscription(501, domainId=number, licenseCount=licenses) for number in MANY}
    return {
        number: Answer([client.Subscription.from_vendor(record)], digest=digest) for number, record in records.items()
    }


def statements(given: dict[int, Answer], *, minutes: int) -> int:
    with CaptureQueriesContext(connection) as captured:
        keep(SUBSCRIPTIONS, given, read_at=now() - timedelta(minutes=60 - minutes))
    return len(captured)


@pytest.fixture(autouse=True)
def _many_customers() -> None:
    keep_customers(*(customer(number) for number in MANY))
    expect(MANY)


def test_the_first_reading_costs_the_same_for_one_customer_and_for_many() -> None:
    everybody = answers(digest=b"1")
    [(first, answer), *others] = everybody.items()
    alone = statements({first: answer}, minutes=1)
    together = statements(dict(others), minutes=1)
    assert alone == together <= 14
    assert Subscription.objects.count() == DetectedChange.objects.filter(resource="subscriptions").count() == len(MANY)


def test_the_same_again_writes_only_the_time() -> None:
    statements(answers(digest=b"1"), minutes=1)
    # The readings are locked and get their time.
    assert statements(answers(digest=b"1"), minutes=2) == AROUND + 2
    assert Reading.objects.filter(resource="subscriptions").values_list("read_at").distinct().count() == 1


def test_the_same_without_a_digest_is_compared_and_not_written() -> None:
    statements(answers(), minutes=1)
    assert statements(answers(), minutes=2) == AROUND + 3


def test_changes_cost_the_same_for_one_customer_and_for_many() -> None:
    statements(answers(), minutes=1)
    before = answers()
    changed = answers(licenses=20)
    one = statements({**before, MANY[0]: changed[MANY[0]]}, minutes=2)
    assert statements(changed, minutes=3) == one <= 18


def test_to_expect_what_is_expected_already_is_one_statement() -> None:
    with CaptureQueriesContext(connection) as captured:
        expect(MANY, RESOURCES.of_every_customer())
    assert len(captured) == 1
