"""The grant: what is sent for a token, what is read from the reply, and who renews it."""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from portal.vendor.client import (
    READ_ONLY_GRANT,
    MemoryTokens,
    NotSent,
    PartnerApi,
    Refused,
    RefusedKind,
    Secret,
    Token,
)
from tests.support.answers import ScriptedServer, Step, answer, bytes_only, cut, half_an_answer, reset, token
from tests.support.vendor_json import customer

from .conftest import CLIENT_SECRET, Connect
from .test_partner_api_faults import ORDER

FOUND = answer(200, customer())
UNAUTHORIZED = answer(401, {"code": "UNAUTHORIZED", "description": "expired"}, headers={"www-authenticate": "Bearer"})


def kept(access_token: str, *, seconds: float, scope: str = "partner") -> MemoryTokens:
    """A store that holds a token which ends in so many seconds."""
    tokens = MemoryTokens()
    tokens.save(Token(Secret(access_token), datetime.now(UTC) + timedelta(seconds=seconds), scope))
    return tokens


def bearer(vendor: ScriptedServer) -> list[str]:
    """The Authorization headers of the API calls received."""
    return [call.headers["Authorization"] for call in vendor.calls]


def test_the_token_call_is_what_the_vendor_documents(
    api: PartnerApi, vendor: ScriptedServer, private_key: rsa.RSAPrivateKey
) -> None:
    vendor.then(FOUND)
    before = int(time.time())
    api.customers.get_customer(10000001)
    (call,) = vendor.token_calls
    form = call.form
    assertion = form.pop("assertion")
    assert form == {
        "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "client_id": "client-1",
        "client_secret": CLIENT_SECRET,
        "scope": "partner",
    }
    assert call.method == "POST"
    assert "Authorization" not in call.headers, "credentials belong in the body"
    assert call.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert jwt.get_unverified_header(assertion) == {"alg": "RS256", "typ": "JWT"}
    claims = jwt.decode(assertion, private_key.public_key(), algorithms=["RS256"])
    assert set(claims) == {"iss", "sub", "iat", "exp"}
    assert (claims["iss"], claims["sub"]) == ("client-1", "ab1cd.serviceaccount@example.com")
    assert type(claims["iat"]) is int
    assert claims["exp"] - claims["iat"] == 600
    assert before <= claims["iat"] <= time.time()


def test_the_token_is_used_as_bearer_and_kept(api: PartnerApi, vendor: ScriptedServer) -> None:
    vendor.then(FOUND, FOUND)
    api.customers.get_customer(10000001)
    api.customers.get_customer(10000001)
    assert bearer(vendor) == ["Bearer token-1-of-the-server"] * 2
    assert len(vendor.token_calls) == 1


@pytest.mark.parametrize(
    ("asked", "changes", "granted"),
    [
        ("partner", {}, "partner"),
        ("partner", {"scope": None}, "partner"),
        ("partner", {"scope": ""}, "partner"),
        ("partner", {"scope": "partner,partner.read"}, "partner partner.read"),
        ("partner,partner.read", {"scope": "partner partner.read"}, "partner partner.read"),
        ("partner", {"scope": "partner.read"}, "partner.read"),
    ],
)
def test_scopes_are_read_in_any_notation(
    connect: Connect, vendor: ScriptedServer, asked: str, changes: dict[str, Any], granted: str
) -> None:
    tokens = MemoryTokens()
    vendor.then_token(token(**changes))
    vendor.then(FOUND)
    connect(scope=asked, tokens=tokens).customers.get_customer(10000001)
    stored = tokens.load()
    assert stored is not None
    assert stored.scope == granted
    assert vendor.token_calls[0].form["scope"] == asked.replace(",", " ")


@pytest.mark.parametrize(
    ("expires_in", "seconds"),
    [("86400", 86400), (86400, 86400), ("86400.0", 86400), (3600.9, 3600), (None, 3600), ("soon", 3600), (-5, 0)],
)
def test_the_tokens_life_is_read_in_any_notation(
    connect: Connect, vendor: ScriptedServer, expires_in: Any, seconds: int
) -> None:
    tokens = MemoryTokens()
    vendor.then_token(token(expires_in=expires_in))
    vendor.then(FOUND)
    before = datetime.now(UTC)
    connect(tokens=tokens).customers.get_customer(10000001)
    stored = tokens.load()
    assert stored is not None
    life = timedelta(seconds=seconds)
    assert before + life <= stored.expires_at <= datetime.now(UTC) + life


@pytest.mark.parametrize(("seconds", "renewals"), [(3600, 0), (70, 0), (50, 1), (-1, 1)])
def test_a_token_is_renewed_a_minute_before_its_end(
    connect: Connect, vendor: ScriptedServer, seconds: float, renewals: int
) -> None:
    vendor.then(FOUND)
    connect(tokens=kept("kept-token", seconds=seconds)).customers.get_customer(10000001)
    assert len(vendor.token_calls) == renewals
    assert bearer(vendor) == ["Bearer token-1-of-the-server" if renewals else "Bearer kept-token"]


def test_a_token_that_is_refused_is_renewed_once(connect: Connect, vendor: ScriptedServer) -> None:
    tokens = kept("refused-token", seconds=3600)
    vendor.then(UNAUTHORIZED, answer(201, {"subscriptionPreOrders": []}))
    connect(tokens=tokens).subscriptions.add_pre_order(10000001, ORDER)
    assert bearer(vendor) == ["Bearer refused-token", "Bearer token-1-of-the-server"]
    assert [call.json for call in vendor.calls] == [ORDER.to_vendor()] * 2
    assert "applyDate" not in vendor.token_calls[0].body.decode(), "the order must not go to the token endpoint"


def test_a_second_401_is_a_refusal(api: PartnerApi, vendor: ScriptedServer) -> None:
    vendor.then(UNAUTHORIZED, UNAUTHORIZED, answer(201, {"subscriptionPreOrders": []}))
    with pytest.raises(Refused) as caught:
        api.subscriptions.add_pre_order(10000001, ORDER)
    assert (caught.value.status, caught.value.kind) == (401, RefusedKind.UNAUTHORIZED)
    assert (len(vendor.calls), len(vendor.token_calls)) == (2, 2)


def test_a_token_that_another_renewed_meanwhile_is_taken(connect: Connect, vendor: ScriptedServer) -> None:
    tokens = kept("old-token", seconds=3600)

    def renewed_elsewhere(connection: Any) -> bool:
        tokens.save(Token(Secret("new-token"), datetime.now(UTC) + timedelta(hours=1), "partner"))
        return UNAUTHORIZED(connection)

    vendor.then(renewed_elsewhere, FOUND)
    connect(tokens=tokens).customers.get_customer(10000001)
    assert bearer(vendor) == ["Bearer old-token", "Bearer new-token"]
    assert vendor.token_calls == []


class MeetingTokens(MemoryTokens):
    """A store in which all threads find no token before any of them may renew it."""

    def __init__(self, threads: int) -> None:
        super().__init__()
        self._meeting = threading.Barrier(threads, timeout=30)

    @contextmanager
    def lock(self) -> Iterator[None]:
        self._meeting.wait()
        with super().lock():
            yield


def test_of_many_threads_one_renews(connect: Connect, vendor: ScriptedServer) -> None:
    threads = 8
    vendor.then(*[FOUND] * threads)
    api = connect(tokens=MeetingTokens(threads))
    workers = [threading.Thread(target=api.customers.get_customer, args=(10000001,)) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(vendor.token_calls) == 1
    assert bearer(vendor) == ["Bearer token-1-of-the-server"] * threads


NO_TOKEN = {
    "OAuth error": answer(400, {"error": "invalid_grant", "error_description": "assertion expired"}),
    "vendor error": answer(401, {"code": "UNAUTHORIZED", "description": "no such client"}),
    "OAuth error with status 200": answer(200, {"error": "invalid_client"}),
    "HTML": answer(503, "<html>", content_type="text/html"),
    "HTML with status 200": answer(200, "<html>", content_type="text/html"),
    "500": answer(500),
    "redirect": answer(307, headers={"Location": "/oauth2/v2.0/trap"}),
    "no access token": answer(200, {"token_type": "Bearer", "expires_in": "86400"}),
    "empty access token": token(""),
    "another kind of token": token(token_type="mac"),  # a kind, not a secret
    "a list": answer(200, []),
    "half an answer": half_an_answer(200, {"access_token": "x" * 50}),
    "cut": cut,
    "reset": reset,
    "no HTTP": bytes_only(b"nonsense\r\n\r\n"),
}


@pytest.mark.parametrize("step", NO_TOKEN.values(), ids=NO_TOKEN.keys())
def test_without_a_token_nothing_was_sent(api: PartnerApi, vendor: ScriptedServer, step: Step) -> None:
    vendor.then_token(step)
    with pytest.raises(NotSent, match="no access token"):
        api.subscriptions.add_pre_order(10000001, ORDER)
    assert vendor.calls == []
    assert len(vendor.token_calls) == 1


def test_the_token_endpoints_own_words_are_told(api: PartnerApi, vendor: ScriptedServer) -> None:
    vendor.then_token(NO_TOKEN["OAuth error"], NO_TOKEN["vendor error"])
    for words in ("400 invalid_grant assertion expired", "401 UNAUTHORIZED no such client"):
        with pytest.raises(NotSent, match=words):
            api.customers.get_customer(10000001)


def test_a_busy_token_endpoint_says_when(api: PartnerApi, vendor: ScriptedServer) -> None:
    vendor.then_token(answer(429, headers={"Retry-After": "30"}))
    with pytest.raises(NotSent) as caught:
        api.customers.get_customer(10000001)
    assert caught.value.retry_after == 30


def test_a_token_that_cant_be_renewed_after_401_means_not_sent(connect: Connect, vendor: ScriptedServer) -> None:
    vendor.then(UNAUTHORIZED)
    vendor.then_token(answer(500))
    with pytest.raises(NotSent):
        connect(tokens=kept("old-token", seconds=3600)).subscriptions.add_pre_order(10000001, ORDER)
    assert len(vendor.calls) == 1


@pytest.mark.parametrize(
    "pem", ["planted-private-key", "-----BEGIN PRIVATE KEY-----\nplanted\n-----END PRIVATE KEY-----"]
)
def test_a_key_that_cant_be_used_is_not_quoted(connect: Connect, pem: str) -> None:
    with pytest.raises(NotSent, match="private key") as caught:
        connect(pem=pem).customers.get_customer(10000001)
    assert "planted" not in str(caught.value)


@pytest.mark.parametrize("write", ["add", "update", "delete"])
def test_a_grant_that_asks_for_reading_sends_no_write(connect: Connect, vendor: ScriptedServer, write: str) -> None:
    subscriptions = connect(scope="partner.read").subscriptions
    calls: dict[str, Callable[[], object]] = {
        "add": lambda: subscriptions.add_pre_order(10000001, ORDER),
        "update": lambda: subscriptions.update_pre_order(10000001, 901, ORDER.apply_date),
        "delete": lambda: subscriptions.delete_pre_order(10000001, 901),
    }
    with pytest.raises(Refused) as caught:
        calls[write]()
    assert (caught.value.status, caught.value.code) == (None, READ_ONLY_GRANT)
    assert caught.value.kind is RefusedKind.READ_ONLY
    assert vendor.received == []


def test_a_grant_that_turned_out_for_reading_sends_no_write(api: PartnerApi, vendor: ScriptedServer) -> None:
    vendor.then_token(token(scope="partner.read"))
    vendor.then(FOUND)
    with pytest.raises(Refused):
        api.subscriptions.add_pre_order(10000001, ORDER)
    assert vendor.calls == []
    api.customers.get_customer(10000001)


def test_the_environment_changes_nothing(
    connect: Connect, vendor: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
        monkeypatch.setenv(name.lower(), "http://127.0.0.1:1")
    vendor.then(FOUND)
    connect().customers.get_customer(10000001)
    assert len(vendor.calls) == 1
    assert "OAUTHLIB_INSECURE_TRANSPORT" not in os.environ


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example.com/v1.0",
        "http://127.0.0.1.example.com/v1.0",
        "http://10.0.0.1/v1.0",
        "ftp://127.0.0.1/v1.0",
        "https://user:secret@api.example.com/v1.0",
        "https://api.example.com/v1.0?key=1",
        "api.example.com",
        "https://",
    ],
)
def test_an_address_that_isnt_safe_is_turned_down(connect: Connect, url: str) -> None:
    with pytest.raises(ValueError, match="API address"):
        connect(api_url=url)
    with pytest.raises(ValueError, match="API address"):
        connect(auth_url=url)


def test_debug_logging_cant_be_turned_on(
    api: PartnerApi, vendor: ScriptedServer, caplog: pytest.LogCaptureFixture
) -> None:
    """The library logs tokens at DEBUG; a later logging configuration must not bring that back."""
    for name in ("requests_oauthlib", "requests_oauthlib.oauth2_session"):
        caplog.set_level(logging.DEBUG, logger=name)
    vendor.then(FOUND)
    api.customers.get_customer(10000001)
    assert [record for record in caplog.records if record.name.startswith("requests_oauthlib")] == []
