"""No secret gets out: not into logs, reprs, evidence or errors, whatever goes wrong."""

import logging
import pickle
import traceback
from collections.abc import Iterator

import pytest

from portal.vendor.client import Exchange, PartnerApi, PartnerApiError, Secret, ServiceAccount
from portal.vendor.client._exchange import Striker
from tests.support.answers import ScriptedServer, Step, answer, cut, half_an_answer, token
from tests.support.vendor_json import customer

from .conftest import CLIENT_SECRET
from .test_partner_api_faults import ORDER

ACCESS_TOKEN = "planted-access-token"
REFRESH_TOKEN = "planted-refresh-token"


def leaks(text: str, pem: str) -> list[str]:
    """The planted secrets found in `text`."""
    key_line = pem.splitlines()[3]
    return [secret for secret in (CLIENT_SECRET, ACCESS_TOKEN, REFRESH_TOKEN, key_line) if secret in text]


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and every error that hangs on it."""
    while error:
        yield error
        error = error.__cause__ or error.__context__


ECHO = {"code": "BAD_REQUEST", "description": f"bad token {ACCESS_TOKEN} of {CLIENT_SECRET}"}

STEPS = {
    "success": answer(201, {"subscriptionPreOrders": [], "echo": ACCESS_TOKEN}),
    "refusal that echoes": answer(400, ECHO),
    "server error that echoes": answer(500, ECHO),
    "HTML that echoes": answer(200, f"<p>{ACCESS_TOKEN}</p>", content_type="text/html"),
    "401": answer(401, ECHO),
    "half an answer": half_an_answer(201, ECHO),
    "cut": cut,
}


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS.keys())
def test_no_secret_gets_out_of_a_call(
    api: PartnerApi,
    vendor: ScriptedServer,
    exchanges: list[Exchange],
    private_key_pem: str,
    caplog: pytest.LogCaptureFixture,
    step: Step,
) -> None:
    for name in (None, "requests_oauthlib.oauth2_session", "oauthlib", "urllib3", "requests"):
        caplog.set_level(logging.DEBUG, logger=name)
    vendor.then_token(*[token(ACCESS_TOKEN, refresh_token=REFRESH_TOKEN)] * 2)
    vendor.then(step, step)
    shown = [repr(api), repr(vars(api))]
    try:
        api.subscriptions.add_pre_order(10000001, ORDER)
    except PartnerApiError as error:
        for each in chain(error):
            shown += [repr(each), str(each), repr(vars(each))]
            assert not hasattr(each, "request"), "an exception of requests carries the Authorization header"
        shown.append("".join(traceback.format_exception(error)))
    assert exchanges
    shown += [repr(exchange) for exchange in exchanges]
    assert vendor.calls[0].headers["Authorization"] == f"Bearer {ACCESS_TOKEN}", "planted where it is needed"
    assert leaks("\n".join(shown), private_key_pem) == []
    assert leaks(caplog.text, private_key_pem) == []


@pytest.mark.parametrize(
    "step",
    [
        answer(400, {"error": "invalid_client", "error_description": f"wrong secret {CLIENT_SECRET}"}),
        answer(500, f"<p>{CLIENT_SECRET}</p>", content_type="text/html"),
        answer(200, {"error": "x", "access_token": ACCESS_TOKEN, "description": ACCESS_TOKEN}),
        half_an_answer(200, {"access_token": ACCESS_TOKEN}),
        cut,
    ],
)
def test_no_secret_gets_out_of_a_token_call(
    api: PartnerApi,
    vendor: ScriptedServer,
    private_key_pem: str,
    caplog: pytest.LogCaptureFixture,
    step: Step,
) -> None:
    for name in (None, "requests_oauthlib.oauth2_session", "oauthlib", "urllib3"):
        caplog.set_level(logging.DEBUG, logger=name)
    vendor.then_token(step)
    with pytest.raises(PartnerApiError) as caught:
        api.customers.get_customer(10000001)
    shown = [repr(each) + repr(vars(each)) for each in chain(caught.value)]
    shown.append("".join(traceback.format_exception(caught.value)))
    assert vendor.token_calls[0].form["client_secret"] == CLIENT_SECRET
    assertion = vendor.token_calls[0].form["assertion"]
    for text in (*shown, caplog.text):
        assert leaks(text, private_key_pem) == []
        assert assertion not in text


def test_an_account_and_a_token_hide_what_they_hold(
    private_key_pem: str, api: PartnerApi, vendor: ScriptedServer
) -> None:
    account = ServiceAccount("client-1", Secret(CLIENT_SECRET), "sa@example.com", Secret(private_key_pem))
    vendor.then(answer(200, customer()))
    vendor.then_token(token(ACCESS_TOKEN))
    api.customers.get_customer(10000001)
    assert leaks(repr(account) + str(account), private_key_pem) == []
    assert "sa@example.com" in repr(account)


def test_a_password_in_a_body_is_struck_out_wherever_it_turns_up() -> None:
    body = {
        "companyName": "Example",
        "administrator": {"id": "admin", "password": "cGFzc3dvcmQx"},
        "list": [{"clientSecret": "another-secret"}, "see cGFzc3dvcmQx"],
    }
    striker = Striker(["the-token"], body)
    assert striker.body(body) == {
        "companyName": "Example",
        "administrator": {"id": "admin", "password": "***"},
        "list": [{"clientSecret": "***"}, "see ***"],
    }
    echoed = striker.text("the-token: wrong password cGFzc3dvcmQx, another-secret, admin")
    assert echoed == "***: wrong password ***, ***, admin"


def test_an_error_survives_pickling(api: PartnerApi, vendor: ScriptedServer) -> None:
    vendor.then(answer(400, {"code": "BAD_REQUEST", "description": "no"}), answer(429), cut)
    for _ in range(3):
        with pytest.raises(PartnerApiError) as caught:
            api.subscriptions.add_pre_order(10000001, ORDER)
        copy = pickle.loads(pickle.dumps(caught.value))  # noqa: S301  # our own bytes
        assert type(copy) is type(caught.value)
        assert (str(copy), vars(copy)) == (str(caught.value), vars(caught.value))


@pytest.mark.parametrize("spelling", ["se/cret-number-one", "se\\/cret-number-one", "se&#x2f;cret-number-one"])
@pytest.mark.parametrize("before", range(40))
def test_no_part_of_a_secret_is_left_where_the_evidence_is_cut(spelling: str, before: int) -> None:
    striker = Striker(["se/cret-number-one", "another-secret"], None)
    text = f"another-secret{'.' * before}{spelling}{'.' * 1_000}"
    start = striker.start(text, 30)
    assert len(start) <= 30
    assert "se" not in start
    assert text.startswith(start.replace("***", "another-secret", 1)[: 14 + before])


def test_an_answer_that_is_cut_without_any_secret_keeps_its_length() -> None:
    assert Striker(["se/cret-number-one"], None).start("." * 5_000, 4_000) == "." * 4_000
