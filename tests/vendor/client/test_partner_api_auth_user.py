"""The grant of a person: what is asked and sent, what is kept, and when only the person can help."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from portal.vendor.client import (
    READ_ONLY_GRANT,
    STATE_MISMATCH,
    GrantEnded,
    MemoryTokens,
    NoClearAnswer,
    NotSent,
    OpenGate,
    PartnerApi,
    PartnerApiError,
    Refused,
    Secret,
    SignIn,
    Token,
    UserAccount,
    new_state,
)
from tests.support.answers import ScriptedServer, Step, answer, cut, reset, token
from tests.support.vendor_json import customer

from .conftest import CLIENT_SECRET
from .test_partner_api_faults import ORDER

FOUND = answer(200, customer())
UNAUTHORIZED = answer(401, {"code": "UNAUTHORIZED", "description": "expired"}, headers={"www-authenticate": "Bearer"})
DEAD = answer(400, {"error": "invalid_grant", "error_description": "the refresh token has expired"})
ACCOUNT = UserAccount("client-1", Secret(CLIENT_SECRET))
COMES_BACK_TO = "https://portal.example/settings/connection/callback/"
ISSUED_AT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def sign_in(vendor: ScriptedServer) -> SignIn:
    return SignIn(auth_url=vendor.auth_url, account=ACCOUNT)


def kept(
    *,
    seconds: float = -1,
    refresh_token: str | None = "refresh-1",  # noqa: S107  made up
    scope: str = "partner",
) -> MemoryTokens:
    """A store with a token that ends in so many seconds."""
    tokens = MemoryTokens()
    ends = datetime.now(UTC) + timedelta(seconds=seconds)
    refresh = Secret(refresh_token) if refresh_token else None
    tokens.save(Token(Secret("access-1"), ends, scope, refresh, ISSUED_AT if refresh else None))
    return tokens


def connect(vendor: ScriptedServer, tokens: MemoryTokens, scope: str = "partner") -> PartnerApi:
    return PartnerApi(
        api_url=vendor.api_url,
        auth_url=vendor.auth_url,
        account=UserAccount("client-1", Secret(CLIENT_SECRET), scope),
        tokens=tokens,
        gate=OpenGate(),
    )


def stored(tokens: MemoryTokens) -> Token:
    token = tokens.load()
    assert token is not None
    return token


def refresh_token_of(token: Token) -> str | None:
    return token.refresh_token.get_secret_value() if token.refresh_token else None


def finish(sign_in: SignIn, **answer: str) -> Token:
    return sign_in.finish({"code": "planted-code", "state": "s"} | answer, Secret("s"), COMES_BACK_TO)


def test_the_person_is_led_to_the_documented_address(sign_in: SignIn, vendor: ScriptedServer) -> None:
    state = new_state()
    address = urlsplit(sign_in.address(state, COMES_BACK_TO))
    assert f"{address.scheme}://{address.netloc}{address.path}" == f"{vendor.auth_url}/authorize"
    assert parse_qs(address.query, strict_parsing=True) == {
        "client_id": ["client-1"],
        "redirect_uri": [COMES_BACK_TO],
        "scope": ["partner"],
        "response_type": ["code"],
        "state": [state.get_secret_value()],
    }
    assert " " not in address.query
    assert "+" not in address.query


def test_several_scopes_are_parted_by_a_blank() -> None:
    account = UserAccount("client-1", Secret("x"), "partner,partner.read")
    address = SignIn(auth_url="https://auth.example/oauth2/v2.0", account=account).address(new_state(), COMES_BACK_TO)
    assert address.startswith("https://auth.example/oauth2/v2.0/authorize?")
    assert "scope=partner%20partner.read" in address


def test_no_state_is_like_another_and_none_can_be_guessed() -> None:
    states = {new_state().get_secret_value() for _ in range(100)}
    assert len(states) == 100
    assert min(map(len, states)) >= 43
    assert "*" in str(new_state())


def test_a_code_is_exchanged_as_documented(sign_in: SignIn, vendor: ScriptedServer) -> None:
    vendor.then_token(token("access-1", refresh_token="refresh-1", scope="partner,partner.read", expires_in="3600"))
    before = datetime.now(UTC)
    got = finish(sign_in)
    (call,) = vendor.token_calls
    assert call.form == {
        "grant_type": "authorization_code",
        "code": "planted-code",
        "redirect_uri": COMES_BACK_TO,
        "client_id": "client-1",
        "client_secret": CLIENT_SECRET,
    }
    assert "Authorization" not in call.headers
    assert call.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert (got.access_token.get_secret_value(), refresh_token_of(got)) == ("access-1", "refresh-1")
    assert got.scope == "partner partner.read"
    assert got.refresh_issued_at is not None
    assert before <= got.refresh_issued_at <= datetime.now(UTC)
    assert got.refresh_ends_at == got.refresh_issued_at + timedelta(days=90)
    assert timedelta(minutes=59) < got.expires_at - before < timedelta(minutes=61)


def test_a_reply_without_refresh_token_or_scope_is_taken_as_it_is(sign_in: SignIn, vendor: ScriptedServer) -> None:
    vendor.then_token(token("access-1", refresh_token=None, scope=None))
    got = finish(sign_in)
    assert (got.refresh_token, got.refresh_issued_at, got.refresh_ends_at) == (None, None, None)
    assert got.scope == "partner"


@pytest.mark.parametrize("given", ["", "t", "ss", "S", "é"])
def test_an_answer_of_another_sign_in_is_turned_down(sign_in: SignIn, vendor: ScriptedServer, given: str) -> None:
    with pytest.raises(Refused) as caught:
        finish(sign_in, state=given)
    assert (caught.value.code, caught.value.status) == (STATE_MISMATCH, None)
    assert vendor.received == []


def test_without_a_state_of_ones_own_nothing_is_exchanged(sign_in: SignIn, vendor: ScriptedServer) -> None:
    for given in ({}, {"state": ""}, {"state": "s"}):
        with pytest.raises(Refused) as caught:
            sign_in.finish({"code": "planted-code", **given}, None, COMES_BACK_TO)
        assert caught.value.code == STATE_MISMATCH
    assert vendor.received == []


@pytest.mark.parametrize(
    ("back", "code", "description"),
    [
        ({"error": "access_denied", "error_description": "no"}, "access_denied", "no"),
        ({"error": "invalid_scope"}, "invalid_scope", ""),
        ({"code": ""}, "no code", ""),
    ],
)
def test_a_refusal_on_the_way_back_is_told(
    sign_in: SignIn, vendor: ScriptedServer, back: dict[str, str], code: str, description: str
) -> None:
    with pytest.raises(Refused) as caught:
        finish(sign_in, **back)
    assert (caught.value.code, caught.value.description, caught.value.operation) == (code, description, "authorize")
    assert vendor.received == []


FAILURES: dict[str, tuple[Step, type[PartnerApiError]]] = {
    "OAuth error": (answer(400, {"error": "invalid_grant", "error_description": "used"}), Refused),
    "OAuth error with status 200": (answer(200, {"error": "invalid_client"}), Refused),
    "vendor error": (answer(401, {"code": "UNAUTHORIZED", "description": "no such client"}), Refused),
    "OAuth error with status 503": (answer(503, {"error": "temporarily_unavailable"}), NoClearAnswer),
    "busy": (answer(429, headers={"Retry-After": "30"}), NotSent),
    "HTML": (answer(503, "<html>", content_type="text/html"), NoClearAnswer),
    "HTML with status 400": (answer(400, "<html>", content_type="text/html"), NoClearAnswer),
    "HTML with status 200": (answer(200, "<html>", content_type="text/html"), NoClearAnswer),
    "no access token": (answer(200, {"token_type": "Bearer"}), NoClearAnswer),
    "redirect": (answer(307, headers={"Location": "/oauth2/v2.0/trap"}), NoClearAnswer),
    "cut": (cut, NoClearAnswer),
    "reset": (reset, NoClearAnswer),
}


@pytest.mark.parametrize(("step", "error"), FAILURES.values(), ids=FAILURES.keys())
def test_a_failed_exchange_is_told_as_what_it_means(
    sign_in: SignIn, vendor: ScriptedServer, step: Step, error: type[PartnerApiError]
) -> None:
    vendor.then_token(step)
    with pytest.raises(PartnerApiError) as caught:
        finish(sign_in)
    assert type(caught.value) is error
    assert caught.value.operation == "token"
    assert len(vendor.received) == 1


def test_an_exchange_that_never_left_is_not_sent() -> None:
    sign_in = SignIn(auth_url="http://127.0.0.1:1/oauth2/v2.0", account=ACCOUNT)
    with pytest.raises(NotSent):
        finish(sign_in)


def test_a_token_near_its_end_is_refreshed_as_documented(vendor: ScriptedServer) -> None:
    tokens = kept(seconds=50)
    vendor.then_token(token("access-2", refresh_token=None))
    vendor.then(FOUND)
    connect(vendor, tokens).customers.get_customer(10000001)
    assert vendor.token_calls[0].form == {
        "grant_type": "refresh_token",
        "refresh_token": "refresh-1",
        "client_id": "client-1",
        "client_secret": CLIENT_SECRET,
    }
    assert vendor.calls[0].headers["Authorization"] == "Bearer access-2"


@pytest.mark.parametrize("told", [None, "", "refresh-1"])
def test_without_rotation_the_refresh_token_stays_and_ages(vendor: ScriptedServer, told: str | None) -> None:
    tokens = kept()
    vendor.then_token(token("access-2", refresh_token=told))
    vendor.then(FOUND)
    connect(vendor, tokens).customers.get_customer(10000001)
    assert refresh_token_of(stored(tokens)) == "refresh-1"
    assert stored(tokens).refresh_issued_at == ISSUED_AT
    assert stored(tokens).refresh_ends_at == ISSUED_AT + timedelta(days=90)


class WatchingTokens(MemoryTokens):
    """A store that notes how many API calls had been made when it was told to save."""

    def __init__(self, vendor: ScriptedServer) -> None:
        super().__init__()
        self._vendor = vendor
        self.calls_before_save: list[int] = []

    def save(self, token: Token) -> None:
        self.calls_before_save.append(len(self._vendor.calls))
        super().save(token)


def test_with_rotation_the_new_refresh_token_is_kept_before_anything_is_called(vendor: ScriptedServer) -> None:
    tokens = WatchingTokens(vendor)
    tokens.save(stored(kept()))
    vendor.then_token(token("access-2", refresh_token="refresh-2"))
    vendor.then(FOUND)
    before = datetime.now(UTC)
    connect(vendor, tokens).customers.get_customer(10000001)
    assert refresh_token_of(stored(tokens)) == "refresh-2"
    issued_at = stored(tokens).refresh_issued_at
    assert issued_at is not None
    assert issued_at >= before
    assert tokens.calls_before_save == [0, 0]


def test_a_refresh_that_tells_no_scope_keeps_what_was_granted(vendor: ScriptedServer) -> None:
    tokens = kept(scope="partner.read")
    vendor.then_token(token("access-2", scope=None))
    vendor.then(FOUND)
    connect(vendor, tokens).customers.get_customer(10000001)
    assert stored(tokens).scope == "partner.read"


def test_a_rejected_access_token_is_refreshed_once_and_the_call_repeated(vendor: ScriptedServer) -> None:
    tokens = kept(seconds=3600)
    vendor.then(UNAUTHORIZED, answer(201, {"subscriptionPreOrders": []}))
    vendor.then_token(token("access-2", refresh_token=None))
    connect(vendor, tokens).subscriptions.add_pre_order(10000001, ORDER)
    assert [call.headers["Authorization"] for call in vendor.calls] == ["Bearer access-1", "Bearer access-2"]
    assert [call.json for call in vendor.calls] == [ORDER.to_vendor()] * 2
    assert len(vendor.token_calls) == 1
    assert "applyDate" not in vendor.token_calls[0].body.decode()


def test_a_second_401_is_a_refusal(vendor: ScriptedServer) -> None:
    vendor.then(UNAUTHORIZED, UNAUTHORIZED)
    with pytest.raises(Refused) as caught:
        connect(vendor, kept(seconds=3600)).subscriptions.add_pre_order(10000001, ORDER)
    assert caught.value.status == 401
    assert (len(vendor.calls), len(vendor.token_calls)) == (2, 1)


@pytest.mark.parametrize("seconds", [-1, 3600])
def test_a_dead_refresh_token_needs_a_person(vendor: ScriptedServer, seconds: float) -> None:
    tokens = kept(seconds=seconds)
    vendor.then(*[UNAUTHORIZED] if seconds > 0 else [])
    vendor.then_token(DEAD)
    api = connect(vendor, tokens)
    with pytest.raises(GrantEnded, match="a person must sign in to LINE WORKS again") as caught:
        api.subscriptions.add_pre_order(10000001, ORDER)
    assert "the refresh token has expired" in str(caught.value)
    assert isinstance(caught.value, NotSent)
    assert refresh_token_of(stored(tokens)) is None
    # From now on nobody asks LINE WORKS about it again, for reads or writes.
    for _ in range(2):
        with pytest.raises(GrantEnded):
            api.customers.get_customer(10000001)
    assert len(vendor.token_calls) == 1
    assert len(vendor.calls) == (1 if seconds > 0 else 0)


def test_a_new_sign_in_ends_the_standstill(vendor: ScriptedServer) -> None:
    tokens = kept()
    vendor.then_token(DEAD)
    api = connect(vendor, tokens)
    with pytest.raises(GrantEnded):
        api.customers.get_customer(10000001)
    tokens.save(stored(kept(seconds=3600)))
    vendor.then(FOUND)
    api.customers.get_customer(10000001)


@pytest.mark.parametrize(
    "step",
    [
        answer(401, {"error": "invalid_client", "error_description": "wrong secret"}),
        answer(500),
        answer(503, "<html>", content_type="text/html"),
        cut,
    ],
)
def test_any_other_failure_to_refresh_leaves_the_refresh_token_alone(vendor: ScriptedServer, step: Step) -> None:
    tokens = kept()
    vendor.then_token(step)
    with pytest.raises(NotSent) as caught:
        connect(vendor, tokens).customers.get_customer(10000001)
    assert not isinstance(caught.value, GrantEnded)
    assert refresh_token_of(stored(tokens)) == "refresh-1"
    assert vendor.calls == []


@pytest.mark.parametrize("tokens", [MemoryTokens(), kept(refresh_token=None)])
def test_before_anybody_has_signed_in_nothing_is_asked(vendor: ScriptedServer, tokens: MemoryTokens) -> None:
    with pytest.raises(GrantEnded):
        connect(vendor, tokens).customers.get_customer(10000001)
    assert vendor.received == []


def test_what_was_granted_counts_and_not_what_was_asked_for(vendor: ScriptedServer) -> None:
    api = connect(vendor, kept(seconds=3600, scope="partner.read"))
    with pytest.raises(Refused) as caught:
        api.subscriptions.add_pre_order(10000001, ORDER)
    assert caught.value.code == READ_ONLY_GRANT
    assert vendor.received == []
    vendor.then(FOUND)
    api.customers.get_customer(10000001)


def test_an_account_that_asks_for_reading_sends_no_write(vendor: ScriptedServer) -> None:
    with pytest.raises(Refused) as caught:
        connect(vendor, kept(seconds=3600), scope="partner.read").subscriptions.add_pre_order(10000001, ORDER)
    assert caught.value.code == READ_ONLY_GRANT
    assert vendor.received == []


@pytest.mark.parametrize(("refresh_token", "revoked"), [("refresh-1", "refresh-1"), (None, "access-1")])
def test_a_grant_is_revoked_as_clients_are_known_to_do(
    sign_in: SignIn, vendor: ScriptedServer, refresh_token: str | None, revoked: str
) -> None:
    vendor.then(answer(200))
    sign_in.revoke(stored(kept(refresh_token=refresh_token)))
    (call,) = vendor.received
    assert (call.method, call.path) == ("POST", "/oauth2/v2.0/revoke")
    assert call.form == {"token": revoked, "client_id": "client-1", "client_secret": CLIENT_SECRET}
    assert "Authorization" not in call.headers


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (answer(401, {"error": "invalid_client"}), Refused),
        (answer(500), NoClearAnswer),
        (answer(302, headers={"Location": "/"}), NoClearAnswer),
        (cut, NoClearAnswer),
    ],
)
def test_a_revocation_that_isnt_sure_is_told(
    sign_in: SignIn, vendor: ScriptedServer, step: Step, error: type[PartnerApiError]
) -> None:
    vendor.then(step)
    with pytest.raises(PartnerApiError) as caught:
        sign_in.revoke(stored(kept()))
    assert type(caught.value) is error


PLANTED = Token(
    Secret("planted-access"),
    datetime(2026, 1, 1, tzinfo=UTC),
    "partner",
    Secret("planted-refresh"),
    datetime(2026, 1, 1, tzinfo=UTC),
)
# What is called, and the secrets that are sent with it, which a careless endpoint might quote.
SENDERS: dict[str, tuple[Callable[[SignIn, PartnerApi], object], tuple[str, ...]]] = {
    "exchange": (
        lambda sign_in, _api: sign_in.finish({"code": "planted-code", "state": "planted-s"}, Secret("planted-s"), "x"),
        ("planted-code",),
    ),
    "revoke": (lambda sign_in, _api: sign_in.revoke(PLANTED), ("planted-refresh",)),
    "refresh": (lambda _sign_in, api: api.customers.get_customer(10000001), ("planted-refresh",)),
}


@pytest.mark.parametrize("status", [400, 500])
@pytest.mark.parametrize(("call", "sent"), SENDERS.values(), ids=SENDERS.keys())
def test_no_secret_gets_out(
    sign_in: SignIn,
    vendor: ScriptedServer,
    call: Callable[[SignIn, PartnerApi], object],
    sent: tuple[str, ...],
    status: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG")
    quoting = answer(status, {"error": "invalid_grant", "error_description": " ".join((*sent, CLIENT_SECRET))})
    vendor.then_token(quoting)
    vendor.then(quoting)
    tokens = MemoryTokens()
    tokens.save(PLANTED)
    api = connect(vendor, tokens)
    with pytest.raises(PartnerApiError) as caught:
        call(sign_in, api)
    assert all(secret in vendor.received[0].body.decode() for secret in (*sent, CLIENT_SECRET))
    assert "***" in str(caught.value)
    shown = [repr(PLANTED), repr(ACCOUNT), repr(vars(sign_in)), repr(vars(api)), caplog.text]
    error: BaseException | None = caught.value
    while error:
        shown += [repr(error), str(error), repr(vars(error))]
        error = error.__cause__ or error.__context__
    for text in shown:
        for secret in ("planted-access", "planted-refresh", "planted-code", "planted-s", CLIENT_SECRET):
            assert secret not in text
