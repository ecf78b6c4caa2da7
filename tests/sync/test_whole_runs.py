"""What a run of everything brings into the cache, and what it leaves alone."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from itertools import chain

import pytest
from django.db import connection

from customers.models import Customer
from customers.sync.customers import read_listing
from portal.sync import runs
from portal.sync.freshness import ages_of
from portal.sync.models import DetectedChange, Reading, SyncRun
from portal.sync.resources import CUSTOMER, RESOURCES
from portal.sync.scheduler import belongs_to, of_run
from portal.vendor.client import PartnerApi
from portal.vendor.connection.api import partner_api
from portal.vendor.ratelimit import Priority
from subscriptions.models import PreOrder, Subscription
from tests.support.portal import PAID_ADVANCED, WITHOUT_CONTRACT
from tests.support.sandbox import Sandbox
from tests.sync.conftest import CUSTOMERS, RunAll, reads_of_a_run

TABLES = (Customer, Subscription, PreOrder)
PRE_ORDER = {"productId": "STD", "plan": "ANNUAL_LICENSE", "licenseCount": 25, "applyDate": "2026-02-01"}


def row_versions() -> Iterator[tuple[str, str, str]]:
    """Return where each row lies and which transaction wrote it: both change with every write."""
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT '{table.__name__}', ctid::text, xmin::text FROM {table._meta.db_table}")  # noqa: S608  names of ours
            yield from cursor.fetchall()


def test_every_record_arrives_with_its_columns_and_as_it_came(run_all: RunAll) -> None:
    run_all()
    api = partner_api(Priority.PEOPLE)
    records = list(chain.from_iterable(page.items for page in api.customers.pages_of_customers()))
    assert len(records) == Customer.objects.count() == CUSTOMERS
    for record in records:
        row = Customer.objects.get(pk=record.domain_id)
        assert row.raw == record.raw
        assert (row.tenant_id, row.company_name, row.domain) == (record.tenant_id, record.company_name, record.domain)
        assert (row.domain_type, row.enable_active_domain) == (record.domain_type, record.enable_active_domain)
        assert record.administrator
        assert row.administrator_email == record.administrator.private_email
        assert row.removed_at is None

        subscriptions = {line.subscription_id: line for line in api.subscriptions.list_subscriptions(row.pk)}
        assert {line.subscription_id: line.raw for line in row.subscriptions.all()} == {
            number: line.raw for number, line in subscriptions.items()
        }
        for line in row.subscriptions.all():
            read = subscriptions[line.subscription_id]
            assert (line.product_id, line.plan, line.status) == (read.product_id, read.plan, read.status)
            assert (line.start_date, line.end_date) == (read.plan_start_date, read.plan_end_date)
            assert line.license_count == read.license_count
            assert line.renewal_type == (read.renewal.type if read.renewal else "")

        pre_orders = {line.pre_order_id: line for line in api.subscriptions.list_pre_orders(row.pk)}
        assert {line.pre_order_id: (line.raw, line.apply_date) for line in row.pre_orders.all()} == {
            number: (line.raw, line.apply_date) for number, line in pre_orders.items()
        }


def test_a_run_keeps_its_own_books(run_all: RunAll) -> None:
    run = run_all()
    assert (run.state, run.problem) == (SyncRun.State.WHOLE, "")
    assert (run.customers, run.reads, run.reads_done, run.reads_failed) == (
        CUSTOMERS,
        reads_of_a_run(),
        reads_of_a_run(),
        0,
    )
    assert run.percent == 100
    names = [CUSTOMER, *(resource.name for resource in RESOURCES if belongs_to(run, resource))]
    assert run.rows_moved == DetectedChange.objects.filter(resource__in=names).count() > CUSTOMERS
    assert run.listed_at
    assert run.finished_at
    assert run.started_at < run.listed_at < run.finished_at
    assert run.finish_stated_at
    assert run.finish_stated_at >= run.listed_at


def test_ages_are_counted_from_the_question(run_all: RunAll) -> None:
    run = run_all()
    for customer in Customer.objects.all():
        ages = ages_of(customer.pk)
        assert not ages.problems
        for resource in [resource for resource in RESOURCES.of_customer() if not resource.due_since]:
            read_at, tried_at = ages[resource.name].read_at, ages[resource.name].tried_at
            assert read_at
            assert tried_at
            assert run.finished_at
            assert run.started_at < read_at <= tried_at < run.finished_at
            assert not ages[resource.name].is_old
        assert ages.oldest == ages["customer"].read_at


def test_summaries_stand_on_the_customers_row(run_all: RunAll, sandbox: Sandbox) -> None:
    sandbox.add_pre_order_outside(WITHOUT_CONTRACT, PRE_ORDER)
    sandbox.add_pre_order_outside(WITHOUT_CONTRACT, PRE_ORDER | {"applyDate": "2026-01-20", "licenseCount": 5})
    run_all()
    paid = Customer.objects.get(pk=PAID_ADVANCED)
    [contract] = paid.subscriptions.all()
    assert (paid.lead_product, paid.lead_plan, paid.lead_status) == ("ADV", "ANNUAL_LICENSE", "ACTIVE")
    assert (paid.licenses, paid.subscription_count) == (120, 1)
    assert paid.contract_end == contract.end_date == date.fromisoformat(contract.raw["planEndDate"])
    assert (paid.next_start, paid.next_product, paid.next_plan, paid.next_licenses) == (None, "", "", None)
    waiting = Customer.objects.get(pk=WITHOUT_CONTRACT)
    assert (waiting.lead_product, waiting.contract_end, waiting.subscription_count) == ("", None, 0)
    assert (waiting.next_start, waiting.next_product) == (date(2026, 1, 20), "STD")
    assert (waiting.next_plan, waiting.next_licenses) == ("ANNUAL_LICENSE", 5)


def test_a_second_run_writes_no_row_when_nothing_changed(run_all: RunAll) -> None:
    first = run_all()
    before = set(row_versions())
    second = run_all()
    assert second.pk != first.pk
    assert (second.state, second.rows_moved, second.reads_done) == (SyncRun.State.WHOLE, 0, reads_of_a_run())
    assert set(row_versions()) == before
    assert not of_run(second).filter(read_at__lt=second.started_at).exists()


def test_only_what_changed_is_written(run_all: RunAll, sandbox: Sandbox) -> None:
    run_all()
    before = set(row_versions())
    sandbox.add_pre_order_outside(WITHOUT_CONTRACT, PRE_ORDER)
    assert run_all().rows_moved == 1
    moved = {table for table, *_place in set(row_versions()) - before}
    assert moved == {"PreOrder", "Customer"}  # the customer for its summary
    assert len(set(row_versions()) - before) == 2
    row = PreOrder.objects.get(customer_id=WITHOUT_CONTRACT)
    assert (row.product_id, row.license_count, row.apply_date) == ("STD", 25, date(2026, 2, 1))
    # The fresh sandbox has never heard of it.
    sandbox.reset(customers=CUSTOMERS)
    assert run_all().rows_moved == 1
    row.refresh_from_db()
    assert row.removed_at == row.changed_at
    assert not PreOrder.objects.current().of_customer(WITHOUT_CONTRACT)
    assert Customer.objects.get(pk=WITHOUT_CONTRACT).next_start is None


def test_changed_records_of_customers_are_taken_over(run_all: RunAll, sandbox: Sandbox) -> None:
    run_all()
    old = Customer.objects.get(pk=PAID_ADVANCED)
    sandbox.reset(customers=CUSTOMERS, seed=2)
    run = run_all()
    new = Customer.objects.get(pk=PAID_ADVANCED)
    assert new.raw != old.raw
    assert new.phone_number == new.raw["phoneNumber"] != old.phone_number
    assert new.changed_at >= run.started_at > old.changed_at
    assert (new.lead_product, new.licenses) == ("ADV", 120)


def test_customers_come_go_and_come_back(run_all: RunAll, sandbox: Sandbox) -> None:
    run_all()
    sandbox.reset(customers=10)
    assert run_all().customers == 10
    assert Customer.objects.current().count() == 10

    sandbox.reset(customers=7)
    run = run_all()
    gone = Customer.objects.filter(removed_at__isnull=False)
    assert (run.state, run.customers, run.rows_moved) == (SyncRun.State.WHOLE, 7, 3)
    assert sorted(gone.values_list("pk", flat=True)) == [300_000_008, 300_000_009, 300_000_010]
    assert not Reading.objects.filter(domain_id__in=gone, is_current=True).exists()
    assert not Reading.objects.filter(domain_id__in=gone, tried_at__gt=run.started_at).exists()
    assert run_all().rows_moved == 0

    sandbox.reset(customers=10)
    run = run_all()
    assert (run.customers, run.rows_moved) == (10, 3)
    assert Customer.objects.current().count() == 10
    assert not Reading.objects.filter(is_current=False).exists()


def test_a_customer_that_somebody_read_after_the_start_is_not_gone(
    run_all: RunAll, sandbox: Sandbox, read_in: Callable[[int], Customer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was added at LINE WORKS behind the page that the listing had reached."""
    sandbox.reset(customers=CUSTOMERS + 1)
    newcomer = 300_000_000 + CUSTOMERS + 1

    def read_late(api: PartnerApi, since: datetime, after_each_page: runs.AfterEachPage) -> runs.Listing:
        read_in(newcomer)
        sandbox.reset(customers=CUSTOMERS)
        return read_listing(api, since, after_each_page)

    monkeypatch.setattr(runs, "_lister", [read_late])
    assert run_all().state == SyncRun.State.WHOLE
    assert Customer.objects.get(pk=newcomer).removed_at is None
