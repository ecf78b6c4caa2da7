"""Commands that schedule a change of an option, edit it or delete it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from options.catalogue import APPLY, CANCEL, CHANGE_QUANTITY, MODIFY, START_PAID_SERVICE, find
from options.commands.options import PERMISSION
from options.commands.projection import came_by_task, with_task, without_task
from options.commands.targets import PATH, code_of, in_use, offered
from options.forms.options import OptionOrderAddForm, OptionOrderChangeForm
from options.labels import order_words
from options.rules import option_orders
from options.rules.option_orders import OptionOrderAdd, OptionOrderChange, OptionOrderDelete
from options.rules.order_windows import base_of
from options.rules.shared import find_held, find_task
from options.sync.options import OPTION_ORDERS, OPTIONS
from portal.core.labels import listed, word_for
from portal.core.rules import Problem
from portal.operations.approval_topics import Topic
from portal.operations.command_forms import CommandForm, CommandTarget
from portal.operations.commands import Command
from portal.operations.intents import Intent
from portal.operations.snapshots import Snapshot
from portal.vendor.client import (
    NewOptionProductOrder,
    OptionProductId,
    OptionProductOrder,
    OptionProductOrderChange,
    OptionTaskType,
    PartnerApi,
    SubOptionId,
)
from subscriptions.sync.reservations import RESERVATIONS
from subscriptions.sync.subscriptions import PRE_ORDERS, SUBSCRIPTIONS

READS = (SUBSCRIPTIONS.name, RESERVATIONS.name, PRE_ORDERS.name, OPTIONS.name, OPTION_ORDERS.name)


def _send_add(api: PartnerApi, domain_id: int, request: OptionOrderAdd) -> object:
    wish: dict[str, object] = {
        "option_product_id": OptionProductId(request.option_product_id),
        "type": OptionTaskType(request.type),
        "apply_date": request.apply_date,
    }
    if request.sub_option_id is not None:
        wish["sub_option_id"] = SubOptionId(request.sub_option_id)
    if request.quantity is not None:
        wish["quantity"] = request.quantity
    return api.options.add_option_product_order(domain_id, NewOptionProductOrder.model_validate(wish))


def _send_change(api: PartnerApi, domain_id: int, request: OptionOrderChange) -> object:
    changes = request.model_dump(exclude_none=True, exclude={"option_product_id"})
    if request.sub_option_id is not None:
        changes["sub_option_id"] = SubOptionId(request.sub_option_id)
    change = OptionProductOrderChange.model_validate(changes)
    return api.options.update_option_product_order(domain_id, OptionProductId(request.option_product_id), change)


def _send_delete(api: PartnerApi, domain_id: int, request: OptionOrderDelete) -> None:
    api.options.delete_option_product_order(domain_id, OptionProductId(request.option_product_id))


def _planned(state: Snapshot, request: OptionOrderAdd) -> OptionProductOrder:
    """A task that names no size is about the present one, which LINE WORKS's answer shows."""
    code = request.option_product_id
    base, held = base_of(state, code), find_held(state, code)
    return OptionProductOrder.from_vendor(
        {
            "subscriptionId": base.subscription.subscription_id if base and base.subscription else None,
            "optionProductId": code,
            "subOptionId": request.sub_option_id or (held.sub_option_id if held else ""),
            "type": request.type,
            "quantity": request.quantity,
            "applyDate": request.apply_date.isoformat(),
        }
    )


def _is_as_wished(task: OptionProductOrder, request: OptionOrderAdd) -> bool:
    return (
        (task.type, task.apply_date) == (request.type, request.apply_date)
        and request.sub_option_id in (None, task.sub_option_id)
        and request.quantity in (None, task.quantity)
    )


def _was_added(before: Snapshot, after: Snapshot, request: OptionOrderAdd) -> bool:
    task = find_task(after, request.option_product_id)
    return task is not None and find_task(before, request.option_product_id) is None and _is_as_wished(task, request)


def _was_changed(before: Snapshot, after: Snapshot, request: OptionOrderChange) -> bool:
    old, new = find_task(before, request.option_product_id), find_task(after, request.option_product_id)
    if old is None or new is None:
        return False
    wanted = option_orders.changed(old, request)
    return _is_as_wished(new, wanted) and not _is_as_wished(old, wanted)


def _was_deleted(before: Snapshot, after: Snapshot, request: OptionOrderDelete) -> bool:
    """A task is absent too once it has been done, or the option was added at once: neither is ours."""
    code = request.option_product_id
    old = find_task(before, code)
    if old is None or not after.is_complete or find_task(after, code) or came_by_task(before, after, code, old.type):
        return False
    return bool(find_held(before, code)) == bool(find_held(after, code))


def _with_added(state: Snapshot, request: OptionOrderAdd) -> Snapshot:
    return with_task(state, _planned(state, request))


def _with_changed(state: Snapshot, request: OptionOrderChange) -> Snapshot:
    task = find_task(state, request.option_product_id)
    if task is None:
        return state
    changes = request.model_dump(mode="json", by_alias=True, exclude_none=True)
    return with_task(state, OptionProductOrder.from_vendor({**task.raw, **changes}))


def _with_deleted(state: Snapshot, request: OptionOrderDelete) -> Snapshot:
    return without_task(state, request.option_product_id)


def task_words(task: OptionProductOrder) -> str:
    """Return what is scheduled for an option, and for when."""
    words = (word_for("option", task.option_product_id), order_words(task.type, task.sub_option_id, task.quantity))
    return _("%(task)s, on %(date)s") % {"task": listed(words), "date": date_format(task.apply_date)}


def _summary_add(state: Snapshot, request: OptionOrderAdd) -> str:
    return task_words(_planned(state, request))


def _summary_change(state: Snapshot, request: OptionOrderChange) -> str:
    task, changed = (
        find_task(readings, request.option_product_id) for readings in (state, _with_changed(state, request))
    )
    if task is None or changed is None:
        return word_for("option", request.option_product_id)
    return _("%(old)s, to: %(new)s") % {"old": task_words(task), "new": task_words(changed)}


def _summary_delete(state: Snapshot, request: OptionOrderDelete) -> str:
    task = find_task(state, request.option_product_id)
    return task_words(task) if task else word_for("option", request.option_product_id)


def _undo_add(_before: Snapshot, _after: Snapshot, request: OptionOrderAdd) -> tuple[str, OptionOrderDelete]:
    return "deleteOptionProductOrder", OptionOrderDelete(option_product_id=request.option_product_id)


def _undo_change(
    before: Snapshot, _after: Snapshot, request: OptionOrderChange
) -> tuple[str, OptionOrderChange] | None:
    """What was changed becomes what it was; what was left out stays out."""
    changed = request.model_dump(exclude_none=True, exclude={"option_product_id"})
    old = _asked_of(before, request.option_product_id)
    wish = {name: value for name, value in old.items() if name in changed or name == "option_product_id"}
    return ("updateOptionProductOrder", OptionOrderChange.model_validate(wish)) if old else None


def _undo_delete(before: Snapshot, _after: Snapshot, request: OptionOrderDelete) -> tuple[str, OptionOrderAdd] | None:
    old = _asked_of(before, request.option_product_id)
    return ("addOptionProductOrder", OptionOrderAdd.model_validate(old)) if old else None


def _asked_of(state: Snapshot, code: str) -> dict[str, object]:
    """Return how a scheduled task would be asked for again; nothing if there is none."""
    task = find_task(state, code)
    if task is None:
        return {}
    wish: dict[str, object] = {"option_product_id": code, "type": str(task.type), "apply_date": task.apply_date}
    if task.type in option_orders.OF_A_SIZE:
        wish["sub_option_id"] = str(task.sub_option_id)
    if task.type in option_orders.OF_A_QUANTITY and task.quantity is not None:
        wish["quantity"] = task.quantity
    return wish


# Type of task → what its button says, and what it does. What begins is offered where nothing is used yet.
TASKS = {
    APPLY: (gettext_lazy("Schedule start"), gettext_lazy("Starts on a date you choose")),
    MODIFY: (gettext_lazy("Schedule upgrade"), gettext_lazy("Changes to a higher sub option on a date you choose")),
    START_PAID_SERVICE: (
        gettext_lazy("Schedule conversion to paid"),
        gettext_lazy("Converts the trial to paid on a date you choose"),
    ),
    CHANGE_QUANTITY: (
        gettext_lazy("Schedule quantity increase"),
        gettext_lazy("Increases the quantity on the 1st of next month"),
    ),
    CANCEL: (gettext_lazy("Schedule cancellation"), gettext_lazy("Ends on a date you choose")),
}


def _every_task(state: Snapshot) -> Sequence[CommandTarget]:
    return [target for task_type in TASKS for target in _to_schedule(state, task_type)]


def _to_schedule(state: Snapshot, task_type: str) -> Sequence[CommandTarget]:
    label, description = TASKS[task_type]
    found = offered if task_type == APPLY else in_use(lambda option: task_type in option.tasks)
    return [
        replace(
            target,
            ids={**target.ids, "type": task_type},
            row=target.row or code_of(target),
            label=label,
            description=description,
        )
        for target in found(state)
    ]


def _tasks_of(state: Snapshot) -> Sequence[CommandTarget]:
    return [
        CommandTarget({"option_product_id": str(task.option_product_id)}, task_words(task), task)
        for task in state.of(OptionProductOrder)
        if find(task.option_product_id)
    ]


def _against_scheduling(state: Snapshot, target: CommandTarget, today: date) -> Sequence[Problem]:
    return option_orders.against_scheduling(state, code_of(target), str(target.ids["type"]), today)


ADD_ORDER = Command(
    kind="addOptionProductOrder",
    intent=Intent.OPTIONS,
    topic=lambda request: Topic.OPTION_END if request.type == CANCEL else Topic.OPTION,
    title=gettext_lazy("Schedule an option change"),
    label=gettext_lazy("Schedule start"),
    description=gettext_lazy("Applies on a date you choose"),
    icon="calendar-plus",
    permission=PERMISSION,
    group=OPTIONS.name,
    url_name="options:schedule",
    path=f"{PATH}/schedule/<str:type>/",
    targets=_every_task,
    preconditions=_against_scheduling,
    form=OptionOrderAddForm,
    request=OptionOrderAdd,
    reads=READS,
    evaluate=option_orders.add_order,
    send=_send_add,
    took_effect=_was_added,
    projected_state=_with_added,
    summary=_summary_add,
    is_destructive=lambda request: request.type == CANCEL,
    undo=_undo_add,
)
CHANGE_ORDER = Command(
    kind="updateOptionProductOrder",
    intent=Intent.OPTIONS,
    topic=Topic.SCHEDULE,
    title=gettext_lazy("Edit scheduled option change"),
    label=gettext_lazy("Edit scheduled change"),
    row_label=gettext_lazy("Change"),
    description=gettext_lazy("Changes the date, sub option or quantity"),
    icon="calendar-clock",
    permission=PERMISSION,
    group=OPTION_ORDERS.name,
    url_name="options:schedule_change",
    path=f"{PATH}/scheduled/change/",
    targets=_tasks_of,
    preconditions=lambda state, target, today: option_orders.against_changing_order(state, code_of(target), today),
    form=OptionOrderChangeForm,
    request=OptionOrderChange,
    reads=READS,
    evaluate=option_orders.change_order,
    send=_send_change,
    took_effect=_was_changed,
    projected_state=_with_changed,
    summary=_summary_change,
    undo=_undo_change,
)
DELETE_ORDER = Command(
    kind="deleteOptionProductOrder",
    intent=Intent.OPTIONS,
    topic=Topic.SCHEDULE,
    title=gettext_lazy("Delete scheduled option change"),
    label=gettext_lazy("Delete schedule"),
    row_label=gettext_lazy("Delete schedule"),
    description=gettext_lazy("The change won’t be made"),
    icon="calendar-x",
    permission=PERMISSION,
    group=OPTION_ORDERS.name,
    url_name="options:schedule_delete",
    path=f"{PATH}/scheduled/delete/",
    targets=_tasks_of,
    preconditions=lambda state, target, _today: option_orders.against_deleting_order(state, code_of(target)),
    form=CommandForm,
    request=OptionOrderDelete,
    reads=READS,
    evaluate=option_orders.delete_order,
    send=_send_delete,
    took_effect=_was_deleted,
    projected_state=_with_deleted,
    summary=_summary_delete,
    is_destructive=True,
    undo=_undo_delete,
)
