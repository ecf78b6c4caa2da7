"""Requests that are hardly any: each is answered as what it is, and none brings the sandbox to a 5xx."""

import base64
import zlib
from urllib.parse import quote

import pytest
import requests

from tests.support.sandbox import Sandbox

from .conftest import Api

FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("body", [rb'{"\ud800": 1}', rb'{"domain": "\ud800"}'])
def test_half_of_a_surrogate_pair_is_refused_as_name_and_as_value(api: Api, body: bytes) -> None:
    answer = api("POST", "/customers/verify-domain", data=body, headers={"Content-Type": "application/json"})

    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_PARAMETER")


def test_a_cursor_that_nests_too_deep_is_refused(api: Api) -> None:
    cursor = base64.b64encode(zlib.compress(b"[" * 100_000)).decode()

    answer = api("GET", f"/customers?cursor={quote(cursor, safe='')}")

    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_PARAMETER")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"\xff=1", FORM),
        (b"a=1", f"{FORM}; charset=unheard-of"),
        (b"junk", "multipart/form-data"),
        (b"junk", "multipart/form-data; boundary=x"),
    ],
)
@pytest.mark.parametrize("path", ["/token", "/revoke", "/authorize"])
def test_a_form_that_is_none_is_refused(sandbox: Sandbox, path: str, body: bytes, content_type: str) -> None:
    answer = requests.post(f"{sandbox.auth_url}{path}", data=body, headers={"Content-Type": content_type}, timeout=10)

    assert answer.status_code == 400
    if path == "/authorize":
        assert "can&#x27;t be read as a form" in answer.text
    else:
        assert answer.json()["error"] == "invalid_request"


def test_the_console_names_nothing_that_is_no_text(sandbox: Sandbox) -> None:
    order = {"operation": "transferPotentialCustomer", "path": {"domain": "\ud800"}, "body": {"partnerCode": "x"}}

    with pytest.raises(RuntimeError, match="INVALID_PARAMETER"):
        sandbox.control("POST", "/outside", order)
