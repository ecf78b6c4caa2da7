"""
What may be scheduled for an option, and for when.

Vendor page `partner-customer-option-product-orders-patch`, and `-post` as far as it can be read. Each check raises a
Refusal and answers nothing.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from .option_bases import Base
from .option_checks import BASE, NO_QUANTITY, TRIAL_ONLY, check_fits, check_not_held, check_pause, check_quantity
from .options_catalogue import (
    APPLY,
    CANCEL,
    CHANGE_QUANTITY,
    MODIFY,
    START_PAID_SERVICE,
    Option,
    SubOption,
)
from .options_life import HeldOption, find_option, first_of_next_month
from .rules import Rule, Source, rule
from .scheduled import Reservation
from .state import State

_POST, _PATCH = (f"partner-customer-option-product-orders-{verb}" for verb in ("post", "patch"))
FREE_DAYS_AHEAD = 60
PRE_ORDER_DAYS_AHEAD = 31

TASK_TYPES = rule(
    "option.order.type",
    "Of each option only some tasks can be scheduled: START_PAID_SERVICE for ACV2, ACV3, DRV and CX Talk, MODIFY for"
    " SSTG2 and BCT, CHANGE_QUANTITY for options sold by quantity, APPLY and CANCEL for all.",
    _PATCH,
    "partner-customer-option-product-order-create",
)
CONVERSION = rule(
    "option.order.conversion",
    "With a Free or Trial subscription, a paid option, a conversion or a cancellation can be scheduled only once the"
    " subscription's own conversion is.",
    _POST,
)
SAME_DATE = rule(
    "option.order.samedate",
    "A task that goes with the subscription's own scheduled task carries the same date.",
    _POST,
    _PATCH,
)
PRE_ORDERED = rule(
    "option.order.preorder",
    "With a pre-ordered subscription an option can start from the pre-order's date to 31 days ahead.",
    _POST,
    _PATCH,
)
APPLY_TRIAL = rule(
    "option.order.applytrial",
    "With a Trial whose conversion is scheduled, an option can be moved between tomorrow and the end of grace.",
    _PATCH,
)
APPLY_UNCONVERTED = rule(
    "option.order.applyunconverted",
    "With a Trial that is not to be converted, a Trial option starts between tomorrow and the end of the trial.",
    _POST,
    source=Source.DEDUCED,
)
APPLY_FREE = rule(
    "option.order.applyfree",
    "With Free whose conversion is scheduled, an option can be moved between tomorrow and 60 days ahead.",
    _PATCH,
)
APPLY_PAID = rule(
    "option.order.applypaid",
    "With a paid subscription an option starts between tomorrow and the day after the contract's end.",
    _PATCH,
)
CANCEL_PAID = rule(
    "option.order.cancelpaid",
    "With a paid subscription an option is canceled between tomorrow and the day after the option's own end.",
    _PATCH,
)
CONVERT_PAID = rule(
    "option.order.convertpaid",
    "With a paid subscription a Trial option turns paid between tomorrow and the day after its trial ends.",
    _PATCH,
)
MODIFY_PAID = rule(
    "option.order.modify", "An upgrade is scheduled between tomorrow and the day after the contract ends.", _PATCH
)
UPWARD = rule(
    "option.order.modifyupward",
    "A scheduled upgrade goes to a higher sub option, never to the same.",
    "partner-customer-option-product-order-update-patch",
    source=Source.DEPRECATED,
)
FIRST_OF_MONTH = rule(
    "option.order.quantitydate",
    "A quantity changes on the 1st of next month, inside the contract; not in the contract's last month.",
    _PATCH,
)
RAISE_ONLY = rule(
    "option.order.quantityup",
    "A scheduled quantity has to be larger than the present one; it can be lowered only at renewal.",
    "partner",
)
IN_USE = rule("option.order.inuse", "Only an option in use can be canceled or changed by a task.", _POST)
IN_TRIAL_USE = rule("option.order.intrial", "Only an option in trial use can be scheduled to turn paid.", _POST)
PAID_USE = rule(
    "option.order.paiduse",
    "Only a paid option of a paid subscription can be scheduled for an upgrade or another quantity.",
    _PATCH,
    source=Source.DEDUCED,
)
PAIRS = rule(
    "option.order.pair",
    "A Trial option can be scheduled to turn only into the paid sub option of its name.",
    _POST,
    source=Source.DEDUCED,
)


@dataclass(frozen=True, slots=True)
class Task:
    """One task that is wanted or scheduled for an option."""

    type: str
    option: Option
    sub_option: SubOption
    quantity: int | None
    apply_date: date


def check_task(state: State, domain_id: int, base: Base, task: Task, today: date, *, is_new: bool) -> None:
    """
    See that a task can stand as it is wanted; `is_new` for one that is scheduled rather than changed.

    Raises:
        Refusal: 400, 403, 404 or 409.
    """
    if task.type not in task.option.tasks:
        raise TASK_TYPES.broken("INVALID_PARAMETER", f"type: {task.option.id} has no {task.type}")
    if task.type == APPLY:
        _check_apply(state, domain_id, base, task, today, is_new=is_new)
        return
    held = held_for_task(state, domain_id, task.option)
    if task.type != CHANGE_QUANTITY and task.quantity is not None:
        raise NO_QUANTITY.broken("INVALID_PARAMETER", f"quantity: {task.type} has none")
    {
        CANCEL: _check_cancel,
        START_PAID_SERVICE: _check_conversion,
        MODIFY: _check_modify,
        CHANGE_QUANTITY: _check_change_of_quantity,
    }[task.type](base, held, task, today)


def held_for_task(state: State, domain_id: int, option: Option) -> HeldOption:
    """
    Read the option in use that a task other than APPLY is about.

    Raises:
        Refusal: 404.
    """
    held = find_option(state, domain_id, option.id)
    if held is None:
        raise IN_USE.broken("OPTION_PRODUCT_NOT_EXIST", f"{option.id} is not in use", status=404)
    return held


def _check_apply(state: State, domain_id: int, base: Base, task: Task, today: date, *, is_new: bool) -> None:
    check_not_held(state, domain_id, task.option)
    _check_apply_product(base, task.sub_option)
    check_quantity(task.option, task.quantity)
    _check_apply_date(base, task.apply_date, today, is_new=is_new)
    check_pause(state, domain_id, task.option, task.apply_date)


def _check_apply_product(base: Base, sub_option: SubOption) -> None:
    subscription = base.subscription
    if subscription is None or subscription.is_paid:
        check_fits(sub_option, base.product_id)
    elif base.conversion is not None:
        check_fits(sub_option, base.converted_product_id)
    elif subscription.is_trial and sub_option.is_trial:
        check_fits(sub_option, base.product_id)
    elif subscription.is_trial:
        raise TRIAL_ONLY.broken("INVALID_PARAMETER", "subOptionId: a paid one needs a scheduled conversion")
    else:
        raise _needs_conversion()


def _check_apply_date(base: Base, apply_date: date, today: date, *, is_new: bool) -> None:
    if is_new and base.task is not None:
        _check_same_date(base.task, apply_date)
        return
    tomorrow = today + timedelta(days=1)
    subscription = base.subscription
    if subscription is None:
        first, last = max(tomorrow, base.start), today + timedelta(days=PRE_ORDER_DAYS_AHEAD)
        _check_window(PRE_ORDERED, apply_date, first, last)
    elif subscription.is_paid:
        _check_window(APPLY_PAID, apply_date, tomorrow, _day_after(_end_of(subscription.end)))
    elif subscription.is_free:
        _check_window(APPLY_FREE, apply_date, tomorrow, today + timedelta(days=FREE_DAYS_AHEAD))
    elif base.conversion is not None:
        _check_window(APPLY_TRIAL, apply_date, tomorrow, _end_of(subscription.last_day_of_grace))
    else:
        _check_window(APPLY_UNCONVERTED, apply_date, tomorrow, _end_of(subscription.end))


def _check_cancel(base: Base, held: HeldOption, task: Task, today: date) -> None:
    if _goes_with_conversion(base, task.apply_date):
        return
    _check_window(CANCEL_PAID, task.apply_date, today + timedelta(days=1), _day_after(held.end))


def _check_conversion(base: Base, held: HeldOption, task: Task, today: date) -> None:
    if not held.is_trial:
        raise IN_TRIAL_USE.broken("CONFLICT", f"{task.option.id} is paid for already", status=409)
    if task.sub_option.id != held.sub_option.paid_id:
        raise PAIRS.broken(
            "INVALID_PARAMETER", f"subOptionId: {held.sub_option_id} turns into {held.sub_option.paid_id}"
        )
    check_fits(task.sub_option, base.converted_product_id)
    if _goes_with_conversion(base, task.apply_date):
        return
    _check_window(CONVERT_PAID, task.apply_date, today + timedelta(days=1), _day_after(held.end))


def _check_modify(base: Base, held: HeldOption, task: Task, today: date) -> None:
    _check_paid_use(base, held)
    if not task.option.is_above(task.sub_option.id, held.sub_option_id):
        raise UPWARD.broken("INVALID_PARAMETER", f"subOptionId: {task.sub_option.id} is not above {held.sub_option_id}")
    check_fits(task.sub_option, base.product_id)
    _check_window(MODIFY_PAID, task.apply_date, today + timedelta(days=1), _day_after(held.end))


def _check_change_of_quantity(base: Base, held: HeldOption, task: Task, today: date) -> None:
    _check_paid_use(base, held)
    check_quantity(task.option, task.quantity)
    if (task.quantity or 0) <= held.quantity:
        raise RAISE_ONLY.broken("OUT_OF_RANGE", f"quantity: must be more than {held.quantity}")
    only_day = first_of_next_month(today)
    if only_day > held.end:
        raise FIRST_OF_MONTH.broken(
            "ACCESS_DENIED", f"the contract ends on {held.end}, before the next month", status=403
        )
    _check_window(FIRST_OF_MONTH, task.apply_date, only_day, only_day)


def _check_paid_use(base: Base, held: HeldOption) -> None:
    if held.is_trial or base.subscription is None or not base.subscription.is_paid:
        raise PAID_USE.broken("CONFLICT", f"{held.option.id} is on trial", status=409)


def _goes_with_conversion(base: Base, apply_date: date) -> bool:
    """With Free or Trial there has to be a conversion, whose date the task shares; a paid subscription has windows."""
    if base.subscription is not None and base.subscription.is_paid:
        return False
    if base.conversion is None:
        raise _needs_conversion()
    _check_same_date(base.conversion, apply_date)
    return True


def _needs_conversion() -> Exception:
    return CONVERSION.broken(
        "ACCESS_DENIED", "the conversion of the subscription has to be scheduled first", status=403
    )


def _check_same_date(task: Reservation, apply_date: date) -> None:
    if apply_date != task.apply_date:
        raise SAME_DATE.broken(
            "OUT_OF_RANGE", f"applyDate: must be {task.apply_date}, as the subscription's {task.type}"
        )


def _check_window(window: Rule, apply_date: date, first: date, last: date) -> None:
    if not first <= apply_date <= last:
        raise window.broken("OUT_OF_RANGE", f"applyDate: must be from {first} to {last}")


def _end_of(end: date | None) -> date:
    if end is None:
        raise BASE.broken("SUBSCRIPTION_NOT_EXIST", "the subscription has no end", status=404)
    return end


def _day_after(day: date) -> date:
    return day + timedelta(days=1)
