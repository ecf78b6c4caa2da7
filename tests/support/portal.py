"""
Partnerdesk's ground for tests: a vendor, people, customers that were read, and a worker.

LINE WORKS is the sandbox, a process of its own that each pytest worker starts once and that every test finds fresh.
Its calendar stands still at ``TODAY`` and is Partnerdesk's calendar too.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client, override_settings
from pytest_django import DjangoDbBlocker, Settings

from customers.models import Customer
from portal.accounts.models import User
from portal.accounts.roles import Role, establish_roles
from portal.sync.fetch import Vendor, read_customer
from portal.sync.resources import RESOURCES
from portal.vendor.client import Token
from portal.vendor.connection import api
from portal.vendor.ratelimit import Priority
from tests.support.sandbox import Sandbox
from tests.support.waiting import wait_for
from tests.support.worker import Worker

TODAY = "2026-01-15"
READ_BACK_SECONDS = (0.2, 0.2, 0.2)

# Customers that every sandbox has, by what they are good for.
PAID_ADVANCED = 300_000_001
PAID_MONTHLY = 300_000_002
TRIAL_OF_A_GROUP = 300_000_003
WITHOUT_CONTRACT_OF_A_GROUP = 300_000_004
PAID_PREPAID = 300_000_005
WITHOUT_CONTRACT = 300_000_006


@dataclass(frozen=True)
class People:
    """One person for each role, and a second account manager, for what needs two."""

    administrator: User
    account_manager: User
    second_manager: User
    support: User
    finance: User


class SignIn(Protocol):
    """Makes a browser in which somebody is signed in."""

    def __call__(self, user: User | None = None, *, enforce_csrf_checks: bool = False) -> Client: ...


class OwnWorkers(Protocol):
    """Makes a worker of the test's own, which the test starts; `environment` adds to what it finds there."""

    def __call__(self, *, environment: Mapping[str, str] = ..., **options: Any) -> Worker: ...


class ReadIn(Protocol):
    """Reads a customer and its contracts from the sandbox into the cache, and answers its row."""

    def __call__(self, domain_id: int) -> Customer: ...


@pytest.fixture(scope="session", autouse=True)
def _assets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Static files straight from their folder: a test needs neither `collectstatic` nor hashed names."""
    storages = django_settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    with override_settings(STORAGES=storages, STATIC_ROOT=tmp_path_factory.mktemp("static")):
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The roles are there from the start, as they are after `manage.py prepare`; at the end nobody else is."""
    with django_db_blocker.unblock():
        establish_roles()
    yield
    with django_db_blocker.unblock():
        try:
            # PostgreSQL ends the sessions of a process some time after it, and drops no database before.
            wait_for(lambda: not _others_at_the_database(), "nobody else is at the database")
        except AssertionError as error:
            error.add_note(f"there are: {_others_at_the_database()}")
            raise


def _others_at_the_database() -> list[tuple[object, ...]]:
    """Return who else has a session, and what it is doing or did last."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid, backend_start, state, wait_event, left(query, 200) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        found: list[tuple[object, ...]] = cursor.fetchall()
    return found


@pytest.fixture(scope="session")
def _business_date_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clock") / "today"


@pytest.fixture(scope="session")
def _sandbox_process(_business_date_file: Path) -> Iterator[Sandbox]:
    with Sandbox.start(customers=30, business_date=TODAY, business_date_file=_business_date_file) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(_sandbox_process: Sandbox) -> Sandbox:
    """LINE WORKS, fresh: no faults, no effects, the calendar at ``TODAY``; only its tokens last."""
    if _sandbox_process.exit_status is not None:
        _sandbox_process.restart()
    _sandbox_process.reset()
    return _sandbox_process


@pytest.fixture(scope="session")
def _kept_token() -> list[Token]:
    """The token that this process holds from test to test: to get one takes longer than all else a test does."""
    return []


@pytest.fixture
def vendor_settings(
    settings: Settings, sandbox: Sandbox, _business_date_file: Path, _kept_token: list[Token]
) -> Iterator[None]:
    """This process speaks with the sandbox, as its worker does, and shares its calendar."""
    settings.PARTNER_API_URL = sandbox.api_url
    settings.PARTNER_AUTH_URL = sandbox.auth_url
    settings.PARTNER_CLIENT_ID = sandbox.client_id
    settings.PARTNER_CLIENT_SECRET = sandbox.client_secret
    settings.PARTNER_SERVICE_ACCOUNT = sandbox.service_account
    settings.PARTNER_PRIVATE_KEY = sandbox.private_key_pem
    settings.PARTNER_RATE_LIMIT = 100_000
    settings.BUSINESS_DATE_FILE = str(_business_date_file)
    settings.READ_BACK_SECONDS = list(READ_BACK_SECONDS)
    _forget_the_vendor()
    _open_the_budget()
    tokens = api._tokens()
    for token in _kept_token:
        tokens._remember(token)
    yield
    # Its row goes with the test.
    _kept_token[:] = [tokens._remembered[0]] if tokens._remembered else []
    _forget_the_vendor()


@pytest.fixture
def people(db: None) -> People:
    """Nobody has a password: `sign_in` needs none, and making one takes long on purpose."""
    if Group.objects.count() < len(Role):
        # A test whose transactions were real has emptied every table.
        establish_roles()

    def add(role: Role, name: str, email: str) -> User:
        person = User.objects.create_user(f"{email}@partner.example", name=name)
        person.groups.set([Group.objects.get(name=role)])
        return person

    return People(
        administrator=add(Role.ADMINISTRATOR, "高橋 健", "takahashi"),
        account_manager=add(Role.ACCOUNT_MANAGER, "佐藤 美咲", "sato"),
        second_manager=add(Role.ACCOUNT_MANAGER, "伊藤 翔", "ito"),
        support=add(Role.SUPPORT, "鈴木 彩", "suzuki"),
        finance=add(Role.FINANCE, "田中 亮", "tanaka"),
    )


@pytest.fixture
def second_administrator(people: People) -> User:
    """Another administrator, for what needs two of them."""
    person = User.objects.create_user("yamada@partner.example", name="山田 恵")
    person.groups.set([Group.objects.get(name=Role.ADMINISTRATOR)])
    return person


@pytest.fixture
def sign_in() -> SignIn:
    """Makes browsers; without a person one in which nobody is signed in."""

    def make(user: User | None = None, *, enforce_csrf_checks: bool = False) -> Client:
        browser = Client(enforce_csrf_checks=enforce_csrf_checks)
        if user:
            browser.force_login(user)
        return browser

    return make


@pytest.fixture
def read_in(db: None, vendor_settings: None) -> ReadIn:
    """What brings customers into the cache."""

    def read(domain_id: int) -> Customer:
        outcome = read_customer(Vendor(Priority.PEOPLE), domain_id, RESOURCES.of_customer())
        assert (outcome.failed, outcome.not_reached) == (0, "")
        return Customer.objects.get(pk=domain_id)

    return read


@pytest.fixture
def synced_customer(read_in: ReadIn) -> Customer:
    """A customer with a domain, and with neither contracts nor pre-orders so far."""
    return read_in(WITHOUT_CONTRACT)


@pytest.fixture(scope="session")
def _worker_environment(
    _sandbox_process: Sandbox, _business_date_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    key = tmp_path_factory.mktemp("worker-key") / "key.pem"
    key.write_text(_sandbox_process.private_key_pem, encoding="ascii")
    return {
        "PARTNER_API_URL": _sandbox_process.api_url,
        "PARTNER_AUTH_URL": _sandbox_process.auth_url,
        "PARTNER_CLIENT_ID": _sandbox_process.client_id,
        "PARTNER_CLIENT_SECRET": _sandbox_process.client_secret,
        "PARTNER_SERVICE_ACCOUNT": _sandbox_process.service_account,
        "PARTNER_PRIVATE_KEY_FILE": str(key),
        "PARTNER_RATE_LIMIT": "100000",
        "BUSINESS_DATE_FILE": str(_business_date_file),
        "READ_BACK_SECONDS": ",".join(map(str, READ_BACK_SECONDS)),
    }


@pytest.fixture(scope="session")
def _worker_process(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    _worker_environment: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Worker]:
    with django_db_blocker.unblock():
        worker = Worker(_worker_environment, tmp_path_factory.mktemp("worker") / "log")
    yield worker
    worker.stop()


@pytest.fixture
def own_workers(
    transactional_db: None, vendor_settings: None, _worker_environment: dict[str, str], tmp_path: Path
) -> Iterator[OwnWorkers]:
    """What starts workers of the test's own, on the Redis of this moment's settings; they end with the test."""
    started: list[Worker] = []

    def start(*, environment: Mapping[str, str] = MappingProxyType({}), **options: Any) -> Worker:
        environment = {**_worker_environment, "REDIS_URL": django_settings.REDIS_URL, **environment}
        started.append(Worker(environment, tmp_path / f"worker-{len(started)}.log", **options))
        return started[-1]

    yield start
    for worker in started:
        worker.kill()


@pytest.fixture
def worker(transactional_db: None, vendor_settings: None, _worker_process: Worker) -> Iterator[Worker]:
    """A worker that takes work; nothing of an earlier test is under way, and nothing of this one will be later."""
    _worker_process.start()
    yield _worker_process
    _worker_process.rest()


@pytest.fixture
def no_worker(transactional_db: None, vendor_settings: None, _worker_process: Worker) -> Iterator[Worker]:
    """The worker while it is away: messages stay where they are until the test starts it."""
    _worker_process.stop()
    # While it ends it may put back what it had fetched for an earlier test.
    _worker_process.rest()
    yield _worker_process
    _worker_process.rest()


def _forget_the_vendor() -> None:
    for cached in (api.budget, api._account, api._tokens):
        cached.cache_clear()


def _open_the_budget() -> None:
    """Forget what an earlier test used up; the broker's keys in the same Redis stay."""
    redis = api.budget()._redis
    for key in redis.scan_iter("pace:*"):
        redis.delete(key)
    api.budget().assume_unused()
