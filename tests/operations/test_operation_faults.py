"""
Whatever LINE WORKS does with an order, the operation ends where the design says, and the order was placed once at most.

A real worker, the sandbox over real HTTP. Each case tells how it ends, what the tries brought, how many orders the
vendor holds, and what the operation's page says in plain words.
"""

from dataclasses import dataclass

import pytest

from customers.models import Customer
from portal.operations.commands import COMMANDS
from portal.operations.models import Operation
from portal.operations.reconciliation import decide
from portal.operations.states import State
from portal.vendor.connection import api
from subscriptions.commands.pre_orders import DELETE_PRE_ORDER
from subscriptions.rules.pre_orders import PreOrderDelete, PreOrderMove
from tests.support.orders import BEGINNING, day, happened, order, outcomes, reach, rest
from tests.support.portal import WITHOUT_CONTRACT, People, ReadIn, SignIn
from tests.support.sandbox import Sandbox
from tests.support.waiting import wait_for
from tests.support.worker import Worker

NOT_SEEN = ["checked, not applied yet"] * 4
SEEN = "Completed and confirmed at LINE WORKS."
NO_EFFECT = "The request was not applied."
REFUSED = "LINE WORKS declined the request. Nothing was changed."
A_PERSON_DECIDES = "The result can’t be determined automatically. Please record the result."


@dataclass(frozen=True)
class Case:
    """A fault of the one call that matters, and what becomes of it."""

    fault: str
    state: State
    outcomes: list[str]
    events: list[str]
    orders: int
    words: str
    count: int = 1
    seconds: float | None = None

    def __str__(self) -> str:
        return self.fault + " for ever" * (self.count == 0)


def unclear(fault: str, *, took_effect: bool, seconds: float | None = None) -> Case:
    """No answer that can be trusted: whether it happened is found out by reading."""
    ending = ["verified"] if took_effect else [*NOT_SEEN, "not applied"]
    return Case(
        fault,
        State.SUCCEEDED if took_effect else State.NOT_APPLIED,
        ["no_clear_answer"],
        [*BEGINNING, "no clear answer", *ending],
        orders=int(took_effect),
        words=SEEN if took_effect else NO_EFFECT,
        seconds=seconds,
    )


def clear(fault: str, **more: float) -> Case:
    """A yes, in spite of everything."""
    seconds = more.get("seconds")
    return Case(fault, State.SUCCEEDED, ["accepted"], [*BEGINNING, "accepted", "verified"], 1, SEEN, seconds=seconds)


def refusal(fault: str, count: int = 1) -> Case:
    """A no: nothing is tried again."""
    return Case(fault, State.REFUSED, ["refused"], [*BEGINNING, "refused"], 0, REFUSED, count=count)


CASES = [
    clear("latency", seconds=1.0),
    clear("unauthorized"),
    clear("extra_field"),
    clear("unknown_value"),
    clear("missing_field"),
    refusal("unauthorized", count=0),
    refusal("error_400"),
    unclear("html", took_effect=False),
    unclear("html_after", took_effect=True),
    unclear("truncated_json", took_effect=True),
    unclear("empty", took_effect=True),
    unclear("error_500", took_effect=False),
    unclear("error_503", took_effect=False),
    unclear("cut_before", took_effect=False),
    unclear("cut_after", took_effect=True),
    unclear("hang", took_effect=False, seconds=0.3),
    Case(
        "too_many",
        State.SUCCEEDED,
        ["not_sent", "accepted"],
        [*BEGINNING, "not sent", "claimed", "checked before sending", "accepted", "verified"],
        1,
        SEEN,
    ),
    Case(
        "forget_after",
        State.UNDECIDED,
        ["accepted"],
        [*BEGINNING, "accepted", *NOT_SEEN, "cannot be determined"],
        0,
        A_PERSON_DECIDES,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_an_order_ends_as_designed(
    case: Case, worker: Worker, sandbox: Sandbox, people: People, synced_customer: Customer, sign_in: SignIn
) -> None:
    sandbox.fault("addPreOrder", case.fault, count=case.count, seconds=case.seconds)

    operation = rest(order(people.account_manager, synced_customer))

    assert operation.state == case.state
    assert happened(operation) == case.events
    assert outcomes(operation) == case.outcomes
    assert len(sandbox.ledger(synced_customer.pk)) == case.orders
    page = sign_in(people.account_manager).get(operation.get_absolute_url())
    assert case.words in page.content.decode()


def test_what_was_sent_and_what_came_back_is_kept(
    worker: Worker, sandbox: Sandbox, people: People, synced_customer: Customer
) -> None:
    sandbox.fault("addPreOrder", "error_400")

    operation = rest(order(people.account_manager, synced_customer))

    [exchange] = operation.answers.get().exchanges
    assert (exchange["method"], exchange["status"]) == ("POST", 400)
    assert exchange["path"] == f"/partners/customers/{synced_customer.pk}/subscriptions/pre-orders"
    assert exchange["body"] == {
        "productId": "STD", "plan": "ANNUAL_LICENSE", "applyDate": "2026-02-01", "licenseCount": 10,
    }  # fmt: skip
    assert "a fault was ordered" in exchange["text"]
    assert operation.vendor_code == "BAD_REQUEST"
    assert "a fault was ordered" in operation.problem


def test_a_vendor_that_is_down_gets_the_order_when_it_is_back(
    worker: Worker, sandbox: Sandbox, people: People, synced_customer: Customer, sign_in: SignIn
) -> None:
    sandbox.stop()
    operation = order(people.account_manager, synced_customer)

    wait_for(lambda: "not sent" in happened(operation), "the worker finds nobody there")
    reach(operation, State.QUEUED)
    page = sign_in(people.account_manager).get(operation.get_absolute_url())
    sandbox.restart()
    rest(operation, sweeping=True)

    assert "Not sent. Retrying automatically." in page.content.decode()
    assert operation.state == State.SUCCEEDED
    assert outcomes(operation) == ["accepted"]
    assert len(sandbox.ledger(synced_customer.pk)) == 1


def test_without_a_token_nothing_leaves_and_the_order_goes_out_later(
    no_worker: Worker, sandbox: Sandbox, people: People, read_in: ReadIn
) -> None:
    # The token has to be in the database: a worker takes it from there when it starts, and again every few seconds. One
    # that was left in memory by an earlier test ends on the way, and the fault would meet the reading before the order.
    api._tokens().forget()
    customer = read_in(WITHOUT_CONTRACT)
    sandbox.fault("addPreOrder", "unauthorized")
    sandbox.fault("token", "error_503")

    operation = order(people.account_manager, customer)
    no_worker.start()
    rest(operation)

    assert operation.state == State.SUCCEEDED
    assert outcomes(operation) == ["not_sent", "accepted"]
    assert len(sandbox.ledger(customer.pk)) == 1


def test_a_vendor_that_refuses_to_be_read_gets_no_order(
    worker: Worker, sandbox: Sandbox, people: People, synced_customer: Customer
) -> None:
    sandbox.fault("listPreOrders", "error_400")

    operation = rest(order(people.account_manager, synced_customer))

    assert operation.state == State.REFUSED
    assert happened(operation) == ["proposed", "confirmed", "claimed", "reading refused"]
    assert sandbox.calls()["addPreOrder"] == 0


def test_a_reading_that_fails_is_repeated_and_decides_nothing(
    worker: Worker, sandbox: Sandbox, people: People, synced_customer: Customer
) -> None:
    sandbox.fault("addPreOrder", "latency", seconds=0.5)
    operation = order(people.account_manager, synced_customer)
    wait_for(lambda: sandbox.ledger(synced_customer.pk), "the order reaches the vendor")
    sandbox.fault("listPreOrders", "error_500", count=2)

    rest(operation)

    assert operation.state == State.SUCCEEDED
    assert happened(operation) == [*BEGINNING, "accepted", "check failed", "verified"]
    assert operation.readings == 0


def test_what_others_ordered_meanwhile_is_not_taken_for_ours(
    worker: Worker, sandbox: Sandbox, people: People, synced_customer: Customer
) -> None:
    """Our order was lost, while somebody else changed something: reading cannot tell, so a person decides."""
    sandbox.fault("addPreOrder", "hang", seconds=0.5)
    operation = order(people.account_manager, synced_customer)
    wait_for(lambda: sandbox.calls()["addPreOrder"], "the order reaches the vendor")
    sandbox.add_pre_order_outside(synced_customer.pk, {"applyDate": str(day(9)), "productId": "STD", "plan": "MONTHLY"})

    rest(operation)

    assert operation.state == State.UNDECIDED
    assert happened(operation)[-1] == "cannot be determined"


@pytest.fixture
def pre_order_id(sandbox: Sandbox, read_in: ReadIn) -> int:
    """A pre-order of the customer, known to Partnerdesk."""
    order = {"applyDate": str(day(9)), "productId": "STD", "plan": "MONTHLY"}
    sandbox.add_pre_order_outside(WITHOUT_CONTRACT, order)
    return read_in(WITHOUT_CONTRACT).pre_orders.get().pre_order_id


@pytest.mark.parametrize(("fault", "took_effect"), [("cut_before", False), ("cut_after", True)])
@pytest.mark.parametrize("kind", ["updatePreOrder", "deletePreOrder"])
def test_moving_and_deleting_are_found_out_by_reading_too(
    kind: str,
    fault: str,
    took_effect: bool,
    worker: Worker,
    sandbox: Sandbox,
    people: People,
    pre_order_id: int,
    synced_customer: Customer,
) -> None:
    sandbox.fault(kind, fault)
    wish = {
        "updatePreOrder": PreOrderMove(pre_order_id=pre_order_id, apply_date=day(20)),
        "deletePreOrder": PreOrderDelete(pre_order_id=pre_order_id),
    }[kind]

    operation = rest(order(people.account_manager, synced_customer, wish, COMMANDS[kind]))

    assert operation.state == (State.SUCCEEDED if took_effect else State.NOT_APPLIED)
    assert outcomes(operation) == ["no_clear_answer"]
    ours = [effect for effect in sandbox.ledger(synced_customer.pk) if effect["operation"] == kind]
    assert len(ours) == int(took_effect)


def test_a_pre_order_that_cannot_be_read_is_not_taken_for_deleted(
    worker: Worker, sandbox: Sandbox, people: People, pre_order_id: int, synced_customer: Customer
) -> None:
    """Absence proves something only in a listing of which every record could be read."""
    sandbox.fault("deletePreOrder", "forget_after")
    sandbox.fault("deletePreOrder", "latency", seconds=0.5)
    wish = PreOrderDelete(pre_order_id=pre_order_id)
    operation = order(people.account_manager, synced_customer, wish, DELETE_PRE_ORDER)
    wait_for(lambda: sandbox.calls()["deletePreOrder"], "the deletion reaches the vendor")
    sandbox.fault("listPreOrders", "missing_field", count=0)

    rest(operation)

    assert operation.state == State.UNDECIDED


def test_a_person_settles_what_reading_cannot_tell(
    worker: Worker, sandbox: Sandbox, people: People, synced_customer: Customer
) -> None:
    sandbox.fault("addPreOrder", "forget_after")
    operation = rest(order(people.account_manager, synced_customer))

    settled = decide(operation, applied=False, how_known="サポートに電話で確認", by=people.account_manager)
    after: Operation = rest(order(people.account_manager, synced_customer))

    assert settled.state == State.NOT_APPLIED
    assert settled.events.last().note == "サポートに電話で確認"  # type: ignore[union-attr]  # there are events
    assert after.state == State.SUCCEEDED
    assert len(sandbox.ledger(synced_customer.pk)) == 1
