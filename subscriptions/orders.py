"""How people ask for the changes of this app: about what, with which form, at which address."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from portal.operations.order_forms import OrderForm, Subject
from portal.operations.orders import ORDERS, Order
from portal.operations.readings import Readings
from portal.partner_api import PreOrder
from subscriptions.forms import PreOrderForm, PreOrderMoveForm
from subscriptions.services import ADD_PRE_ORDER, DELETE_PRE_ORDER, MOVE_PRE_ORDER
from subscriptions.sync import PRE_ORDERS, pre_order_words


def pre_orders_of(state: Readings) -> Sequence[Subject]:
    """Answer the pre-orders that an order can be about."""
    return [
        Subject({"pre_order_id": present.pre_order_id}, pre_order_words(present), present)
        for present in state.of(PreOrder)
    ]


PRE_ORDER_ORDERS = [
    ORDERS.declare(
        Order(
            write=ADD_PRE_ORDER,
            form=PreOrderForm,
            name="subscriptions:pre_order_add",
            path="pre-orders/add/",
            label=_("Add a pre-order"),
            about=_("A paid subscription that starts later"),
        )
    ),
    ORDERS.declare(
        Order(
            write=MOVE_PRE_ORDER,
            form=PreOrderMoveForm,
            name="subscriptions:pre_order_move",
            path="pre-orders/<int:pre_order_id>/move/",
            label=_("Move"),
            about=_("Let it start on another day"),
            group=PRE_ORDERS.name,
            subjects=pre_orders_of,
        )
    ),
    ORDERS.declare(
        Order(
            write=DELETE_PRE_ORDER,
            form=OrderForm,
            name="subscriptions:pre_order_delete",
            path="pre-orders/<int:pre_order_id>/delete/",
            label=_("Delete"),
            about=_("Nothing starts then"),
            group=PRE_ORDERS.name,
            subjects=pre_orders_of,
            is_grave=True,
        )
    ),
]
