"""Every way a call can fail, over a real socket: the error says whether anything can have happened."""

import socket
import time
from collections.abc import Iterator
from datetime import date

import pytest

from portal.vendor.client import (
    Exchange,
    NewPreOrder,
    NoClearAnswer,
    NotSent,
    PartnerApi,
    PartnerApiError,
    Plan,
    ProductId,
    Refused,
    RefusedKind,
    Timeouts,
)
from tests.support.answers import (
    ScriptedServer,
    Step,
    answer,
    bytes_only,
    cut,
    half_an_answer,
    hang,
    reset,
    trickle,
)
from tests.support.vendor_json import customer, pre_order

from .conftest import Connect

ORDER = NewPreOrder(apply_date=date(2025, 2, 15), product_id=ProductId.STD, plan=Plan.ANNUAL_LICENSE, license_count=10)
SHORT = Timeouts(connect=0.2, read=0.2)
HTML = "<html><body>maintenance</body></html>"


@pytest.fixture
def closed_port() -> int:
    """A port of loopback where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture
def full_port() -> Iterator[int]:
    """A port that lets connections wait forever: its queue is full and nobody accepts."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        port = listener.getsockname()[1]
        waiting = [socket.socket() for _ in range(3)]
        for client in waiting:
            client.setblocking(False)
            client.connect_ex(("127.0.0.1", port))
        yield port
        for client in waiting:
            client.close()


def failure(api: PartnerApi) -> PartnerApiError:
    """The error of one write."""
    with pytest.raises(PartnerApiError) as caught:
        api.subscriptions.add_pre_order(10000001, ORDER)
    return caught.value


OPEN_ANSWERS = {
    "500": answer(500, {"code": "INTERNAL_SERVER_ERROR", "description": "sorry"}),
    "503": answer(503, HTML, content_type="text/html"),
    "408": answer(408),
    "302": answer(302, headers={"Location": "/elsewhere"}),
    "307": answer(307, headers={"Location": "/elsewhere"}),
    "empty": answer(201),
    "204 where a body is promised": answer(204),
    "HTML": answer(200, HTML, content_type="text/html"),
    "HTML that claims to be JSON": answer(200, HTML),
    "JSON that claims to be text": answer(201, {"subscriptionPreOrders": []}, content_type="text/plain"),
    "JSON of no claimed type": answer(201, {"subscriptionPreOrders": []}, content_type=None),
    "JSON cut by the server": answer(201, '{"subscriptionPreOrders": [{"preOrd'),
    "a list": answer(201, []),
    "an object without the list": answer(201, {}),
    "no list under the key": answer(201, {"subscriptionPreOrders": {"preOrderId": 1}}),
    "bytes that aren't UTF-8": answer(201, b'{"subscriptionPreOrders": "\xff\xfe"}'),
    "nested beyond reading": answer(201, "[" * 200_000),
    "half an answer": half_an_answer(201, {"subscriptionPreOrders": [pre_order()]}),
    "half a server error": half_an_answer(500, {"code": "INTERNAL_SERVER_ERROR"}),
    "no HTTP at all": bytes_only(b"\x00\x01\x02 nonsense\r\n\r\n"),
    "cut after sending": cut,
    "reset after sending": reset,
}


@pytest.mark.parametrize("step", OPEN_ANSWERS.values(), ids=OPEN_ANSWERS.keys())
def test_a_write_without_a_clear_answer_says_so(
    api: PartnerApi, vendor: ScriptedServer, exchanges: list[Exchange], step: Step
) -> None:
    vendor.then(step)
    error = failure(api)
    assert isinstance(error, NoClearAnswer), error
    assert len(vendor.calls) == 1, "sent once, never repeated"
    assert error.operation == "addPreOrder"
    assert error.exchange is exchanges[-1]
    assert error.exchange.status == error.status


@pytest.mark.parametrize("step", [OPEN_ANSWERS["500"], cut, reset, hang, OPEN_ANSWERS["HTML"]])
def test_a_read_fails_with_the_same_errors_and_isnt_repeated(
    connect: Connect, vendor: ScriptedServer, step: Step
) -> None:
    api = connect(timeouts=SHORT)
    vendor.then(step)
    with pytest.raises(NoClearAnswer):
        api.customers.get_customer(10000001)
    assert len(vendor.calls) == 1


def test_an_answer_that_never_comes(connect: Connect, vendor: ScriptedServer) -> None:
    vendor.then(hang)
    error = failure(connect(timeouts=Timeouts(connect=5, read=0.2)))
    assert isinstance(error, NoClearAnswer)
    assert "no answer within 0.2 seconds" in error.reason


@pytest.mark.parametrize("head_first", [True, False], ids=["a body", "headers"])
def test_an_answer_that_trickles_in_is_given_up(connect: Connect, vendor: ScriptedServer, head_first: bool) -> None:
    """Each piece comes in time, and the whole would take minutes."""
    vendor.then(trickle(201, {"subscriptionPreOrders": [pre_order()] * 10}, head_first=head_first))
    began = time.monotonic()
    error = failure(connect(timeouts=Timeouts(connect=5, read=5, total=0.5)))
    assert 0.5 <= time.monotonic() - began < 3
    assert isinstance(error, NoClearAnswer)
    assert "no whole answer within 0.5 seconds" in error.reason
    assert error.exchange
    assert error.exchange.status == (201 if head_first else None)


def test_nothing_is_sent_once_the_time_is_over(connect: Connect, vendor: ScriptedServer) -> None:
    error = failure(connect(timeouts=Timeouts(total=0.0)))
    assert isinstance(error, NotSent)
    assert "nothing sent within 0 seconds" in error.reason
    assert vendor.received == []


def test_a_connection_cut_before_the_request_was_read_is_not_taken_for_unsent(
    connect: Connect, vendor: ScriptedServer
) -> None:
    api = connect()
    vendor.then(answer(200, customer()))
    api.customers.get_customer(10000001)  # so that the token is there
    vendor.abort_accepted = True
    assert isinstance(failure(api), NoClearAnswer)


def test_nobody_listens(connect: Connect, closed_port: int) -> None:
    error = failure(connect(api_url=f"http://127.0.0.1:{closed_port}/v1.0"))
    assert isinstance(error, NotSent)
    assert "Connection refused" in error.reason
    assert error.retry_after is None


def test_no_connection_in_time(connect: Connect, full_port: int) -> None:
    error = failure(connect(api_url=f"http://127.0.0.1:{full_port}/v1.0", timeouts=SHORT))
    assert isinstance(error, NotSent)
    assert "no connection within 0.2 seconds" in error.reason


def test_a_tls_handshake_that_fails_sent_nothing(connect: Connect, vendor: ScriptedServer) -> None:
    error = failure(connect(api_url=vendor.api_url.replace("http:", "https:")))
    assert isinstance(error, NotSent), error
    assert vendor.calls == []


def test_a_name_that_doesnt_resolve_sent_nothing(connect: Connect) -> None:
    assert isinstance(failure(connect(api_url="https://partner-api.invalid/v1.0")), NotSent)


def test_too_many_calls(api: PartnerApi, vendor: ScriptedServer) -> None:
    body = {"code": "TOO_MANY_REQUESTS", "description": "API rate limit exceeded"}
    vendor.then(
        answer(429, body, headers={"rateLimit-reset": "17"}),
        answer(429, body, headers={"Retry-After": "9", "rateLimit-reset": "17"}),
        answer(429, body, headers={"Retry-After": "0"}),
        answer(429, HTML, content_type="text/html"),
        answer(429, body, headers={"rateLimit-reset": "17", "rateLimit-remaining": "0"}),
        answer(429, body, headers={"rateLimit-reset": "17", "rateLimit-remaining": "3"}),  # too many at the same time
    )
    waits = []
    for _ in range(6):
        error = failure(api)
        assert isinstance(error, NotSent)
        waits.append(error.retry_after)
    assert waits == [17.0, 9.0, 0.0, None, 17.0, 1.0]


@pytest.mark.parametrize(
    ("status", "code", "kind", "resource"),
    [
        (400, "INVALID_PARAMETER", RefusedKind.INVALID, None),
        (400, "INVALID_APPLY_DATE", RefusedKind.INVALID, "APPLY_DATE"),
        (400, "LIMIT_EXCEEDED", RefusedKind.LIMIT, None),
        (403, "OUT_OF_RANGE", RefusedKind.LIMIT, None),
        (403, "ACCESS_DENIED", RefusedKind.FORBIDDEN, None),
        (404, "NOT_FOUND", RefusedKind.NOT_FOUND, None),
        (404, "PRE_ORDER_NOT_EXIST", RefusedKind.NOT_FOUND, "PRE_ORDER"),
        (409, "DOMAIN_ALREADY_EXIST", RefusedKind.ALREADY_EXISTS, "DOMAIN"),
        (409, "ALREADY_EXIST", RefusedKind.ALREADY_EXISTS, None),
        (409, "CONFLICT", RefusedKind.CONFLICT, None),
        (410, "DELETED", RefusedKind.DELETED, None),
        (422, "NEVER_HEARD_OF", RefusedKind.OTHER, None),
    ],
)
def test_a_refusal_tells_why(
    api: PartnerApi, vendor: ScriptedServer, status: int, code: str, kind: RefusedKind, resource: str | None
) -> None:
    vendor.then(answer(status, {"code": code, "description": "no"}))
    error = failure(api)
    assert isinstance(error, Refused)
    assert (error.status, error.code, error.description) == (status, code, "no")
    assert (error.kind, error.resource) == (kind, resource)
    assert str(error) == f"addPreOrder: refused: {status} {code} (no)"


@pytest.mark.parametrize(
    "step",
    [
        answer(403),
        answer(403, HTML, content_type="text/html"),
        answer(403, ["odd"]),
        half_an_answer(403, {"code": "FORBIDDEN"}),
    ],
)
def test_a_refusal_without_the_vendors_words_is_still_one(api: PartnerApi, vendor: ScriptedServer, step: Step) -> None:
    vendor.then(step)
    error = failure(api)
    assert isinstance(error, Refused)
    assert (error.status, error.code, error.description) == (403, "", "")
    assert error.kind is RefusedKind.FORBIDDEN


@pytest.mark.parametrize("step", [answer(200), answer(200, {}), answer(202), answer(200, HTML)])
def test_a_deletion_trusts_204_alone(api: PartnerApi, vendor: ScriptedServer, step: Step) -> None:
    vendor.then(answer(204), step)
    api.subscriptions.delete_pre_order(10000001, 901)
    with pytest.raises(NoClearAnswer):
        api.subscriptions.delete_pre_order(10000001, 901)


def test_a_redirect_is_never_followed(api: PartnerApi, vendor: ScriptedServer) -> None:
    vendor.then(answer(307, headers={"Location": f"{vendor.api_url}/trap"}))
    assert "redirect" in failure(api).reason
    assert [call.path for call in vendor.calls] == ["/v1.0/partners/customers/10000001/subscriptions/pre-orders"]


def test_a_write_never_rides_on_a_kept_connection(api: PartnerApi, vendor: ScriptedServer) -> None:
    """A kept connection may be dead without anybody knowing, which would leave the write in doubt."""
    listed = answer(200, {"subscriptionPreOrders": []})
    vendor.then(listed, listed, answer(201, {"subscriptionPreOrders": [pre_order()]}), listed)
    api.subscriptions.list_pre_orders(10000001)
    api.subscriptions.list_pre_orders(10000001)
    api.subscriptions.add_pre_order(10000001, ORDER)
    api.subscriptions.list_pre_orders(10000001)
    first, second, write, third = (call.connection for call in vendor.calls)
    assert first == second == third
    assert write != first
    assert write not in {call.connection for call in vendor.token_calls}


def test_a_kept_connection_that_dies_under_a_read_isnt_repeated(api: PartnerApi, vendor: ScriptedServer) -> None:
    vendor.then(answer(200, {"subscriptionPreOrders": []}), reset, answer(200, {"subscriptionPreOrders": []}))
    api.subscriptions.list_pre_orders(10000001)
    with pytest.raises(NoClearAnswer):
        api.subscriptions.list_pre_orders(10000001)
    assert len(vendor.calls) == 2
