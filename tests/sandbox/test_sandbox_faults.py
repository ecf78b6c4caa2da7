import json
import time
from urllib.parse import quote

import pytest
import requests

from portal.sandbox.faults import AFTERWARDS, INSTEAD, LATENCY, NAMES, OF_NEXT_PAGES, OF_NO_CALL, OF_TOKENS, Faults
from tests.support.sandbox import Sandbox

from .conftest import Api

TSUBAME = 300_000_006
ADDRESS = f"/customers/{TSUBAME}/subscriptions/pre-orders"
ORDER = {"applyDate": "2026-02-01", "productId": "STD", "plan": "ANNUAL_LICENSE", "licenseCount": 5}


def add(api: Api) -> requests.Response:
    return api("POST", ADDRESS, ORDER)


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("error_400", 400, "BAD_REQUEST"),
        ("error_500", 500, "INTERNAL_SERVER_ERROR"),
        ("error_503", 503, "SERVICE_UNAVAILABLE"),
        ("too_many", 429, "TOO_MANY_REQUESTS"),
        ("unauthorized", 401, "UNAUTHORIZED"),
    ],
)
def test_a_refusal_on_order_commits_nothing(api: Api, sandbox: Sandbox, fault: str, status: int, code: str) -> None:
    sandbox.fault("addPreOrder", fault)

    answer = add(api)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert sandbox.ledger() == []
    assert add(api).status_code == 201  # once is once


def test_unauthorized_comes_with_its_challenge(api: Api, sandbox: Sandbox) -> None:
    sandbox.fault("listCustomers", "unauthorized")

    assert 'error="invalid_token"' in api("GET", "/customers").headers["WWW-Authenticate"]


def test_too_many_tells_when_to_come_back(api: Api, sandbox: Sandbox) -> None:
    sandbox.limits(limit=240, window=60)
    sandbox.fault("listCustomers", "too_many", seconds=7)

    headers = api("GET", "/customers").headers

    assert headers["rateLimit-remaining"] == "0"
    assert headers["rateLimit-limit"] == "240"
    assert headers["rateLimit-reset"] == "7"


@pytest.mark.parametrize(("fault", "effects"), [("html", 0), ("html_after", 1)])
def test_a_page_in_place_of_the_answer(api: Api, sandbox: Sandbox, fault: str, effects: int) -> None:
    sandbox.fault("addPreOrder", fault)

    answer = add(api)

    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert len(sandbox.ledger()) == len(api.pre_orders(TSUBAME)) == effects


def test_a_cut_answer_is_committed_and_no_json(api: Api, sandbox: Sandbox) -> None:
    sandbox.fault("addPreOrder", "truncated_json")

    answer = add(api)

    assert answer.status_code == 201
    assert answer.content.startswith(b'{"subscriptionPreOrders"')
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.content)
    assert len(sandbox.ledger()) == 1


def test_an_empty_answer_is_committed(api: Api, sandbox: Sandbox) -> None:
    sandbox.fault("addPreOrder", "empty")

    answer = add(api)

    assert (answer.status_code, answer.content) == (201, b"")
    assert len(sandbox.ledger()) == 1


@pytest.mark.parametrize(("fault", "effects"), [("cut_before", 0), ("cut_after", 1)])
def test_a_cut_connection(api: Api, sandbox: Sandbox, fault: str, effects: int) -> None:
    sandbox.fault("addPreOrder", fault)

    with pytest.raises(requests.ConnectionError):
        add(api)

    assert len(sandbox.ledger()) == len(api.pre_orders(TSUBAME)) == effects
    assert sandbox.calls()["addPreOrder"] == 1


def test_a_cut_after_a_refusal_has_no_effect(api: Api, sandbox: Sandbox) -> None:
    sandbox.fault("addPreOrder", "cut_after")

    with pytest.raises(requests.ConnectionError):
        api("POST", ADDRESS, ORDER | {"applyDate": "2026-01-01"})

    assert sandbox.ledger() == []


def test_a_forgotten_write_says_success_and_leaves_nothing(api: Api, sandbox: Sandbox) -> None:
    sandbox.fault("addPreOrder", "forget_after")

    answer = add(api)

    assert answer.status_code == 201
    assert answer.json()["subscriptionPreOrders"][0]["licenseCount"] == 5
    assert api.pre_orders(TSUBAME) == []
    assert sandbox.ledger() == []


def test_a_late_answer_tells_of_a_timely_effect(api: Api, sandbox: Sandbox) -> None:
    sandbox.fault("addPreOrder", "latency", seconds=5)

    with pytest.raises(requests.ReadTimeout):
        api("POST", ADDRESS, ORDER, timeout=0.5)

    assert len(sandbox.ledger()) == 1


def test_latency_delays_an_answer_by_its_seconds(api: Api, sandbox: Sandbox) -> None:
    sandbox.fault("listCustomers", "latency", seconds=0.3)
    begun = time.monotonic()

    assert api("GET", "/customers").status_code == 200

    assert time.monotonic() - begun >= 0.3


def test_latency_comes_on_top_of_another_fault(api: Api, sandbox: Sandbox) -> None:
    sandbox.fault("listCustomers", "latency", seconds=0.3)
    sandbox.fault("listCustomers", "error_503")
    begun = time.monotonic()

    assert api("GET", "/customers").status_code == 503

    assert time.monotonic() - begun >= 0.3


def test_a_hanging_call_never_answers_and_does_nothing(api: Api, sandbox: Sandbox) -> None:
    sandbox.fault("addPreOrder", "hang")

    with pytest.raises(requests.ReadTimeout):
        api("POST", ADDRESS, ORDER, timeout=0.5)

    assert sandbox.ledger() == []


def test_a_hanging_call_is_cut_after_its_seconds(api: Api, sandbox: Sandbox) -> None:
    sandbox.fault("addPreOrder", "hang", seconds=0.2)

    with pytest.raises(requests.ConnectionError):
        add(api)

    assert sandbox.ledger() == []


def test_an_unknown_value_an_extra_and_a_missing_field(api: Api, sandbox: Sandbox) -> None:
    address = "/customers/300000001/subscriptions"
    good = api("GET", address).json()["subscriptions"][0]

    for fault in ("unknown_value", "extra_field", "missing_field"):
        sandbox.fault("listSubscriptions", fault)
    odd, extra, lacking = (api("GET", address).json()["subscriptions"][0] for _ in range(3))

    assert odd == good | {"status": "NEVER_HEARD_OF"}
    assert extra == good | {"neverHeardOf": {"since": "tomorrow"}}
    assert lacking == {name: value for name, value in good.items() if name != "planStartDate"}
    assert api("GET", address).json()["subscriptions"][0] == good


def test_only_the_first_customer_of_a_page_is_spoiled(api: Api, sandbox: Sandbox) -> None:
    good = api("GET", "/customers").json()["customers"]
    sandbox.fault("listCustomers", "missing_field")

    spoiled = api("GET", "/customers").json()["customers"]

    assert "companyName" not in spoiled[0]
    assert spoiled[1:] == good[1:]


def pages(api: Api, most: int = 20) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    cursor = ""
    while len(found) < most:
        found.append(api("GET", f"/customers?count=20{cursor}").json())
        meta = found[-1]["responseMetaData"]
        assert isinstance(meta, dict)
        if "nextCursor" not in meta:
            break
        cursor = f"&cursor={quote(meta['nextCursor'], safe='')}"
    return found


def ids(page: dict[str, object]) -> list[int]:
    customers = page["customers"]
    assert isinstance(customers, list)
    return [customer["domainId"] for customer in customers]


@pytest.mark.parametrize("order", ["name%20asc", "name%20desc"])
def test_a_row_comes_twice_and_none_is_lost(api: Api, sandbox: Sandbox, order: str) -> None:
    sandbox.fault("listCustomers", "duplicate_row")

    first = api("GET", f"/customers?count=20&orderBy={order}").json()
    cursor = quote(first["responseMetaData"]["nextCursor"], safe="")
    second = api("GET", f"/customers?count=20&orderBy={order}&cursor={cursor}").json()

    assert ids(second)[0] == ids(first)[-1]
    assert len(ids(second)) == 20
    sandbox.clear_faults()
    sandbox.fault("listCustomers", "duplicate_row")
    together = [domain_id for page in pages(api) for domain_id in ids(page)]
    assert len(together) == 61
    assert len(set(together)) == 60


def test_a_cursor_that_repeats_itself(api: Api, sandbox: Sandbox) -> None:
    sandbox.fault("listCustomers", "repeat_cursor", count=0)

    found = pages(api, most=5)

    assert len(found) == 5  # it would never end
    assert found[1] == found[2] == found[4]
    assert found[0] != found[1]
    sandbox.clear_faults()
    assert len(pages(api)) == 3


def test_a_fault_of_one_operation_leaves_the_others_alone(api: Api, sandbox: Sandbox) -> None:
    sandbox.fault("addPreOrder", "error_500", count=0)

    assert api("GET", "/customers").status_code == 200
    assert [add(api).status_code for _ in range(3)] == [500, 500, 500]
    sandbox.clear_faults()
    assert add(api).status_code == 201


def test_a_star_means_every_operation_but_not_the_token(api: Api, sandbox: Sandbox) -> None:
    sandbox.fault("*", "error_503", count=2)

    assert sandbox.get_token()
    assert api("GET", "/customers").status_code == 503
    assert add(api).status_code == 503
    assert add(api).status_code == 201


def test_a_call_without_a_good_token_uses_up_no_fault(api: Api, sandbox: Sandbox) -> None:
    sandbox.fault("listCustomers", "error_503")

    assert api("GET", "/customers", headers={"Authorization": "Bearer unknown"}).status_code == 401
    assert api("GET", "/customers").status_code == 503


@pytest.mark.parametrize(
    ("fault", "status"), [("error_500", 500), ("error_503", 503), ("too_many", 429), ("unauthorized", 401)]
)
def test_the_token_endpoint_can_refuse(sandbox: Sandbox, fault: str, status: int) -> None:
    sandbox.fault("token", fault)

    with pytest.raises(requests.HTTPError, match=str(status)):
        sandbox.get_token()
    assert sandbox.get_token()


def test_the_token_endpoint_can_forget_a_token(api: Api, sandbox: Sandbox) -> None:
    sandbox.fault("token", "forget_after")
    forgotten = sandbox.get_token()

    answer = api("GET", "/customers", headers={"Authorization": f"Bearer {forgotten}"})

    assert answer.status_code == 401


def test_the_token_endpoint_can_answer_html_or_not_at_all(sandbox: Sandbox) -> None:
    sandbox.fault("token", "html")
    with pytest.raises(requests.JSONDecodeError):
        sandbox.get_token()
    sandbox.fault("token", "cut_before")
    with pytest.raises(requests.ConnectionError):
        sandbox.get_token()
    assert sandbox.calls()["token"] == 2


def test_the_faults_in_force_are_told(sandbox: Sandbox) -> None:
    sandbox.fault("*", "latency", count=0, seconds=2, probability=0.5)
    sandbox.fault("addPreOrder", "cut_after", count=3)

    assert sandbox.faults() == [
        {"operation": "*", "fault": "latency", "count": 0, "probability": 0.5, "seconds": 2.0},
        {"operation": "addPreOrder", "fault": "cut_after", "count": 3, "probability": 1.0, "seconds": None},
    ]


@pytest.mark.parametrize(
    "order",
    [
        {"operation": "addPreOrders", "fault": "html"},
        {"operation": "addPreOrder", "fault": "httml"},
        {"operation": "addPreOrder"},
        {"fault": "html"},
        {"operation": "addPreOrder", "fault": "duplicate_row"},
        {"operation": "addPreOrder", "fault": "html", "count": -1},
        {"operation": "addPreOrder", "fault": "html", "probability": 2},
        {"operation": "addPreOrder", "fault": "latency", "seconds": "1"},
        {"operation": "addPreOrder", "fault": "html", "often": 1},
    ],
)
def test_an_odd_order_is_refused(sandbox: Sandbox, order: dict[str, object]) -> None:
    with pytest.raises(RuntimeError, match=" 400 "):
        sandbox.control("POST", "/faults", order)
    assert sandbox.faults() == []


def struck(seed: int, calls: int = 200) -> list[bool]:
    faults = Faults(seed)
    faults.add("getCustomer", "html", count=0, probability=0.3)
    return [faults.draw("getCustomer").name is not None for _ in range(calls)]


def test_chance_repeats_with_its_seed() -> None:
    assert struck(1) == struck(1)
    assert struck(1) != struck(2)
    assert 0.2 < sum(struck(1, 2000)) / 2000 < 0.4


def test_a_count_with_chance_counts_the_strikes() -> None:
    faults = Faults(1)
    faults.add("getCustomer", "html", count=3, probability=0.5)

    assert sum(faults.draw("getCustomer").name is not None for _ in range(500)) == 3
    assert faults.in_force() == []


def test_every_name_is_known_and_of_one_kind() -> None:
    kinds = [frozenset({LATENCY}), INSTEAD, AFTERWARDS, OF_NEXT_PAGES, OF_TOKENS, OF_NO_CALL]

    assert sum(len(kind) for kind in kinds) == len(NAMES) == 24
