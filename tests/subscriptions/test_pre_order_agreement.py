"""
Partnerdesk's rules and the sandbox state LINE WORKS's rules twice, apart from each other; here they check each other.

On made-up customers, requests and days, whatever the rules allow the sandbox accepts, and whatever they forbid it
refuses. Rules that no vendor page states (``ours``) are left out: LINE WORKS may see it otherwise.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import requests
from hypothesis import event, given
from hypothesis import strategies as st

from portal.core.rules import Verdict
from portal.operations.snapshots import Snapshot
from portal.sync.resources import Target
from portal.vendor.connection.api import partner_api
from portal.vendor.ratelimit import Priority
from subscriptions.commands.pre_orders import ADD_PRE_ORDER
from subscriptions.rules import pre_orders
from subscriptions.rules.pre_orders import PreOrderAdd, PreOrderDelete, PreOrderMove
from tests.support.examples import made_up
from tests.support.orders import day
from tests.support.portal import (
    PAID_ADVANCED,
    PAID_MONTHLY,
    TODAY,
    TRIAL_OF_A_GROUP,
    WITHOUT_CONTRACT,
    WITHOUT_CONTRACT_OF_A_GROUP,
)
from tests.support.sandbox import Sandbox

CUSTOMERS = [PAID_ADVANCED, PAID_MONTHLY, TRIAL_OF_A_GROUP, WITHOUT_CONTRACT_OF_A_GROUP, WITHOUT_CONTRACT]
customers = st.sampled_from(CUSTOMERS)
days = st.one_of(st.sampled_from([-1, 0, 1, 2, 30, 31, 32]).map(day), st.integers(-60, 90).map(day), st.dates())
products = st.sampled_from(["STD", "ADV", "STD", "ADV", "FR", "STD_T", "ADV_T", "std", ""])
plans = st.sampled_from([*pre_orders.PAID_PLANS, *pre_orders.PAID_PLANS, "TRIAL", "FREE", ""])
counts = st.one_of(st.none(), st.sampled_from([-1, 0, 1, 10, 1_000_000, 1_000_001]), st.integers(-(10**12), 10**12))
# How the wish names a pre-order: the customer's own one, another customer's, or a number that nobody has.
whose = st.sampled_from(["own", "own", "other", "nobody"])
examples = made_up(50)


class Vendor:
    """The sandbox, spoken to plainly: no record of Partnerdesk's stands between the wish and the wire."""

    def __init__(self, sandbox: Sandbox, session: requests.Session) -> None:
        self._sandbox = sandbox
        self._session = session
        self._api = partner_api(Priority.PEOPLE)

    def state(self, domain_id: int) -> Snapshot:
        """Read what the rules are asked about."""
        target = Target(domain_id)
        return Snapshot(
            {resource.name: tuple(resource.read(self._api, target).records) for resource in ADD_PRE_ORDER.resources}
        )

    def pre_order(self, domain_id: int) -> int:
        """Make a pre-order that starts on the ninth day."""
        order = {"applyDate": str(day(9)), "productId": "STD", "plan": "MONTHLY"}
        return int(self._sandbox.add_pre_order_outside(domain_id, order)["subscriptionPreOrders"][-1]["preOrderId"])

    def accepts(self, method: str, domain_id: int, below: str = "", body: dict[str, Any] | None = None) -> bool:
        """Make a call and tell a yes from a no; anything else is an error of the sandbox."""
        url = f"{self._sandbox.api_url}/partners/customers/{domain_id}/subscriptions/pre-orders{below}"
        answer = self._session.request(method, url, json=body, timeout=30)
        assert answer.ok or 400 <= answer.status_code < 500, answer.text
        return answer.ok


@pytest.fixture
def vendor(db: None, vendor_settings: None, sandbox: Sandbox) -> Iterator[Vendor]:
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {sandbox.get_token()}"
        yield Vendor(sandbox, session)


def documented(verdict: Verdict) -> bool:
    """Return whether the rules that a vendor page states allow it."""
    allowed = all(problem.rule.ours for problem in verdict.problems)
    event("allowed" if allowed else "forbidden")
    return allowed


@examples
@given(domain_id=customers, product=products, plan=plans, day=days, count=counts)
def test_adding(vendor: Vendor, domain_id: int, product: str, plan: str, day: date, count: int | None) -> None:
    wish = PreOrderAdd(product_id=product, plan=plan, apply_date=day, license_count=count)
    verdict = pre_orders.add_pre_order(vendor.state(domain_id), wish, date.fromisoformat(TODAY))

    accepted = vendor.accepts("POST", domain_id, body=wish.model_dump(mode="json", by_alias=True, exclude_none=True))

    assert accepted == documented(verdict)


@examples
@given(domain_id=customers, whose=whose, to=days)
def test_moving(vendor: Vendor, domain_id: int, whose: str, to: date) -> None:
    number = _number(vendor, domain_id, whose)
    wish = PreOrderMove(pre_order_id=number, apply_date=to)
    verdict = pre_orders.move_pre_order(vendor.state(domain_id), wish, date.fromisoformat(TODAY))

    accepted = vendor.accepts("PATCH", domain_id, f"/{number}", {"applyDate": to.isoformat()})

    assert accepted == documented(verdict)


@examples
@given(domain_id=customers, whose=whose)
def test_deleting(vendor: Vendor, domain_id: int, whose: str) -> None:
    number = _number(vendor, domain_id, whose)
    wish = PreOrderDelete(pre_order_id=number)
    verdict = pre_orders.delete_pre_order(vendor.state(domain_id), wish, date.fromisoformat(TODAY))

    accepted = vendor.accepts("DELETE", domain_id, f"/{number}")

    assert accepted == documented(verdict)


def _number(vendor: Vendor, domain_id: int, whose: str) -> int:
    if whose == "nobody":
        return 10**9
    others = [other for other in CUSTOMERS if other != domain_id]
    return vendor.pre_order(domain_id if whose == "own" else others[0])
