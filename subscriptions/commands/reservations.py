"""Commands about the scheduled change of a subscription: add, change the scheduled date, delete."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.operations.approval_topics import Topic
from portal.operations.command_forms import CommandForm
from portal.operations.commands import Command
from portal.operations.intents import Intent
from portal.operations.linked_changes import LinkedChange
from portal.operations.snapshots import Snapshot
from portal.vendor.client import NewReservation, PartnerApi, Plan, ProductId, Reservation, ReservationType
from subscriptions.commands import option_tasks
from subscriptions.commands.shared import (
    CONTRACTS,
    MEMBERS,
    NAME,
    OPTION_ORDERS,
    OPTIONS,
    Json,
    subscriptions_of,
    with_task,
    words_of,
)
from subscriptions.forms.reservations import ReservationForm, ReservationMoveForm
from subscriptions.rules import reservations
from subscriptions.rules.conversion import product_after
from subscriptions.rules.reservations import (
    ADD_LICENSES,
    CANCEL,
    START_PAID,
    ReservationAdd,
    ReservationDelete,
    ReservationMove,
)
from subscriptions.rules.shared import find, task_of
from subscriptions.sync.reservations import RESERVATIONS, task_words
from subscriptions.sync.subscriptions import SUBSCRIPTIONS


def _send_add(api: PartnerApi, domain_id: int, request: ReservationAdd) -> object:
    task: Json = {"type": ReservationType(request.type), "apply_date": request.apply_date}
    if request.plan is not None:
        task["plan"] = Plan(request.plan)
    if request.product_id is not None:
        task["product_id"] = ProductId(request.product_id)
    if request.license_count is not None:
        task["license_count"] = request.license_count
    return api.subscriptions.add_reservation(domain_id, request.subscription_id, NewReservation.model_validate(task))


def _send_move(api: PartnerApi, domain_id: int, request: ReservationMove) -> object:
    return api.subscriptions.update_reservation(domain_id, request.subscription_id, request.apply_date)


def _send_delete(api: PartnerApi, domain_id: int, request: ReservationDelete) -> None:
    api.subscriptions.delete_reservation(domain_id, request.subscription_id)


def _was_added(before: Snapshot, after: Snapshot, request: ReservationAdd) -> bool:
    task = task_of(after, request.subscription_id)
    if task is None or task_of(before, request.subscription_id) is not None:
        return False
    wanted = (request.type, request.apply_date, request.license_count)
    # LINE WORKS's examples name plan and product beside more licenses too, so they tell nothing there.
    same_contract = request.plan is None or (task.plan, task.product_id or None) in (
        (request.plan, request.product_id),
        (request.plan, _product(after, request)),
    )
    return same_contract and (task.type, task.apply_date, task.license_count or None) == wanted


def _product(state: Snapshot, request: ReservationAdd) -> str | None:
    """Return the product that a trial becomes, should LINE WORKS name it though nobody chose it."""
    present = find(state, request.subscription_id)
    return product_after(present, request.product_id) if present else None


def _was_moved(before: Snapshot, after: Snapshot, request: ReservationMove) -> bool:
    then, now = task_of(before, request.subscription_id), task_of(after, request.subscription_id)
    return bool(then) and now is not None and now.apply_date == request.apply_date


def _was_deleted(before: Snapshot, after: Snapshot, request: ReservationDelete) -> bool:
    """A task is absent too once it has been done; then its subscription is another one than before, or gone."""
    then, now = find(before, request.subscription_id), find(after, request.subscription_id)
    unchanged = then is not None and now is not None and _contract(then.raw) == _contract(now.raw)
    return unchanged and after.is_complete and task_of(after, request.subscription_id) is None


def _contract(raw: Json) -> list[object]:
    return [raw.get(name) for name in ("productId", "plan", "licenseCount")]


def _planned(request: ReservationAdd) -> Json:
    raw = request.model_dump(mode="json", by_alias=True)
    return {name: value for name, value in raw.items() if value is not None}


def _with_added(state: Snapshot, request: ReservationAdd) -> Snapshot:
    return with_task(state, request.subscription_id, _planned(request))


def _with_moved(state: Snapshot, request: ReservationMove) -> Snapshot:
    task = task_of(state, request.subscription_id)
    raw = {**task.raw, "applyDate": request.apply_date.isoformat()} if task else None
    return with_task(state, request.subscription_id, raw)


def _with_deleted(state: Snapshot, request: ReservationDelete) -> Snapshot:
    return with_task(state, request.subscription_id, None)


def _summary_add(state: Snapshot, request: ReservationAdd) -> str:
    return _said(state, request.subscription_id, task_words(Reservation.from_vendor(_planned(request))))


def _summary_move(state: Snapshot, request: ReservationMove) -> str:
    task = task_of(state, request.subscription_id)
    to = _("to %(date)s") % {"date": date_format(request.apply_date)}
    return _said(state, request.subscription_id, f"{task_words(task)} → {to}" if task else to)


def _summary_delete(state: Snapshot, request: ReservationDelete) -> str:
    task = task_of(state, request.subscription_id)
    return _said(state, request.subscription_id, task_words(task) if task else "–")


def _said(state: Snapshot, subscription_id: int, what: str) -> str:
    return _("%(subscription)s: %(task)s") % {"subscription": words_of(state, subscription_id), "task": what}


def _adds(_state: Snapshot, request: ReservationAdd) -> int:
    return request.license_count or 0


def _undo_add(_before: Snapshot, _after: Snapshot, request: ReservationAdd) -> tuple[str, ReservationDelete]:
    return "deleteReservation", ReservationDelete(subscription_id=request.subscription_id)


def _undo_move(before: Snapshot, _after: Snapshot, request: ReservationMove) -> tuple[str, ReservationMove] | None:
    task = task_of(before, request.subscription_id)
    if task is None:
        return None
    return "updateReservation", ReservationMove(subscription_id=request.subscription_id, apply_date=task.apply_date)


def _undo_delete(before: Snapshot, _after: Snapshot, request: ReservationDelete) -> tuple[str, ReservationAdd] | None:
    task = task_of(before, request.subscription_id)
    if task is None:
        return None
    wish = {"type": str(task.type), "apply_date": task.apply_date, "license_count": task.license_count or None}
    if task.type == START_PAID:
        # LINE WORKS may name product and plan beside other tasks too; they can be asked for with this one only.
        wish |= {"plan": task.plan, "product_id": task.product_id}
    given = {name: value for name, value in wish.items() if value is not None}
    return "addReservation", ReservationAdd.model_validate({"subscription_id": request.subscription_id, **given})


def _scheduled(state: Snapshot, ids: Mapping[str, Any]) -> Sequence[Reservation]:
    task = task_of(state, ids["subscription_id"])
    return [task] if task else []


# What is scheduled is of one type for good: another type takes its place in one bundle of two.
REPLACED = LinkedChange(
    kind="deleteReservation",
    reads=(RESERVATIONS.name,),
    find=_scheduled,
    payload=lambda task, _request: {"subscription_id": task.subscription_id},
    label=lambda _count: _("Delete the scheduled change first. A subscription can have only one."),
    goes_first=True,
)
TOPICS = {
    START_PAID: Topic.CONVERSION,
    ADD_LICENSES: Topic.LICENSES,
    CANCEL: Topic.SUBSCRIPTION_END,
}
RESERVE = Command(
    kind="addReservation",
    intent=Intent.PLAN,
    topic=lambda request: TOPICS.get(request.type, Topic.SCHEDULE),
    title=gettext_lazy("Schedule a change"),
    label=gettext_lazy("Schedule a change"),
    description=gettext_lazy("Converts to paid, adds licenses or cancels on a date"),
    icon="calendar-cog",
    permission="subscriptions.order",
    group=SUBSCRIPTIONS.name,
    url_name="subscriptions:reservation_add",
    path="subscriptions/<int:subscription_id>/reservation/add/",
    targets=subscriptions_of,
    preconditions=lambda state, target, today: reservations.against_scheduling(state, target.record, today),
    form=ReservationForm,
    request=ReservationAdd,
    reads=(NAME, MEMBERS, *CONTRACTS, OPTIONS, OPTION_ORDERS),
    evaluate=reservations.add,
    send=_send_add,
    took_effect=_was_added,
    projected_state=_with_added,
    summary=_summary_add,
    is_destructive=lambda request: request.type == CANCEL,
    licenses_added=_adds,
    undo=_undo_add,
    linked_change=REPLACED,
)
MOVE_RESERVATION = Command(
    kind="updateReservation",
    intent=Intent.PLAN,
    topic=Topic.SCHEDULE,
    title=gettext_lazy("Reschedule"),
    label=gettext_lazy("Reschedule"),
    row_label=gettext_lazy("Reschedule"),
    description=gettext_lazy("Changes the scheduled date"),
    icon="calendar-clock",
    permission="subscriptions.order",
    group=SUBSCRIPTIONS.name,
    url_name="subscriptions:reservation_move",
    path="subscriptions/<int:subscription_id>/reservation/move/",
    targets=subscriptions_of,
    preconditions=lambda state, target, today: reservations.against_changing(state, target.record, today),
    form=ReservationMoveForm,
    request=ReservationMove,
    reads=(*CONTRACTS, OPTIONS, OPTION_ORDERS),
    evaluate=reservations.move,
    send=_send_move,
    took_effect=_was_moved,
    projected_state=_with_moved,
    summary=_summary_move,
    undo=_undo_move,
    linked_change=option_tasks.MOVED_WITH_RESERVATION,
)
DELETE_RESERVATION = Command(
    kind="deleteReservation",
    intent=Intent.PLAN,
    topic=Topic.SCHEDULE,
    title=gettext_lazy("Delete schedule"),
    label=gettext_lazy("Delete schedule"),
    row_label=gettext_lazy("Delete schedule"),
    description=gettext_lazy("The change won’t be made"),
    icon="calendar-x",
    permission="subscriptions.order",
    group=SUBSCRIPTIONS.name,
    url_name="subscriptions:reservation_delete",
    path="subscriptions/<int:subscription_id>/reservation/delete/",
    targets=subscriptions_of,
    preconditions=lambda state, target, today: reservations.against_changing(state, target.record, today),
    form=CommandForm,
    request=ReservationDelete,
    reads=(*CONTRACTS, OPTION_ORDERS),
    evaluate=reservations.delete,
    send=_send_delete,
    took_effect=_was_deleted,
    projected_state=_with_deleted,
    summary=_summary_delete,
    is_destructive=True,
    undo=_undo_delete,
    linked_change=option_tasks.DELETED_WITH_RESERVATION,
)
