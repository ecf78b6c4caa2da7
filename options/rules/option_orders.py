"""Rules for scheduled option changes: one for each option, on a day of its window."""

from collections.abc import Mapping
from datetime import date, timedelta

from django.utils.translation import gettext_lazy as _

from options.catalogue import (
    APPLY,
    CANCEL,
    CHANGE_QUANTITY,
    MODIFY,
    OPTIONS,
    START_PAID_SERVICE,
    Option,
    find,
)
from options.rules.options import (
    BY_QUANTITY,
    MOST,
    NEVER_SHRINKS,
    NO_FEWER,
    NOTHING_ABOVE,
    SHRINKS,
    paid_size,
    quantity_of,
)
from options.rules.order_windows import CONVERSION, NO_DAY, TASK_TYPES, Base, Window, base_of, window_of
from options.rules.shared import (
    BASE,
    DATA,
    GRACE,
    HELD,
    IN_USE,
    KNOWN,
    NO_QUANTITY,
    SOLD_WITH,
    ending_on,
    find_held,
    find_task,
    is_in_grace,
    is_trial,
    on_contract,
    on_trial,
    quantity_problems,
    size_problems,
)
from portal.core.rules import RULEBOOK, Code, Consequence, Problem, Rule, Verdict, Weight
from portal.operations.payloads import OrderRequest
from portal.operations.snapshots import Snapshot
from portal.vendor.client import OptionProductOrder

_POST, _PATCH, _DELETE = (f"partner-customer-option-product-orders-{verb}" for verb in ("post", "patch", "delete"))

TYPE = RULEBOOK.add(Rule("option.order.type", _("LINE WORKS can’t schedule this change for this option."), _PATCH))
ONE_TASK = RULEBOOK.add(
    Rule(
        "option.order.one",
        _("The option already has a scheduled change: %(task)s on %(date)s. Edit it instead."),
        _POST,
        ours=True,
    )
)
IN_TRIAL_USE = RULEBOOK.add(Rule("option.order.intrial", _("The option is already paid."), _POST))
PAID_USE = RULEBOOK.add(
    Rule("option.order.paiduse", _("The option and the subscription must both be paid."), _PATCH, ours=True)
)
PAIR = RULEBOOK.add(
    Rule("option.order.pair", _("This trial converts only to the paid option %(size)s."), _POST, ours=True)
)
UPWARD = RULEBOOK.add(
    Rule(
        "option.order.modifyupward",
        _("Choose a sub option above %(size)s. It can be reduced only at renewal."),
        "partner-customer-option-product-order-update-patch",
    )
)
RAISE_ONLY = RULEBOOK.add(
    Rule(
        "option.order.quantityup",
        _("Enter a quantity above %(present)s. The quantity can be reduced only at renewal."),
        "partner",
    )
)
SIZE_NEEDED = RULEBOOK.add(Rule("option.order.size", _("Choose a sub option."), _POST, ours=True))
SIZE_FIXED = RULEBOOK.add(
    Rule(
        "option.order.sizefixed",
        _("This change applies to the current sub option. Leave the sub option empty."),
        _POST,
        ours=True,
    )
)
EXISTS = RULEBOOK.add(
    Rule(
        "option.order.exists",
        _("LINE WORKS no longer lists this scheduled change. It was applied or deleted."),
        _PATCH,
    )
)
FIELDS = RULEBOOK.add(
    Rule("option.order.fields", _("This field can’t be changed for this type of scheduled change."), _PATCH, ours=True)
)
UNKNOWN_TYPE = RULEBOOK.add(
    Rule(
        "option.order.unknown",
        _("Partnerdesk doesn’t support this type of scheduled change. Delete the schedule instead."),
        _PATCH,
        ours=True,
    )
)
SAME = RULEBOOK.add(
    Rule(
        "option.order.same",
        _("The scheduled change is already like this. Change at least one field."),
        _PATCH,
        ours=True,
    )
)

HAPPENS = RULEBOOK.add(
    Rule("option.order.takes", _("%(option)s: %(task)s on %(date)s. Nothing changes until then."), _POST)
)
STAYS = RULEBOOK.add(
    Rule(
        "option.order.stays",
        _(
            "If the scheduled change of the subscription is rescheduled or deleted, this change"
            " stays. Edit it too in that case."
        ),
        "partner-customer-subscriptions-reservation-delete",
    )
)
ANOTHER_DAY = RULEBOOK.add(
    Rule(
        "option.order.anotherday",
        _("The scheduled change of the subscription applies on another date, %(date)s."),
        _POST,
        ours=True,
    )
)
BASE_ENDS = RULEBOOK.add(
    Rule(
        "option.order.baseends",
        _("The subscription is scheduled to be canceled on %(date)s, together with its options."),
        "partner-customer-subscriptions-reservation-create",
    )
)
ADDING_WIPES = RULEBOOK.add(
    Rule(
        "option.order.wiped",
        _("Adding the option immediately before that date deletes this scheduled change."),
        "partner-customer-option-products-post",
    )
)
UNDO = RULEBOOK.add(
    Rule("option.order.undo", _("You can edit or delete this change until %(date)s."), _DELETE, ours=True)
)
DELETED = RULEBOOK.add(Rule("option.order.deleted", _("%(option)s: %(task)s on %(date)s won’t take place."), _DELETE))
STAYS_AS_IT_IS = RULEBOOK.add(Rule("option.order.deletedstays", _("The option stays unchanged."), _DELETE, ours=True))
TRIAL_GOES_ALONG = RULEBOOK.add(
    Rule(
        "option.convert.along",
        _(
            "Without its own scheduled change, the trial option converts to paid together with the"
            " subscription on %(date)s."
        ),
        "partner-customer-subscriptions-reservation-create",
    )
)

# What of a task can change; LINE WORKS says that it depends on the type, the rest is ours.
CHANGEABLE: Mapping[str, frozenset[str]] = {
    APPLY: frozenset({"apply_date", "sub_option_id", "quantity"}),
    MODIFY: frozenset({"apply_date", "sub_option_id"}),
    CHANGE_QUANTITY: frozenset({"apply_date", "quantity"}),
    CANCEL: frozenset({"apply_date"}),
    START_PAID_SERVICE: frozenset({"apply_date"}),
}
OF_A_SIZE = (APPLY, START_PAID_SERVICE, MODIFY)
OF_A_QUANTITY = (APPLY, CHANGE_QUANTITY)


class OptionOrderAdd(OrderRequest):
    """A task to be scheduled for an option."""

    option_product_id: str
    type: str
    apply_date: date
    sub_option_id: str | None = None
    quantity: int | None = None


class OptionOrderChange(OrderRequest):
    """What is to change of a scheduled task; what is left out stays."""

    option_product_id: str
    apply_date: date | None = None
    sub_option_id: str | None = None
    quantity: int | None = None


class OptionOrderDelete(OrderRequest):
    """A scheduled task to be deleted."""

    option_product_id: str


def against_scheduling(state: Snapshot, code: str, task_type: str, today: date) -> list[Problem]:
    """Return what stands against scheduling a task, whatever its day, size and quantity."""
    option = find(code)
    if option is None or not option.can_be_ordered:
        return [Problem(KNOWN)]
    if task_type not in option.tasks:
        return [Problem(TYPE, at="type")]
    base, present = base_of(state, code), find_task(state, code)
    if base is None:
        return [Problem(BASE)]
    if base.subscription and is_in_grace(base.subscription):
        return [Problem(GRACE)]
    if present:
        return [Problem(ONE_TASK, {"task": Code("option_task", present.type), "date": present.apply_date})]
    return _against_task(state, option, base, task_type) or _against_every_day(state, code, task_type, today)


def add_order(state: Snapshot, request: OptionOrderAdd, today: date) -> Verdict:
    """Judge a task that is to be scheduled."""
    code = request.option_product_id
    against = against_scheduling(state, code, request.type, today)
    base = base_of(state, code)
    if against or base is None:
        return Verdict(tuple(against))
    problems = _task_problems(state, base, request, today, is_new=True)
    return Verdict(tuple(problems)) if problems else Verdict((), tuple(_consequences(state, base, request)))


def against_changing_order(state: Snapshot, code: str, today: date) -> list[Problem]:
    """Return what stands against changing a scheduled task, whatever of it."""
    task, option = find_task(state, code), find(code)
    if task is None:
        return [Problem(EXISTS)]
    if option is None or not option.can_be_ordered:
        return [Problem(KNOWN)]
    if task.type not in TASK_TYPES:
        return [Problem(UNKNOWN_TYPE)]
    base = base_of(state, code)
    if base is None:
        return [Problem(BASE)]
    return _against_task(state, option, base, task.type) or _against_every_day(
        state, code, task.type, today, is_new=False
    )


def change_order(state: Snapshot, request: OptionOrderChange, today: date) -> Verdict:
    """Judge a change of a scheduled task."""
    code = request.option_product_id
    against = against_changing_order(state, code, today)
    task, base = find_task(state, code), base_of(state, code)
    if against or task is None or base is None:
        return Verdict(tuple(against))
    changes = request.model_dump(exclude_none=True, exclude={"option_product_id"})
    problems = [Problem(FIELDS, at=name) for name in changes if name not in CHANGEABLE[task.type]]
    if not problems and all(getattr(task, name) == value for name, value in changes.items()):
        problems = [Problem(SAME)]
    if problems:
        return Verdict(tuple(problems))
    wanted = changed(task, request)
    problems = _task_problems(state, base, wanted, today, is_new=False)
    return Verdict(tuple(problems)) if problems else Verdict((), tuple(_consequences(state, base, wanted)))


def changed(task: OptionProductOrder, request: OptionOrderChange) -> OptionOrderAdd:
    """Return a task with what is to change of it."""
    about_present = task.type not in OF_A_SIZE
    return OptionOrderAdd(
        option_product_id=request.option_product_id,
        type=task.type,
        apply_date=request.apply_date or task.apply_date,
        sub_option_id=None if about_present else request.sub_option_id or task.sub_option_id,
        quantity=task.quantity if request.quantity is None else request.quantity,
    )


def against_deleting_order(state: Snapshot, code: str) -> list[Problem]:
    """Return what stands against deleting a scheduled task."""
    if find_task(state, code) is None:
        return [Problem(EXISTS)]
    return [] if find(code) else [Problem(KNOWN)]


def delete_order(state: Snapshot, request: OptionOrderDelete, today: date) -> Verdict:
    """Judge the deletion of a scheduled task."""
    code = request.option_product_id
    against = against_deleting_order(state, code)
    task, base = find_task(state, code), base_of(state, code)
    if against or task is None:
        return Verdict(tuple(against))
    held = find_held(state, code)
    consequences = [Consequence(DELETED, _named(code, task.type, task.apply_date), weight=Weight.LOSS)]
    if held:
        consequences.append(Consequence(STAYS_AS_IT_IS))
    if held and is_trial(held) and base and base.conversion:
        consequences.append(Consequence(TRIAL_GOES_ALONG, {"date": base.conversion.apply_date}, weight=Weight.CARE))
    return Verdict((), tuple(consequences))


def _against_task(state: Snapshot, option: Option, base: Base, task_type: str) -> list[Problem]:
    held = find_held(state, option.code)
    if task_type == APPLY:
        if held:
            return [Problem(HELD)]
        if base.needs_conversion and not option.sold_with(base.product):
            return [Problem(CONVERSION)]
        if not option.sold_with(base.product_then):
            return [Problem(SOLD_WITH, {"product": Code("product", base.product_then)})]
        return []
    if held is None:
        return [Problem(IN_USE)]
    if task_type == START_PAID_SERVICE and not is_trial(held):
        return [Problem(IN_TRIAL_USE)]
    if task_type in (MODIFY, CHANGE_QUANTITY) and (is_trial(held) or not base.is_paid):
        return [Problem(PAID_USE)]
    if task_type == MODIFY and not option.above(held.sub_option_id):
        return [Problem(NOTHING_ABOVE, {"size": Code("sub_option", held.sub_option_id)})]
    if task_type == CHANGE_QUANTITY:
        if option.most is None:
            return [Problem(BY_QUANTITY)]
        return [Problem(MOST, {"most": option.most})] if quantity_of(held) >= option.most else []
    return []


def _against_every_day(
    state: Snapshot, code: str, task_type: str, today: date, *, is_new: bool = True
) -> list[Problem]:
    window = window_of(state, code, task_type, today, is_new=is_new)
    if isinstance(window, Problem):
        return [window]
    return [Problem(NO_DAY)] if window.last < window.first else []


def _task_problems(state: Snapshot, base: Base, wanted: OptionOrderAdd, today: date, *, is_new: bool) -> list[Problem]:
    window = window_of(state, wanted.option_product_id, wanted.type, today, is_new=is_new)
    days = window.problems(wanted.apply_date) if isinstance(window, Window) else [window]
    return [*_size_problems(state, base, wanted), *_quantity_problems(state, wanted), *days]


def _size_problems(state: Snapshot, base: Base, wanted: OptionOrderAdd) -> list[Problem]:
    code, size = wanted.option_product_id, wanted.sub_option_id
    option, held = OPTIONS[code], find_held(state, code)
    if wanted.type not in OF_A_SIZE:
        same = held is not None and size in (None, held.sub_option_id)
        return [] if same else [Problem(SIZE_FIXED, at="sub_option_id")]
    if size is None:
        return [Problem(SIZE_NEEDED, at="sub_option_id")]
    if problems := size_problems(option, size, base.product_then):
        return problems
    becomes = paid_size(state, code)
    if wanted.type == START_PAID_SERVICE and size != becomes:
        return [Problem(PAIR, {"size": Code("sub_option", becomes)}, at="sub_option_id")]
    if wanted.type == MODIFY and held and size not in option.above(held.sub_option_id):
        return [Problem(UPWARD, {"size": Code("sub_option", held.sub_option_id)}, at="sub_option_id")]
    return []


def _quantity_problems(state: Snapshot, wanted: OptionOrderAdd) -> list[Problem]:
    code = wanted.option_product_id
    held = find_held(state, code)
    if wanted.type == APPLY:
        return quantity_problems(OPTIONS[code], wanted.quantity)
    if wanted.type != CHANGE_QUANTITY or held is None:
        return [] if wanted.quantity is None else [Problem(NO_QUANTITY, at="quantity")]
    if problems := quantity_problems(OPTIONS[code], wanted.quantity):
        return problems
    if (wanted.quantity or 0) > quantity_of(held):
        return []
    return [Problem(RAISE_ONLY, {"present": quantity_of(held)}, at="quantity")]


def _consequences(state: Snapshot, base: Base, wanted: OptionOrderAdd) -> list[Consequence]:
    code, day = wanted.option_product_id, wanted.apply_date
    found = [Consequence(HAPPENS, _named(code, wanted.type, day)), *_of_the_task(state, base, wanted)]
    if wanted.type == APPLY:
        found.append(Consequence(ADDING_WIPES))
    if base.subscription is None or base.task:
        found.append(Consequence(STAYS, weight=Weight.CARE))
    if base.task and base.task.apply_date != day and base.conversion:
        found.append(Consequence(ANOTHER_DAY, {"date": base.task.apply_date}, weight=Weight.CARE))
    if base.task and base.task.type == CANCEL:
        found.append(Consequence(BASE_ENDS, {"date": base.task.apply_date}, weight=Weight.LOSS))
    found.append(Consequence(UNDO, {"date": day - timedelta(days=1)}, weight=Weight.UNDO))
    return found


def _of_the_task(state: Snapshot, base: Base, wanted: OptionOrderAdd) -> list[Consequence]:
    code, day = wanted.option_product_id, wanted.apply_date
    option, held = OPTIONS[code], find_held(state, code)
    size = option.size(wanted.sub_option_id or "")
    if wanted.type == APPLY and size and size.is_trial:
        return on_trial(base.subscription) if base.subscription and not base.conversion else []
    if wanted.type in (APPLY, START_PAID_SERVICE):
        return on_contract(base.plan_then, base.end, day)
    if held is None:
        return []
    if wanted.type == CANCEL:
        return [*ending_on(option, held, day), Consequence(DATA, weight=Weight.CARE)]
    if wanted.type == CHANGE_QUANTITY:
        return [Consequence(NO_FEWER, weight=Weight.CARE)]
    if option.shrinks:
        return [Consequence(SHRINKS, {"end": held.plan_end_date}, weight=Weight.CARE)]
    return [Consequence(NEVER_SHRINKS, weight=Weight.LOSS)]


def _named(code: str, task_type: str, day: date) -> dict[str, Code | date]:
    return {"option": Code("option", code), "task": Code("option_task", task_type), "date": day}
