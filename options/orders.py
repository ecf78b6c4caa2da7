"""How people ask for the changes of options: about what, with which form, at which address."""

from collections.abc import Callable, Sequence
from datetime import date

from django.utils.translation import gettext_lazy as _

from options import rules, rules_now
from options.catalogue import OFFERED, Option, find
from options.forms import OptionAddForm, OptionConvertForm, OptionQuantityForm, OptionUpgradeForm
from options.services_now import ADD_OPTION, ADD_QUANTITY, CANCEL_OPTION, CONVERT_OPTION, UPGRADE_OPTION
from options.sync import OPTIONS
from options.wording import option_words
from portal.operations.order_forms import OrderForm, Subject
from portal.operations.orders import ORDERS, Order
from portal.operations.readings import Readings
from portal.partner_api import OptionProduct
from portal.rulebook import Problem
from portal.words import word_for

# The group of what can be had and is not used yet.
ADDING = "options_add"
_PATH = "options/<str:option_product_id>"

Against = Callable[[Readings, Subject, date], Sequence[Problem]]


def code_of(subject: Subject) -> str:
    """Answer the option that an order is about."""
    return str(subject.ids["option_product_id"])


def used(fits: Callable[[Option], bool] = lambda _option: True) -> Callable[[Readings], Sequence[Subject]]:
    """Make what answers the options in use that are known, and that a kind of change makes sense for."""

    def subjects(state: Readings) -> Sequence[Subject]:
        known = ((held, find(held.option_product_id)) for held in state.of(OptionProduct))
        return [subject_of(held) for held, option in known if option and fits(option)]

    return subjects


def subject_of(held: OptionProduct) -> Subject:
    """Answer an option in use as what an order is about."""
    words = option_words(held.option_product_id, held.sub_option_id, held.quantity)
    return Subject({"option_product_id": str(held.option_product_id)}, words, held)


def _offered(_state: Readings) -> Sequence[Subject]:
    return [Subject({"option_product_id": option.code}, word_for("option", option.code)) for option in OFFERED]


def _by(against: Callable[[Readings, str], Sequence[Problem]]) -> Against:
    return lambda state, subject, _today: against(state, code_of(subject))


def _has_trial(option: Option) -> bool:
    return any(size.is_trial for size in option.sizes)


OPTION_ORDERS_NOW = [
    ORDERS.declare(
        Order(
            write=ADD_OPTION,
            form=OptionAddForm,
            name="options:add",
            path=f"{_PATH}/add/",
            label=_("Add now"),
            about=_("It begins at once"),
            group=ADDING,
            subjects=_offered,
            against=_by(rules_now.against_add),
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
            against=_by(rules_now.against_upgrade),
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
            against=_by(rules_now.against_convert),
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
            against=_by(rules_now.against_more),
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
            against=_by(rules.against_changing),
            is_grave=True,
        )
    ),
]
ORDERS_OF_OPTIONS = [*OPTION_ORDERS_NOW]
