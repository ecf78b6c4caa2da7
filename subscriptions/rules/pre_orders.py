"""
Rules for pre-orders: pure functions of (state, payload, today).

Sources: LINE WORKS pages named with each rule. ``ours`` marks what no page states.
"""

from datetime import date, timedelta

from django.utils.translation import gettext_lazy as _
from pydantic import Field

from portal.core.catalogue import MOST_LICENSES, WORKS, license_plans, takes_licenses
from portal.core.rules import RULEBOOK, Code, Consequence, Problem, Rule, Verdict, Weight
from portal.operations.payloads import OrderRequest
from portal.operations.snapshots import Snapshot
from portal.vendor.client import Customer, PreOrder, Subscription

PRODUCTS = WORKS.paid
# The family that these two belong to, its trials and its free plan included.
CORE_PRODUCTS = ("ADV", "STD", "ADV_T", "STD_T", "FR")
PAID_PLANS = WORKS.paid_plans
LICENSE_PLANS = license_plans(PAID_PLANS)
DAYS_AHEAD = 31

_POST, _PATCH, _DELETE = (f"partner-customer-preorders-{verb}" for verb in ("post", "patch", "delete"))

WINDOW = RULEBOOK.add(Rule("sub.preorder.window", _("Choose a start date from %(first)s to %(last)s."), _POST))
PRODUCT = RULEBOOK.add(Rule("sub.preorder.product", _("Only Standard and Advanced can be pre-ordered here."), _POST))
PLAN = RULEBOOK.add(
    Rule("sub.preorder.plan", _("Only paid plans can be pre-ordered. Free and trials start today."), _POST)
)
LICENSES_NEEDED = RULEBOOK.add(
    Rule("sub.preorder.licenses", _("Enter a number of licenses from 1 to %(most)s for this contract type."), _POST)
)
NO_LICENSES = RULEBOOK.add(
    Rule("sub.preorder.nolicenses", _("A monthly contract has no number of licenses. Leave it empty."), _POST)
)
NEEDS_DOMAIN = RULEBOOK.add(
    Rule(
        "sub.advanced.domain",
        _("Advanced needs a domain, and %(domain)s is a group name. Change it to a domain name first."),
        "partner",
    )
)
EXISTS = RULEBOOK.add(
    Rule("sub.preorder.exists", _("LINE WORKS no longer lists this pre-order. It was applied or deleted."), _PATCH)
)
OTHER_DAY = RULEBOOK.add(
    Rule("sub.preorder.otherday", _("The start date is already %(date)s. Choose another date."), _PATCH, ours=True)
)

STARTS = RULEBOOK.add(
    Rule("sub.preorder.starts", _("%(product)s, %(plan)s, starts on %(date)s. Nothing changes until then."), _POST)
)
RUNNING = RULEBOOK.add(
    Rule(
        "sub.preorder.running",
        _("The customer already uses %(product)s. LINE WORKS doesn’t document what happens to it on that date."),
        _POST,
        ours=True,
    )
)
TRIAL_RUNNING = RULEBOOK.add(
    Rule(
        "sub.preorder.trial",
        _("A trial is running. To keep it as a paid subscription, convert it to paid instead."),
        "partner-customer-subscriptions-post",
        ours=True,
    )
)
SECOND = RULEBOOK.add(
    Rule(
        "sub.preorder.second",
        _("%(product)s already has a pre-order for %(date)s. This request adds a second one."),
        _POST,
        ours=True,
    )
)
NO_FEWER = RULEBOOK.add(
    Rule(
        "sub.license.reduce",
        _("The number of licenses from the start date is %(count)s. You can reduce it only at renewal."),
        "partner-customer-subscriptions-list",
    )
)
OPTIONS_STAY = RULEBOOK.add(
    Rule("sub.preorder.options", _("Scheduled option changes keep their dates. Reschedule each of them too."), _PATCH)
)
OPTIONS_LEFT = RULEBOOK.add(
    Rule("sub.preorder.optionsleft", _("Scheduled option changes are not deleted. Delete each of them too."), _DELETE)
)
UNDO = RULEBOOK.add(
    Rule("sub.preorder.delete", _("You can undo this until %(date)s by deleting the pre-order."), _DELETE, ours=True)
)
UNDO_MOVE = RULEBOOK.add(
    Rule("sub.preorder.moveback", _("You can reschedule or delete the pre-order until %(date)s."), _PATCH, ours=True)
)
NO_UNDO = RULEBOOK.add(
    Rule("sub.preorder.final", _("This can’t be undone. To order the same again, add a new pre-order."), _DELETE)
)


class PreOrderAdd(OrderRequest):
    """A pre-order to be added."""

    product_id: str
    plan: str
    apply_date: date
    license_count: int | None = None


class PreOrderMove(OrderRequest):
    """A pre-order to be moved to another day."""

    pre_order_id: int
    apply_date: date


class PreOrderDelete(OrderRequest):
    """A pre-order to be deleted."""

    pre_order_id: int = Field(gt=0)


def pre_order_window(today: date) -> tuple[date, date]:
    """Return the first and the last day on which a pre-order may start."""
    return today + timedelta(days=1), today + timedelta(days=DAYS_AHEAD)


def add_pre_order(state: Snapshot, request: PreOrderAdd, today: date) -> Verdict:
    """Judge a new pre-order."""
    problems = [
        *_day_problems(request.apply_date, today),
        *_contract_problems(request),
        *_domain_problems(state, request),
    ]
    if problems:
        return Verdict(tuple(problems))
    consequences = [
        Consequence(
            STARTS,
            {
                "product": Code("product", request.product_id),
                "plan": Code("plan", request.plan),
                "date": request.apply_date,
            },
        ),
        *_running(state),
        *_second(state),
    ]
    if request.license_count:
        consequences.append(Consequence(NO_FEWER, {"count": request.license_count}))
    consequences.append(Consequence(UNDO, {"date": request.apply_date - timedelta(days=1)}, weight=Weight.UNDO))
    return Verdict((), tuple(consequences))


def move_pre_order(state: Snapshot, request: PreOrderMove, today: date) -> Verdict:
    """Judge another day for a pre-order."""
    present = find_pre_order(state, request.pre_order_id)
    if present is None:
        return Verdict((Problem(EXISTS),))
    problems = _day_problems(request.apply_date, today)
    if present.apply_date == request.apply_date:
        problems.append(Problem(OTHER_DAY, {"date": request.apply_date}, at="apply_date"))
    if problems:
        return Verdict(tuple(problems))
    return Verdict(
        (),
        (
            Consequence(OPTIONS_STAY, weight=Weight.CARE),
            Consequence(UNDO_MOVE, {"date": request.apply_date - timedelta(days=1)}, weight=Weight.UNDO),
        ),
    )


def delete_pre_order(state: Snapshot, request: PreOrderDelete, today: date) -> Verdict:
    """Judge the deletion of a pre-order."""
    if find_pre_order(state, request.pre_order_id) is None:
        return Verdict((Problem(EXISTS),))
    return Verdict(
        (),
        (
            Consequence(OPTIONS_LEFT, weight=Weight.CARE),
            Consequence(NO_UNDO, weight=Weight.LOSS),
        ),
    )


def find_pre_order(state: Snapshot, pre_order_id: int) -> PreOrder | None:
    """Return a pre-order by its number, if LINE WORKS shows it."""
    return next((found for found in state.of(PreOrder) if found.pre_order_id == pre_order_id), None)


def _day_problems(day: date, today: date) -> list[Problem]:
    first, last = pre_order_window(today)
    if first <= day <= last:
        return []
    return [Problem(WINDOW, {"first": first, "last": last}, at="apply_date")]


def _contract_problems(request: PreOrderAdd) -> list[Problem]:
    problems = []
    if request.product_id not in PRODUCTS:
        problems.append(Problem(PRODUCT, at="product_id"))
    if request.plan not in PAID_PLANS:
        problems.append(Problem(PLAN, at="plan"))
    elif takes_licenses(request.plan):
        if not 1 <= (request.license_count or 0) <= MOST_LICENSES:
            problems.append(Problem(LICENSES_NEEDED, {"most": MOST_LICENSES}, at="license_count"))
    elif request.license_count is not None:
        problems.append(Problem(NO_LICENSES, at="license_count"))
    return problems


def _domain_problems(state: Snapshot, request: PreOrderAdd) -> list[Problem]:
    return [
        Problem(NEEDS_DOMAIN, {"domain": customer.domain}, at="product_id")
        for customer in state.of(Customer)
        if request.product_id == "ADV" and customer.domain_type == "GROUP"
    ]


def _running(state: Snapshot) -> list[Consequence]:
    """What runs already in the same family as what is ordered here."""
    core = [running for running in state.of(Subscription) if running.product_id in CORE_PRODUCTS]
    return [
        Consequence(TRIAL_RUNNING, weight=Weight.CARE)
        if running.plan == "TRIAL"
        else Consequence(RUNNING, {"product": Code("product", running.product_id)}, weight=Weight.CARE)
        for running in core
    ]


def _second(state: Snapshot) -> list[Consequence]:
    return [
        Consequence(
            SECOND,
            {"product": Code("product", present.product_id or "–"), "date": present.apply_date},
            weight=Weight.CARE,
        )
        for present in state.of(PreOrder)
    ]
