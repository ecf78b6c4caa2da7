"""Commands about pre-orders: add, change the scheduled date, delete."""

from collections.abc import Sequence

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.sync.customers import CUSTOMER
from portal.core.labels import listed
from portal.operations.approval_topics import Topic
from portal.operations.command_forms import CommandForm, CommandTarget
from portal.operations.commands import Command
from portal.operations.intents import Intent
from portal.operations.snapshots import Snapshot
from portal.vendor.client import NewPreOrder, PartnerApi, Plan, PreOrder, ProductId, Subscription
from subscriptions.commands import option_tasks
from subscriptions.forms.pre_orders import PreOrderForm, PreOrderMoveForm
from subscriptions.rules import pre_orders
from subscriptions.rules.pre_orders import PreOrderAdd, PreOrderDelete, PreOrderMove
from subscriptions.sync.subscriptions import PRE_ORDERS, SUBSCRIPTIONS, contract_words, pre_order_words

READS = (CUSTOMER.name, SUBSCRIPTIONS.name, PRE_ORDERS.name)
# The number of a pre-order that is not at LINE WORKS yet.
PLANNED = 0


def _send_add(api: PartnerApi, domain_id: int, request: PreOrderAdd) -> object:
    order = {
        "apply_date": request.apply_date,
        "product_id": ProductId(request.product_id),
        "plan": Plan(request.plan),
    }
    if request.license_count is not None:
        order["license_count"] = request.license_count
    return api.subscriptions.add_pre_order(domain_id, NewPreOrder.model_validate(order))


def _send_move(api: PartnerApi, domain_id: int, request: PreOrderMove) -> object:
    return api.subscriptions.update_pre_order(domain_id, request.pre_order_id, request.apply_date)


def _send_delete(api: PartnerApi, domain_id: int, request: PreOrderDelete) -> None:
    api.subscriptions.delete_pre_order(domain_id, request.pre_order_id)


def _planned(request: PreOrderAdd) -> PreOrder:
    return PreOrder.from_vendor(
        {
            "preOrderId": PLANNED,
            "applyDate": request.apply_date.isoformat(),
            "productId": request.product_id,
            "plan": request.plan,
            "licenseCount": request.license_count,
        }
    )


def _moved(present: PreOrder, request: PreOrderMove) -> PreOrder:
    return PreOrder.from_vendor({**present.raw, "applyDate": request.apply_date.isoformat()})


def _like(present: PreOrder, request: PreOrderAdd) -> bool:
    return (present.apply_date, present.product_id, present.plan, present.license_count or None) == (
        request.apply_date,
        request.product_id,
        request.plan,
        request.license_count,
    )


def _was_added(before: Snapshot, after: Snapshot, request: PreOrderAdd) -> bool:
    known = {present.pre_order_id for present in before.of(PreOrder)}
    return any(present.pre_order_id not in known and _like(present, request) for present in after.of(PreOrder))


def _was_moved(_before: Snapshot, after: Snapshot, request: PreOrderMove) -> bool:
    present = pre_orders.find_pre_order(after, request.pre_order_id)
    return present is not None and present.apply_date == request.apply_date


def _was_deleted(before: Snapshot, after: Snapshot, request: PreOrderDelete) -> bool:
    """A pre-order is absent too once it has started; then there is a subscription that was not there before."""
    started = {present.subscription_id for present in after.of(Subscription)} - {
        present.subscription_id for present in before.of(Subscription)
    }
    return not started and after.is_complete and pre_orders.find_pre_order(after, request.pre_order_id) is None


def _with_added(state: Snapshot, request: PreOrderAdd) -> Snapshot:
    return state.with_records(PRE_ORDERS, [*state.of(PreOrder), _planned(request)])


def _with_moved(state: Snapshot, request: PreOrderMove) -> Snapshot:
    return state.with_records(
        PRE_ORDERS,
        [
            _moved(present, request) if present.pre_order_id == request.pre_order_id else present
            for present in state.of(PreOrder)
        ],
    )


def _with_deleted(state: Snapshot, request: PreOrderDelete) -> Snapshot:
    return state.with_records(
        PRE_ORDERS, [present for present in state.of(PreOrder) if present.pre_order_id != request.pre_order_id]
    )


def _summary_add(_state: Snapshot, request: PreOrderAdd) -> str:
    return pre_order_words(_planned(request))


def _summary_move(state: Snapshot, request: PreOrderMove) -> str:
    present = pre_orders.find_pre_order(state, request.pre_order_id)
    if present is None:
        return _("Pre-order %(id)s to %(date)s") % {
            "id": request.pre_order_id,
            "date": date_format(request.apply_date),
        }
    return _("%(contract)s, from %(old)s to %(new)s") % {
        "contract": listed(contract_words(present)),
        "old": date_format(present.apply_date),
        "new": date_format(request.apply_date),
    }


def _summary_delete(state: Snapshot, request: PreOrderDelete) -> str:
    present = pre_orders.find_pre_order(state, request.pre_order_id)
    if present is None:
        return _("Pre-order %(id)s") % {"id": request.pre_order_id}
    return pre_order_words(present)


def _undo_add(before: Snapshot, after: Snapshot, request: PreOrderAdd) -> tuple[str, PreOrderDelete] | None:
    known = {present.pre_order_id for present in before.of(PreOrder)}
    for present in after.of(PreOrder):
        if present.pre_order_id not in known and _like(present, request):
            return "deletePreOrder", PreOrderDelete(pre_order_id=present.pre_order_id)
    return None


def _undo_move(before: Snapshot, _after: Snapshot, request: PreOrderMove) -> tuple[str, PreOrderMove] | None:
    present = pre_orders.find_pre_order(before, request.pre_order_id)
    if present is None:
        return None
    return "updatePreOrder", PreOrderMove(pre_order_id=present.pre_order_id, apply_date=present.apply_date)


def _undo_delete(before: Snapshot, _after: Snapshot, request: PreOrderDelete) -> tuple[str, PreOrderAdd] | None:
    """The same contract on the same day; LINE WORKS gives it another number."""
    present = pre_orders.find_pre_order(before, request.pre_order_id)
    if present is None or not present.product_id or not present.plan:
        return None
    wish = {"product_id": present.product_id, "plan": present.plan, "apply_date": present.apply_date}
    if present.license_count:
        wish["license_count"] = present.license_count
    return "addPreOrder", PreOrderAdd.model_validate(wish)


def _pre_orders(state: Snapshot) -> Sequence[CommandTarget]:
    return [
        CommandTarget({"pre_order_id": present.pre_order_id}, pre_order_words(present), present)
        for present in state.of(PreOrder)
    ]


ADD_PRE_ORDER = Command(
    kind="addPreOrder",
    intent=Intent.START,
    topic=Topic.SUBSCRIPTION,
    title=gettext_lazy("Add pre-order"),
    label=gettext_lazy("Add pre-order"),
    description=gettext_lazy("Schedules a paid subscription"),
    icon="calendar-plus",
    permission="subscriptions.order",
    url_name="subscriptions:pre_order_add",
    path="pre-orders/add/",
    form=PreOrderForm,
    request=PreOrderAdd,
    reads=READS,
    evaluate=pre_orders.add_pre_order,
    send=_send_add,
    took_effect=_was_added,
    projected_state=_with_added,
    summary=_summary_add,
    licenses_added=lambda _state, request: request.license_count or 0,
    undo=_undo_add,
)
MOVE_PRE_ORDER = Command(
    kind="updatePreOrder",
    intent=Intent.START,
    topic=Topic.SCHEDULE,
    title=gettext_lazy("Reschedule pre-order"),
    label=gettext_lazy("Reschedule"),
    description=gettext_lazy("Changes the start date"),
    icon="calendar-clock",
    permission="subscriptions.order",
    group=PRE_ORDERS.name,
    url_name="subscriptions:pre_order_move",
    path="pre-orders/<int:pre_order_id>/move/",
    targets=_pre_orders,
    form=PreOrderMoveForm,
    request=PreOrderMove,
    reads=READS,
    evaluate=pre_orders.move_pre_order,
    send=_send_move,
    took_effect=_was_moved,
    projected_state=_with_moved,
    summary=_summary_move,
    undo=_undo_move,
    linked_change=option_tasks.MOVED_WITH_PRE_ORDER,
)
DELETE_PRE_ORDER = Command(
    kind="deletePreOrder",
    intent=Intent.START,
    topic=Topic.SCHEDULE,
    title=gettext_lazy("Delete pre-order"),
    label=gettext_lazy("Delete schedule"),
    description=gettext_lazy("The subscription won’t start"),
    icon="calendar-x",
    permission="subscriptions.order",
    group=PRE_ORDERS.name,
    url_name="subscriptions:pre_order_delete",
    path="pre-orders/<int:pre_order_id>/delete/",
    targets=_pre_orders,
    form=CommandForm,
    request=PreOrderDelete,
    reads=READS,
    evaluate=pre_orders.delete_pre_order,
    send=_send_delete,
    took_effect=_was_deleted,
    projected_state=_with_deleted,
    summary=_summary_delete,
    is_destructive=True,
    undo=_undo_delete,
    linked_change=option_tasks.DELETED_WITH_PRE_ORDER,
)
