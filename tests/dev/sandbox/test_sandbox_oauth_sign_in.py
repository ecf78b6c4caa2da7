"""The sign-in of a person: the page, the way back, the code, the refresh with and without rotation, the end."""

import re
from typing import Any
from urllib.parse import urlencode

import pytest
import requests

from tests.support.sandbox import Sandbox

STATE = "state-of-the-test"


def authorize(sandbox: Sandbox, **changes: str | None) -> str:
    """The address that a good app leads the browser to, with changes; None leaves a parameter out."""
    asked: dict[str, str | None] = {
        "client_id": sandbox.client_id,
        "redirect_uri": sandbox.redirect_uri,
        "scope": "partner",
        "response_type": "code",
        "state": STATE,
    }
    given = {name: value for name, value in (asked | changes).items() if value is not None}
    return f"{sandbox.auth_url}/authorize?{urlencode(given)}"


def post(sandbox: Sandbox, path: str, **form: str) -> requests.Response:
    credentials = {"client_id": sandbox.client_id, "client_secret": sandbox.client_secret}
    return requests.post(f"{sandbox.auth_url}{path}", data=credentials | form, timeout=10)


def exchange(sandbox: Sandbox, code: str, **changes: str) -> requests.Response:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": sandbox.redirect_uri}
    return post(sandbox, "/token", **(form | changes))


def refresh(sandbox: Sandbox, refresh_token: str) -> requests.Response:
    return post(sandbox, "/token", grant_type="refresh_token", refresh_token=refresh_token)


def sign_in(sandbox: Sandbox, **changes: str | None) -> dict[str, Any]:
    """Go the whole way, and answer what the token endpoint gives."""
    answer = exchange(sandbox, sandbox.consent(authorize(sandbox, **changes))["code"])
    assert answer.status_code == 200, answer.text
    tokens: dict[str, Any] = answer.json()
    return tokens


def works(sandbox: Sandbox, access_token: str) -> bool:
    answer = call(sandbox, access_token)
    assert answer.status_code in (200, 401)
    return answer.status_code == 200


def call(sandbox: Sandbox, access_token: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {access_token}"}
    return requests.get(f"{sandbox.api_url}/partners/customers", headers=headers, timeout=10)


def assert_refused(answer: requests.Response, status: int, error: str) -> None:
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_consent_earns_a_code_and_the_code_earns_tokens(sandbox: Sandbox) -> None:
    back = sandbox.consent(authorize(sandbox))
    assert set(back) == {"code", "state"}
    assert back["state"] == STATE

    answer = exchange(sandbox, back["code"])

    assert answer.status_code == 200
    tokens = answer.json()
    assert set(tokens) == {"access_token", "refresh_token", "token_type", "expires_in", "scope"}
    assert (tokens["token_type"], tokens["expires_in"], tokens["scope"]) == ("Bearer", "86400", "partner")
    assert answer.headers["Cache-Control"] == "no-store"
    assert works(sandbox, tokens["access_token"])


def test_the_page_says_who_asks_for_what_and_needs_no_script(sandbox: Sandbox) -> None:
    answer = requests.get(authorize(sandbox, scope="partner.read"), timeout=10)

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    page = answer.text
    for words in (sandbox.client_id, "<code>partner.read</code>", "http://127.0.0.1:8000", ">Allow<", ">Refuse<"):
        assert words in page
    assert "<script" not in page
    sheet = re.search(r'<link rel="stylesheet" href="([^"]+)"', page)
    assert sheet
    assert requests.get(f"{sandbox.url}{sheet[1]}", timeout=10).headers["Content-Type"].startswith("text/css")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self' http://127.0.0.1:8000" in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_what_comes_from_the_link_is_written_as_text(sandbox: Sandbox) -> None:
    sandbox.oauth(redirectUris=["https://app.example/?a=1&b=<b>"])
    answer = requests.get(authorize(sandbox, redirect_uri="https://app.example/?a=1&b=<b>"), timeout=10)
    assert answer.status_code == 200
    assert "<b>" not in answer.text


def test_a_person_may_refuse(sandbox: Sandbox) -> None:
    back = sandbox.consent(authorize(sandbox), "refuse")
    assert back.pop("error_description")
    assert back == {"error": "access_denied", "state": STATE}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"scope": "bot"}, "invalid_scope"),
        ({"scope": None}, "invalid_scope"),
    ],
)
def test_what_the_app_did_wrong_is_told_to_the_app(
    sandbox: Sandbox, changes: dict[str, str | None], error: str
) -> None:
    back = sandbox.consent(authorize(sandbox, **changes))
    assert back.pop("error_description")
    assert back == {"error": error, "state": STATE}


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "other"},
        {"client_id": None},
        {"redirect_uri": None},
        {"redirect_uri": "https://elsewhere.example/"},
        {"redirect_uri": "http://127.0.0.1:8000/settings/connection/callback"},
        {"redirect_uri": "http://127.0.0.1:8000/settings/connection/callback/?next=https://elsewhere.example/"},
    ],
)
def test_nobody_is_led_to_an_address_that_is_not_registered(sandbox: Sandbox, changes: dict[str, str | None]) -> None:
    answer = requests.get(authorize(sandbox, **changes), timeout=10, allow_redirects=False)
    assert answer.status_code == 400
    assert "Location" not in answer.headers
    assert "Nothing to agree to" in answer.text
    assert "elsewhere" not in answer.text
    assert "form-action 'none'" in answer.headers["Content-Security-Policy"]


def test_a_state_is_handed_back_letter_by_letter_and_may_be_missing(sandbox: Sandbox) -> None:
    odd = "a b&c=d+é%20"
    assert sandbox.consent(authorize(sandbox, state=odd))["state"] == odd
    assert set(sandbox.consent(authorize(sandbox, state=None))) == {"code"}


def test_an_address_with_a_query_of_its_own_keeps_it(sandbox: Sandbox) -> None:
    uri = "https://app.example/back?tenant=7"
    sandbox.oauth(redirectUris=[uri])
    back = sandbox.consent(authorize(sandbox, redirect_uri=uri))
    assert back["tenant"] == "7"
    assert back["code"]


def test_a_page_is_answered_once(sandbox: Sandbox) -> None:
    page = requests.get(authorize(sandbox), timeout=10).text
    found = re.search(r'name="question" value="([^"]+)"', page)
    assert found
    form = {"question": found[1], "decision": "allow"}
    statuses = [
        requests.post(f"{sandbox.auth_url}/authorize", data=form, timeout=10, allow_redirects=False).status_code
        for _ in range(2)
    ]
    assert statuses == [303, 400]


@pytest.mark.parametrize("form", [{}, {"question": "made-up", "decision": "allow"}])
def test_an_answer_without_a_question_earns_nothing(sandbox: Sandbox, form: dict[str, str]) -> None:
    answer = requests.post(f"{sandbox.auth_url}/authorize", data=form, timeout=10, allow_redirects=False)
    assert answer.status_code == 400


def test_a_code_serves_once(sandbox: Sandbox) -> None:
    code = sandbox.consent(authorize(sandbox))["code"]
    assert exchange(sandbox, code).status_code == 200
    assert_refused(exchange(sandbox, code), 400, "invalid_grant")


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"code": ""}, 400, "invalid_request"),
        ({"code": "made-up"}, 400, "invalid_grant"),
        ({"redirect_uri": "https://elsewhere.example/"}, 400, "invalid_grant"),
        ({"client_secret": "wrong"}, 401, "invalid_client"),
    ],
)
def test_a_failed_exchange_does_not_spend_the_code(
    sandbox: Sandbox, changes: dict[str, str], status: int, error: str
) -> None:
    code = sandbox.consent(authorize(sandbox))["code"]
    assert_refused(exchange(sandbox, **({"code": code} | changes)), status, error)
    assert exchange(sandbox, code).status_code == 200


def test_the_address_need_not_be_sent_again(sandbox: Sandbox) -> None:
    code = sandbox.consent(authorize(sandbox))["code"]
    assert post(sandbox, "/token", grant_type="authorization_code", code=code).status_code == 200


def test_a_code_or_a_refresh_token_is_no_access_token(sandbox: Sandbox) -> None:
    code = sandbox.consent(authorize(sandbox))["code"]
    assert not works(sandbox, code)
    assert not works(sandbox, exchange(sandbox, code).json()["refresh_token"])


def test_without_rotation_the_refresh_token_stays(sandbox: Sandbox) -> None:
    tokens = sign_in(sandbox, scope="partner.read")
    for _ in range(2):
        answer = refresh(sandbox, tokens["refresh_token"])
        assert answer.status_code == 200
        assert set(answer.json()) == {"access_token", "token_type", "expires_in", "scope"}
        assert answer.json()["scope"] == "partner.read"
        assert works(sandbox, answer.json()["access_token"])


def test_with_rotation_the_used_refresh_token_dies_at_once(sandbox: Sandbox) -> None:
    sandbox.oauth(rotation=True)
    first = sign_in(sandbox)["refresh_token"]
    answer = refresh(sandbox, first)
    assert answer.status_code == 200
    second = answer.json()["refresh_token"]
    assert second != first
    assert_refused(refresh(sandbox, first), 400, "invalid_grant")
    assert refresh(sandbox, second).status_code == 200


def test_the_life_of_new_tokens_can_be_set(sandbox: Sandbox) -> None:
    assert sign_in(sandbox)["expires_in"] == "86400"
    sandbox.oauth(tokenSeconds=3600)
    tokens = sign_in(sandbox)
    assert tokens["expires_in"] == "3600"
    assert refresh(sandbox, tokens["refresh_token"]).json()["expires_in"] == "3600"


def test_a_revoked_refresh_token_takes_along_what_was_derived_from_it(sandbox: Sandbox) -> None:
    tokens, others = sign_in(sandbox), sign_in(sandbox)
    derived = refresh(sandbox, tokens["refresh_token"]).json()["access_token"]
    assert works(sandbox, derived)  # known to the sandbox's memory too, from here on

    assert post(sandbox, "/revoke", token=tokens["refresh_token"]).status_code == 200

    assert not works(sandbox, tokens["access_token"])
    assert not works(sandbox, derived)
    assert_refused(refresh(sandbox, tokens["refresh_token"]), 400, "invalid_grant")
    assert works(sandbox, others["access_token"])


def test_a_revoked_access_token_leaves_the_refresh_token(sandbox: Sandbox) -> None:
    tokens = sign_in(sandbox)
    assert works(sandbox, tokens["access_token"])
    assert post(sandbox, "/revoke", token=tokens["access_token"]).status_code == 200
    assert not works(sandbox, tokens["access_token"])
    assert refresh(sandbox, tokens["refresh_token"]).status_code == 200


def test_what_is_unknown_counts_as_revoked(sandbox: Sandbox) -> None:
    assert post(sandbox, "/revoke", token="made-up").status_code == 200


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"token": ""}, 400, "invalid_request"),
        ({"token": "x", "client_secret": "wrong"}, 401, "invalid_client"),
        ({"token": "x", "client_id": "other"}, 401, "invalid_client"),
    ],
)
def test_not_everybody_may_revoke(sandbox: Sandbox, form: dict[str, str], status: int, error: str) -> None:
    assert_refused(post(sandbox, "/revoke", **form), status, error)


def test_all_access_tokens_can_be_made_to_expire(sandbox: Sandbox) -> None:
    tokens = sign_in(sandbox)
    assert works(sandbox, tokens["access_token"])
    sandbox.expire_tokens()
    answer = call(sandbox, tokens["access_token"])
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
    assert "has expired" in answer.headers["WWW-Authenticate"]
    assert works(sandbox, refresh(sandbox, tokens["refresh_token"]).json()["access_token"])


def test_all_tokens_can_be_revoked(sandbox: Sandbox) -> None:
    tokens = sign_in(sandbox)
    code = sandbox.consent(authorize(sandbox))["code"]
    assert works(sandbox, tokens["access_token"])
    sandbox.revoke_tokens()
    assert "was revoked" in call(sandbox, tokens["access_token"]).headers["WWW-Authenticate"]
    assert_refused(refresh(sandbox, tokens["refresh_token"]), 400, "invalid_grant")
    assert_refused(exchange(sandbox, code), 400, "invalid_grant")


def test_a_reset_turns_the_switches_back_and_keeps_tokens(sandbox: Sandbox) -> None:
    before = sandbox.control("GET", "/oauth")
    assert before == {"rotation": False, "tokenSeconds": 86_400, "redirectUris": [sandbox.redirect_uri]}
    tokens = sign_in(sandbox)
    sandbox.oauth(rotation=True, tokenSeconds=3600, redirectUris=[])
    sandbox.reset()
    assert sandbox.control("GET", "/oauth") == before
    assert works(sandbox, tokens["access_token"])


@pytest.mark.parametrize(
    "switches",
    [
        {"rotation": "yes"},
        {"tokenSeconds": 0},
        {"tokenSeconds": True},
        {"redirectUris": "https://app.example/"},
        {"redirectUris": [1]},
        {"redirectUris": ["http://app.example/"]},
        {"redirectUris": ["app.example"]},
        {"redirectUris": ["https://app.example/#part"]},
        {"redirectUris": ["https://["]},
        {"refresh": 1},
    ],
)
def test_odd_switches_are_refused(sandbox: Sandbox, switches: dict[str, object]) -> None:
    with pytest.raises(RuntimeError, match="400"):
        sandbox.oauth(**switches)


def test_tokens_and_codes_outlive_a_restart(tmp_path: Any) -> None:
    with Sandbox.start(customers=1, state_file=tmp_path / "state") as sandbox:
        tokens = sign_in(sandbox)
        code = sandbox.consent(authorize(sandbox))["code"]
        sandbox.kill()
        sandbox.restart()
        assert works(sandbox, tokens["access_token"])
        assert refresh(sandbox, tokens["refresh_token"]).status_code == 200
        assert exchange(sandbox, code).status_code == 200


def test_no_token_lies_readable_in_the_state(tmp_path: Any) -> None:
    with Sandbox.start(customers=1, state_file=tmp_path / "state") as sandbox:
        tokens = sign_in(sandbox)
        code = sandbox.consent(authorize(sandbox))["code"]
        sandbox.stop()
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"tokens" in written
    for secret in (tokens["access_token"], tokens["refresh_token"], code):
        assert secret.encode() not in written
