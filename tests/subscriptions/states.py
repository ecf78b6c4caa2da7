"""Made-up states of one customer, what the rules say of them, and steps at LINE WORKS that lead to real ones."""

from datetime import date, timedelta
from functools import cached_property
from typing import Any

import requests

from customers.models import Customer
from portal.core.catalogue import takes_licenses
from portal.core.rules import Verdict, Weight
from portal.operations.commands import Command
from portal.operations.models import Operation
from portal.operations.presentation import evidence
from portal.operations.snapshots import Snapshot
from portal.operations.states import State
from portal.vendor import client
from tests.support import orders, vendor_json
from tests.support.portal import TRIAL_OF_A_GROUP, WITHOUT_CONTRACT_OF_A_GROUP, People
from tests.support.reads import do_outside
from tests.support.sandbox import Sandbox
from tests.support.vendor_json import Json

TODAY = date(2026, 1, 15)
END = date(2026, 2, 14)  # of the contracts and the trials below
TRIAL: Json = {"productId": "STD_T", "plan": "TRIAL", "licenseCount": None, "renewal": None}
FREE: Json = {**TRIAL, "productId": "FR", "plan": "FREE", "planEndDate": None}
MONTHLY: Json = {"plan": "MONTHLY", "licenseCount": None}
GROUP: Json = {"domain": "sample-group", "domainType": "GROUP"}
GRACE: Json = {**TRIAL, "status": "SUSPENDED_TRIALEND", "planEndDate": "2026-01-10"}


def state(
    subscription: Json | None = None,
    *,
    customer: Json | None = None,
    members: int = 8,
    task: Json | None = None,
    options: tuple[Json, ...] = (),
    option_orders: tuple[Json, ...] = (),
    pre_orders: tuple[Json, ...] = (),
) -> Snapshot:
    """Return a customer with one subscription, 501, ten annual licenses of Standard unless told otherwise."""
    held = vendor_json.subscription(**(subscription or {}))
    return Snapshot(
        {
            "customer": [client.Customer.from_vendor(vendor_json.customer(**(customer or {})))],
            "usage_status": [client.UsageStatus.from_vendor(vendor_json.usage_status(memberCount=members))],
            "subscriptions": [client.Subscription.from_vendor(held)],
            "reservations": [client.Reservation.from_vendor({"subscriptionId": 501, **task})] if task else [],
            "options": [client.OptionProduct.from_vendor(vendor_json.option(**each)) for each in options],
            "option_orders": [
                client.OptionProductOrder.from_vendor(vendor_json.option_order(**each)) for each in option_orders
            ],
            "pre_orders": [client.PreOrder.from_vendor(each) for each in pre_orders],
        },
        day=TODAY,
    )


def renewal(**changes: Any) -> Json:
    """Return the renewal of subscription 501, as it is unless told otherwise."""
    return {"renewal": {**vendor_json.subscription()["renewal"], **changes}}


def trial_option(option: str = "ACV2", sub_option: str = "ACV200", **changes: Any) -> Json:
    """Return an option in trial use."""
    return {"optionProductId": option, "subOptionId": sub_option, "plan": "TRIAL", "quantity": None, **changes}


def problems(verdict: Verdict) -> list[tuple[str, str]]:
    """Return what stands against a wish: rule and field."""
    return [(problem.rule.id, problem.at) for problem in verdict.problems]


def consequences(verdict: Verdict) -> dict[str, Weight]:
    """Return what follows from a wish: rule and weight."""
    assert verdict.allowed, problems(verdict)
    return {consequence.rule.id: consequence.weight for consequence in verdict.consequences}


def sentences(verdict: Verdict) -> str:
    """Return what follows from a wish in words."""
    return "\n".join(str(consequence) for consequence in verdict.consequences)


class AtVendor:
    """One customer of the sandbox, brought into a situation by what its administrator might do at the console."""

    def __init__(self, sandbox: Sandbox, domain_id: int) -> None:
        self.sandbox = sandbox
        self.domain_id = domain_id
        self.subscription_id = 0

    @property
    def highest(self) -> str:
        """Return the highest product that the customer can have: Advanced needs a domain."""
        return "STD" if self.domain_id in (TRIAL_OF_A_GROUP, WITHOUT_CONTRACT_OF_A_GROUP) else "ADV"

    def do(self, operation: str, body: object = None, **path: object) -> Any:
        """Do one thing at LINE WORKS's console."""
        return do_outside(self.sandbox, operation, self.domain_id, body, **path)

    def of(self, operation: str, body: object = None) -> Any:
        """Do one thing about the subscription."""
        return self.do(operation, body, subscriptionId=self.subscription_id)

    def start(self, product_id: str, plan: str, **more: object) -> "AtVendor":
        """Start a subscription."""
        wanted = {"productId": product_id, "plan": plan, **more}
        self.subscription_id = self.do("addSubscription", wanted)["subscriptionId"]
        return self

    def paid(self, plan: str = "ANNUAL_LICENSE", count: int = 50, product_id: str = "STD") -> "AtVendor":
        """Start a paid subscription, by way of a trial."""
        self.start(f"{product_id}_T", "TRIAL")
        self.of("convertSubscriptionToPaid", {"plan": plan} | ({"licenseCount": count} if takes_licenses(plan) else {}))
        return self

    def option(self, sub_option_id: str) -> "AtVendor":
        """Add an option, by the code of its size."""
        option_id = next(name for name in ("ACV2", "SSTG2", "DRV", "BCT") if sub_option_id.startswith(name))
        self.do("addOptionProduct", {"optionProductId": option_id, "subOptionId": sub_option_id})
        return self

    def reserve(self, kind: str, day: date, **more: object) -> "AtVendor":
        """Schedule something for the subscription."""
        self.of("addReservation", {"type": kind, "applyDate": day.isoformat(), **more})
        return self

    def contract(self) -> tuple[str, str, int | None] | None:
        """Return product, plan and licenses of the subscription as they are now; None once it has ended."""
        found = [each for each in self._get("subscriptions")["subscriptions"] if self._is(each)]
        return next(((each["productId"], each["plan"], each["licenseCount"]) for each in found), None)

    def options(self) -> tuple[str, ...]:
        """Return the sizes of the options that the customer has now."""
        return tuple(sorted(each["subOptionId"] for each in self._get("option-products")["optionProducts"]))

    @cached_property
    def _token(self) -> str:
        return self.sandbox.get_token()

    def _is(self, record: Json) -> bool:
        return bool(record["subscriptionId"] == self.subscription_id)

    def _get(self, below: str) -> Json:
        address = f"{self.sandbox.api_url}/partners/customers/{self.domain_id}/{below}"
        answer = requests.get(address, headers={"Authorization": f"Bearer {self._token}"}, timeout=30)
        assert answer.ok, answer.text
        return dict(answer.json())


def ordered(write: Command[Any], request: Any, customer: Customer, people: People) -> Operation:
    """Order something, let a worker send it, and see that LINE WORKS shows just what the preview promised."""
    by = people.account_manager
    operation = orders.rest(orders.order(by, customer, request, write))
    assert operation.state == State.SUCCEEDED, operation.problem
    assert told(operation) <= {"As requested", "Unchanged"}, [vars(row) for row in evidence(operation)]
    return operation


def told(operation: Operation) -> set[str]:
    """Return what the reading afterwards says of the facts."""
    return {row.tells for row in evidence(operation)}


def tomorrow(ahead: int = 1) -> date:
    """Return a day that lies so far ahead."""
    return TODAY + timedelta(days=ahead)
