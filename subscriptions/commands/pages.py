"""Where the commands about subscriptions are offered: target, form, address, label and preconditions."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import cast

from django.utils.translation import gettext_lazy as _

from portal.core.rules import Problem
from portal.operations.command_forms import OrderForm, Subject
from portal.operations.command_pages import ORDERS, Order
from portal.operations.snapshots import Snapshot
from portal.vendor.client import PreOrder, Subscription
from subscriptions.commands.contract import ADD, ADD_LICENSES, CANCEL, CONVERT, UPGRADE
from subscriptions.commands.pre_orders import ADD_PRE_ORDER, DELETE_PRE_ORDER, MOVE_PRE_ORDER
from subscriptions.commands.renewals import SET_RENEWAL
from subscriptions.commands.reservations import DELETE_RESERVATION, MOVE_RESERVATION, RESERVE
from subscriptions.forms.contract import ConversionForm, LicensesForm, SubscriptionForm, UpgradeForm
from subscriptions.forms.pre_orders import PreOrderForm, PreOrderMoveForm
from subscriptions.forms.renewals import RenewalForm
from subscriptions.forms.reservations import ReservationForm, ReservationMoveForm
from subscriptions.rules import contract, conversion, licenses, renewals, reservations
from subscriptions.sync.subscriptions import PRE_ORDERS, SUBSCRIPTIONS, pre_order_words, subscription_words

Against = Callable[[Snapshot, Subscription, date], Sequence[Problem]]


def pre_orders_of(state: Snapshot) -> Sequence[Subject]:
    """Return the pre-orders that an order can be about."""
    return [
        Subject({"pre_order_id": present.pre_order_id}, pre_order_words(present), present)
        for present in state.of(PreOrder)
    ]


def subscriptions_of(state: Snapshot) -> Sequence[Subject]:
    """Return the subscriptions that an order can be about."""
    return [
        Subject({"subscription_id": present.subscription_id}, subscription_words(present), present)
        for present in state.of(Subscription)
    ]


def _about(rule: Against) -> Callable[[Snapshot, Subject, date], Sequence[Problem]]:
    """Ask a rule about the subscription that an order is about."""

    def against(state: Snapshot, subject: Subject, today: date) -> Sequence[Problem]:
        return rule(state, cast(Subscription, subject.record), today)

    return against


def _against_addition(state: Snapshot, _subject: Subject, today: date) -> Sequence[Problem]:
    return contract.against_addition(state, today)


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
            is_destructive=True,
        )
    ),
]

SUBSCRIPTION_ORDERS = [
    ORDERS.declare(
        Order(
            write=ADD,
            form=SubscriptionForm,
            name="subscriptions:subscription_add",
            path="subscriptions/add/",
            label=_("Add a subscription"),
            about=_("Free or a trial, or a paid plan after one of them; it starts at once"),
            against=_against_addition,
        )
    ),
    ORDERS.declare(
        Order(
            write=ADD_LICENSES,
            form=LicensesForm,
            name="subscriptions:licenses_add",
            path="subscriptions/<int:subscription_id>/licenses/",
            label=_("Add licenses"),
            about=_("They are there at once"),
            group=SUBSCRIPTIONS.name,
            subjects=subscriptions_of,
            against=_about(licenses.against_licenses),
        )
    ),
    ORDERS.declare(
        Order(
            write=CONVERT,
            form=ConversionForm,
            name="subscriptions:convert",
            path="subscriptions/<int:subscription_id>/convert/",
            label=_("Convert to paid"),
            about=_("It is paid for from today"),
            group=SUBSCRIPTIONS.name,
            subjects=subscriptions_of,
            against=_about(conversion.against_conversion),
        )
    ),
    ORDERS.declare(
        Order(
            write=UPGRADE,
            form=UpgradeForm,
            name="subscriptions:upgrade",
            path="subscriptions/<int:subscription_id>/upgrade/",
            label=_("Upgrade to Advanced"),
            about=_("Standard becomes Advanced at once"),
            group=SUBSCRIPTIONS.name,
            subjects=subscriptions_of,
            against=_about(contract.against_upgrade),
        )
    ),
    ORDERS.declare(
        Order(
            write=RESERVE,
            form=ReservationForm,
            name="subscriptions:reservation_add",
            path="subscriptions/<int:subscription_id>/reservation/add/",
            label=_("Schedule a change"),
            about=_("Paid, more licenses or its end on a later day"),
            group=SUBSCRIPTIONS.name,
            subjects=subscriptions_of,
            against=_about(reservations.against_scheduling),
        )
    ),
    ORDERS.declare(
        Order(
            write=MOVE_RESERVATION,
            form=ReservationMoveForm,
            name="subscriptions:reservation_move",
            path="subscriptions/<int:subscription_id>/reservation/move/",
            label=_("Move what is scheduled"),
            row_label=_("Move"),
            about=_("Let it happen on another day"),
            group=SUBSCRIPTIONS.name,
            subjects=subscriptions_of,
            against=_about(reservations.against_changing),
        )
    ),
    ORDERS.declare(
        Order(
            write=DELETE_RESERVATION,
            form=OrderForm,
            name="subscriptions:reservation_delete",
            path="subscriptions/<int:subscription_id>/reservation/delete/",
            label=_("Delete what is scheduled"),
            row_label=_("Delete"),
            about=_("Nothing happens then"),
            group=SUBSCRIPTIONS.name,
            subjects=subscriptions_of,
            against=_about(reservations.against_changing),
            is_destructive=True,
        )
    ),
    ORDERS.declare(
        Order(
            write=SET_RENEWAL,
            form=RenewalForm,
            name="subscriptions:renewal",
            path="subscriptions/<int:subscription_id>/renewal/",
            label=_("Set the renewal"),
            about=_("As it is, with changes, or not at all"),
            group=SUBSCRIPTIONS.name,
            subjects=subscriptions_of,
            against=_about(renewals.against),
        )
    ),
    ORDERS.declare(
        Order(
            write=CANCEL,
            form=OrderForm,
            name="subscriptions:cancel",
            path="subscriptions/<int:subscription_id>/cancel/",
            label=_("End at once"),
            about=_("It ends today, and its options with it"),
            group=SUBSCRIPTIONS.name,
            subjects=subscriptions_of,
            against=_about(contract.against_cancellation),
            is_destructive=True,
        )
    ),
]
