"""Where the commands about options are offered: target, form, address."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from django.utils.translation import gettext_lazy as _

from options.catalogue import (
    APPLY,
    CANCEL,
    CHANGE_QUANTITY,
    MODIFY,
    OFFERED,
    START_PAID_SERVICE,
    Option,
    find,
)
from options.commands.option_orders import ADD_ORDER, CHANGE_ORDER, DELETE_ORDER, task_words
from options.commands.options import ADD_OPTION, ADD_QUANTITY, CANCEL_OPTION, CONVERT_OPTION, UPGRADE_OPTION
from options.commands.renewals import SET_RENEWAL
from options.forms.options import (
    OptionAddForm,
    OptionConvertForm,
    OptionOrderAddForm,
    OptionOrderChangeForm,
    OptionQuantityForm,
    OptionRenewalForm,
    OptionUpgradeForm,
)
from options.labels import option_words
from options.rules import option_orders, options, renewals, shared
from options.sync.options import OPTION_ORDERS, OPTIONS
from portal.core.labels import word_for
from portal.core.rules import Problem
from portal.operations.command_forms import OrderForm, Subject
from portal.operations.command_pages import ORDERS, Order
from portal.operations.snapshots import Snapshot
from portal.vendor.client import OptionProduct, OptionProductOrder

# Before the code of an option in the row that offers to have it: one in use has a row of its own.
ADDING = "add"
_PATH = "options/<str:option_product_id>"

Against = Callable[[Snapshot, Subject, date], Sequence[Problem]]


def code_of(subject: Subject) -> str:
    """Return the option that an order is about."""
    return str(subject.ids["option_product_id"])


def used(fits: Callable[[Option], bool] = lambda _option: True) -> Callable[[Snapshot], Sequence[Subject]]:
    """Make what answers the options in use that are known, and that a kind of change makes sense for."""

    def subjects(state: Snapshot) -> Sequence[Subject]:
        known = ((held, find(held.option_product_id)) for held in state.of(OptionProduct))
        return [subject_of(held) for held, option in known if option and fits(option)]

    return subjects


def subject_of(held: OptionProduct) -> Subject:
    """Return an option in use as what an order is about."""
    words = option_words(held.option_product_id, held.sub_option_id, held.quantity)
    return Subject({"option_product_id": str(held.option_product_id)}, words, held)


def _offered(_state: Snapshot) -> Sequence[Subject]:
    return [
        Subject({"option_product_id": option.code}, word_for("option", option.code), row=f"{ADDING} {option.code}")
        for option in OFFERED
    ]


def _by(against: Callable[[Snapshot, str], Sequence[Problem]]) -> Against:
    return lambda state, subject, _today: against(state, code_of(subject))


def _has_trial(option: Option) -> bool:
    return any(size.is_trial for size in option.sizes)


ORDERS_NOW = [
    ORDERS.declare(
        Order(
            write=ADD_OPTION,
            form=OptionAddForm,
            name="options:add",
            path=f"{_PATH}/add/",
            label=_("Add now"),
            about=_("It begins at once"),
            group=OPTIONS.name,
            subjects=_offered,
            against=_by(options.against_add),
        )
    ),
    ORDERS.declare(
        Order(
            write=UPGRADE_OPTION,
            form=OptionUpgradeForm,
            name="options:upgrade",
            path=f"{_PATH}/upgrade/",
            label=_("Enlarge now"),
            about=_("A larger size, at once"),
            group=OPTIONS.name,
            subjects=used(lambda option: bool(option.ladder)),
            against=_by(options.against_upgrade),
        )
    ),
    ORDERS.declare(
        Order(
            write=CONVERT_OPTION,
            form=OptionConvertForm,
            name="options:convert",
            path=f"{_PATH}/convert/",
            label=_("Convert to paid now"),
            about=_("The trial ends, and it is paid for"),
            group=OPTIONS.name,
            subjects=used(_has_trial),
            against=_by(options.against_convert),
        )
    ),
    ORDERS.declare(
        Order(
            write=ADD_QUANTITY,
            form=OptionQuantityForm,
            name="options:add_quantity",
            path=f"{_PATH}/more/",
            label=_("Add more now"),
            about=_("A larger quantity, at once"),
            group=OPTIONS.name,
            subjects=used(lambda option: option.most is not None),
            against=_by(options.against_more),
        )
    ),
    ORDERS.declare(
        Order(
            write=CANCEL_OPTION,
            form=OrderForm,
            name="options:cancel",
            path=f"{_PATH}/cancel/",
            label=_("Cancel now"),
            about=_("It ends at once"),
            group=OPTIONS.name,
            subjects=used(),
            against=_by(shared.against_changing),
            is_destructive=True,
        )
    ),
]

# Type of task → what its button says, and what it does. What begins is offered where nothing is used yet.
TASKS = {
    APPLY: (_("Schedule"), _("It begins on a day that you choose")),
    MODIFY: (_("Enlarge later"), _("A larger size, from a day that you choose")),
    START_PAID_SERVICE: (_("Convert to paid later"), _("The trial becomes paid on a day that you choose")),
    CHANGE_QUANTITY: (_("Add more later"), _("A larger quantity, from the 1st of next month")),
    CANCEL: (_("Cancel later"), _("It ends on a day that you choose")),
}


def _to_schedule(task_type: str) -> Callable[[Snapshot], Sequence[Subject]]:
    label, about = TASKS[task_type]
    found = _offered if task_type == APPLY else used(lambda option: task_type in option.tasks)

    def subjects(state: Snapshot) -> Sequence[Subject]:
        return [
            replace(
                subject,
                ids={**subject.ids, "type": task_type},
                row=subject.row or code_of(subject),
                label=label,
                about=about,
            )
            for subject in found(state)
        ]

    return subjects


def _every_task(state: Snapshot) -> Sequence[Subject]:
    return [subject for task_type in TASKS for subject in _to_schedule(task_type)(state)]


def _tasks_of(state: Snapshot) -> Sequence[Subject]:
    return [
        Subject({"option_product_id": str(task.option_product_id)}, task_words(task), task)
        for task in state.of(OptionProductOrder)
        if find(task.option_product_id)
    ]


def _against_scheduling(state: Snapshot, subject: Subject, today: date) -> Sequence[Problem]:
    return option_orders.against_scheduling(state, code_of(subject), str(subject.ids["type"]), today)


def _against_changing(state: Snapshot, subject: Subject, today: date) -> Sequence[Problem]:
    return option_orders.against_changing_order(state, code_of(subject), today)


ORDERS_OF_TASKS = [
    ORDERS.declare(
        Order(
            write=ADD_ORDER,
            form=OptionOrderAddForm,
            name="options:schedule",
            path=f"{_PATH}/schedule/<str:type>/",
            label=_("Schedule"),
            about=_("It takes effect on a day that you choose"),
            group=OPTIONS.name,
            subjects=_every_task,
            against=_against_scheduling,
        )
    ),
    ORDERS.declare(
        Order(
            write=CHANGE_ORDER,
            form=OptionOrderChangeForm,
            name="options:schedule_change",
            path=f"{_PATH}/scheduled/change/",
            label=_("Change it"),
            row_label=_("Change"),
            about=_("Another day, size or quantity"),
            group=OPTION_ORDERS.name,
            subjects=_tasks_of,
            against=_against_changing,
        )
    ),
    ORDERS.declare(
        Order(
            write=DELETE_ORDER,
            form=OrderForm,
            name="options:schedule_delete",
            path=f"{_PATH}/scheduled/delete/",
            label=_("Delete it"),
            row_label=_("Delete"),
            about=_("It does not happen then"),
            group=OPTION_ORDERS.name,
            subjects=_tasks_of,
            against=_by(option_orders.against_deleting_order),
            is_destructive=True,
        )
    ),
]
RENEWAL = ORDERS.declare(
    Order(
        write=SET_RENEWAL,
        form=OptionRenewalForm,
        name="options:renewal",
        path=f"{_PATH}/renewal/",
        label=_("Set the renewal"),
        about=_("What becomes of it at the end of the contract; only there can it get smaller"),
        group=OPTIONS.name,
        subjects=used(lambda option: not option.one_month and option.can_be_ordered),
        against=_by(renewals.against_offering),
    )
)
ORDERS_OF_OPTIONS = [*ORDERS_NOW, *ORDERS_OF_TASKS, RENEWAL]
