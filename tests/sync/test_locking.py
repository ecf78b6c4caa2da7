"""People who ask for a customer to be read, while workers store what was read of it."""

from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from customers.sync.customers import CUSTOMER
from portal.core.clock import now
from portal.sync import store
from portal.sync.changes import observe
from portal.sync.models import Reading
from portal.sync.resources import Answer
from portal.sync.scheduler import want
from portal.sync.store import keep
from portal.vendor import client
from subscriptions.sync.reservations import RESERVATIONS
from subscriptions.sync.subscriptions import SUBSCRIPTIONS
from tests.support.vendor_json import customer, subscription
from tests.support.waiting import wait_for

DOMAIN_ID = 10_000_001


def _somebody_waits_for_us() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))")
        return bool(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_a_refresh_and_a_reader_of_the_same_customer_wait_for_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    here = Answer([client.Customer.from_vendor(customer(DOMAIN_ID))])
    keep(CUSTOMER, {DOMAIN_ID: here}, read_at=now())
    # The row that is locked last stands first in its table, where an update without an order meets it first.
    for resource in (RESERVATIONS, SUBSCRIPTIONS):
        Reading.objects.create(domain_id=DOMAIN_ID, resource=resource.name, read_at=now() - timedelta(hours=1))
    asked: list[Future[int]] = []

    def refresh() -> int:
        try:
            return want([DOMAIN_ID], [RESERVATIONS.name, SUBSCRIPTIONS.name])
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as person:

        def refresh_meanwhile(*args: Any, **kwargs: Any) -> None:
            """Press Refresh when the reader holds the subscriptions and not yet the reservations."""
            asked.append(person.submit(refresh))
            wait_for(_somebody_waits_for_us, "the refresh waits for the reader")
            observe(*args, **kwargs)

        monkeypatch.setattr(store, "observe", refresh_meanwhile)
        answer = Answer([client.Subscription.from_vendor(subscription(501))])
        assert keep(SUBSCRIPTIONS, {DOMAIN_ID: answer}, read_at=now()) == 1
        assert asked[0].result(30) == 2
    wanted = Reading.objects.filter(domain_id=DOMAIN_ID).wanted()
    assert set(wanted.values_list("resource", flat=True)) == {RESERVATIONS.name, SUBSCRIPTIONS.name}
