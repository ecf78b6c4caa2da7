"""What becomes of single answers on their way into the cache."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from customers.models import Customer
from customers.sync.customers import CUSTOMER
from portal.core.clock import business_today, now
from portal.sync.freshness import BOUND, ages_of
from portal.sync.models import Reading
from portal.sync.resources import Answer
from portal.sync.store import expect, keep, keep_what_fits, note_problem, retire
from portal.vendor import client
from subscriptions.models import Subscription
from subscriptions.sync.subscriptions import PRE_ORDERS, SUBSCRIPTIONS
from tests.support.vendor_json import customer, pre_order, subscription

pytestmark = pytest.mark.django_db

ONE, TWO = 10_000_001, 10_000_002
NOON = now() - timedelta(minutes=30)


@pytest.fixture(autouse=True)
def _two_customers() -> None:
    answers = {number: Answer([client.Customer.from_vendor(customer(number))]) for number in (ONE, TWO)}
    keep(CUSTOMER, answers, read_at=NOON)


def contracts(*records: dict[str, Any], malformed: tuple[str, ...] = ()) -> Answer:
    return Answer([client.Subscription.from_vendor(record) for record in records], malformed)


def reading(domain_id: int = ONE, resource: str = "subscriptions") -> Reading:
    return Reading.objects.get(domain_id=domain_id, resource=resource)


def licenses() -> dict[int, int | None]:
    rows = Subscription.objects.current().filter(customer_id=ONE)
    return dict(rows.values_list("subscription_id", "license_count"))


@pytest.mark.parametrize("seconds", [1, 60])
def test_an_older_answer_never_overwrites_a_newer_one(seconds: int) -> None:
    keep(SUBSCRIPTIONS, {ONE: contracts(subscription(501, licenseCount=20))}, read_at=NOON)
    late = {ONE: contracts(subscription(501, licenseCount=10)), TWO: contracts(subscription(502))}
    assert keep(SUBSCRIPTIONS, late, read_at=NOON - timedelta(seconds=seconds)) == 1
    assert licenses() == {501: 20}
    assert Customer.objects.get(pk=ONE).licenses == 20
    assert reading(ONE).read_at == NOON
    assert reading(TWO).read_at == NOON - timedelta(seconds=seconds)


def test_an_older_answer_marks_nothing_gone_and_hides_no_problem() -> None:
    keep(SUBSCRIPTIONS, {ONE: contracts(subscription(501))}, read_at=NOON)
    note_problem(SUBSCRIPTIONS, ONE, "away")
    assert keep(SUBSCRIPTIONS, {ONE: contracts()}, read_at=NOON - timedelta(seconds=1)) == 0
    assert licenses() == {501: 10}
    assert reading().problem == "away"


def test_a_newer_answer_counts() -> None:
    keep(SUBSCRIPTIONS, {ONE: contracts(subscription(501), subscription(502))}, read_at=NOON)
    later = NOON + timedelta(seconds=1)
    assert keep(SUBSCRIPTIONS, {ONE: contracts(subscription(502, licenseCount=99))}, read_at=later) == 2
    assert licenses() == {502: 99}
    gone = Subscription.objects.get(subscription_id=501)
    assert gone.removed_at == gone.changed_at == later


def test_an_answer_with_a_malformed_record_marks_nothing_gone_and_tells_why() -> None:
    keep(SUBSCRIPTIONS, {ONE: contracts(subscription(501), subscription(502))}, read_at=NOON)
    partly = contracts(subscription(501, licenseCount=7), malformed=("Subscription.status: Field required",))
    later = NOON + timedelta(seconds=1)
    assert keep(SUBSCRIPTIONS, {ONE: partly}, read_at=later) == 1
    assert licenses() == {501: 7, 502: 10}
    # 502 is as old as it was.
    assert (reading().read_at, reading().problem) == (NOON, "Subscription.status: Field required")
    assert (reading().tried_at or NOON) > NOON
    whole = later + timedelta(seconds=1)
    keep(SUBSCRIPTIONS, {ONE: contracts(subscription(501))}, read_at=whole)
    assert licenses() == {501: 10}
    assert (reading().read_at, reading().problem) == (whole, "")


def test_a_first_answer_with_a_malformed_record_is_as_old_as_its_question() -> None:
    partly = contracts(subscription(501), malformed=("Subscription.status: Field required",))
    keep(SUBSCRIPTIONS, {ONE: partly}, read_at=NOON)
    assert (reading().read_at, reading().problem) == (NOON, "Subscription.status: Field required")


def test_a_contract_that_went_may_come_back() -> None:
    for minute, records in enumerate([[subscription(501)], [], [subscription(501)]]):
        keep(SUBSCRIPTIONS, {ONE: contracts(*records)}, read_at=NOON + timedelta(minutes=minute))
    assert licenses() == {501: 10}
    assert Subscription.objects.count() == 1


def test_a_record_that_stands_twice_in_an_answer_is_one_row() -> None:
    twice = contracts(subscription(501, licenseCount=1), subscription(501, licenseCount=2))
    assert keep(SUBSCRIPTIONS, {ONE: twice}, read_at=NOON) == 1
    assert licenses() == {501: 2}


def test_two_customers_may_have_contracts_of_one_number() -> None:
    same = {number: contracts(subscription(501, domainId=number)) for number in (ONE, TWO)}
    assert keep(SUBSCRIPTIONS, same, read_at=NOON) == 2
    assert keep(SUBSCRIPTIONS, {ONE: contracts()}, read_at=NOON + timedelta(seconds=1)) == 1
    assert Subscription.objects.current().get().customer_id == TWO


@pytest.mark.parametrize("digest", [b"the same", b"another"])
@pytest.mark.parametrize(("asked", "still"), [(timedelta(seconds=-1), False), (timedelta(seconds=1), True)])
def test_an_answer_serves_whoever_asked_before_its_question(digest: bytes, asked: timedelta, still: bool) -> None:
    keep(SUBSCRIPTIONS, {ONE: replace(contracts(), digest=b"the same")}, read_at=NOON)
    question = NOON + timedelta(minutes=1)
    Reading.objects.filter(domain_id=ONE).update(wanted_at=question + asked)
    keep(SUBSCRIPTIONS, {ONE: replace(contracts(), digest=digest)}, read_at=question)
    assert reading().wanted_at == (question + asked if still else None)
    assert (reading().read_at, bytes(reading().digest)) == (question, digest)


def test_what_was_known_makes_the_cache_younger_and_changes_nothing() -> None:
    last_day = business_today() + timedelta(days=30)
    lasting = contracts(subscription(501, planEndDate=f"{last_day}"))
    keep(SUBSCRIPTIONS, {ONE: replace(lasting, digest=b"the same")}, read_at=NOON)
    later = NOON + timedelta(seconds=1)
    assert keep(SUBSCRIPTIONS, {ONE: Answer((), digest=b"the same", is_known=True)}, read_at=later) == 0
    assert licenses() == {501: 10}
    assert (reading().read_at, reading().next_event) == (later, last_day + timedelta(days=1))


def test_what_was_known_says_nothing_once_something_else_was_read() -> None:
    keep(SUBSCRIPTIONS, {ONE: replace(contracts(subscription(501)), digest=b"another")}, read_at=NOON)
    later = NOON + timedelta(seconds=1)
    assert keep(SUBSCRIPTIONS, {ONE: Answer((), digest=b"the same", is_known=True)}, read_at=later) == 0
    assert licenses() == {501: 10}
    assert (reading().read_at, bytes(reading().digest)) == (NOON, b"another")


def test_the_days_to_come_outlast_an_answer_that_was_known_when_one_has_come() -> None:
    keep(SUBSCRIPTIONS, {ONE: replace(contracts(subscription(501)), digest=b"the same")}, read_at=NOON)
    Reading.objects.update(next_event=business_today())
    keep(SUBSCRIPTIONS, {ONE: Answer((), digest=b"the same", is_known=True)}, read_at=NOON + timedelta(seconds=1))
    assert (reading().next_event, reading().last_event) == (business_today(), None)


def test_an_answer_that_does_not_fit_costs_only_itself() -> None:
    answers = {
        ONE: contracts(subscription(501, licenseCount=2**70)),
        TWO: contracts(subscription(502)),
    }
    kept = keep_what_fits(SUBSCRIPTIONS, answers, read_at=NOON)
    assert (kept.moved, kept.unfit) == (1, [ONE])
    assert "out of range" in reading(ONE).problem
    assert reading(ONE).read_at is None
    assert (reading(TWO).problem, reading(TWO).read_at) == ("", NOON)


def test_the_core_service_speaks_for_a_customer_before_other_products() -> None:
    other, core = subscription(1, productId="NTA_TM", plan="ANNUAL"), subscription(2, productId="STD")
    keep(SUBSCRIPTIONS, {ONE: contracts(other, core)}, read_at=NOON)
    row = Customer.objects.get(pk=ONE)
    assert (row.lead_product, row.subscription_count) == ("STD", 2)
    keep(SUBSCRIPTIONS, {ONE: contracts(other)}, read_at=NOON + timedelta(seconds=1))
    row.refresh_from_db()
    assert (row.lead_product, row.subscription_count) == ("NTA_TM", 1)
    keep(SUBSCRIPTIONS, {ONE: contracts()}, read_at=NOON + timedelta(seconds=2))
    row.refresh_from_db()
    assert (row.lead_product, row.licenses, row.contract_end, row.subscription_count) == ("", None, None, 0)


def test_the_next_start_is_the_earliest_pre_order() -> None:
    records = [pre_order(901, applyDate="2026-02-15"), pre_order(902, applyDate="2026-01-20", licenseCount=None)]
    answer = Answer([client.PreOrder.from_vendor(record) for record in records])
    keep(PRE_ORDERS, {ONE: answer}, read_at=NOON)
    row = Customer.objects.get(pk=ONE)
    assert (str(row.next_start), row.next_licenses) == ("2026-01-20", None)


def test_what_was_never_read_is_the_stalest_and_what_was_never_tried_comes_first() -> None:
    expect([ONE, TWO])
    keep(SUBSCRIPTIONS, {ONE: contracts()}, read_at=NOON)
    contracts_of = Reading.objects.filter(resource__in=("subscriptions", "pre_orders"))
    order = [(row.domain_id, row.resource) for row in contracts_of.untried_since(now() + timedelta(seconds=1))]
    assert order[:3] == [(ONE, "pre_orders"), (TWO, "pre_orders"), (TWO, "subscriptions")]


def test_a_retired_customer_comes_back_with_its_next_reading() -> None:
    retire([ONE])
    assert not reading(ONE, "customer").is_current
    keep(CUSTOMER, {ONE: Answer([client.Customer.from_vendor(customer(ONE))])}, read_at=now())
    assert reading(ONE, "customer").is_current


def test_a_problem_leaves_the_figures_and_their_age_alone() -> None:
    keep(SUBSCRIPTIONS, {ONE: contracts(subscription(501))}, read_at=NOON)
    mark = ages_of(ONE).mark
    note_problem(SUBSCRIPTIONS, ONE, "x" * 2_000)
    ages = ages_of(ONE)
    assert ages["subscriptions"].read_at == NOON
    assert [age.resource for age in ages.problems] == ["subscriptions"]
    assert len(ages["subscriptions"].problem) == 1_000
    assert ages.mark != mark  # a page that polls shows the problem


@pytest.mark.parametrize(
    ("age", "old"),
    [(None, True), (BOUND + timedelta(minutes=1), True), (BOUND - timedelta(minutes=1), False)],
)
def test_a_figure_past_the_bound_is_old(age: timedelta | None, old: bool) -> None:
    Reading.objects.create(domain_id=ONE, resource="pre_orders", read_at=now() - age if age else None)
    assert ages_of(ONE)["pre_orders"].is_old is old


def test_the_age_of_a_customer_is_that_of_its_oldest_figure() -> None:
    assert ages_of(ONE).oldest is None
    expect([ONE])
    keep(SUBSCRIPTIONS, {ONE: contracts()}, read_at=NOON - timedelta(hours=1))
    assert ages_of(ONE).oldest is None
    Reading.objects.of_customer(ONE).exclude(resource="subscriptions").update(read_at=NOON)
    assert ages_of(ONE).oldest == NOON - timedelta(hours=1)
