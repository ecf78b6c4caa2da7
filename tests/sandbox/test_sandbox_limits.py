from portal.sandbox.limits import Limits, RateLimits
from tests.support.sandbox import Sandbox

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
