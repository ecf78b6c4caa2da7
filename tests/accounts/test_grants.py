"""Where the grant is kept: sealed, remembered for a moment, renewed by one process of all."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries, Settings

from portal.vendor.client import GrantEnded, NotSent, Secret, SignIn, Token, new_state
from portal.vendor.connection import api, grants
from portal.vendor.connection.grants import REMEMBERED_SECONDS, KeptTokens
from portal.vendor.connection.models import Grant
from portal.vendor.ratelimit import Priority
from tests.accounts.conftest import kept
from tests.support import worker
from tests.support.portal import PAID_ADVANCED
from tests.support.sandbox import ROOT, Sandbox

ISSUED_AT = datetime(2026, 1, 1, tzinfo=UTC)
PROCESSES = 4
# Says when it is ready, waits for a line, and makes one call as a worker of Partnerdesk would.
CALLER = f"""
import sys, django
django.setup()
from portal.vendor.connection.api import partner_api
from portal.vendor.ratelimit import Priority
api = partner_api(Priority.PEOPLE)
print("ready", flush=True)
sys.stdin.readline()
print(api.customers.get_customer({PAID_ADVANCED}).domain_id, flush=True)
"""


def token(name: str = "1", *, seconds: float = 3600, refresh: bool = True, scope: str = "partner") -> Token:
    ends = datetime.now(UTC) + timedelta(seconds=seconds)
    refresh_token = Secret(f"planted-refresh-{name}") if refresh else None
    return Token(Secret(f"planted-access-{name}"), ends, scope, refresh_token, ISSUED_AT if refresh else None)


def signed_in(sandbox: Sandbox) -> Token:
    """Go the whole way of a person, without the page."""
    sign_in: SignIn = api.sign_in()
    state = new_state()
    back = sandbox.consent(sign_in.address(state, sandbox.redirect_uri))
    return sign_in.finish(back, state, sandbox.redirect_uri)


@pytest.mark.parametrize("refresh", [True, False])
def test_what_is_kept_is_read_back_whole(db: None, refresh: bool) -> None:
    one = token(refresh=refresh)
    KeptTokens("a").save(one)
    assert KeptTokens("a").load() == one
    assert KeptTokens("b").load() is None


def test_a_row_holds_no_secret_that_can_be_read(db: None) -> None:
    KeptTokens("a").save(token())
    with connection.cursor() as cursor:
        cursor.execute("SELECT encode(sealed_access, 'escape'), encode(sealed_refresh, 'escape') FROM connection_grant")
        access, refresh = cursor.fetchone() or ("", "")
        cursor.execute("SELECT row_to_json(g)::text FROM connection_grant g")
        (row,) = cursor.fetchone() or ("",)
    assert len(access) > 100
    assert access != refresh
    for text in (access, refresh, row, str(Grant.objects.get()), repr(KeptTokens("a").load())):
        assert "planted" not in text


def test_after_the_secret_key_has_changed_nothing_is_left_to_use(db: None, settings: Settings) -> None:
    KeptTokens("a").save(token())
    settings.SECRET_KEY = "another-key-made-up-for-this-test-0123456789-0123456789"
    assert KeptTokens("a").load() is None
    KeptTokens("a").save(token("2"))
    assert KeptTokens("a").load() is not None


def test_a_call_asks_for_its_token_without_a_query(db: None, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    tokens = KeptTokens("a")
    tokens.save(token())
    with django_assert_num_queries(0):
        for _ in range(3):
            assert tokens.load() is not None
    another = KeptTokens("a")
    with django_assert_num_queries(1):
        for _ in range(3):
            assert another.load() is not None


def test_what_another_process_keeps_is_seen_after_a_moment(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    mine, others = KeptTokens("a"), KeptTokens("a")
    mine.save(token("1", scope="partner.read"))
    others.save(token("2"))
    seen = mine.load()
    assert seen is not None
    assert not seen.can_write
    later = time.monotonic() + REMEMBERED_SECONDS
    monkeypatch.setattr("portal.vendor.connection.grants.time.monotonic", lambda: later)
    seen = mine.load()
    assert seen is not None
    assert seen.can_write


def test_whoever_holds_the_lock_sees_what_is_true_now(db: None) -> None:
    mine, others = KeptTokens("a"), KeptTokens("a")
    mine.save(token("1"))
    others.save(token("2"))
    with mine.lock():
        assert mine.load() == others.load()


def test_nothing_is_left_of_a_grant_that_is_forgotten(db: None) -> None:
    tokens = KeptTokens("a")
    tokens.save(token())
    tokens.forget()
    assert tokens.load() is None
    assert not Grant.objects.exists()


def test_nobody_waits_for_ever(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grants, "LONGEST_WAIT", timedelta(milliseconds=50))

    def wait() -> str:
        try:
            with KeptTokens("a").lock():
                return "held"
        except NotSent as error:
            return str(error)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as another, KeptTokens("a").lock():
        assert "another process is renewing" in another.submit(wait).result()
    with ThreadPoolExecutor(1) as another:
        assert another.submit(wait).result() == "held"


def test_another_account_or_scope_has_a_grant_of_its_own(vendor_settings: None, settings: Settings) -> None:
    names = set()
    for name, value in (
        ("PARTNER_SCOPE", "partner"),
        ("PARTNER_SCOPE", "partner.read"),
        ("PARTNER_AUTH_URL", "https://auth.example/oauth2/v2.0"),
        ("PARTNER_CLIENT_ID", "another"),
        ("PARTNER_SERVICE_ACCOUNT", ""),
    ):
        setattr(settings, name, value)
        api._account.cache_clear()
        api._tokens.cache_clear()
        names.add(api.tokens().account)
        assert settings.PARTNER_CLIENT_SECRET not in api.tokens().account
    assert len(names) == 5


def test_before_anybody_has_signed_in_calls_wait_for_a_person(person_signs_in: None, sandbox: Sandbox) -> None:
    with pytest.raises(GrantEnded):
        api.partner_api(Priority.PEOPLE).customers.get_customer(PAID_ADVANCED)
    assert sandbox.calls()["getCustomer"] == 0


@pytest.mark.parametrize("rotation", [False, True])
def test_a_renewed_grant_is_kept_for_all(person_signs_in: None, sandbox: Sandbox, rotation: bool) -> None:
    sandbox.oauth(rotation=rotation)
    first = signed_in(sandbox)
    api.tokens().save(first)
    sandbox.expire_tokens()
    api.partner_api(Priority.PEOPLE).customers.get_customer(PAID_ADVANCED)
    assert kept().access_token != first.access_token
    assert (kept().refresh_token != first.refresh_token) is rotation
    assert (kept().refresh_issued_at != first.refresh_issued_at) is rotation


def test_of_many_processes_one_renews(
    transactional_db: None, person_signs_in: None, sandbox: Sandbox, settings: Settings
) -> None:
    sandbox.oauth(rotation=True)
    api.tokens().save(signed_in(sandbox))
    sandbox.expire_tokens()
    sandbox.reset_calls()
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "DATABASE_URL": worker.test_database_url(),
        "REDIS_URL": settings.REDIS_URL,
        "PARTNER_API_URL": sandbox.api_url,
        "PARTNER_AUTH_URL": sandbox.auth_url,
        "PARTNER_CLIENT_ID": sandbox.client_id,
        "PARTNER_CLIENT_SECRET": sandbox.client_secret,
        "PARTNER_SERVICE_ACCOUNT": "",
    }
    with ExitStack() as at_the_end:
        callers = [at_the_end.enter_context(caller(environment)) for _ in range(PROCESSES)]
        assert [hear(one) for one in callers] == ["ready"] * PROCESSES
        for one in callers:
            say(one, "now")
        assert [hear(one) for one in callers] == [str(PAID_ADVANCED)] * PROCESSES
    assert sandbox.calls()["token"] == 1
    # Whoever comes when the renewal is over already calls once, all others once in vain and once again.
    assert PROCESSES < sandbox.calls()["getCustomer"] <= 2 * PROCESSES


@contextmanager
def caller(environment: dict[str, str]) -> Iterator["subprocess.Popen[str]"]:
    """Start a process of Partnerdesk that waits to be told."""
    with subprocess.Popen(  # noqa: S603  a command of our own
        [sys.executable, "-c", CALLER],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def say(process: "subprocess.Popen[str]", line: str) -> None:
    assert process.stdin
    process.stdin.write(f"{line}\n")
    process.stdin.flush()


def hear(process: "subprocess.Popen[str]") -> str:
    assert process.stdout
    return process.stdout.readline().strip()
