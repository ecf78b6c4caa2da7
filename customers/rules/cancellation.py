"""
Rules for platform cancellation and deletion: pure functions of (state, payload, today).

Sources: LINE WORKS pages named with each rule. ``ours`` marks what no page states. How a penalty is worked out no page
tells, so no amount is given.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from django.utils.translation import gettext_lazy as _

from customers.assumptions import is_own_domain
from customers.rules.profile import frozen
from customers.rules.usage_status import against_keeping_limit, keeps_limit, one_year_after, usage_of
from portal.core.rules import RULEBOOK, Code, Consequence, Problem, Rule, Verdict, Weight
from portal.operations.payloads import OrderRequest
from portal.operations.snapshots import Snapshot
from portal.vendor.client import Customer, OptionProduct, PreOrder, Subscription

_PATCH, _DELETE, _GET = (
    "partner-customer-usage-status-patch",
    "partner-customer-delete",
    "partner-customer-usage-status-get",
)

WINDOW = RULEBOOK.add(Rule("cust.withdrawal.window", _("Choose a date from %(first)s to %(last)s."), _PATCH, ours=True))
SAME_DAY = RULEBOOK.add(
    Rule(
        "cust.withdrawal.otherday",
        _("The platform cancellation is already scheduled for %(date)s. Choose another date."),
        _PATCH,
        ours=True,
    )
)
GONE = RULEBOOK.add(Rule("cust.delete.gone", _("LINE WORKS no longer lists this customer."), _DELETE))

EVERYTHING = RULEBOOK.add(
    Rule(
        "cust.delete.everything",
        _(
            "Everything ends on %(date)s: the platform with its users (%(members)s), subscriptions"
            " (%(subscriptions)s), options (%(options)s) and pre-orders (%(pre_orders)s)."
        ),
        _DELETE,
    )
)
NO_WAY_BACK = RULEBOOK.add(Rule("cust.delete.final", _("This can’t be undone."), _DELETE))
PENALTY = RULEBOOK.add(
    Rule(
        "cust.withdrawal.penalty",
        _(
            "The %(product)s contract runs until %(end)s (days left on the cancellation date:"
            " %(days)s). A penalty is added to the next invoice."
        ),
        _DELETE,
        is_penalty=True,
    )
)
PENALTY_OF_MONTHLY = RULEBOOK.add(
    Rule(
        "cust.withdrawal.penaltymonthly",
        _(
            "%(product)s is a monthly contract that runs until %(end)s (days left on the cancellation"
            " date: %(days)s). LINE WORKS documents a penalty for paid plans, but doesn’t document"
            " whether it applies to monthly contracts."
        ),
        _DELETE,
        ours=True,
        is_penalty=True,
    )
)
FREE_DAY = RULEBOOK.add(
    Rule("cust.withdrawal.freeday", _("No penalty applies on %(date)s, the day after the contract ends."), _DELETE)
)
NO_PENALTY = RULEBOOK.add(
    Rule(
        "cust.withdrawal.nopenalty", _("No penalty applies, because this is the day after the contract ends."), _DELETE
    )
)
RENEWED_BY_THEN = RULEBOOK.add(
    Rule(
        "cust.withdrawal.renewed",
        _("%(product)s renews on %(date)s, so this date falls within the next contract term. A penalty is likely."),
        _DELETE,
        ours=True,
        is_penalty=True,
    )
)
SEVERAL_ENDS = RULEBOOK.add(
    Rule(
        "cust.withdrawal.severalends",
        _("The contracts end on different dates. A contract renewed before then is already in its next term."),
        _DELETE,
        ours=True,
    )
)
CHARGED = RULEBOOK.add(
    Rule("cust.withdrawal.charged", _("Usage until %(date)s is charged on the next invoice."), _DELETE)
)
MAY_BE_PENDING = RULEBOOK.add(
    Rule(
        "cust.withdrawal.pending",
        _(
            "If the customer has ever installed a paid app without real-time billing, LINE WORKS"
            " suspends the customer on that date and deletes it on %(date)s. Only Option Plus is"
            " charged until then."
        ),
        _DELETE,
    )
)
LAST_INVOICE = RULEBOOK.add(
    Rule("cust.withdrawal.lastinvoice", _("In that case, the last invoice is issued on %(date)s."), _DELETE)
)
LATE_INVOICE = RULEBOOK.add(
    Rule(
        "cust.withdrawal.late",
        _(
            "In that case, a last invoice for Option Plus alone may be issued on %(date)s, because"
            " the date is between the 25th and the 1st. From the 2nd to the 24th, no such invoice is"
            " issued."
        ),
        _DELETE,
    )
)
STOPS_ON_25TH = RULEBOOK.add(
    Rule(
        "cust.withdrawal.app",
        _(
            "In that case, the app stops on %(date)s because the request is made by the 24th, and the"
            " last invoice is issued on %(invoice)s. No invoice for Option Plus alone follows."
        ),
        _PATCH,
    )
)
OWN_DOMAIN = RULEBOOK.add(
    Rule(
        "cust.delete.own",
        _("This is the partner’s own domain. LINE WORKS doesn’t allow its deletion or platform cancellation."),
        _DELETE,
    )
)
UNDO = RULEBOOK.add(
    Rule("cust.withdrawal.undo", _("You can reschedule or cancel the platform cancellation until %(date)s."), _PATCH)
)
STAYS = RULEBOOK.add(
    Rule(
        "cust.withdrawal.stays",
        _("The platform cancellation on %(date)s won’t take place. The customer and its contracts stay."),
        _PATCH,
    )
)
NOT_SHOWN = RULEBOOK.add(
    Rule(
        "cust.withdrawal.notshown",
        _(
            "LINE WORKS shows no scheduled platform cancellation. LINE WORKS doesn’t document whether"
            " it shows one before that date; if there is one, this request deletes it."
        ),
        _GET,
        ours=True,
    )
)
NONE_TO_TAKE_BACK = RULEBOOK.add(
    Rule(
        "cust.withdrawal.none",
        _("LINE WORKS shows no scheduled platform cancellation, so there is none to cancel."),
        _GET,
        ours=True,
    )
)


class Withdrawal(OrderRequest):
    """The day on which the platform contract of a customer ends."""

    withdrawal_date: date


class Stay(OrderRequest):
    """A withdrawal taken back; LINE WORKS is sent null in the place of the day."""

    withdrawal_date: None


class CustomerDelete(OrderRequest):
    """A customer to be deleted, with all it has."""


def withdrawal_window(today: date) -> tuple[date, date]:
    """Return the first and the last day on which a customer may leave. Ours: no page tells."""
    return today + timedelta(days=1), one_year_after(today)


def day_of_deletion(day: date) -> date:
    """
    Return when a customer is deleted that has to wait for it, as its app is still to be settled.

    From the 2nd to the 24th of a month it is the 2nd of the next one, from the 25th on that of the month after next.
    Ours: the 1st counts with the days before it, so it is the same as of the 31st.
    """
    begun = day if day.day > 1 else day - timedelta(days=1)
    months = begun.year * 12 + begun.month - 1 + (1 if 2 <= day.day <= 24 else 2)
    return date(months // 12, months % 12 + 1, 2)


def domain_of(state: Snapshot) -> str:
    """Return the domain or group name by which a customer is told from all others."""
    return next((customer.domain for customer in state.of(Customer)), "")


def free_day(state: Snapshot) -> date | None:
    """Return the day after the latest contract end, on which leaving costs no penalty; None without a paid contract."""
    ends = [running.plan_end_date for running in _paid(state) if running.plan_end_date]
    return max(ends) + timedelta(days=1) if ends else None


def against_leaving(state: Snapshot) -> list[Problem]:
    """Return what stands against the end of a customer, on whichever day."""
    return frozen(state) or [Problem(OWN_DOMAIN) for customer in state.of(Customer) if is_own_domain(customer)]


def withdraw(state: Snapshot, request: Withdrawal, today: date) -> Verdict:
    """Judge the day on which a customer is to leave."""
    day, usage = request.withdrawal_date, usage_of(state)
    first, last = withdrawal_window(today)
    problems = against_leaving(state) or against_keeping_limit(state)
    if not problems and not first <= day <= last:
        problems = [Problem(WINDOW, {"first": first, "last": last}, at="withdrawal_date")]
    elif not problems and usage and usage.withdrawal_date == day:
        problems = [Problem(SAME_DAY, {"date": day}, at="withdrawal_date")]
    if problems:
        return Verdict(tuple(problems))
    return Verdict(
        (),
        (
            *_end_of_all(state, day),
            *_pending(day, asked_on=today),
            *keeps_limit(state),
            Consequence(UNDO, {"date": day - timedelta(days=1)}, weight=Weight.UNDO),
        ),
    )


def stay(state: Snapshot, _request: Stay, _today: date) -> Verdict:
    """Judge the taking back of a withdrawal."""
    problems, usage = frozen(state) or against_keeping_limit(state), usage_of(state)
    if problems:
        return Verdict(tuple(problems))
    day = usage.withdrawal_date if usage else None
    told = Consequence(STAYS, {"date": day}) if day else Consequence(NOT_SHOWN, weight=Weight.CARE)
    return Verdict((), (told, *keeps_limit(state)))


def against_taking_back(state: Snapshot) -> list[Problem]:
    """
    Return what stands against offering to take a withdrawal back: none is shown.

    It is not refused where something else asks for it: one that LINE WORKS does not show may be there.
    """
    usage = usage_of(state)
    return frozen(state) or ([] if usage and usage.withdrawal_date else [Problem(NONE_TO_TAKE_BACK)])


def delete(state: Snapshot, _request: CustomerDelete, today: date) -> Verdict:
    """Judge the deletion of a customer."""
    problems = against_leaving(state) or ([] if state.of(Customer) else [Problem(GONE)])
    if problems:
        return Verdict(tuple(problems))
    return Verdict(
        (),
        (
            *_end_of_all(state, today),
            Consequence(NO_WAY_BACK, weight=Weight.LOSS),
            *_pending(today, asked_on=today),
        ),
    )


def _end_of_all(state: Snapshot, day: date) -> Iterator[Consequence]:
    usage = usage_of(state)
    yield Consequence(
        EVERYTHING,
        {
            "date": day,
            "members": (usage and usage.member_count) or 0,
            "subscriptions": len(state.of(Subscription)),
            "options": len(state.of(OptionProduct)),
            "pre_orders": len(state.of(PreOrder)),
        },
        weight=Weight.LOSS,
    )
    yield from _penalties(state, day)
    yield Consequence(CHARGED, {"date": day - timedelta(days=1)})


def _penalties(state: Snapshot, day: date) -> Iterator[Consequence]:
    """Say of each contract what leaving on a day costs, and on which day it costs nothing."""
    free, within = free_day(state), False
    for running in _paid(state):
        end = running.plan_end_date
        if end is None:
            continue
        product = Code("product", running.product_id)
        if day <= end:
            within = True
            is_monthly = running.plan.startswith("MONTHLY")
            yield Consequence(
                PENALTY_OF_MONTHLY if is_monthly else PENALTY,
                {"product": product, "end": end, "days": (end - day).days},
                weight=Weight.CARE if is_monthly else Weight.LOSS,
            )
        elif day > end + timedelta(days=1) and not (running.renewal and running.renewal.type == "CANCEL"):
            renewed_on = end + timedelta(days=1)
            yield Consequence(RENEWED_BY_THEN, {"product": product, "date": renewed_on}, weight=Weight.CARE)
    if free and within:
        yield Consequence(FREE_DAY, {"date": free})
    elif day == free:
        yield Consequence(NO_PENALTY)
    if len({running.plan_end_date for running in _paid(state) if running.plan_end_date}) > 1:
        yield Consequence(SEVERAL_ENDS, weight=Weight.CARE)


def _paid(state: Snapshot) -> list[Subscription]:
    return [running for running in state.of(Subscription) if running.plan.startswith(("MONTHLY", "ANNUAL"))]


def _pending(day: date, *, asked_on: date) -> Iterator[Consequence]:
    """Return what happens instead to a customer whose app is still to be settled; which these are nothing tells."""
    yield Consequence(MAY_BE_PENDING, {"date": day_of_deletion(day)}, weight=Weight.CARE)
    invoice = day_of_deletion(day).replace(day=1)
    if 2 <= day.day <= 24:
        yield Consequence(LAST_INVOICE, {"date": invoice})
        return
    begun = (day if day.day > 1 else day - timedelta(days=1)).replace(day=25)
    if asked_on < begun:
        month_before = (invoice - timedelta(days=1)).replace(day=1)
        yield Consequence(STOPS_ON_25TH, {"date": begun, "invoice": month_before})
    else:
        yield Consequence(LATE_INVOICE, {"date": invoice}, weight=Weight.CARE)
