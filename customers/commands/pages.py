"""Where the commands about a customer are offered: form, address, label and preconditions."""

from collections.abc import Callable, Sequence
from datetime import date

from django.utils.translation import gettext_lazy as _

from customers.commands.cancellation import DELETE, STAY, WITHDRAW
from customers.commands.domains import ACTIVATE, CHANGE, REGISTER, REMOVE
from customers.commands.onboarding import CREATE, TRANSFER
from customers.commands.profile import EDIT, REPLACE
from customers.commands.usage_status import MOVE_LIMIT, SCHEDULE_LIMIT, SET_LIMIT, UNSCHEDULE_LIMIT
from customers.forms.customers import (
    ActivateForm,
    DeleteForm,
    DetailsForm,
    DomainChangeForm,
    DomainForm,
    LimitForm,
    LimitMoveForm,
    LimitScheduleForm,
    ReplaceForm,
    StayForm,
    WithdrawalForm,
)
from customers.forms.onboarding import CustomerAddForm, TransferForm
from customers.rules import cancellation, domains, profile, usage_status
from portal.core.rules import Problem
from portal.operations.command_forms import OrderForm, Subject
from portal.operations.command_pages import ORDERS, Order
from portal.operations.snapshots import Snapshot

USERS, DOMAIN, NEWCOMERS = "users", "domain", "newcomers"


def _whatever_the_day(
    against: Callable[[Snapshot], Sequence[Problem]],
) -> Callable[[Snapshot, Subject, date], Sequence[Problem]]:
    """Ask a rule that needs the state alone."""
    return lambda state, _subject, _today: against(state)


def _of_today(
    against: Callable[[Snapshot, date], Sequence[Problem]],
) -> Callable[[Snapshot, Subject, date], Sequence[Problem]]:
    """Ask a rule that needs the state and the day."""
    return lambda state, _subject, today: against(state, today)


_FROZEN = _whatever_the_day(profile.frozen)
_LEAVING = _whatever_the_day(cancellation.against_leaving)

CUSTOMER_ORDERS = [
    ORDERS.declare(
        Order(
            write=EDIT,
            form=DetailsForm,
            name="customers:edit",
            path="edit/",
            label=_("Edit"),
            about=_("Name, phone, time zone, language, code, memo; only what differs is sent"),
            against=_FROZEN,
        )
    ),
    ORDERS.declare(
        Order(
            write=REPLACE,
            form=ReplaceForm,
            name="customers:replace",
            path="replace/",
            label=_("Replace"),
            about=_("The same details, all of them at once, whatever the vendor has now"),
            against=_FROZEN,
        )
    ),
    ORDERS.declare(
        Order(
            write=DELETE,
            form=DeleteForm,
            name="customers:delete",
            path="delete/",
            label=_("Delete the customer"),
            about=_("Ends everything it has, at once"),
            against=_LEAVING,
            is_destructive=True,
        )
    ),
    ORDERS.declare(
        Order(
            write=SET_LIMIT,
            form=LimitForm,
            name="customers:limit",
            path="users/limit/",
            label=_("Set the limit now"),
            about=_("How many users there may be, from now on"),
            group=USERS,
            against=_of_today(usage_status.against_limit),
        )
    ),
    ORDERS.declare(
        Order(
            write=SCHEDULE_LIMIT,
            form=LimitScheduleForm,
            name="customers:limit_schedule",
            path="users/scheduled-limit/add/",
            label=_("Schedule a limit"),
            about=_("Another limit, from a day on"),
            group=USERS,
            against=_of_today(usage_status.against_schedule),
        )
    ),
    ORDERS.declare(
        Order(
            write=MOVE_LIMIT,
            form=LimitMoveForm,
            name="customers:limit_move",
            path="users/scheduled-limit/move/",
            label=_("Move the scheduled limit"),
            row_label=_("Move"),
            about=_("Let it apply on another day"),
            group=USERS,
            against=_whatever_the_day(usage_status.against_change_of_schedule),
        )
    ),
    ORDERS.declare(
        Order(
            write=UNSCHEDULE_LIMIT,
            form=OrderForm,
            name="customers:limit_unschedule",
            path="users/scheduled-limit/delete/",
            label=_("Delete the scheduled limit"),
            row_label=_("Delete"),
            about=_("The limit stays as it is"),
            group=USERS,
            against=_whatever_the_day(usage_status.against_change_of_schedule),
        )
    ),
    ORDERS.declare(
        Order(
            write=WITHDRAW,
            form=WithdrawalForm,
            name="customers:withdraw",
            path="users/withdrawal/",
            label=_("Set or move the withdrawal"),
            row_label=_("Move"),
            about=_("The day on which the customer leaves with all it has"),
            group=USERS,
            against=_LEAVING,
            is_destructive=True,
        )
    ),
    ORDERS.declare(
        Order(
            write=STAY,
            form=StayForm,
            name="customers:stay",
            path="users/withdrawal/take-back/",
            label=_("Take back the withdrawal"),
            row_label=_("Take back"),
            about=_("The customer does not leave"),
            group=USERS,
            against=_whatever_the_day(cancellation.against_taking_back),
        )
    ),
    ORDERS.declare(
        Order(
            write=ACTIVATE,
            form=ActivateForm,
            name="customers:activate",
            path="domain/activate/",
            label=_("Activate the domain"),
            about=_("Once its DNS values are set, so that it can be used"),
            group=DOMAIN,
            against=_whatever_the_day(domains.against_activation),
        )
    ),
    ORDERS.declare(
        Order(
            write=REGISTER,
            form=DomainForm,
            name="customers:domain_register",
            path="domain/register/",
            label=_("Register a domain"),
            about=_("That is to take the place of the group name"),
            group=DOMAIN,
            against=_whatever_the_day(domains.against_registration),
        )
    ),
    ORDERS.declare(
        Order(
            write=REMOVE,
            form=OrderForm,
            name="customers:domain_remove",
            path="domain/remove/",
            label=_("Remove the registered domain"),
            about=_("The group name stays"),
            group=DOMAIN,
            against=_whatever_the_day(domains.against_removal),
        )
    ),
    ORDERS.declare(
        Order(
            write=CHANGE,
            form=DomainChangeForm,
            name="customers:domain_change",
            path="domain/change/",
            label=_("Change the group name to a domain"),
            about=_("Cannot be changed back"),
            group=DOMAIN,
            against=_whatever_the_day(domains.against_change),
            is_destructive=True,
        )
    ),
]
NEWCOMER_ORDERS = [
    ORDERS.declare(
        Order(
            write=CREATE,
            form=CustomerAddForm,
            name="customers:add",
            path="add/",
            label=_("Add a customer"),
            about=_("A new customer at the vendor, with or without an administrator and a first product"),
            group=NEWCOMERS,
            is_newcomers=True,
        )
    ),
    ORDERS.declare(
        Order(
            write=TRANSFER,
            form=TransferForm,
            name="customers:transfer",
            path="transfer/",
            label=_("Take over a customer"),
            about=_("One of Online Direct becomes a customer of the partner; the vendor does it later"),
            group=NEWCOMERS,
            is_newcomers=True,
        )
    ),
]
