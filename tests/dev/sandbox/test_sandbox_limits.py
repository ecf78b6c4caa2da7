import http.client
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from portal.dev.sandbox.limits import Limits, RateLimits, Rival, WindowKind
from tests.support.sandbox import Sandbox
from tests.support.waiting import wait_for

from .conftest import Api


def test_calls_beyond_the_limit_are_refused(api: Api, sandbox: Sandbox) -> None:
    sandbox.limits(limit=2, window=600)

    first, second, third = (api("GET", "/customers") for _ in range(3))

    assert first.status_code == second.status_code == 200
    assert first.headers["rateLimit-ssed"] == "1"
    assert first.headers["rateLimit-limit"] == "2"
    assert first.headers["rateLimit-remaining"] == "1"
    assert 590 <= int(first.headers["rateLimit-reset"]) <= 600
    assert second.headers["rateLimit-remaining"] == "0"
    assert third.status_code == 429
    assert third.json() == {"code": "TOO_MANY_REQUESTS", "description": "API rate limit exceeded"}
    assert third.headers["rateLimit-remaining"] == "0"


def test_each_operation_has_a_budget_of_its_own(api: Api, sandbox: Sandbox) -> None:
    sandbox.limits(limit=1, window=600)

    assert api("GET", "/customers").status_code == 200
    assert api("GET", "/customers").status_code == 429
    assert api("GET", "/customers/300000001").status_code == 200
    assert api("GET", "/customers/300000002").status_code == 429


def test_a_refused_write_has_no_effect(api: Api, sandbox: Sandbox) -> None:
    sandbox.limits(limit=1, window=600)
    order = {"applyDate": "2026-02-01", "productId": "STD", "plan": "MONTHLY"}
    address = "/customers/300000006/subscriptions/pre-orders"

    assert api("POST", address, order).status_code == 201
    assert api("POST", address, order).status_code == 429
    assert len(sandbox.ledger()) == 1


def test_a_call_without_a_token_costs_nothing(api: Api, sandbox: Sandbox) -> None:
    sandbox.limits(limit=1, window=600)

    assert api("GET", "/customers", headers={"Authorization": "Bearer unknown"}).status_code == 401
    assert api("GET", "/customers").status_code == 200


def test_no_limit_means_no_headers(api: Api, sandbox: Sandbox) -> None:
    sandbox.limits(limit=0)

    answer = api("GET", "/customers")

    assert not [name for name in answer.headers if name.lower().startswith("ratelimit")]


def test_the_window_opens_with_the_first_call_and_closes_after_its_seconds() -> None:
    moment = 100.0
    limits = RateLimits(Limits(limit=1, window=60), clock=lambda: moment)

    assert limits.count("getCustomer") == (
        True,
        {"rateLimit-ssed": "1", "rateLimit-limit": "1", "rateLimit-remaining": "0", "rateLimit-reset": "60"},
    )
    moment = 159.5
    allowed, headers = limits.count("getCustomer")
    assert (allowed, headers["rateLimit-ssed"], headers["rateLimit-reset"]) == (False, "1", "1")
    moment = 160.0
    allowed, headers = limits.count("getCustomer")
    assert (allowed, headers["rateLimit-reset"]) == (True, "60")


def test_a_sliding_window_counts_the_calls_of_the_last_seconds() -> None:
    moment = 100.0
    limits = RateLimits(Limits(limit=2, window=60, kind=WindowKind.SLIDING), clock=lambda: moment)

    assert limits.count("getCustomer")[1]["rateLimit-reset"] == "60"
    moment = 130.0
    allowed, headers = limits.count("getCustomer")
    assert (allowed, headers["rateLimit-ssed"], headers["rateLimit-reset"]) == (True, "2", "30")
    moment = 159.0
    allowed, headers = limits.count("getCustomer")
    assert (allowed, headers["rateLimit-remaining"], headers["rateLimit-reset"]) == (False, "0", "1")
    moment = 160.0  # the first call counts no more, the second does
    assert limits.count("getCustomer")[0]
    assert not limits.count("getCustomer")[0]


def test_the_kind_of_window_is_set_at_the_start_and_by_order() -> None:
    with Sandbox.start(customers=1, rate_limit=5, rate_window=30, rate_kind="sliding") as sandbox:
        started = {"limit": 5, "window": 30, "kind": "sliding", "concurrent": 0, "rival": None}
        assert sandbox.control("GET", "/limits") == started

        sandbox.limits(kind="fixed", concurrent=3, rival={"share": 0.5})

        told = started | {"kind": "fixed", "concurrent": 3, "rival": {"share": 0.5, "operation": "*"}}
        assert sandbox.control("GET", "/limits") == told
        sandbox.reset()
        assert sandbox.control("GET", "/limits") == started


def test_a_rival_eats_its_share_of_each_window(api: Api, sandbox: Sandbox) -> None:
    sandbox.limits(limit=5, window=600, rival={"share": 0.5, "operation": "listCustomers"})

    answers = [api("GET", "/customers") for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer.headers["rateLimit-ssed"] for answer in answers] == ["3", "4", "5", "5"]
    assert answers[0].headers["rateLimit-remaining"] == "2"
    assert api("GET", "/customers/300000001").headers["rateLimit-ssed"] == "1"
    sandbox.limits(rival=None)
    assert api("GET", "/customers").headers["rateLimit-ssed"] == "1"


@pytest.mark.parametrize("kind", WindowKind)
def test_a_rival_of_every_operation_leaves_the_same_to_each(kind: WindowKind) -> None:
    limits = RateLimits(Limits(limit=10, window=60, kind=kind, rival=Rival(share=0.75)), clock=lambda: 100.0)

    for operation in ("getCustomer", "addPreOrder"):
        assert [limits.count(operation)[0] for _ in range(4)] == [True, True, True, False]


def test_calls_at_the_same_time_are_capped(api: Api, sandbox: Sandbox) -> None:
    sandbox.limits(limit=10, window=600, concurrent=1)
    sandbox.fault("getCustomer", "hang")
    with hanging_call(api, sandbox):
        refused = api("GET", "/customers")

        assert refused.status_code == 429
        assert refused.json() == {"code": "TOO_MANY_REQUESTS", "description": "API rate limit exceeded"}
        assert refused.headers["rateLimit-ssed"] == "0"

    def is_let_in() -> bool:
        return api("GET", "/customers").status_code == 200

    wait_for(is_let_in, "room for another call")


@contextmanager
def hanging_call(api: Api, sandbox: Sandbox) -> Iterator[None]:
    """Have a call under way, which ends with the block."""
    connection = http.client.HTTPConnection(sandbox.url.removeprefix("http://"), timeout=10)
    connection.request("GET", "/v1.0/partners/customers/300000001", headers=api.headers)
    wait_for(lambda: sandbox.calls()["getCustomer"] == 1, "the call to arrive")
    try:
        yield
    finally:
        connection.close()


@pytest.mark.parametrize(
    "order",
    [
        {"kind": "floating"},
        {"window": 0},
        {"concurrent": -1},
        {"rival": {}},
        {"rival": {"share": 1.5}},
        {"rival": {"share": 0.5, "operation": "addPreOrders"}},
        {"rivals": None},
    ],
)
def test_odd_limits_are_refused(sandbox: Sandbox, order: dict[str, object]) -> None:
    before = sandbox.control("GET", "/limits")

    with pytest.raises(RuntimeError, match=" 400 "):
        sandbox.control("POST", "/limits", order)

    assert sandbox.control("GET", "/limits") == before
