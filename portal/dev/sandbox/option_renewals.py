"""
What becomes of an option at renewal: reading it, setting it, and the day itself.

Vendor pages `partner-customer-option-products-renewal-{get,patch}`.
"""

from datetime import date

from .call import Answer, Call, Operation
from .contracts import CHANGE, STAY, Subscription, find_subscription
from .customers import existing_customer
from .errors import missing, not_exist
from .fields import nullable, one_of, read_body, text, whole_number
from .option_checks import check_fits, check_quantity, known_sub_option, option_in_use, path_option
from .options_catalogue import Option, SubOption
from .options_life import HeldOption, Record, cancel_option, over_before, renewal_as_it_is, save_option
from .rules import Source, rule
from .state import State

_GET, _PATCH = (f"partner-customer-option-products-renewal-{verb}" for verb in ("get", "patch"))
_USED = {"SSTG2": "storage_gb", "BCT": "contacts"}  # the column of platforms that tells how much of an option is in use

NO_TRIAL = rule("option.renewal.paid", "A Trial option has no renewal setting.", _GET, source=Source.DEDUCED)
ONE_MONTH = rule(
    "option.renewal.month", "Options bought for one month (QTA_O1, QTA_O2, JP_PPO_O, JP_AIS_O) are not renewed.", _PATCH
)
NO_CHANGE = rule("option.renewal.stay", "STAY renews an option unchanged, so it takes no other sub option.", _PATCH)
DOWNWARD = rule(
    "option.renewal.down", "Only Shared Storage and contacts can be made smaller, and only at renewal.", _PATCH
)
PAID_TARGET = rule(
    "option.renewal.target", "An option is renewed with a paid sub option.", _PATCH, source=Source.DEDUCED
)
LOWER_QUANTITY = rule(
    "option.renewal.quantity", "A quantity can be lowered only at renewal; there it may rise too.", _PATCH, "partner"
)
TAKES = rule(
    "option.renewal.takes", "At renewal an option goes on with the sub option and quantity set for it.", _PATCH
)
FALLS_BACK = rule(
    "option.renewal.use",
    "An option renews unchanged if on that day more is in use than the chosen size holds.",
    _PATCH,
)


def get_renewal(call: Call) -> Answer:
    """getOptionProductRenewal: what becomes of an option at renewal."""
    return Answer(200, _renewal(_renewable(call)))


def update_renewal(call: Call) -> Answer:
    """updateOptionProductRenewal: set what becomes of an option at renewal."""
    held = _renewable(call)
    wanted = read_body(
        call.body,
        required={},
        optional={"type": one_of(STAY, CHANGE), "subOptionId": text, "quantity": nullable(whole_number)},
    )
    if not wanted:  # nothing is marked required; as PATCH goes, leaving everything out changes nothing
        return Answer(200, _renewal(held))
    if "type" not in wanted:
        raise missing("type")
    if wanted["type"] == STAY:
        if wanted.get("subOptionId", held.sub_option_id) != held.sub_option_id:
            raise NO_CHANGE.broken("INVALID_PARAMETER", "subOptionId: STAY keeps the present one")
        if wanted.get("quantity") not in (None, held.record["quantity"]):
            raise NO_CHANGE.broken("INVALID_PARAMETER", "quantity: STAY keeps the present one")
        held.renewal = renewal_as_it_is(held.record)
    else:
        target = known_sub_option(held.option, wanted.get("subOptionId", held.sub_option_id))
        _check_target(call.state, held, target)
        held.renewal = {
            **renewal_as_it_is(held.record),
            "type": CHANGE,
            "subOptionId": target.id,
            "quantity": _new_quantity(held, wanted.get("quantity")),
        }
    save_option(call.state, held)
    call.record_effect(held.domain_id, held.renewal)
    return Answer(200, held.renewal)


_PATH = "/partners/customers/{domain_id}/option-products/{option_product_id}/renewal"
OPERATIONS = (
    Operation("getOptionProductRenewal", "GET", _PATH, get_renewal),
    Operation("updateOptionProductRenewal", "PATCH", _PATH, update_renewal, has_body=True),
)


def renew_due_options(state: State, day: date) -> None:
    """On a new day: let the paid options go on whose contract is over and whose subscription was renewed."""
    for held in over_before(state, day):
        if held.is_trial or state.skips("updateOptionProductRenewal", held.domain_id):
            continue
        if state.loses("updateOptionProductRenewal", held.domain_id):
            held.renewal = renewal_as_it_is(held.record)
        base = find_subscription(state, held.record["subscriptionId"])
        if base is None:
            cancel_option(state, held, day)
            state.record_effect("clock:endOption", held.domain_id, held.record)
        elif base.end is not None and base.end >= day:
            _renew(state, held, base)
            state.record_effect("clock:renewOption", held.domain_id, held.record)


def _renew(state: State, held: HeldOption, base: Subscription) -> None:
    renewal = _renewal(held)
    if renewal["type"] == CHANGE and _holds_what_is_used(state, held, str(renewal["subOptionId"])):
        held.record |= {"subOptionId": renewal["subOptionId"], "quantity": renewal["quantity"]}
    held.record |= {name: base.record[name] for name in ("plan", "planStartDate", "planEndDate")}
    held.renewal = renewal_as_it_is(held.record)
    save_option(state, held)


def _holds_what_is_used(state: State, held: HeldOption, sub_option_id: str) -> bool:
    target = held.option.sub_option(sub_option_id)
    column = _USED.get(held.option.id)
    if target is None or target.capacity is None or column is None:
        return True
    query = f"SELECT {column} FROM platforms WHERE domain_id = ?"  # noqa: S608  names of our own
    return bool(state.db.execute(query, (held.domain_id,)).fetchone()[0] <= target.capacity)


def _renewable(call: Call) -> HeldOption:
    domain_id = existing_customer(call)
    option = path_option(call)
    if option.lasts_one_month:
        raise ONE_MONTH.broken("INVALID_PARAMETER", f"optionProductId: {option.id} lasts one month")
    held = option_in_use(call.state, domain_id, option)
    if held.is_trial:
        raise NO_TRIAL.broken("RENEWAL_NOT_EXIST", f"{option.id} is on trial", status=404)
    return held


def _renewal(held: HeldOption) -> Record:
    if held.renewal is None:
        raise not_exist("RENEWAL", held.option.id)
    return held.renewal


def _check_target(state: State, held: HeldOption, target: SubOption) -> None:
    option = held.option
    if target.is_trial:
        raise PAID_TARGET.broken("INVALID_PARAMETER", f"subOptionId: {target.id} is a trial")
    if option.is_above(held.sub_option_id, target.id) and not option.shrinks:
        raise DOWNWARD.broken("INVALID_PARAMETER", f"subOptionId: {option.id} can't be made smaller")
    base = find_subscription(state, held.record["subscriptionId"])
    if base is not None:
        check_fits(target, _product_after_renewal(base, option))


def _product_after_renewal(base: Subscription, option: Option) -> str:
    """An upgrade set for the subscription's renewal comes before that of its options."""
    renewal = base.record["renewal"] or {}
    product_id = str(renewal.get("productId", base.product.id))
    return product_id if any(product_id in sub.products for sub in option.sub_options) else base.product.id


def _new_quantity(held: HeldOption, quantity: int | None) -> int | None:
    if held.option.most is None:
        check_quantity(held.option, quantity)
        return held.option.fixed_quantity
    quantity = held.quantity if quantity is None else quantity
    check_quantity(held.option, quantity)
    return quantity
