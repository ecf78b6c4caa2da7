"""An administrator's password: in Base64 on the wire, and nowhere else, whatever LINE WORKS does with it."""

import html
import json
import logging
import pickle
import traceback
from urllib.parse import quote

import pytest

from portal.vendor.client import Exchange, PartnerApi, PartnerApiError
from portal.vendor.client._endpoints import ENDPOINTS
from portal.vendor.client._exchange import Striker
from portal.vendor.client._transport import Call
from tests.support.answers import ScriptedServer, Step, answer, bytes_only, cut, half_an_answer
from tests.support.vendor_json import customer, without

from .cases_customers import PASSWORD, PASSWORD_IN_BASE64, whole_customer

# What would give it away. Base64 and its first letters, because an answer may cut it.
TRACES = (
    PASSWORD,
    PASSWORD_IN_BASE64,
    json.dumps(PASSWORD)[1:-1],
    html.escape(PASSWORD),
    PASSWORD_IN_BASE64.strip("="),
)

BOTH = f"not good: {PASSWORD} ({PASSWORD_IN_BASE64})"
ECHO = {"code": "INVALID_PASSWORD", "description": BOTH}

STEPS = {
    "success that echoes": answer(201, customer(memo=BOTH, new={"password": PASSWORD_IN_BASE64, PASSWORD: [PASSWORD]})),
    "refusal that echoes": answer(400, ECHO),
    "refusal that escapes": answer(400, json.dumps(ECHO).replace("/", "\\/").replace("<", "\\u003C")),
    "success that can't be read": answer(201, without(customer(locale=[PASSWORD], companyName=PASSWORD), "domainId")),
    "server error that echoes": answer(500, ECHO),
    "HTML that escapes": answer(502, f"<p>{html.escape(BOTH)}</p>", content_type="text/html"),
    "HTML with an address": answer(200, f"<a href='/?p={quote(PASSWORD, safe='')}'>", content_type="text/html"),
    "half an answer": half_an_answer(201, ECHO | {"more": "x" * 300}),
    "no HTTP at all": bytes_only(f"{BOTH}\r\n\r\n".encode()),
    "cut": cut,
}


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS.keys())
def test_a_password_gets_out_by_no_other_way(
    api: PartnerApi,
    vendor: ScriptedServer,
    exchanges: list[Exchange],
    surprises: list[object],
    caplog: pytest.LogCaptureFixture,
    step: Step,
) -> None:
    for name in (None, "requests_oauthlib.oauth2_session", "oauthlib", "urllib3", "requests"):
        caplog.set_level(logging.DEBUG, logger=name)
    vendor.then(step)
    shown = []
    try:
        created = api.customers.create_customer(whole_customer())
    except PartnerApiError as error:
        each: BaseException | None = error
        while each:
            shown += [repr(each), str(each), repr(vars(each))]
            each = each.__cause__ or each.__context__
        shown += ["".join(traceback.format_exception(error)), repr(pickle.loads(pickle.dumps(error)))]  # noqa: S301
    else:
        shown += [repr(created), repr(created.raw)]
    (call,) = vendor.calls
    assert call.json["administrator"]["password"] == PASSWORD_IN_BASE64, "sent where it is needed"
    (exchange,) = exchanges
    assert exchange.body
    assert exchange.body["administrator"]["password"] == "***"
    shown += [repr(exchange), exchange.answer_text, repr(surprises), caplog.text]
    for text in shown:
        assert [trace for trace in TRACES if trace in text] == []


def test_what_is_struck_from_a_record_leaves_the_rest(api: PartnerApi, vendor: ScriptedServer) -> None:
    vendor.then(answer(201, customer(companyName=f"<{PASSWORD}>", new=[1, PASSWORD_IN_BASE64, None, "as it was"])))
    created = api.customers.create_customer(whole_customer())
    assert created.company_name == "<***>"
    assert created.raw == customer(companyName="<***>", new=[1, "***", None, "as it was"])


def test_a_call_shows_neither_its_body_nor_its_secrets() -> None:
    body = whole_customer()
    call = Call(
        "createCustomer",
        "POST",
        ENDPOINTS["createCustomer"].address({}, {}),
        body.to_vendor(),
        secrets=body.secrets,
    )
    assert [trace for trace in TRACES if trace in repr(call)] == []
    assert "createCustomer" in repr(call)


SPELLINGS = {
    "plain": lambda secret: secret,
    "JSON": lambda secret: json.dumps(secret)[1:-1],
    "JSON with escaped slashes": lambda secret: json.dumps(secret)[1:-1].replace("/", "\\/"),
    "JSON that is careful": lambda secret: "".join(c if c.isalnum() else f"\\u{ord(c):04X}" for c in secret),
    "JSON in small letters": lambda secret: "".join(c if c.isalnum() else f"\\u{ord(c):04x}" for c in secret),
    "HTML": html.escape,
    "HTML in numbers": lambda secret: "".join(c if c.isalnum() else f"&#{ord(c)};" for c in secret),
    "HTML in hexadecimal": lambda secret: "".join(c if c.isalnum() else f"&#x{ord(c):X};" for c in secret),
    "an address": lambda secret: quote(secret, safe=""),
    "an address in small letters": lambda secret: "".join(
        c if c.isalnum() else quote(c, safe="").lower() for c in secret
    ),
}


@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS.keys())
@pytest.mark.parametrize("secret", [PASSWORD, PASSWORD_IN_BASE64, "aA1 \"'<>&/\\+=%?#äß"])
def test_a_secret_is_found_however_it_is_spelled(secret: str, spell: object) -> None:
    assert callable(spell)
    assert Striker([secret], None).text(f"before {spell(secret)} after") == "before *** after"


def test_a_harmless_text_stays_as_it_is() -> None:
    text = "Plnt3d and \\u0022 &quot; %2F, aPlnt3d+"
    assert Striker([PASSWORD, PASSWORD_IN_BASE64], None).text(text) == text
