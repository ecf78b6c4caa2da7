"""
Gives a test run PostgreSQL, Redis and made-up settings, before Django reads any of them.

Loaded by ``-p tests.support.stack``, since pytest-django reads the settings before any conftest.py is
found. A run never touches the servers or credentials of a portal that may run in the same folder: it claims
a *slot* of its own under ``.local/test/``, where servers tuned for speed keep their data from run to run.
Several runs at once claim a slot each. Workers of pytest-xdist share the slot of the process that started
them; each has its own test database (pytest-django's doing) and its own Redis database.
"""

import fcntl
import itertools
import os
from collections.abc import Generator
from pathlib import Path
from typing import IO

import pytest

from portal.dev.server import embedded

SLOTS = embedded.HOME / "test"
# Settings of the person's own shell or .env file that must not reach a test.
_OWN = {
    "DEBUG": "0",
    "SECRET_KEY": "only-for-tests-and-made-up-0123456789-abcdefghijklmnopqrstuvwxyz",
    "ALLOWED_HOSTS": "127.0.0.1,localhost",
    "TRUSTED_PROXIES": "0",
    "BUSINESS_TIME_ZONE": "Asia/Tokyo",
    "BUSINESS_DATE_FILE": "",
    # An address where nothing listens: a test that forgets its own vendor fails at once and reaches nobody.
    "PARTNER_API_URL": "http://127.0.0.1:9/v1.0",
    "PARTNER_AUTH_URL": "http://127.0.0.1:9/oauth2/v2.0",
    "PARTNER_CLIENT_ID": "test-client",
    "PARTNER_CLIENT_SECRET": "test-client-secret",
    "PARTNER_SERVICE_ACCOUNT": "portal.serviceaccount@partner.example",
    "PARTNER_PRIVATE_KEY": "",
    "PARTNER_SCOPE": "partner",
    "PARTNER_RATE_LIMIT": "240",
    "PARTNER_RATE_WINDOW": "60",
    "PARTNER_CONCURRENCY": "4",
}
_claimed: list[IO[str]] = []
_running: list[embedded.Services] = []


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests() -> Generator[None, None, None]:
    """Set the environment; as a wrapper this comes before every other plugin's turn."""
    for name, value in _OWN.items():
        os.environ.pop(name + "_FILE", None)
        os.environ[name] = value
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if worker:
        address, _, _ = os.environ["REDIS_URL"].rpartition("/")
        os.environ["REDIS_URL"] = f"{address}/{int(worker.removeprefix('gw')) + 1}"
    else:
        services = embedded.start(_claim_slot(), durable=False)
        _running.append(services)
        os.environ["DATABASE_URL"], os.environ["REDIS_URL"] = services.database_url, services.redis_url
    for name in ("DATABASE_URL_FILE", "REDIS_URL_FILE"):
        os.environ.pop(name, None)
    yield


def pytest_unconfigure() -> None:
    """Stop what this process started."""
    while _running:
        _running.pop().stop()
    while _claimed:
        _claimed.pop().close()


def _claim_slot() -> Path:
    """Return the first folder that no other run holds; the claim ends with this process at the latest."""
    for number in itertools.count(1):
        slot = SLOTS / str(number)
        slot.mkdir(parents=True, exist_ok=True)
        claim = (slot / "claim").open("a")
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            claim.close()
            continue
        _claimed.append(claim)
        return slot
    raise AssertionError("counting never ends")
