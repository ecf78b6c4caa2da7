import base64
from urllib.parse import quote, quote_plus

import pytest

from tests.support.sandbox import Sandbox

from .conftest import Api


def page_through(api: Api, query: str = "") -> list[dict[str, object]]:
    customers, cursor = [], ""
    while True:
        answer = api("GET", f"/customers?{query}{cursor}")
        assert answer.status_code == 200, answer.text
        customers += answer.json()["customers"]
        following = answer.json()["responseMetaData"].get("nextCursor")
        if following is None:
            return customers
        cursor = f"&cursor={quote(following, safe='')}"


def test_pages_hold_ten_unless_told_and_together_everybody_once(api: Api) -> None:
    first = api("GET", "/customers").json()

    assert len(first["customers"]) == 10
    everybody = page_through(api)
    assert len(everybody) == 60
    assert len({customer["domainId"] for customer in everybody}) == 60
    names = [str(customer["companyName"]) for customer in everybody]
    assert names == sorted(names)


@pytest.mark.parametrize("count", [1, 7, 20, 30])
def test_the_size_of_pages_changes_nothing_about_the_whole(api: Api, count: int) -> None:
    assert page_through(api, f"count={count}") == page_through(api, "count=30")


def test_names_can_run_backwards(api: Api) -> None:
    assert page_through(api, "count=30&orderBy=name%20desc") == page_through(api, "orderBy=name%20asc")[::-1]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("count=0", "OUT_OF_RANGE"),
        ("count=31", "OUT_OF_RANGE"),
        ("count=-1", "OUT_OF_RANGE"),
        ("count=ten", "INVALID_PARAMETER"),
        ("count=", "INVALID_PARAMETER"),
        ("orderBy=name", "INVALID_PARAMETER"),
        ("orderBy=name%2520asc", "INVALID_PARAMETER"),
        ("orderBy=name+asc", "INVALID_PARAMETER"),
        ("orderBy=domainId%20asc", "INVALID_PARAMETER"),
        ("cursor=", "INVALID_PARAMETER"),
        ("cursor=nonsense", "INVALID_PARAMETER"),
        ("cursor=%E6%97%A5", "INVALID_PARAMETER"),
        ("cursor=bm9uc2Vuc2U%3D", "INVALID_PARAMETER"),
        ("page=2", "INVALID_PARAMETER"),
    ],
)
def test_odd_parameters_are_refused(api: Api, query: str, code: str) -> None:
    answer = api("GET", f"/customers?{query}")

    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_a_damaged_cursor_is_refused(api: Api) -> None:
    cursor = base64.b64decode(api("GET", "/customers").json()["responseMetaData"]["nextCursor"])
    damaged = base64.b64encode(cursor[:-1] + bytes([cursor[-1] ^ 1])).decode()

    answer = api("GET", f"/customers?cursor={quote(damaged, safe='')}")

    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_PARAMETER")


def test_cursors_need_encoding_now_and_then(api: Api) -> None:
    cursors = [api("GET", f"/customers?count={n}").json()["responseMetaData"]["nextCursor"] for n in range(1, 31)]
    with_plus = [cursor for cursor in cursors if "+" in cursor]

    assert with_plus
    assert any("/" in cursor for cursor in cursors)
    assert any(cursor.endswith("=") for cursor in cursors)
    for cursor in with_plus:
        assert api("GET", f"/customers?cursor={cursor}").status_code == 400
        assert api("GET", f"/customers?cursor={quote_plus(cursor)}").status_code == 200


def test_a_domain_finds_its_customer(api: Api) -> None:
    answer = api("GET", "/customers?domain=hikari-logi.by-works.com").json()

    assert [customer["companyName"] for customer in answer["customers"]] == ["株式会社ひかり物流"]
    assert "nextCursor" not in answer["responseMetaData"]
    assert api("GET", "/customers?domain=nobody.example.jp").json()["customers"] == []


def test_one_customer_reads_as_in_the_listing(api: Api) -> None:
    listed = page_through(api, "count=30")[0]

    assert api("GET", f"/customers/{listed['domainId']}").json() == listed


@pytest.mark.parametrize("domain_id", ["1", "abc", "-1", "9" * 30])
@pytest.mark.parametrize("rest", ["", "/subscriptions", "/subscriptions/pre-orders"])
def test_an_unknown_customer_is_not_found(api: Api, domain_id: str, rest: str) -> None:
    answer = api("GET", f"/customers/{domain_id}{rest}")

    assert (answer.status_code, answer.json()["code"]) == (404, "CUSTOMER_NOT_EXIST")


@pytest.mark.parametrize(("method", "path"), [("GET", "/nothing"), ("GET", "/customers/1/2"), ("PUT", "/customers")])
def test_an_unknown_address_is_not_found(api: Api, method: str, path: str) -> None:
    answer = api(method, path)

    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


def test_calls_are_counted(api: Api, sandbox: Sandbox) -> None:
    api("GET", "/customers")
    api("GET", "/customers")
    api("GET", "/customers/300000001")

    assert sandbox.calls() == {"listCustomers": 2, "getCustomer": 1}
    sandbox.reset_calls()
    assert sandbox.calls() == {}
