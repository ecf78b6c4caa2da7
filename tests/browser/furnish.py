"""
What a stage is furnished with, run inside of it: ``python -m tests.browser.furnish ground``.

    ground    a person for each role, and every customer read
    read      every customer read again
    old       what is known of one customer is ten minutes older
    states    an operation in each state that lasts; tells {state: number}
    renewals  50 customers, known to the cache alone, whose renewals the account manager owns
    renewed   those customers are gone again, and nothing of them is waiting
    story     a few days of work, for pictures; tells {"done", "unknown": number}
"""

import json
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import django

django.setup()

# Models can be imported only now.
import requests  # noqa: E402
from django.conf import settings  # noqa: E402
from django.contrib.auth.hashers import make_password  # noqa: E402
from django.contrib.auth.models import Group  # noqa: E402
from django.db.models import F  # noqa: E402
from django.test import override_settings  # noqa: E402
from pydantic import BaseModel  # noqa: E402

from billing.checking import runner as month_checks  # noqa: E402
from billing.models import InvoiceDetail  # noqa: E402
from billing.months import shifted  # noqa: E402
from billing.sync.invoice_details import INVOICE_DETAILS  # noqa: E402
from customers.models import Customer  # noqa: E402
from portal.accounts.models import User  # noqa: E402
from portal.accounts.roles import Role, establish_roles  # noqa: E402
from portal.bulk import runner  # noqa: E402
from portal.bulk.models import UNDER_WAY, Import  # noqa: E402
from portal.core.clock import business_today, now  # noqa: E402
from portal.desk.models import RenewalCase  # noqa: E402
from portal.operations import reconciliation, services  # noqa: E402
from portal.operations.approval_topics import Level, Topic  # noqa: E402
from portal.operations.approvals import set_policy  # noqa: E402
from portal.operations.commands import Command  # noqa: E402
from portal.operations.models import ApprovalPolicy, Operation  # noqa: E402
from portal.operations.states import READING_BACK, SETTLED, State  # noqa: E402
from portal.sync import runs, worker  # noqa: E402
from portal.sync.models import Reading  # noqa: E402
from portal.sync.resources import RESOURCES  # noqa: E402
from portal.sync.store import follow_calendar  # noqa: E402
from subscriptions.commands.pre_orders import ADD_PRE_ORDER, MOVE_PRE_ORDER  # noqa: E402
from subscriptions.models import PreOrder  # noqa: E402
from subscriptions.rules.pre_orders import PreOrderAdd, PreOrderMove  # noqa: E402
from tests.browser.people import (  # noqa: E402
    ADMINISTRATOR,
    FINANCE,
    FIRST_OF_STATES,
    HIKARI,
    MANAGER,
    OPENED,
    PASSWORD,
    PEOPLE,
    RENEWALS,
    TSUBAME,
    Person,
)
from tests.support import vendor_json  # noqa: E402
from tests.support.rows import keep_contracts, keep_customers  # noqa: E402
from tests.support.waiting import wait_for  # noqa: E402

REASON = "お客様より依頼 (電話、総務の方)"


def ground() -> None:
    """Add the people, and read everything."""
    establish_roles()
    password = make_password(PASSWORD)  # takes long on purpose, so once for all
    for person in PEOPLE:
        user = User.objects.create(email=person.email, name=person.name, password=password)
        user.groups.set([Group.objects.get(name=Role(person.role))])
    month = shifted(business_today(), -1)
    _control("months", {"month": f"{month:%Y-%m}", "causes": {"licenses": 1}, "errors": {"quantity": 1}})
    read()
    _read_bills()
    month_checks.run(month_checks.start(month, by=_user(FINANCE.email)).pk)


def read() -> None:
    """
    Read everything.

    Raises:
        RuntimeError: not all could be read.
    """
    follow_calendar()
    run = runs.start()
    worker.read_listing(run)
    while run.is_running and not run.problem:
        for resource in RESOURCES:
            for share in range(worker.SHARES):
                worker.sweep(resource, share)
        run.refresh_from_db()
    if run.state != run.State.WHOLE:
        raise RuntimeError(f"the reading ended {run.state}: {run.problem}")


def _read_bills() -> None:
    """Read the details of the invoices, which are only expected once the invoices are known."""
    follow_calendar()
    for share in range(worker.SHARES):
        worker.sweep(INVOICE_DETAILS, share)
    if not InvoiceDetail.objects.exists():
        raise RuntimeError("no invoice details were read")


def old() -> None:
    """Let the customer that a test opens have been read ten minutes earlier."""
    earlier = timedelta(minutes=10)
    Reading.objects.of_customer(OPENED).update(
        read_at=F("read_at") - earlier, tried_at=F("tried_at") - earlier, wanted_at=None
    )


def states() -> dict[str, int]:
    """Bring an operation into each state that lasts, each for a customer of its own, all by Partnerdesk's own ways."""
    customers = iter(range(FIRST_OF_STATES, FIRST_OF_STATES + len(State)))
    made = [
        _confirmed(next(customers), State.SUCCEEDED),
        _confirmed(next(customers), State.REFUSED, fault="error_400"),
        _confirmed(next(customers), State.ACCEPTED, fault="forget_after"),
        _read_for_the_last_time(_confirmed(next(customers), State.ACCEPTED, fault="forget_after")),
        _read_for_the_last_time(_confirmed(next(customers), State.UNKNOWN, fault="cut_before")),
        _moved_meanwhile(next(customers)),
        _withdrawn(next(customers)),
        _awaiting_approval(next(customers)),
        # A draft is shown to its author alone, and the administrator looks at all pages.
        _propose(ADD_PRE_ORDER, next(customers), _wish(), by=ADMINISTRATOR),
    ]
    waiting_for_another = next(customers)
    made.append(_confirmed(waiting_for_another, State.UNKNOWN, fault="cut_before"))
    made.append(_confirmed(waiting_for_another, State.QUEUED))
    return {operation.state: operation.pk for operation in made}


def renewals() -> None:
    """Add customers with a contract that ends soon; LINE WORKS knows none of them, so nothing of them may be sent."""
    owner = User.objects.get(email=MANAGER.email)
    day = business_today() + timedelta(days=45)
    for pk in RENEWALS:
        keep_customers(vendor_json.customer(pk, companyName=f"更新{pk % 100}号社", domain=f"renewal-{pk}.example.com"))
        keep_contracts(pk, subscriptions=[vendor_json.subscription(pk, planEndDate=day.isoformat())])
        RenewalCase.objects.create(
            domain_id=pk, subscription_id=pk, end_date=day, owner_id=owner.pk, owner_name=owner.name
        )
        names = [resource.name for resource in RESOURCES.of_customer()]
        Reading.objects.bulk_create(
            [Reading(domain_id=pk, resource=name, read_at=now(), tried_at=now()) for name in names],
            ignore_conflicts=True,
        )


def renewed() -> None:
    """Take those customers out of every list."""
    owner = User.objects.get(email=MANAGER.email)
    for draft in Import.objects.filter(state__in=UNDER_WAY):
        runner.stop(draft, by=owner)
    for operation in Operation.objects.filter(domain_id__in=RENEWALS).exclude(state__in=SETTLED):
        services.withdraw(operation, by=owner)
    Reading.objects.filter(domain_id__in=RENEWALS).delete()
    RenewalCase.objects.filter(domain_id__in=RENEWALS).delete()
    Customer.objects.filter(pk__in=RENEWALS).update(removed_at=now())


def story() -> dict[str, int]:
    """Do some work that believable pictures can show."""
    _confirmed(HIKARI, State.SUCCEEDED, wish=_wish("ADV", 150, days=24), reason="増員 30 名、2月の契約書どおり")
    pre_order = PreOrder.objects.current().of_customer(HIKARI).get()
    move = PreOrderMove(pre_order_id=pre_order.pre_order_id, apply_date=business_today() + timedelta(days=30))
    operation = _propose(MOVE_PRE_ORDER, HIKARI, move)
    done = _in_state(_confirm(operation, "先方の稟議が遅れるため (電話、総務の方)"), State.SUCCEEDED)
    _confirmed(300_000_017, State.SUCCEEDED, wish=_wish("STD", 40, days=12), reason="更新前の切り替え")
    _confirmed(300_000_023, State.REFUSED, fault="error_400", wish=_wish("ADV", 80, days=20), reason="見積 Q-2291")
    _withdrawn(300_000_031)
    _proposed(300_000_036)
    unknown = _confirmed(
        TSUBAME, State.UNKNOWN, fault="cut_before", wish=_wish("STD", 25, days=10), reason="新規、申込書あり"
    )
    _confirmed(TSUBAME, State.QUEUED, wish=_wish("STD", 5, days=10), reason="追加の 5 名分")
    return {"done": done.pk, "unknown": unknown.pk}


def _wish(product_id: str = "STD", licenses: int = 10, *, days: int = 20) -> PreOrderAdd:
    day = business_today() + timedelta(days=days)
    return PreOrderAdd(product_id=product_id, plan="ANNUAL_LICENSE", apply_date=day, license_count=licenses)


def _proposed(domain_id: int) -> Operation:
    return _propose(ADD_PRE_ORDER, domain_id, _wish())


def _propose(write: Command[Any], domain_id: int, wish: BaseModel, *, by: Person = MANAGER) -> Operation:
    name = str(Customer.objects.get(pk=domain_id))
    return services.propose(write, domain_id=domain_id, customer_name=name, request=wish, by=_user(by.email))


def _confirmed(
    domain_id: int, state: State, *, fault: str = "", wish: PreOrderAdd | None = None, reason: str = REASON
) -> Operation:
    """Propose and confirm a pre-order, and wait until the worker has brought it into a state."""
    if fault:
        _control("faults", {"operation": "addPreOrder", "fault": fault})
    return _in_state(_confirm(_propose(ADD_PRE_ORDER, domain_id, wish or _wish()), reason), state)


def _confirm(operation: Operation, reason: str = REASON) -> Operation:
    return services.confirm(operation, by=_user(MANAGER.email), reason=reason)


def _in_state(operation: Operation, state: State) -> Operation:
    def look() -> bool:
        operation.refresh_from_db()
        return operation.state == state

    wait_for(look, f"operation {operation.pk} is {state}")
    return operation


def _read_for_the_last_time(operation: Operation) -> Operation:
    """Read once more as if no further reading were planned, and draw the conclusion."""

    def look() -> bool:
        # A look ahead of a planned reading never concludes, and the worker may win every planned one.
        Operation.objects.filter(pk=operation.pk).update(next_try_at=None)
        with override_settings(READ_BACK_SECONDS=[]):
            reconciliation.look(operation)  # does nothing while the worker is reading
        operation.refresh_from_db()
        return operation.state not in READING_BACK

    wait_for(look, f"operation {operation.pk} comes to a conclusion")
    return operation


def _moved_meanwhile(domain_id: int) -> Operation:
    operation = _proposed(domain_id)
    day = business_today() + timedelta(days=9)
    order = {"productId": "ADV", "plan": "MONTHLY", "applyDate": day.isoformat()}
    _control(f"customers/{domain_id}/pre-orders", order)
    return _in_state(_confirm(operation), State.STALE)


def _withdrawn(domain_id: int) -> Operation:
    operation = _awaiting_approval(domain_id)
    services.withdraw(operation, by=_user(MANAGER.email))
    operation.refresh_from_db()
    return operation


def _awaiting_approval(domain_id: int) -> Operation:
    set_policy({Topic.SUBSCRIPTION: Level.SECOND_PERSON}, by=_user(ADMINISTRATOR.email))
    operation = _confirm(_proposed(domain_id))
    # As if another administrator had agreed.
    ApprovalPolicy.objects.create(topic=Topic.SUBSCRIPTION, level=Level.NONE, decided_by_id=0, decided_by_name="–")
    return operation


def _user(email: str) -> User:
    return User.objects.get(email=email)


def _control(path: str, body: dict[str, Any]) -> None:
    """Turn a knob of the sandbox."""
    address = settings.PARTNER_API_URL.replace("/v1.0", f"/_control/{path}")
    requests.post(address, json=body, timeout=30).raise_for_status()


_STEPS: dict[str, Callable[[], Any]] = {
    step.__name__: step for step in (ground, read, old, states, renewals, renewed, story)
}

if __name__ == "__main__":
    sys.stdout.write(json.dumps(_STEPS[sys.argv[1]]()))
