"""The days on which a scheduled option change can take effect, and the subscription it depends on."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext_lazy as _

from options.catalogue import APPLY, CANCEL, CHANGE_QUANTITY, MODIFY, START_PAID_SERVICE, paid_product
from options.rules.shared import (
    BASE,
    IN_USE,
    find_base,
    find_held,
    is_paid_base,
    is_trial_base,
)
from portal.core.month_grid import first_of_next_month
from portal.core.rules import RULEBOOK, Problem, Rule
from portal.operations.snapshots import Snapshot
from portal.vendor.client import PreOrder, Reservation, Subscription
from subscriptions.assumptions import end_of_grace
from subscriptions.rules.pre_orders import PRODUCTS

FREE_DAYS_AHEAD = 60
PRE_ORDER_DAYS_AHEAD = 31
TASK_TYPES = (APPLY, CANCEL, START_PAID_SERVICE, MODIFY, CHANGE_QUANTITY)

_POST, _PATCH = (f"partner-customer-option-product-orders-{verb}" for verb in ("post", "patch"))

CONVERSION = RULEBOOK.add(
    Rule("option.order.conversion", _("Schedule the conversion of the subscription to paid first."), _POST)
)
SAME_DATE = RULEBOOK.add(
    Rule(
        "option.order.samedate",
        _("Choose %(first)s, the scheduled date of the subscription’s change."),
        _POST,
    )
)
PRE_ORDERED = RULEBOOK.add(
    Rule("option.order.preorder", _("With this pre-order, choose a start date from %(first)s to %(last)s."), _POST)
)
APPLY_TRIAL = RULEBOOK.add(
    Rule(
        "option.order.applytrial",
        _("Choose a start date from %(first)s to %(last)s, the estimated end of the trial grace period."),
        _PATCH,
        ours=True,
    )
)
APPLY_UNCONVERTED = RULEBOOK.add(
    Rule(
        "option.order.applyunconverted",
        _(
            "Unless a conversion to paid is scheduled, choose a start date from %(first)s to"
            " %(last)s, the end of the trial."
        ),
        _POST,
        ours=True,
    )
)
APPLY_FREE = RULEBOOK.add(Rule("option.order.applyfree", _("Choose a start date from %(first)s to %(last)s."), _PATCH))
APPLY_PAID = RULEBOOK.add(
    Rule(
        "option.order.applypaid",
        _("Choose a start date from %(first)s to %(last)s, the day after the contract ends."),
        _PATCH,
    )
)
CANCEL_PAID = RULEBOOK.add(
    Rule(
        "option.order.cancelpaid",
        _("Choose a cancellation date from %(first)s to %(last)s, the day after the option’s end date."),
        _PATCH,
    )
)
CONVERT_PAID = RULEBOOK.add(
    Rule(
        "option.order.convertpaid",
        _("Choose a conversion date from %(first)s to %(last)s, the day after the trial ends."),
        _PATCH,
    )
)
MODIFY_PAID = RULEBOOK.add(
    Rule(
        "option.order.modify",
        _("Choose an upgrade date from %(first)s to %(last)s, the day after the contract ends."),
        _PATCH,
    )
)
FIRST_OF_MONTH = RULEBOOK.add(
    Rule("option.order.quantitydate", _("The quantity can change only on the 1st of next month, %(first)s."), _PATCH)
)
LAST_MONTH = RULEBOOK.add(
    Rule(
        "option.order.lastmonth",
        _("The contract ends on %(end)s. In its last month no quantity change can be scheduled."),
        _PATCH,
    )
)
NO_DAY = RULEBOOK.add(Rule("option.order.noday", _("No date is left for this change."), _PATCH, ours=True))


@dataclass(frozen=True)
class Base:
    """
    What a task rests on: a subscription, or a pre-order of one.

    Args:
        product: of it.
        plan: of it.
        subscription: None while there is only a pre-order.
        start: the day of the pre-order.
        task: what is scheduled for the subscription itself.
    """

    product: str
    plan: str
    subscription: Subscription | None = None
    start: date | None = None
    task: Reservation | None = None

    @property
    def conversion(self) -> Reservation | None:
        """The scheduled conversion to paid of a free or trial subscription."""
        return self.task if self.task and self.task.type == START_PAID_SERVICE else None

    @property
    def is_paid(self) -> bool:
        """Whether the customer pays for it already."""
        return self.subscription is not None and is_paid_base(self.subscription)

    @property
    def needs_conversion(self) -> bool:
        """Whether nothing for money can rest on it unless its conversion is scheduled, and that is not."""
        return self.subscription is not None and not self.is_paid and self.conversion is None

    @property
    def product_then(self) -> str:
        """The product once what is scheduled for it has taken effect."""
        if self.conversion is None:
            return self.product
        return self.conversion.product_id or paid_product(self.product)

    @property
    def plan_then(self) -> str:
        """The plan once what is scheduled for it has taken effect."""
        return (self.conversion.plan if self.conversion else None) or self.plan

    @property
    def end(self) -> date | None:
        """The end of the contract that runs now, if it goes on until then."""
        return self.subscription.plan_end_date if self.subscription and self.is_paid else None


@dataclass(frozen=True)
class Window:
    """The first and the last day on which a task can take effect, and the rule that says so."""

    rule: Rule
    first: date
    last: date

    def problems(self, day: date) -> list[Problem]:
        """Return what stands against a day."""
        if self.first <= day <= self.last:
            return []
        return [Problem(self.rule, {"first": self.first, "last": self.last}, at="apply_date")]


def base_of(state: Snapshot, code: str) -> Base | None:
    """Return what a task of an option rests on: its subscription, or else the first pre-order of one."""
    subscription = find_base(state, code)
    if subscription is not None:
        tasks = (task for task in state.of(Reservation) if task.subscription_id == subscription.subscription_id)
        return Base(subscription.product_id, subscription.plan, subscription, task=next(tasks, None))
    coming = [order for order in state.of(PreOrder) if order.product_id in PRODUCTS]
    first = min(coming, key=lambda order: (order.apply_date, order.pre_order_id), default=None)
    return Base(first.product_id or "", first.plan or "", start=first.apply_date) if first else None


def window_of(state: Snapshot, code: str, task_type: str, today: date, *, is_new: bool = True) -> Window | Problem:
    """
    Return on which days a task can take effect, or why on none.

    Args:
        state: what LINE WORKS shows of the customer.
        code: the option.
        task_type: what is to happen.
        today: the business day.
        is_new: it is scheduled, not changed; a task to begin then shares the day of the subscription's own task.
    """
    base = base_of(state, code)
    if base is None:
        return Problem(BASE)
    if task_type == APPLY:
        return _to_begin(base, today, is_new=is_new)
    held = find_held(state, code)
    if held is None:
        return Problem(IN_USE)
    tomorrow, after_end = _after(today), _after(held.plan_end_date)
    if task_type == CHANGE_QUANTITY:
        only = first_of_next_month(today)
        if only > held.plan_end_date:
            return Problem(LAST_MONTH, {"end": held.plan_end_date})
        return Window(FIRST_OF_MONTH, only, only)
    if task_type == MODIFY:
        return Window(MODIFY_PAID, tomorrow, after_end)
    if not base.is_paid:
        return _with(base.conversion) if base.conversion else Problem(CONVERSION)
    return Window(CANCEL_PAID if task_type == CANCEL else CONVERT_PAID, tomorrow, after_end)


def days_of(
    state: Snapshot, code: str, task_type: str, today: date, *, is_new: bool = True
) -> tuple[date, date] | None:
    """Return the first and the last day on which a task can take effect; None if it can on no day."""
    window = window_of(state, code, task_type, today, is_new=is_new)
    return (window.first, window.last) if isinstance(window, Window) and window.first <= window.last else None


def _to_begin(base: Base, today: date, *, is_new: bool) -> Window | Problem:
    tomorrow = _after(today)
    if base.start is not None:
        return Window(PRE_ORDERED, max(tomorrow, base.start), today + timedelta(days=PRE_ORDER_DAYS_AHEAD))
    if is_new and base.task:
        return _with(base.task)
    running = base.subscription
    if running is None or running.plan_end_date is None:
        return Window(APPLY_FREE, tomorrow, today + timedelta(days=FREE_DAYS_AHEAD))
    if base.is_paid:
        return Window(APPLY_PAID, tomorrow, _after(running.plan_end_date))
    if is_trial_base(running) and base.conversion:
        return Window(APPLY_TRIAL, tomorrow, end_of_grace(running.plan_end_date))
    return Window(APPLY_UNCONVERTED, tomorrow, running.plan_end_date)


def _with(task: Reservation) -> Window:
    return Window(SAME_DATE, task.apply_date, task.apply_date)


def _after(day: date) -> date:
    return day + timedelta(days=1)
