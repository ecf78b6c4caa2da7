"""What each operation sends and reads, the pages, the gate, and the evidence."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest

from portal.vendor.client import (
    Exchange,
    NewPreOrder,
    NoClearAnswer,
    OpenGate,
    PartnerApi,
    Plan,
    ProductId,
    RateLimits,
)
from portal.vendor.client._transport import Call, Transport
from tests.support.answers import ScriptedServer, answer, cut
from tests.support.vendor_json import Json, customer, pre_order, subscription, without

from .conftest import Connect

CUSTOMER = "/v1.0/partners/customers/10000001"


@pytest.fixture
def transport(api: PartnerApi) -> Transport:
    """What all operations of a client send through."""
    return api.customers._transport


def page(*customers: Json, cursor: str | None = None) -> Json:
    """The body of one page of customers."""
    return {"customers": list(customers), "responseMetaData": {"nextCursor": cursor} if cursor else {}}


def test_customers_are_asked_for_as_documented(api: PartnerApi, vendor: ScriptedServer) -> None:
    vendor.then(*[answer(200, page())] * 3)
    api.customers.list_customers()
    api.customers.list_customers(domain="exa mple.com", count=1, order_by="name desc")
    api.customers.list_customers(cursor="Jl+IB/s==&count=30")
    first, second, third = vendor.calls
    assert first.path == "/v1.0/partners/customers?count=30"
    assert second.path == "/v1.0/partners/customers?domain=exa%20mple.com&count=1&orderBy=name%20desc"
    assert third.path == "/v1.0/partners/customers?count=30&cursor=Jl%2BIB%2Fs%3D%3D%26count%3D30"
    assert (first.method, first.body) == ("GET", b"")
    assert "Content-Type" not in first.headers
    assert first.headers["Accept"] == "application/json"


def test_characters_that_no_database_holds_are_replaced(api: PartnerApi, vendor: ScriptedServer) -> None:
    vendor.then(answer(200, customer(companyName="a\x00b\ud800c 株式会社 😀")))
    read = api.customers.get_customer(10000001)
    assert read.company_name == read.raw["companyName"] == "a\ufffdb\ufffdc 株式会社 😀"


@pytest.mark.parametrize("count", [0, 31, -1])
def test_a_page_size_the_vendor_forbids_is_not_sent(api: PartnerApi, vendor: ScriptedServer, count: int) -> None:
    with pytest.raises(ValueError, match="1 to 30"):
        api.customers.list_customers(count=count)
    assert vendor.received == []


def test_a_page_of_customers(api: PartnerApi, vendor: ScriptedServer) -> None:
    vendor.then(answer(200, page(customer(1), customer(2), cursor="next")))
    first = api.customers.list_customers()
    assert [found.domain_id for found in first.items] == [1, 2]
    assert (first.next_cursor, first.is_last, first.malformed) == ("next", False, [])


@pytest.mark.parametrize("meta", [{}, {"responseMetaData": None}, {"responseMetaData": {"nextCursor": ""}}])
def test_the_last_page_has_no_cursor(api: PartnerApi, vendor: ScriptedServer, meta: Json) -> None:
    vendor.then(answer(200, {"customers": []} | meta))
    assert api.customers.list_customers().is_last


@pytest.mark.parametrize("meta", [{"nextCursor": 7}, ["x"], "x"])
def test_a_cursor_that_cant_be_read_is_not_the_end(api: PartnerApi, vendor: ScriptedServer, meta: object) -> None:
    vendor.then(answer(200, {"customers": [], "responseMetaData": meta}))
    if meta == "x":
        assert api.customers.list_customers().next_cursor == "x"
        return
    with pytest.raises(NoClearAnswer, match="nextCursor"):
        api.customers.list_customers()


def test_all_pages_are_read_in_order(api: PartnerApi, vendor: ScriptedServer) -> None:
    vendor.then(
        answer(200, page(customer(1), cursor="a=")),
        answer(200, page(without(customer(2), "domainId"), cursor="b")),
        answer(200, page(customer(1), customer(3))),
    )
    pages = list(api.customers.pages_of_customers(order_by="name asc"))
    assert [[found.domain_id for found in one.items] for one in pages] == [[1], [], [1, 3]]
    assert [len(one.malformed) for one in pages] == [0, 1, 0]
    assert [one.is_last for one in pages] == [False, False, True]
    assert [call.path.partition("?")[2] for call in vendor.calls] == [
        "count=30&orderBy=name%20asc",
        "count=30&cursor=a%3D&orderBy=name%20asc",
        "count=30&cursor=b&orderBy=name%20asc",
    ]


def test_a_repeated_cursor_ends_in_an_error_not_in_a_loop(api: PartnerApi, vendor: ScriptedServer) -> None:
    vendor.then(*[answer(200, page(customer(n), cursor=cursor)) for n, cursor in enumerate("aba")])
    pages = api.customers.pages_of_customers()
    assert [next(pages).next_cursor for _ in range(3)] == ["a", "b", "a"]
    with pytest.raises(NoClearAnswer, match="repeated a cursor"):
        next(pages)
    assert len(vendor.calls) == 3


def test_pages_that_break_off_dont_end_quietly(api: PartnerApi, vendor: ScriptedServer) -> None:
    vendor.then(answer(200, page(customer(1), cursor="a")), cut)
    pages = api.customers.pages_of_customers()
    assert not next(pages).is_last
    with pytest.raises(NoClearAnswer):
        next(pages)


def test_one_customer(api: PartnerApi, vendor: ScriptedServer) -> None:
    vendor.then(answer(200, customer()))
    assert api.customers.get_customer(10000001).company_name == "ワークス商事株式会社"
    assert vendor.calls[0].path == CUSTOMER


def test_a_record_that_cant_be_read_is_no_clear_answer(api: PartnerApi, vendor: ScriptedServer) -> None:
    vendor.then(answer(200, without(customer(), "companyName")))
    with pytest.raises(NoClearAnswer, match="Customer can't be read at 'companyName'") as caught:
        api.customers.get_customer(10000001)
    assert caught.value.status == 200


@pytest.mark.parametrize("domain_id", ["1/../2", "1", 1.0, None])
def test_nothing_but_a_number_gets_into_a_path(api: PartnerApi, vendor: ScriptedServer, domain_id: object) -> None:
    with pytest.raises(TypeError):
        api.customers.get_customer(domain_id)  # type: ignore[arg-type]  # that is the point
    assert vendor.received == []


def test_subscriptions(api: PartnerApi, vendor: ScriptedServer) -> None:
    vendor.then(
        answer(200, {"subscriptions": [subscription(1), without(subscription(2), "plan"), subscription(3)]}),
        answer(200, subscription(3)),
    )
    listing = api.subscriptions.list_subscriptions(10000001)
    assert [found.subscription_id for found in listing] == [1, 3]
    (malformed,) = listing.malformed
    assert (malformed.record, malformed.field, malformed.position) == ("Subscription", "plan", 1)
    assert api.subscriptions.get_subscription(10000001, 3) == listing[1]
    assert [call.path for call in vendor.calls] == [f"{CUSTOMER}/subscriptions", f"{CUSTOMER}/subscriptions/3"]


def test_pre_orders(api: PartnerApi, vendor: ScriptedServer) -> None:
    listed = {"subscriptionPreOrders": [pre_order(901)]}
    vendor.then(answer(200, listed), answer(201, listed), answer(200, listed), answer(204))
    order = NewPreOrder(
        apply_date=date(2025, 2, 15), product_id=ProductId.STD, plan=Plan.ANNUAL_LICENSE, license_count=10
    )
    answers = [
        api.subscriptions.list_pre_orders(10000001),
        api.subscriptions.add_pre_order(10000001, order),
        api.subscriptions.update_pre_order(10000001, 901, date(2025, 2, 10)),
    ]
    api.subscriptions.delete_pre_order(10000001, 901)
    assert [[found.pre_order_id for found in listing] for listing in answers] == [[901]] * 3
    path = f"{CUSTOMER}/subscriptions/pre-orders"
    assert [(call.method, call.path) for call in vendor.calls] == [
        ("GET", path),
        ("POST", path),
        ("PATCH", f"{path}/901"),
        ("DELETE", f"{path}/901"),
    ]
    _, post, patch, delete = vendor.calls
    assert post.json == {
        "applyDate": "2025-02-15",
        "productId": "STD",
        "plan": "ANNUAL_LICENSE",
        "licenseCount": 10,
    }
    assert post.headers["Content-Type"] == "application/json"
    assert patch.json == {"applyDate": "2025-02-10"}
    assert delete.body == b""


class NotingGate:
    """A gate that notes what happens at it."""

    def __init__(self, vendor: ScriptedServer) -> None:
        self.vendor = vendor
        self.events: list[str] = []
        self.limits: list[RateLimits] = []

    @contextmanager
    def wait(self, operation: str) -> Iterator[None]:
        self.events.append(f"enter {operation} after {len(self.vendor.calls)} calls")
        try:
            yield
        finally:
            self.events.append(f"leave after {len(self.vendor.calls)} calls")

    def learn(self, operation: str, limits: RateLimits) -> None:
        self.events.append(f"learn {operation}")
        self.limits.append(limits)


def test_each_call_passes_the_gate(connect: Connect, vendor: ScriptedServer) -> None:
    gate = NotingGate(vendor)
    vendor.then(answer(401), answer(200, customer()), cut)
    api = connect(gate=gate)
    api.customers.get_customer(10000001)
    with pytest.raises(NoClearAnswer):
        api.subscriptions.list_subscriptions(10000001)
    assert gate.events == [
        "enter getCustomer after 0 calls",
        "learn getCustomer",
        "leave after 1 calls",
        "enter getCustomer after 1 calls",
        "learn getCustomer",
        "leave after 2 calls",
        "enter listSubscriptions after 2 calls",
        "leave after 3 calls",
    ]


@pytest.mark.parametrize(
    ("status", "headers", "limits"),
    [
        (200, {}, RateLimits(None, None, None, None, refused=False)),
        (
            200,
            {
                "rateLimit-limit": "240",
                "rateLimit-remaining": "17",
                "rateLimit-reset": "42",
                "rateLimit-ssed": "223",
            },
            RateLimits(240, 17, 42.0, 223, refused=False),
        ),
        (
            200,
            {"RATELIMIT-LIMIT": "60", "x-ratelimit-remaining": "0", "RateLimit-Used": "60"},
            RateLimits(60, 0, None, 60, refused=False),
        ),
        (429, {"ratelimit-reset": "0.5"}, RateLimits(None, None, 0.5, None, refused=True)),
        (
            200,
            {"rateLimit-limit": "many", "rateLimit-remaining": "-1", "rateLimit-reset": "nan"},
            RateLimits(None, None, None, None, refused=False),
        ),
    ],
)
def test_the_gate_learns_what_headers_say(
    connect: Connect, vendor: ScriptedServer, status: int, headers: dict[str, str], limits: RateLimits
) -> None:
    gate = NotingGate(vendor)
    vendor.then(answer(status, customer(), headers=headers))
    api = connect(gate=gate)
    if status == 200:
        api.customers.get_customer(10000001)
    else:
        with pytest.raises(Exception, match="too many calls"):
            api.customers.get_customer(10000001)
    assert gate.limits == [limits]


def test_an_exchange_tells_what_was_sent_and_what_came(
    api: PartnerApi, vendor: ScriptedServer, exchanges: list[Exchange]
) -> None:
    vendor.then(answer(201, '{"subscriptionPreOrders": []}', headers={"rateLimit-remaining": "239"}))
    api.subscriptions.add_pre_order(10000001, NewPreOrder(apply_date=date(2025, 2, 15), product_id=ProductId.STD))
    (exchange,) = exchanges
    assert exchange.operation == "addPreOrder"
    assert (exchange.method, exchange.path) == ("POST", CUSTOMER.removeprefix("/v1.0") + "/subscriptions/pre-orders")
    assert exchange.body == {"applyDate": "2025-02-15", "productId": "STD"}
    assert (exchange.status, exchange.answer_text) == (201, '{"subscriptionPreOrders": []}')
    assert exchange.rate_limits == RateLimits(None, 239, None, None, refused=False)
    assert exchange.seconds > 0
    assert exchange.started_at.tzinfo is not None


def test_an_exchange_keeps_the_start_of_a_long_answer(
    api: PartnerApi, vendor: ScriptedServer, exchanges: list[Exchange]
) -> None:
    vendor.then(answer(500, "<p>長い</p>" * 1000, content_type="text/html"))
    with pytest.raises(NoClearAnswer):
        api.customers.get_customer(10000001)
    assert len(exchanges[0].answer_text) == 4000
    assert exchanges[0].answer_text.startswith("<p>長い</p>")


def test_an_exchange_without_an_answer(api: PartnerApi, vendor: ScriptedServer, exchanges: list[Exchange]) -> None:
    vendor.then(cut)
    with pytest.raises(NoClearAnswer):
        api.customers.get_customer(10000001)
    (exchange,) = exchanges
    assert (exchange.status, exchange.answer_text, exchange.rate_limits) == (None, "", None)


def test_threads_share_a_client(connect: Connect, vendor: ScriptedServer) -> None:
    threads, each = 4, 5
    vendor.then(*[answer(200, customer())] * threads * each)
    api = connect(gate=OpenGate())
    found: list[int] = []

    def look_up() -> None:
        found.extend(api.customers.get_customer(10000001).domain_id for _ in range(each))

    workers = [threading.Thread(target=look_up) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert found == [10000001] * threads * each
    assert len({call.connection for call in vendor.calls}) == threads, "one kept connection a thread"


def test_after_a_fork_no_connection_of_the_parent_is_used(
    api: PartnerApi, vendor: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor.then(*[answer(200, customer())] * 3)
    api.customers.get_customer(10000001)
    api.customers.get_customer(10000001)
    monkeypatch.setattr(os, "getpid", lambda: -1)
    api.customers.get_customer(10000001)
    first, second, in_child = (call.connection for call in vendor.calls)
    assert first == second != in_child


def test_text_is_sent_as_utf_8(vendor: ScriptedServer, transport: Transport) -> None:
    vendor.then(answer(200, {}))
    transport.ask(Call("patchCustomer", "PATCH", "/partners/customers/10000001", {"companyName": "ワークス商事"}))
    assert vendor.calls[0].body.decode() == '{"companyName": "ワークス商事"}'


def test_a_number_that_json_doesnt_know_is_not_sent(vendor: ScriptedServer, transport: Transport) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        transport.ask(Call("patchCustomer", "PATCH", "/partners/customers/10000001", {"amount": float("nan")}))
    assert vendor.calls == []
