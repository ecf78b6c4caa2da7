import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.support.sandbox import Sandbox

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def good_form(sandbox: Sandbox, **changes: str) -> dict[str, str]:
    form = {
        "grant_type": JWT_BEARER,
        "assertion": sandbox.assertion(),
        "client_id": sandbox.client_id,
        "client_secret": sandbox.client_secret,
        "scope": "partner",
    }
    return form | changes


def ask(sandbox: Sandbox, form: dict[str, str], **kwargs: Any) -> requests.Response:
    return requests.post(f"{sandbox.auth_url}/token", data=form, timeout=10, **kwargs)


def assert_refused(answer: requests.Response, status: int, error: str) -> None:
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.json()["error_description"]
    assert "access_token" not in answer.json()


def test_a_good_assertion_earns_a_token(sandbox: Sandbox) -> None:
    answer = ask(sandbox, good_form(sandbox))

    assert answer.status_code == 200
    token = answer.json()
    assert set(token) == {"access_token", "refresh_token", "token_type", "expires_in", "scope"}
    assert token["token_type"] == "Bearer"
    assert token["expires_in"] == "86400"  # a string, as LINE WORKS sends it
    assert token["scope"] == "partner"
    assert answer.headers["Cache-Control"] == "no-store"
    call = requests.get(
        f"{sandbox.api_url}/partners/customers",
        headers={"Authorization": f"Bearer {token['access_token']}"},
        timeout=10,
    )
    assert call.status_code == 200


@pytest.mark.parametrize("scope", ["partner partner.read", "partner,partner.read"])
def test_scopes_may_be_parted_by_space_or_comma(sandbox: Sandbox, scope: str) -> None:
    answer = ask(sandbox, good_form(sandbox, scope=scope))

    assert answer.status_code == 200
    assert answer.json()["scope"].split() == ["partner", "partner.read"]


@pytest.mark.parametrize("scope", ["", "bot", "partner bot", "Partner"])
def test_other_scopes_are_refused(sandbox: Sandbox, scope: str) -> None:
    assert_refused(ask(sandbox, good_form(sandbox, scope=scope)), 400, "invalid_scope")


@pytest.mark.parametrize("changes", [{"client_id": "other"}, {"client_secret": "wrong"}, {"client_secret": ""}])
def test_wrong_client_credentials_are_refused(sandbox: Sandbox, changes: dict[str, str]) -> None:
    assert_refused(ask(sandbox, good_form(sandbox, **changes)), 401, "invalid_client")


def test_client_credentials_by_http_basic_are_refused(sandbox: Sandbox) -> None:
    answer = ask(sandbox, good_form(sandbox), auth=(sandbox.client_id, sandbox.client_secret))

    assert_refused(answer, 401, "invalid_client")
    assert answer.headers["WWW-Authenticate"].startswith("Basic")


def now() -> int:
    return int(time.time())


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param(lambda now: {"iss": "other"}, id="issuer is not the client"),
        pytest.param(lambda now: {"sub": "other.serviceaccount@example.com"}, id="another service account"),
        pytest.param(lambda now: {"iat": now - 600, "exp": now - 5}, id="expired"),
        pytest.param(lambda now: {"iat": now, "exp": now + 3601}, id="valid for more than an hour"),
        pytest.param(lambda now: {"iat": now + 300, "exp": now + 900}, id="issued in the future"),
        pytest.param(lambda now: {"iat": now + 20, "exp": now + 10}, id="expires before it is issued"),
        pytest.param(lambda now: {"exp": None}, id="no exp"),
        pytest.param(lambda now: {"iat": None}, id="no iat"),
        pytest.param(lambda now: {"exp": str(now + 600)}, id="exp as a string"),
        pytest.param(lambda now: {"iat": str(now)}, id="iat as a string"),
        pytest.param(lambda now: {"iat": True}, id="iat as true"),
        pytest.param(lambda now: {"exp": float("nan")}, id="exp is no number"),
    ],
)
def test_an_assertion_with_odd_claims_is_refused(sandbox: Sandbox, claims: Callable[[int], dict[str, Any]]) -> None:
    answer = ask(sandbox, good_form(sandbox, assertion=sandbox.assertion(**claims(now()))))

    assert_refused(answer, 400, "invalid_grant")


def test_fractions_of_seconds_are_fine(sandbox: Sandbox) -> None:
    assertion = sandbox.assertion(iat=time.time(), exp=time.time() + 600)

    assert ask(sandbox, good_form(sandbox, assertion=assertion)).status_code == 200


def test_a_signature_by_another_key_is_refused(sandbox: Sandbox) -> None:
    stranger = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
    claims = {"iss": sandbox.client_id, "sub": sandbox.service_account, "iat": now(), "exp": now() + 60}
    forged = jwt.encode(claims, stranger, algorithm="RS256")

    assert_refused(ask(sandbox, good_form(sandbox, assertion=forged)), 400, "invalid_grant")


@pytest.mark.parametrize("algorithm", ["none", "HS256", "RS512"])
def test_another_algorithm_is_refused(sandbox: Sandbox, algorithm: str) -> None:
    keys = {"none": "", "HS256": "0123456789" * 4, "RS512": sandbox.private_key_pem}
    claims = {"iss": sandbox.client_id, "sub": sandbox.service_account, "iat": now(), "exp": now() + 60}
    assertion = jwt.encode(claims, keys[algorithm], algorithm=algorithm)

    assert_refused(ask(sandbox, good_form(sandbox, assertion=assertion)), 400, "invalid_grant")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"assertion": ""}, "invalid_request"),
        ({"assertion": "not.a.jwt"}, "invalid_grant"),
        ({"assertion": "日本"}, "invalid_grant"),
        ({"grant_type": ""}, "invalid_request"),
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
        ({"grant_type": "refresh_token", "refresh_token": "unknown"}, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": ""}, "invalid_grant"),
    ],
)
def test_an_odd_request_is_refused(sandbox: Sandbox, changes: dict[str, str], error: str) -> None:
    assert_refused(ask(sandbox, good_form(sandbox, **changes)), 400, error)


def test_a_refresh_token_earns_an_access_token_and_stays_in_use(sandbox: Sandbox) -> None:
    refresh_token = ask(sandbox, good_form(sandbox, scope="partner.read")).json()["refresh_token"]
    form = {
        "grant_type": "refresh_token",
        "refresh_token": refresh_token,
        "client_id": sandbox.client_id,
        "client_secret": sandbox.client_secret,
    }

    for _ in range(2):
        answer = ask(sandbox, form)
        assert answer.status_code == 200
        assert "refresh_token" not in answer.json()
        assert answer.json()["scope"] == "partner.read"


@pytest.mark.parametrize("template", ["Bearer  {}", "bearer {}", "Bearer\t{}", "{}", "Basic {}"])
def test_the_header_is_bearer_one_space_token(sandbox: Sandbox, template: str) -> None:
    token = sandbox.get_token()

    answer = requests.get(
        f"{sandbox.api_url}/partners/customers",
        headers={"Authorization": template.format(token)},
        timeout=10,
    )

    assert answer.status_code == 401
    assert answer.json()["code"] == "UNAUTHORIZED"
    assert 'error="invalid_request"' in answer.headers["WWW-Authenticate"]


def test_a_call_without_a_token_is_challenged(sandbox: Sandbox) -> None:
    answer = requests.get(f"{sandbox.api_url}/partners/customers", timeout=10)

    assert answer.status_code == 401
    assert set(answer.json()) == {"code", "description"}
    # RFC 6750, section 3.1: no error code for a request that carries no credentials at all.
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="partner"'


def test_a_refresh_token_is_no_access_token(sandbox: Sandbox) -> None:
    refresh_token = ask(sandbox, good_form(sandbox)).json()["refresh_token"]

    answer = requests.get(
        f"{sandbox.api_url}/partners/customers",
        headers={"Authorization": f"Bearer {refresh_token}"},
        timeout=10,
    )

    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_a_reading_token_reads_and_does_not_write(sandbox: Sandbox) -> None:
    headers = {"Authorization": f"Bearer {sandbox.get_token('partner.read')}"}
    address = f"{sandbox.api_url}/partners/customers/300000006/subscriptions/pre-orders"
    order = {"applyDate": "2026-01-20", "productId": "STD", "plan": "MONTHLY"}

    assert requests.get(address, headers=headers, timeout=10).status_code == 200
    refused = requests.post(address, headers=headers, json=order, timeout=10)

    assert (refused.status_code, refused.json()["code"]) == (403, "FORBIDDEN")
    assert 'error="insufficient_scope"' in refused.headers["WWW-Authenticate"]
    assert sandbox.ledger() == []


def test_a_token_ends_after_its_life() -> None:
    with Sandbox.start(customers=1, token_seconds=1) as sandbox:
        headers = {"Authorization": f"Bearer {sandbox.get_token()}"}
        until = time.monotonic() + 10
        statuses = set()
        while 401 not in statuses and time.monotonic() < until:
            answer = requests.get(f"{sandbox.api_url}/partners/customers", headers=headers, timeout=10)
            statuses.add(answer.status_code)

    assert statuses == {200, 401}
