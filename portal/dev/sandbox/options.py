"""
Operations on options in use.

Vendor pages `partner-customer-option-products-{list,post,delete,upgrade,paidservice}`; of add-quantity only the
overview was seen.
"""

import json

from .call import Answer, Call, Operation
from .customers import existing_customer
from .fields import nullable, read_body, text, whole_number
from .inferred import added_quantity
from .option_checks import (
    QUANTITY,
    TRIAL_ONLY,
    base_of,
    check_fits,
    check_grace,
    check_not_held,
    check_pause,
    check_quantity,
    known_sub_option,
    option_id,
    option_in_use,
    path_option,
)
from .options_catalogue import OPTIONS
from .options_life import cancel_option, convert_option, delete_option_task, new_option, save_option
from .rules import Source, rule

_PAID_SERVICE = "partner-customer-option-products-paidservice"

WIPES = rule(
    "option.add.wipes",
    "Adding an option deletes whatever was scheduled for it.",
    "partner-customer-option-products-post",
)
UPWARD = rule(
    "option.upgrade.upward",
    "An option moves up only: Shared Storage and contacts to any larger size, Drive on Standard to Drive Plus.",
    "partner-customer-option-products-upgrade",
)
CONVERTIBLE = rule("option.convert.which", "Only ACV2 and DRV can be converted to paid immediately.", _PAID_SERVICE)
ON_TRIAL = rule("option.convert.trial", "Only an option in trial use can be converted to paid.", _PAID_SERVICE)
PAID_BASE = rule(
    "option.convert.base",
    "An option can be converted to paid immediately only with a paid subscription.",
    _PAID_SERVICE,
    source=Source.DEDUCED,
)
PAIRS = rule(
    "option.convert.pair",
    "A Trial sub option turns into the paid one of its name: ACV200 into ACV201, DRV_PA_T into DRV_PA.",
    _PAID_SERVICE,
    source=Source.DEDUCED,
)
BY_QUANTITY = rule(
    "option.quantity.add",
    "Only the quantity of an option sold by quantity can be raised.",
    "partner",
    source=Source.DEDUCED,
)


def list_options(call: Call) -> Answer:
    """listOptionProducts: the options that a customer uses."""
    rows = call.state.db.execute(
        "SELECT record FROM options WHERE domain_id = ? ORDER BY option_product_id", (existing_customer(call),)
    )
    return Answer(200, {"optionProducts": [json.loads(record) for (record,) in rows]})


def add_option(call: Call) -> Answer:
    """addOptionProduct: an option from today on."""
    domain_id = existing_customer(call)
    wanted = read_body(
        call.body,
        required={"optionProductId": option_id, "subOptionId": text},
        optional={"quantity": nullable(whole_number)},
    )
    option = OPTIONS[wanted["optionProductId"]]
    sub_option = known_sub_option(option, wanted["subOptionId"])
    base = base_of(call.state, domain_id, option)
    check_grace(base)
    if base.is_trial and not sub_option.is_trial:
        raise TRIAL_ONLY.broken("INVALID_PARAMETER", f"subOptionId: {base.product.id} takes Trial options only")
    check_fits(sub_option, base.product.id)
    check_not_held(call.state, domain_id, option)
    check_pause(call.state, domain_id, option, call.today)
    check_quantity(option, wanted.get("quantity"))
    held = new_option(base, option, sub_option, wanted.get("quantity"), call.today)
    save_option(call.state, held)
    delete_option_task(call.state, domain_id, option.id)
    call.record_effect(domain_id, held.record)
    return Answer(201, held.record)


def cancel_option_in_use(call: Call) -> Answer:
    """cancelOptionProduct: end the use of an option today."""
    domain_id = existing_customer(call)
    held = option_in_use(call.state, domain_id, path_option(call))
    penalty = cancel_option(call.state, held, call.today)
    call.record_effect(domain_id, {**held.record, "penalty": penalty})
    return Answer(204)


def upgrade_option(call: Call) -> Answer:
    """upgradeOptionProduct: a higher sub option from today on."""
    domain_id = existing_customer(call)
    option = path_option(call)
    wanted = read_body(call.body, required={"subOptionId": text})
    held = option_in_use(call.state, domain_id, option)
    target = known_sub_option(option, wanted["subOptionId"])
    if not option.is_above(target.id, held.sub_option_id):
        raise UPWARD.broken("INVALID_PARAMETER", f"subOptionId: {target.id} is not above {held.sub_option_id}")
    check_fits(target, base_of(call.state, domain_id, option).product.id)
    held.change(sub_option_id=target.id)
    save_option(call.state, held)
    call.record_effect(domain_id, held.record)
    return Answer(200, held.record)


def convert_option_to_paid(call: Call) -> Answer:
    """convertOptionProductToPaid: a Trial option is paid for from today on."""
    domain_id = existing_customer(call)
    option = path_option(call)
    if option.id not in ("ACV2", "DRV"):
        raise CONVERTIBLE.broken("INVALID_PARAMETER", "optionProductId: must be ACV2 or DRV")
    wanted = read_body(call.body, required={"subOptionId": text}, optional={"quantity": nullable(whole_number)})
    check_quantity(option, wanted.get("quantity"))
    held = option_in_use(call.state, domain_id, option)
    if not held.is_trial:
        raise ON_TRIAL.broken("CONFLICT", f"{option.id} is paid for already", status=409)
    target = known_sub_option(option, wanted["subOptionId"])
    if target.id != held.sub_option.paid_id:
        raise PAIRS.broken(
            "INVALID_PARAMETER", f"subOptionId: {held.sub_option_id} turns into {held.sub_option.paid_id}"
        )
    base = base_of(call.state, domain_id, option)
    if not base.is_paid:
        raise PAID_BASE.broken("ACCESS_DENIED", f"{base.product.id} has to be converted first", status=403)
    check_fits(target, base.product.id)
    record = convert_option(call.state, held, base, call.today)
    call.record_effect(domain_id, record)
    return Answer(200, record)


def add_quantity(call: Call) -> Answer:
    """addOptionProductQuantity: more pieces of an option from today on."""
    domain_id = existing_customer(call)
    option = path_option(call)
    wanted = read_body(call.body, required={"quantity": whole_number})
    if option.most is None:
        raise BY_QUANTITY.broken("INVALID_PARAMETER", f"optionProductId: {option.id} is not sold by quantity")
    held = option_in_use(call.state, domain_id, option)
    if wanted["quantity"] < 1:
        raise QUANTITY.broken("OUT_OF_RANGE", "quantity: must be at least 1")
    total = added_quantity(held.quantity, wanted["quantity"])
    check_quantity(option, total)
    held.change(quantity=total)
    save_option(call.state, held)
    call.record_effect(domain_id, held.record)
    return Answer(200, held.record)


_ALL = "/partners/customers/{domain_id}/option-products"
_ONE = f"{_ALL}/{{option_product_id}}"
OPERATIONS = (
    Operation("listOptionProducts", "GET", _ALL, list_options),
    Operation("addOptionProduct", "POST", _ALL, add_option, has_body=True),
    Operation("cancelOptionProduct", "DELETE", _ONE, cancel_option_in_use),
    Operation("upgradeOptionProduct", "POST", f"{_ONE}/upgrade", upgrade_option, has_body=True),
    Operation("convertOptionProductToPaid", "POST", f"{_ONE}/paid-service", convert_option_to_paid, has_body=True),
    Operation("addOptionProductQuantity", "PATCH", f"{_ONE}/add-quantity", add_quantity, has_body=True),
)
