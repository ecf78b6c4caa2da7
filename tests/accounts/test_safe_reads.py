"""
A GET is safe to repeat: it writes what the list here names and nothing else, and a second one changes no row.

Nor does it lead to a change at LINE WORKS: the one task that a GET enqueues reads.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import resolve
from pytest_django import DjangoCaptureOnCommitCallbacks

from customers.models import Customer
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.core import enqueue
from portal.core.clock import now
from portal.sync.models import Reading
from portal.sync.tasks import read_wanted
from portal.vendor.client import OPERATIONS
from tests.support import stores
from tests.support.addresses import PARTS, undone
from tests.support.portal import People, SignIn
from tests.support.rows import one_customer
from tests.support.sandbox import Sandbox

READINGS = {"INSERT sync_reading", "UPDATE sync_reading"}
READ = "sync.read_wanted"
SESSION = {"INSERT django_session", "UPDATE django_session"}
OF_A_CUSTOMER = ("customers:detail", "customers:users", "customers:domain", "options:customer", "billing:customer")
# What a GET of an address may write. The docstring of each view says so.
MAY_WRITE = {
    # Whoever looks at a customer wants it as it is now; what was asked for lately is not asked for again. And the
    # customer is the person's latest, which it stays when it is opened again.
    **dict.fromkeys(OF_A_CUSTOMER, READINGS | {"INSERT desk_recentcustomers"}),
    "customers:start": READINGS,
    # The state that the answer of LINE WORKS will be held against, the same for every page of a browser.
    "connection:detail": SESSION,
    # OAuth returns by GET, and the state is used up. Without one there is a problem to tell; the grant stays.
    "connection:callback": SESSION,
}
# What reads, and changes nothing at LINE WORKS.
MAY_ENQUEUE = {name: {READ} for name in (*OF_A_CUSTOMER, "customers:start")}
WRITES = re.compile(
    r'(?<!FOR )(?<!KEY )(?<!DO )\b(INSERT INTO|UPDATE|DELETE FROM|TRUNCATE|MERGE INTO|COPY)\s+(?:ONLY\s+)?"?(\w+)"?'
)
SWAP = {"HX-Request": "true"}


@dataclass
class Done:
    """What a request did."""

    writes: set[str] = field(default_factory=set)
    tasks: set[str] = field(default_factory=set)


Watch = Callable[[], AbstractContextManager[Done]]


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> Watch:
    """Notes what is written and enqueued within a `with`; nothing is published."""
    published: list[str] = []
    monkeypatch.setattr(enqueue, "_publish", lambda task, *_others: published.append(task))

    @contextmanager
    def within() -> Iterator[Done]:
        done = Done()
        published.clear()
        with CaptureQueriesContext(connection) as queries, django_capture_on_commit_callbacks(execute=True):
            yield done
        for query in queries.captured_queries:
            done.writes |= {f"{verb.split()[0]} {table}" for verb, table in WRITES.findall(query["sql"])}
        done.tasks |= set(published)

    return within


def rows() -> tuple[str, list[dict[str, Any]]]:
    """Return every row; of sessions what they hold, as each one that is stored anew lasts longer."""
    sessions = [session.get_decoded() for session in Session.objects.order_by("pk")]
    return stores.database(without={"django_session"}), sessions


def test_writes_are_seen() -> None:
    statement = 'WITH a AS (UPDATE "one" SET x = 1) DELETE FROM "two"; SELECT 1 FROM "three" FOR UPDATE OF "three"'
    assert WRITES.findall(statement) == [("UPDATE", "one"), ("DELETE FROM", "two")]


@pytest.mark.parametrize(
    ("role", "headers"),
    [*((role, {}) for role in Role), (None, {}), (Role.ADMINISTRATOR, SWAP)],
    ids=[*Role, "nobody", "swap"],
)
def test_a_get_writes_what_it_may_and_a_second_one_changes_nothing(
    role: Role | None,
    headers: dict[str, str],
    address: Callable[[str], str],
    people: People,
    sign_in: SignIn,
    watch: Watch,
    person_signs_in: None,
    sandbox: Sandbox,
) -> None:
    person = User.objects.filter(groups__name=role).first() if role else None
    sandbox.reset_calls()
    wrong, wrote = {}, set()
    for name in PARTS:
        with undone():
            browser, to = sign_in(person), address(name)
            with watch() as first:
                browser.get(to, headers=headers)
            after_one = rows() if first.writes else None
            with watch() as second:
                browser.get(to, headers=headers)
            beyond = first.writes - MAY_WRITE.get(name, set()) | first.tasks - MAY_ENQUEUE.get(name, set())
            beyond |= second.writes - first.writes | second.tasks
            if beyond or (after_one and rows() != after_one):
                wrong[name] = beyond
            wrote |= {name} if first.writes else set()
    assert wrong == {}
    if role == Role.ADMINISTRATOR and not headers:
        assert wrote == set(MAY_WRITE), "the list names an address that writes nothing"
    assert sandbox.calls().total() == 0


def test_each_view_that_writes_on_get_says_so(address: Callable[[str], str]) -> None:
    says = {name for name in PARTS if "A GET writes" in (resolve(address(name).partition("?")[0]).func.__doc__ or "")}
    assert says == set(MAY_WRITE)


def test_a_message_is_told_once_and_only_the_session_is_written(people: People, sign_in: SignIn, watch: Watch) -> None:
    customer, browser = one_customer(), sign_in(people.support)
    browser.post(f"/customers/{customer.pk}/read/")
    with watch() as first:
        assert "Refreshing from LINE WORKS…" in browser.get("/customers/").content.decode()
    after_one = rows()
    with watch() as second:
        browser.get("/customers/")
    assert (first.writes, second.writes, first.tasks) == ({"UPDATE django_session"}, set(), set())
    assert rows() == after_one


def test_what_opening_a_customer_enqueues_only_reads_at_line_works(
    people: People, sign_in: SignIn, synced_customer: Customer, sandbox: Sandbox, watch: Watch
) -> None:
    Reading.objects.update(read_at=now() - timedelta(days=1), wanted_at=None)
    sandbox.reset_calls()
    with watch() as done:
        sign_in(people.finance).get(f"/customers/{synced_customer.pk}/")
    assert (done.tasks, sandbox.calls().total()) == ({READ}, 0)
    read_wanted(synced_customer.pk)
    called = {name for name, count in sandbox.calls().items() if count} - {"token"}
    assert called
    assert [name for name in called if OPERATIONS[name].changes] == []
