"""What several operations on options check of a request."""

from datetime import date

from .call import Call
from .contracts import Subscription, base_subscription, find_subscription
from .errors import invalid, not_exist
from .inferred import end_of_grace
from .options_catalogue import OPTIONS, Option, SubOption
from .options_life import PAUSE, HeldOption, find_option
from .rules import Source, rule
from .state import State

_POST, _ORDER_POST = "partner-customer-option-products-post", "partner-customer-option-product-orders-post"
_OLD_POST = "partner-customer-option-product-create"

SUB_OPTION = rule(
    "option.sub.known",
    "A sub option has to be one of its option's; of AiNote, PaperOn and AiStudio no page seen names any.",
    _POST,
)
IN_USE = rule(
    "option.inuse", "Only an option in use can be canceled or changed.", "partner-customer-option-products-delete"
)
BASE = rule("option.base.needed", "An option needs a running subscription of its product group to hang on.", _POST)
GRACE = rule(
    "option.trial.grace", "In the grace period of a Trial no option can be added or scheduled.", _POST, _ORDER_POST
)
TRIAL_ONLY = rule("option.trial.only", "With a Trial subscription only Trial options can be had.", _POST, _ORDER_POST)
SOLD_WITH = rule("option.product.fits", "An option can be had only with the products that it is sold with.", _POST)
HELD = rule(
    "option.add.held",
    "An option that is held already can't be added or scheduled to be added.",
    _OLD_POST,
    "partner-customer-option-product-order-create",
    source=Source.DEPRECATED,
)
QUANTITY = rule(
    "option.quantity.needed",
    "An option sold by quantity needs one, from 1 to its maximum: CX Talk 50, AiNote and AiStudio 999,"
    " PaperOn 10 for one month and 20 monthly.",
    _ORDER_POST,
)
NO_QUANTITY = rule("option.quantity.none", "An option that is not sold by quantity has none.", _POST, _ORDER_POST)


def path_option(call: Call) -> Option:
    """
    Read the option that the path names.

    Raises:
        Refusal: 404.
    """
    option = OPTIONS.get(call.path["option_product_id"])
    if option is None:
        raise not_exist("OPTION_PRODUCT", call.path["option_product_id"])
    return option


def option_in_use(state: State, domain_id: int, option: Option) -> HeldOption:
    """
    Read an option that the customer has to be using.

    Raises:
        Refusal: 404.
    """
    held = find_option(state, domain_id, option.id)
    if held is None:
        raise IN_USE.broken("OPTION_PRODUCT_NOT_EXIST", f"{option.id} is not in use", status=404)
    return held


def known_sub_option(option: Option, sub_option_id: str) -> SubOption:
    """
    Find a sub option by the id that a request gives.

    Raises:
        Refusal: 400.
    """
    sub_option = option.sub_option(sub_option_id)
    if sub_option is None:
        raise SUB_OPTION.broken("INVALID_PARAMETER", f"subOptionId: {option.id} has no {sub_option_id}")
    return sub_option


def subscription_under(state: State, domain_id: int, option: Option) -> Subscription | None:
    """Find the subscription that an option hangs on, or would: a customer can have a second one by a pre-order."""
    held = find_option(state, domain_id, option.id)
    if held is not None:
        return find_subscription(state, held.record["subscriptionId"])
    return base_subscription(state, domain_id, option.group)


def base_of(state: State, domain_id: int, option: Option) -> Subscription:
    """
    Find the subscription that an option hangs on.

    Raises:
        Refusal: 404.
    """
    base = subscription_under(state, domain_id, option)
    if base is None:
        raise BASE.broken("SUBSCRIPTION_NOT_EXIST", f"there is no {option.group} subscription", status=404)
    return base


def check_grace(base: Subscription) -> None:
    """
    See that the subscription is not in the grace period of its Trial.

    Raises:
        Refusal: 403.
    """
    if base.in_grace:
        last = end_of_grace(base.end) if base.end else None
        raise GRACE.broken("ACCESS_DENIED", f"the trial is over; it can be converted until {last}", status=403)


def check_fits(sub_option: SubOption, product_id: str) -> None:
    """
    See that a sub option is sold with a product.

    Raises:
        Refusal: 400.
    """
    if product_id not in sub_option.products:
        raise SOLD_WITH.broken("INVALID_PARAMETER", f"subOptionId: {sub_option.id} is not sold with {product_id}")


def check_not_held(state: State, domain_id: int, option: Option) -> None:
    """
    See that an option is not in use yet.

    Raises:
        Refusal: 409.
    """
    if find_option(state, domain_id, option.id):
        raise HELD.broken("OPTION_PRODUCT_ALREADY_EXIST", f"{option.id} is in use already", status=409)


def check_pause(state: State, domain_id: int, option: Option, day: date) -> None:
    """
    See that an option given up inside an annual contract is not taken again before the next month.

    Raises:
        Refusal: 403.
    """
    row = state.db.execute(
        "SELECT until FROM option_pauses WHERE domain_id = ? AND option_product_id = ?", (domain_id, option.id)
    ).fetchone()
    if row and day.isoformat() < row[0]:
        raise PAUSE.broken("ACCESS_DENIED", f"{option.id} was canceled; it can be had again from {row[0]}", status=403)


def check_quantity(option: Option, quantity: int | None) -> None:
    """
    See that a quantity is given for an option that is sold by quantity, within its maximum, and for no other.

    Raises:
        Refusal: 400.
    """
    if option.most is None:
        if quantity is not None:
            raise NO_QUANTITY.broken("INVALID_PARAMETER", f"quantity: {option.id} is not sold by quantity")
    elif quantity is None:
        raise QUANTITY.broken("MISSING_PARAMETER", "quantity is required")
    elif quantity > option.most:
        raise QUANTITY.broken("LIMIT_EXCEEDED", f"quantity: must be at most {option.most}")
    elif quantity < 1:
        raise QUANTITY.broken("OUT_OF_RANGE", "quantity: must be at least 1")


def option_id(name: str, value: object) -> str:
    """Read the id of an option, one of the English or the Japanese catalogue."""
    if not isinstance(value, str) or value not in OPTIONS:
        raise invalid(name, f"must be one of {', '.join(OPTIONS)}")
    return value
