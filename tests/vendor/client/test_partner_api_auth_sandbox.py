"""Both grants against the sandbox, over HTTP: whole sign-ins, rotation, ended tokens, many processes at once."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from portal.vendor.client import (
    READ_ONLY_GRANT,
    GrantEnded,
    MemoryTokens,
    NewPreOrder,
    Plan,
    ProductId,
    Refused,
    Secret,
    SignIn,
    Token,
    UserAccount,
    new_state,
)
from tests.support.clients import client_of
from tests.support.sandbox import ROOT, Sandbox
from tests.support.shared_tokens import FileTokens

CUSTOMER = 300_000_001
ORDER = NewPreOrder(apply_date=datetime(2026, 1, 20, tzinfo=UTC).date(), product_id=ProductId.STD, plan=Plan.MONTHLY)
PROCESSES = 6


@pytest.fixture(scope="module")
def process() -> Iterator[Sandbox]:
    with Sandbox.start(customers=10, business_date="2026-01-15") as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(process: Sandbox) -> Sandbox:
    process.reset()
    return process


def user(sandbox: Sandbox, scope: str = "partner") -> UserAccount:
    return UserAccount(sandbox.client_id, Secret(sandbox.client_secret), scope)


def signed_in(sandbox: Sandbox, scope: str = "partner") -> Token:
    """Go the whole way of a person."""
    sign_in, state = SignIn(auth_url=sandbox.auth_url, account=user(sandbox, scope)), new_state()
    back = sandbox.consent(sign_in.address(state, sandbox.redirect_uri))
    return sign_in.finish(back, state, sandbox.redirect_uri)


def kept(token: Token) -> MemoryTokens:
    tokens = MemoryTokens()
    tokens.save(token)
    return tokens


def aged(token: Token) -> Token:
    """The same token, at its end."""
    return Token(
        token.access_token,
        datetime.now(UTC) - timedelta(seconds=1),
        token.scope,
        token.refresh_token,
        token.refresh_issued_at,
    )


def test_a_person_signs_in_and_the_portal_reads(sandbox: Sandbox) -> None:
    token = signed_in(sandbox)
    assert token.can_write
    assert token.refresh_token is not None
    assert timedelta(hours=23) < token.expires_at - datetime.now(UTC) <= timedelta(hours=24)
    found = client_of(sandbox, account=user(sandbox), tokens=kept(token)).customers.get_customer(CUSTOMER)
    assert found.domain_id == CUSTOMER


def test_a_person_may_refuse(sandbox: Sandbox) -> None:
    sign_in, state = SignIn(auth_url=sandbox.auth_url, account=user(sandbox)), new_state()
    back = sandbox.consent(sign_in.address(state, sandbox.redirect_uri), "refuse")
    with pytest.raises(Refused) as caught:
        sign_in.finish(back, state, sandbox.redirect_uri)
    assert (caught.value.code, caught.value.description) == ("access_denied", "the person refused")


def test_a_code_serves_once(sandbox: Sandbox) -> None:
    sign_in, state = SignIn(auth_url=sandbox.auth_url, account=user(sandbox)), new_state()
    back = sandbox.consent(sign_in.address(state, sandbox.redirect_uri))
    sign_in.finish(back, state, sandbox.redirect_uri)
    with pytest.raises(Refused) as caught:
        sign_in.finish(back, state, sandbox.redirect_uri)
    assert caught.value.code == "invalid_grant"


def test_a_sign_in_for_reading_orders_nothing(sandbox: Sandbox) -> None:
    api = client_of(sandbox, account=user(sandbox), tokens=kept(signed_in(sandbox, "partner.read")))
    assert api.customers.get_customer(CUSTOMER).domain_id == CUSTOMER
    with pytest.raises(Refused) as caught:
        api.subscriptions.add_pre_order(CUSTOMER, ORDER)
    assert caught.value.code == READ_ONLY_GRANT
    assert sandbox.calls()["addPreOrder"] == 0


@pytest.mark.parametrize("rotation", [False, True])
def test_an_ended_access_token_is_refreshed_again_and_again(sandbox: Sandbox, rotation: bool) -> None:
    sandbox.oauth(rotation=rotation, tokenSeconds=3600)
    first = signed_in(sandbox)
    tokens = kept(first)
    api = client_of(sandbox, account=user(sandbox), tokens=tokens)
    for _ in range(3):
        sandbox.expire_tokens()
        api.customers.get_customer(CUSTOMER)
    latest = tokens.load()
    assert latest is not None
    assert (latest.refresh_token != first.refresh_token) is rotation
    assert (latest.refresh_issued_at != first.refresh_issued_at) is rotation
    assert sandbox.calls()["token"] == 4
    assert sandbox.calls()["getCustomer"] == 6, "each call was refused once and repeated once"


def test_a_service_account_gets_over_revoked_tokens_by_itself(sandbox: Sandbox) -> None:
    api = client_of(sandbox)
    api.customers.get_customer(CUSTOMER)
    sandbox.revoke_tokens()
    api.customers.get_customer(CUSTOMER)
    assert sandbox.calls()["token"] == 2


def test_after_a_revocation_a_person_must_sign_in_again(sandbox: Sandbox) -> None:
    token = signed_in(sandbox)
    tokens = kept(token)
    api = client_of(sandbox, account=user(sandbox), tokens=tokens)
    SignIn(auth_url=sandbox.auth_url, account=user(sandbox)).revoke(token)
    with pytest.raises(GrantEnded):
        api.customers.get_customer(CUSTOMER)
    assert sandbox.calls()["getCustomer"] == 1
    tokens.save(signed_in(sandbox))
    assert api.customers.get_customer(CUSTOMER).domain_id == CUSTOMER


@pytest.mark.parametrize("rotation", [False, True])
@pytest.mark.parametrize("rejected", [False, True], ids=["token at its end", "token refused"])
def test_of_many_processes_one_refreshes(sandbox: Sandbox, tmp_path: Path, rotation: bool, rejected: bool) -> None:
    sandbox.oauth(rotation=rotation)
    token = signed_in(sandbox)
    tokens = FileTokens(tmp_path / "token")
    tokens.save(token if rejected else aged(token))
    if rejected:
        sandbox.expire_tokens()
    sandbox.reset_calls()
    told = {
        "api_url": sandbox.api_url,
        "auth_url": sandbox.auth_url,
        "client_id": sandbox.client_id,
        "client_secret": sandbox.client_secret,
        "path": str(tmp_path / "token"),
        "domain_id": CUSTOMER,
    }
    assert outcomes(told) == [str(CUSTOMER)] * PROCESSES
    assert sandbox.calls()["token"] == 1


def outcomes(told: dict[str, object]) -> list[str]:
    """Have several processes call at the same moment, and answer what each of them got."""
    callers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.support.shared_tokens"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(PROCESSES)
    ]
    try:
        for caller in callers:
            say(caller, json.dumps(told))
        assert [hear(caller) for caller in callers] == ["ready"] * PROCESSES
        for caller in callers:
            say(caller, "now")
        return [hear(caller) for caller in callers]
    finally:
        for caller in callers:
            caller.communicate()


def say(caller: "subprocess.Popen[str]", line: str) -> None:
    assert caller.stdin
    caller.stdin.write(f"{line}\n")
    caller.stdin.flush()


def hear(caller: "subprocess.Popen[str]") -> str:
    assert caller.stdout
    return caller.stdout.readline().strip()
