import json
import socket
import time
from urllib.parse import quote

import pytest
import requests

from portal.dev.sandbox.faults import (
    AFTERWARDS,
    INSTEAD,
    LATENCY,
    NAMES,
    OF_NEXT_PAGES,
    OF_NO_CALL,
    OF_TOKENS,
    Faults,
)
from tests.support.sandbox import Sandbox
from tests.support.waiting import wait_for

from .conftest import Api

TSUBAME = 300_000_006
ADDRESS = f"/customers/{TSUBAME}/subscriptions/pre-orders"
ORDER_DATE = "2026-02-01"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ORDER = {"applyDate": ORDER_DATE, "productId": "STD", "plan": "ANNUAL_LICENSE", "licenseCount": 5}


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


def test_an_answer_of_the_wrong_type_is_committed(api: Api, sandbox: Sandbox) -> None:
    sandbox.fault("addPreOrder", "wrong_content_type")

    answer = add(api)

    assert (answer.status_code, answer.headers["Content-Type"]) == (201, "text/plain; charset=utf-8")
    assert answer.json() == {"subscriptionPreOrders": api.pre_orders(TSUBAME)}
    assert len(sandbox.ledger()) == 1


@pytest.mark.parametrize(("fault", "refresh"), [("token_expired", 200), ("token_revoked", 400)])
def test_tokens_end_with_a_call(api: Api, sandbox: Sandbox, fault: str, refresh: int) -> None:
    tokens = grant(sandbox, grant_type=JWT_BEARER, assertion=sandbox.assertion(), scope="partner").json()
    sandbox.fault("addPreOrder", fault)

    answer = add(api)

    assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED")
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
    assert sandbox.ledger() == []
    assert add(api).status_code == 401  # it stays dead
    assert api("GET", "/customers", headers={"Authorization": f"Bearer {tokens['access_token']}"}).status_code == 401
    renewed = grant(sandbox, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert renewed.status_code == refresh
    token = sandbox.get_token()
    assert api("GET", "/customers", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def grant(sandbox: Sandbox, **form: str) -> requests.Response:
    credentials = {"client_id": sandbox.client_id, "client_secret": sandbox.client_secret}
    return requests.post(f"{sandbox.auth_url}/token", data=credentials | form, timeout=10)


@pytest.mark.parametrize("operation", ["addPreOrder", "*"])
def test_the_clock_passes_over_an_apply_date_once(api: Api, sandbox: Sandbox, operation: str) -> None:
    assert add(api).status_code == 201
    sandbox.fault(operation, "skip_apply_date", domain_id=TSUBAME)

    sandbox.set_clock(ORDER_DATE)

    assert len(api.pre_orders(TSUBAME)) == 1
    assert sandbox.ledger(TSUBAME, operation="clock:startPreOrder") == []
    assert sandbox.faults() == []
    sandbox.move_clock(days=1)
    assert api.pre_orders(TSUBAME) == []
    assert len(sandbox.ledger(TSUBAME, operation="clock:startPreOrder")) == 1


def test_what_is_lost_on_its_apply_date_is_gone_without_effect(api: Api, sandbox: Sandbox) -> None:
    assert add(api).status_code == 201
    sandbox.fault("addPreOrder", "lose_apply_date", domain_id=TSUBAME)

    sandbox.set_clock(ORDER_DATE)

    assert api.pre_orders(TSUBAME) == []
    assert sandbox.ledger(TSUBAME, operation="clock:startPreOrder") == []
    assert sandbox.faults() == []


def test_the_clock_passes_over_as_many_as_are_counted(api: Api, sandbox: Sandbox) -> None:
    sandbox.set_clock("2026-02-15")  # by now every pre-order of the seed has started
    started = len(sandbox.ledger(operation="clock:startPreOrder"))
    for domain_id in (300_000_006, 300_000_001, 300_000_002):
        address = f"/customers/{domain_id}/subscriptions/pre-orders"
        assert api("POST", address, ORDER | {"applyDate": "2026-02-20"}).status_code == 201
    sandbox.fault("addPreOrder", "skip_apply_date", count=2)

    sandbox.set_clock("2026-02-20")
    assert len(sandbox.ledger(operation="clock:startPreOrder")) == started + 1
    sandbox.set_clock("2026-02-21")
    assert len(sandbox.ledger(operation="clock:startPreOrder")) == started + 3


def test_an_apply_date_of_another_operation_is_not_passed_over(api: Api, sandbox: Sandbox) -> None:
    assert add(api).status_code == 201
    sandbox.fault("deletePreOrder", "skip_apply_date")

    sandbox.set_clock(ORDER_DATE)

    assert api.pre_orders(TSUBAME) == []
    assert len(sandbox.faults()) == 1


def test_new_connections_are_refused_for_seconds(api: Api, sandbox: Sandbox) -> None:
    assert api("GET", "/customers").status_code == 200
    sandbox.fault("*", "refuse_connection", seconds=0.5)

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(place(sandbox), timeout=10)

    assert api("GET", "/customers").status_code == 200  # on a connection that stood before
    [fault] = sandbox.faults()
    assert (fault["operation"], fault["fault"]) == ("*", "refuse_connection")
    wait_for(lambda: is_let_in(sandbox), "the port to open")
    assert sandbox.faults() == []


@pytest.mark.parametrize("end", ["clear_faults", "reset"])
def test_the_port_opens_at_once_when_faults_are_withdrawn(sandbox: Sandbox, end: str) -> None:
    sandbox.fault("*", "refuse_connection", seconds=3600)
    assert not is_let_in(sandbox)

    getattr(sandbox, end)()

    assert is_let_in(sandbox)
    assert sandbox.faults() == []
    sandbox.fault("*", "refuse_connection", seconds=3600)
    assert not is_let_in(sandbox)
    sandbox.clear_faults()


def test_a_sandbox_ends_in_good_order_while_its_port_is_shut() -> None:
    with Sandbox.start(customers=1) as sandbox:
        sandbox.fault("*", "refuse_connection", seconds=3600)

        sandbox.stop()

        assert (sandbox.exit_status, sandbox.errors()) == (0, "")


def place(sandbox: Sandbox) -> tuple[str, int]:
    host, _, port = sandbox.url.removeprefix("http://").partition(":")
    return host, int(port)


def is_let_in(sandbox: Sandbox) -> bool:
    try:
        requests.get(f"{sandbox.url}/_control/clock", timeout=10)
    except requests.ConnectionError:
        return False
    return True


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
        {"operation": "token", "fault": "token_expired"},
        {"operation": "token", "fault": "skip_apply_date"},
        {"operation": "addPreOrder", "fault": "refuse_connection", "seconds": 1},
        {"operation": "*", "fault": "refuse_connection"},
        {"operation": "addPreOrder", "fault": "html", "domainId": 300000001},
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

    assert sum(len(kind) for kind in kinds) == len(NAMES) == 25
