"""Rules for the renewal settings of an option."""

from datetime import date, timedelta

from django.utils.translation import gettext_lazy as _

from options.catalogue import OPTIONS, find
from options.rules.options import quantity_of
from options.rules.shared import (
    SIZE,
    SOLD_WITH,
    against_changing,
    find_base,
    find_held,
    is_trial,
    quantity_problems,
)
from portal.core.rules import RULEBOOK, Code, Consequence, Problem, Rule, Value, Verdict, Weight
from portal.operations.payloads import OrderRequest
from portal.operations.snapshots import Snapshot
from portal.vendor.client import OptionProduct, OptionProductRenewal

STAY, CHANGE, CANCEL = "STAY", "CHANGE", "CANCEL"
TYPES = (STAY, CHANGE)

_GET, _PATCH = (f"partner-customer-option-products-renewal-{verb}" for verb in ("get", "patch"))

ON_TRIAL = RULEBOOK.add(
    Rule("option.renewal.paid", _("A trial option has no renewal settings. Convert it to paid first."), _GET, ours=True)
)
ONE_MONTH = RULEBOOK.add(
    Rule("option.renewal.month", _("The option is bought for one month and does not renew."), _PATCH)
)
ONLY_AS_IT_IS = RULEBOOK.add(
    Rule(
        "option.renewal.only",
        _("The option renews under the same conditions. It has no other sub option and no quantity."),
        _PATCH,
        ours=True,
    )
)
TYPE = RULEBOOK.add(Rule("option.renewal.type", _("Choose the renewal settings."), _PATCH))
NO_CHANGE = RULEBOOK.add(
    Rule(
        "option.renewal.stay",
        _("With Renew under the same conditions, the sub option and the quantity can’t be changed."),
        _PATCH,
    )
)
TRIAL_SIZE = RULEBOOK.add(
    Rule("option.renewal.target", _("Choose a paid sub option for the renewal."), _PATCH, ours=True)
)
DOWNWARD = RULEBOOK.add(
    Rule(
        "option.renewal.down",
        _("Only Shared Storage and Extend contacts can be downgraded at renewal."),
        _PATCH,
    )
)
SET_ALREADY = RULEBOOK.add(
    Rule(
        "option.renewal.same",
        _("The renewal settings are already like this. Change at least one field."),
        _PATCH,
        ours=True,
    )
)
STAYS_SO = RULEBOOK.add(
    Rule(
        "option.renewal.nochange",
        _("These values are the same as now. Select Renew under the same conditions instead."),
        _PATCH,
        ours=True,
    )
)

AS_IT_IS = RULEBOOK.add(
    Rule("option.renewal.asitis", _("The option renews unchanged on %(date)s: %(size)s, quantity %(count)s."), _PATCH)
)
BECOMES = RULEBOOK.add(
    Rule(
        "option.renewal.takes",
        _("The option changes to %(size)s, quantity %(count)s, on %(date)s. Nothing changes until then."),
        _PATCH,
    )
)
FALLS_BACK = RULEBOOK.add(
    Rule(
        "option.renewal.use",
        _(
            "If more than %(size)s is in use on %(date)s, the option renews unchanged. Check the"
            " usage before that date."
        ),
        _PATCH,
    )
)
BASE_ENDS = RULEBOOK.add(
    Rule(
        "option.renewal.baseends",
        _("The subscription is set not to renew, and its options end with it."),
        "partner-customer-subscriptions-renewal-patch",
        ours=True,
    )
)
UNDO = RULEBOOK.add(
    Rule("option.renewal.undo", _("You can change the renewal settings until %(date)s."), _PATCH, ours=True)
)


class OptionRenewalSet(OrderRequest):
    """What is to become of an option at its renewal."""

    option_product_id: str
    type: str
    sub_option_id: str | None = None
    quantity: int | None = None


def find_renewal(state: Snapshot, code: str) -> OptionProductRenewal | None:
    """Return what is set for the renewal of an option."""
    return next((renewal for renewal in state.of(OptionProductRenewal) if renewal.option_product_id == code), None)


def renewable_sizes(state: Snapshot, code: str) -> tuple[str, ...]:
    """Return the sizes with which an option can be renewed, the present one among them."""
    option, held = find(code), find_held(state, code)
    if option is None or held is None:
        return ()
    product = product_after(state, code)
    lower = () if option.shrinks else option.below(held.sub_option_id)
    return tuple(
        size.code for size in option.sizes if not size.is_trial and product in size.products and size.code not in lower
    )


def present_quantity(state: Snapshot, code: str) -> int:
    """Return how many of an option there are."""
    held = find_held(state, code)
    return quantity_of(held) if held else 1


def product_after(state: Snapshot, code: str) -> str:
    """
    Return the product of the subscription once it is renewed: its renewal comes before that of its options.

    Ours: a renewal to a product that the option is not sold with at all does not count.
    """
    option, base = find(code), find_base(state, code)
    if option is None or base is None:
        return ""
    then = (base.renewal.product_id if base.renewal else None) or base.product_id
    return str(then) if option.sold_with(then) else str(base.product_id)


def against_renewal(state: Snapshot, code: str) -> list[Problem]:
    """Return what stands against setting the renewal of an option, whatever to."""
    held = find_held(state, code)
    problems = against_changing(state, code)
    if problems or held is None:
        return problems
    if OPTIONS[code].one_month:
        return [Problem(ONE_MONTH)]
    if is_trial(held):
        return [Problem(ON_TRIAL)]
    return []


def against_offering(state: Snapshot, code: str) -> list[Problem]:
    """Return why there is nothing to set: the option renews as it is, and there is nothing to change to."""
    held, renewal = find_held(state, code), find_renewal(state, code)
    against = against_renewal(state, code)
    if against or held is None or renewal is None or renewal.type != STAY or _can_change(state, held):
        return against
    return [Problem(ONLY_AS_IT_IS)]


def _can_change(state: Snapshot, held: OptionProduct) -> bool:
    """Whether there is another size or quantity to renew it with."""
    code = held.option_product_id
    return OPTIONS[code].most is not None or renewable_sizes(state, code) not in ((), (held.sub_option_id,))


def set_renewal(state: Snapshot, request: OptionRenewalSet, today: date) -> Verdict:
    """Judge what is to become of an option at its renewal."""
    code = request.option_product_id
    held = find_held(state, code)
    against = against_renewal(state, code)
    if against or held is None:
        return Verdict(tuple(against))
    if request.type not in TYPES:
        return Verdict((Problem(TYPE, at="type"),))
    if request.type == CHANGE and not _can_change(state, held):
        return Verdict((Problem(ONLY_AS_IT_IS, at="type"),))
    problems = _stay_problems(held, request) if request.type == STAY else _change_problems(state, held, request)
    if not problems and is_set(find_renewal(state, code), held, request):
        problems = [Problem(SET_ALREADY)]
    return Verdict(tuple(problems)) if problems else Verdict((), tuple(_consequences(state, held, request)))


def is_set(renewal: OptionProductRenewal | None, held: OptionProduct | None, request: OptionRenewalSet) -> bool:
    """Return whether a renewal is what is asked for; what a request leaves out is as the option has it."""
    if renewal is None or renewal.type != request.type:
        return False
    if request.type == STAY:
        return True
    size = request.sub_option_id or (held.sub_option_id if held else None)
    quantity = request.quantity or (quantity_of(held) if held else 1)
    return renewal.sub_option_id == size and (renewal.quantity or quantity) == quantity


def _stay_problems(held: OptionProduct, request: OptionRenewalSet) -> list[Problem]:
    problems = []
    if request.sub_option_id not in (None, held.sub_option_id):
        problems.append(Problem(NO_CHANGE, at="sub_option_id"))
    if request.quantity not in (None, held.quantity):
        problems.append(Problem(NO_CHANGE, at="quantity"))
    return problems


def _change_problems(state: Snapshot, held: OptionProduct, request: OptionRenewalSet) -> list[Problem]:
    code = request.option_product_id
    option, product = OPTIONS[code], product_after(state, code)
    size = option.size(request.sub_option_id or held.sub_option_id)
    problems = []
    if size is None and not option.sizes and request.sub_option_id in (None, held.sub_option_id):
        # No page names its sizes; its quantity can be changed all the same.
        if request.quantity in (None, quantity_of(held)):
            problems.append(Problem(STAYS_SO))
    elif size is None:
        problems.append(Problem(SIZE, at="sub_option_id"))
    elif size.is_trial:
        problems.append(Problem(TRIAL_SIZE, at="sub_option_id"))
    elif size.code in option.below(held.sub_option_id) and not option.shrinks:
        problems.append(Problem(DOWNWARD, at="sub_option_id"))
    elif product and product not in size.products:
        problems.append(Problem(SOLD_WITH, {"product": Code("product", product)}, at="sub_option_id"))
    elif size.code == held.sub_option_id and request.quantity in (None, quantity_of(held)):
        problems.append(Problem(STAYS_SO))
    if option.most is None or request.quantity is not None:
        problems += quantity_problems(option, request.quantity)
    return problems


def _consequences(state: Snapshot, held: OptionProduct, request: OptionRenewalSet) -> list[Consequence]:
    code = request.option_product_id
    renewed = held.plan_end_date + timedelta(days=1)
    size = request.sub_option_id or held.sub_option_id
    said: dict[str, Value] = {
        "date": renewed,
        "size": Code("sub_option", size),
        "count": request.quantity or quantity_of(held),
    }
    found = [Consequence(AS_IT_IS if request.type == STAY else BECOMES, said)]
    if size in OPTIONS[code].below(held.sub_option_id):
        about: dict[str, Value] = {"date": renewed, "size": Code("sub_option", size)}
        found.append(Consequence(FALLS_BACK, about, weight=Weight.CARE))
    base = find_base(state, code)
    if base and base.renewal and base.renewal.type == CANCEL:
        found.append(Consequence(BASE_ENDS, weight=Weight.LOSS))
    found.append(Consequence(UNDO, {"date": held.plan_end_date}, weight=Weight.UNDO))
    return found
