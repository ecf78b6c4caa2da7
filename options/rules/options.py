"""Rules for immediate changes of an option: add, cancel, upgrade, convert to paid, increase the quantity."""

from datetime import date

from django.utils.translation import gettext_lazy as _
from pydantic import Field

from options.catalogue import MODIFY, OPTIONS, find
from options.rules.shared import (
    BASE,
    DATA,
    GRACE,
    HELD,
    KNOWN,
    QUANTITY,
    SIZE,
    SOLD_WITH,
    against_changing,
    ending_on,
    find_base,
    find_held,
    find_task,
    is_in_grace,
    is_paid_base,
    is_trial,
    on_contract,
    on_trial,
    quantity_problems,
    size_problems,
)
from portal.core.catalogue import is_annual
from portal.core.month_grid import first_of_next_month
from portal.core.rules import RULEBOOK, Code, Consequence, Problem, Rule, Verdict, Weight
from portal.operations.payloads import OrderRequest
from portal.operations.snapshots import Snapshot
from portal.vendor.client import OptionProduct, OptionProductOrder, OptionProductRenewal

_POST, _DELETE, _UPGRADE, _PAID_SERVICE = (
    f"partner-customer-option-products-{page}" for page in ("post", "delete", "upgrade", "paidservice")
)
_OVERVIEW = "partner"

BEGINS = RULEBOOK.add(Rule("option.add.begins", _("%(option)s, %(size)s, starts today with %(product)s."), _POST))
WIPES = RULEBOOK.add(
    Rule("option.add.wipes", _("The scheduled change of the option is deleted: %(task)s on %(date)s."), _POST)
)
ADDED_PAUSE = RULEBOOK.add(
    Rule(
        "option.add.pause",
        _(
            "If the option was canceled this month within an annual contract, LINE WORKS declines the"
            " request until %(date)s."
        ),
        _DELETE,
    )
)
NO_FEWER = RULEBOOK.add(Rule("option.quantity.fewer", _("The quantity can be reduced only at renewal."), _OVERVIEW))
CANCEL_FREELY = RULEBOOK.add(
    Rule("option.add.undo", _("You can cancel the option immediately, without a penalty."), _DELETE, ours=True)
)
NO_UNDO = RULEBOOK.add(
    Rule("option.now.final", _("The request applies immediately and can’t be undone."), _DELETE, ours=True)
)

ENDS = RULEBOOK.add(Rule("option.cancel.ends", _("%(option)s, %(size)s, is canceled today."), _DELETE))
TASK_STAYS = RULEBOOK.add(
    Rule(
        "option.now.task",
        _(
            "The scheduled change of the option stays, as far as documented: %(task)s on %(date)s."
            " Check whether it still fits."
        ),
        _DELETE,
        ours=True,
    )
)

UPWARD = RULEBOOK.add(
    Rule(
        "option.upgrade.upward",
        _("An immediate change must be an upgrade. Choose a sub option above %(size)s."),
        _UPGRADE,
    )
)
NOTHING_ABOVE = RULEBOOK.add(
    Rule("option.upgrade.top", _("There is no sub option above %(size)s."), _UPGRADE, ours=True)
)
GROWS = RULEBOOK.add(Rule("option.upgrade.grows", _("The option changes from %(old)s to %(new)s today."), _UPGRADE))
GROWS_COST = RULEBOOK.add(
    Rule("option.upgrade.charged", _("The upgraded option is billed from %(date)s."), _UPGRADE, ours=True)
)
SHRINKS = RULEBOOK.add(
    Rule(
        "option.renewal.down.later",
        _("The size can be reduced only at renewal, after %(end)s."),
        "partner-customer-option-products-renewal-patch",
    )
)
NEVER_SHRINKS = RULEBOOK.add(
    Rule(
        "option.renewal.down.never",
        _("The option can’t be downgraded, not even at renewal."),
        "partner-customer-option-products-renewal-patch",
    )
)
RENEWAL_STAYS = RULEBOOK.add(
    Rule(
        "option.upgrade.renewal",
        _("The renewal settings change the option to %(size)s. Update them too to keep the upgrade."),
        _UPGRADE,
        ours=True,
    )
)

CONVERTIBLE = RULEBOOK.add(
    Rule(
        "option.convert.which",
        _("Only Archive (Talk) and Drive can be converted to paid immediately."),
        _PAID_SERVICE,
    )
)
ON_TRIAL = RULEBOOK.add(Rule("option.convert.trial", _("The option is already paid."), _PAID_SERVICE))
PAID_BASE = RULEBOOK.add(
    Rule("option.convert.base", _("Convert the subscription to paid first."), _PAID_SERVICE, ours=True)
)
PAIR = RULEBOOK.add(
    Rule("option.convert.pair", _("This trial converts only to the paid option %(size)s."), _PAID_SERVICE, ours=True)
)
BECOMES_PAID = RULEBOOK.add(Rule("option.convert.now", _("The trial ends and billing starts today."), _PAID_SERVICE))

BY_QUANTITY = RULEBOOK.add(Rule("option.quantity.add", _("This option has no quantity."), _OVERVIEW, ours=True))
MOST = RULEBOOK.add(
    Rule(
        "option.quantity.most",
        _("The option already has the maximum quantity, %(most)s."),
        "partner-customer-option-product-orders-post",
    )
)
MORE = RULEBOOK.add(Rule("option.quantity.more", _("The quantity changes from %(old)s to %(new)s today."), _OVERVIEW))
MEANING = RULEBOOK.add(
    Rule(
        "option.quantity.meaning",
        _(
            "LINE WORKS doesn’t document whether the number is added or is the new total. Partnerdesk"
            " treats it as added. Check the quantity afterwards."
        ),
        _OVERVIEW,
        ours=True,
    )
)


class OptionAdd(OrderRequest):
    """An option to be had at once."""

    option_product_id: str
    sub_option_id: str
    quantity: int | None = None


class OptionCancel(OrderRequest):
    """An option to be ended at once."""

    option_product_id: str


class OptionUpgrade(OrderRequest):
    """A larger size of an option, at once."""

    option_product_id: str
    sub_option_id: str


class OptionConvert(OrderRequest):
    """A trial option to be paid for, at once."""

    option_product_id: str
    sub_option_id: str
    quantity: int | None = None


class OptionQuantityAdd(OrderRequest):
    """More of an option, at once; the number is what is added."""

    option_product_id: str
    quantity: int = Field(strict=True)


def addable_sizes(state: Snapshot, code: str) -> tuple[str, ...]:
    """Return the sizes of an option that go with the customer's subscription."""
    option, base = find(code), find_base(state, code)
    return option.sold_with(base.product_id) if option and base else ()


def larger_sizes(state: Snapshot, code: str) -> tuple[str, ...]:
    """Return the sizes above the present one that go with the subscription, the next one first."""
    option, held, base = find(code), find_held(state, code), find_base(state, code)
    if option is None or held is None or base is None:
        return ()
    return tuple(size for size in option.above(held.sub_option_id) if size in option.sold_with(base.product_id))


def paid_size(state: Snapshot, code: str) -> str:
    """Return what the trial of an option becomes; empty where it has none."""
    option, held = find(code), find_held(state, code)
    size = option.size(held.sub_option_id) if option and held else None
    return size.becomes if size else ""


def against_add(state: Snapshot, code: str) -> list[Problem]:
    """Return what stands against adding an option, whichever size of it."""
    option, base = find(code), find_base(state, code)
    if option is None or not option.can_be_ordered:
        return [Problem(KNOWN)]
    if find_held(state, code):
        return [Problem(HELD)]
    if base is None:
        return [Problem(BASE)]
    if is_in_grace(base):
        return [Problem(GRACE)]
    if not option.sold_with(base.product_id):
        return [Problem(SOLD_WITH, {"product": Code("product", base.product_id)})]
    return []


def add_option(state: Snapshot, request: OptionAdd, today: date) -> Verdict:
    """Judge an option that is to begin at once."""
    code = request.option_product_id
    if against := against_add(state, code):
        return Verdict(tuple(against))
    option, base = OPTIONS[code], find_base(state, code)
    size = option.size(request.sub_option_id)
    if size is None or base is None:
        return Verdict((Problem(SIZE, at="sub_option_id"), *quantity_problems(option, request.quantity)))
    problems = [
        *size_problems(option, request.sub_option_id, base.product_id),
        *quantity_problems(option, request.quantity),
    ]
    if problems:
        return Verdict(tuple(problems))
    named = {"option": Code("option", code), "size": Code("sub_option", size.code)}
    consequences = [Consequence(BEGINS, named | {"product": Code("product", base.product_id)})]
    consequences += on_trial(base) if size.is_trial else on_contract(base.plan, base.plan_end_date, today)
    consequences += [_about_task(WIPES, task, Weight.LOSS) for task in _task_of(state, code)]
    if request.quantity:
        consequences.append(Consequence(NO_FEWER))
    if is_annual(base.plan):
        consequences.append(Consequence(ADDED_PAUSE, {"date": first_of_next_month(today)}))
    if size.is_trial or not is_annual(base.plan):
        consequences.append(Consequence(CANCEL_FREELY, weight=Weight.UNDO))
    return Verdict((), tuple(consequences))


def cancel_option(state: Snapshot, request: OptionCancel, today: date) -> Verdict:
    """Judge the end of an option at once."""
    code = request.option_product_id
    held = find_held(state, code)
    against = against_changing(state, code)
    if against or held is None:
        return Verdict(tuple(against))
    named = {"option": Code("option", code), "size": Code("sub_option", held.sub_option_id)}
    return Verdict(
        (),
        (
            Consequence(ENDS, named, weight=Weight.LOSS),
            *ending_on(find(code), held, today),
            Consequence(DATA, weight=Weight.CARE),
            *(_about_task(TASK_STAYS, task, Weight.CARE) for task in _task_of(state, code)),
            Consequence(NO_UNDO, weight=Weight.LOSS),
        ),
    )


def against_upgrade(state: Snapshot, code: str) -> list[Problem]:
    """Return what stands against a larger size, whichever."""
    held = find_held(state, code)
    problems = against_changing(state, code)
    if problems or held is None:
        return problems
    if larger_sizes(state, code):
        return []
    return [Problem(NOTHING_ABOVE, {"size": Code("sub_option", held.sub_option_id)})]


def upgrade_option(state: Snapshot, request: OptionUpgrade, today: date) -> Verdict:
    """Judge a larger size at once."""
    code = request.option_product_id
    held, base = find_held(state, code), find_base(state, code)
    against = against_upgrade(state, code)
    if against or held is None or base is None:
        return Verdict(tuple(against))
    option = OPTIONS[code]
    problems = size_problems(option, request.sub_option_id, base.product_id)
    if not problems and request.sub_option_id not in option.above(held.sub_option_id):
        problems = [Problem(UPWARD, {"size": Code("sub_option", held.sub_option_id)}, at="sub_option_id")]
    if problems:
        return Verdict(tuple(problems))
    sizes = {"old": Code("sub_option", held.sub_option_id), "new": Code("sub_option", request.sub_option_id)}
    smaller = (
        Consequence(SHRINKS, {"end": held.plan_end_date}, weight=Weight.CARE)
        if option.shrinks
        else Consequence(NEVER_SHRINKS, weight=Weight.LOSS)
    )
    return Verdict(
        (),
        (
            Consequence(GROWS, sizes),
            Consequence(GROWS_COST, {"date": today}),
            smaller,
            *_renewal_that_is_set(state, code),
            *(_about_task(TASK_STAYS, task, Weight.CARE) for task in _task_of(state, code) if task.type == MODIFY),
            Consequence(NO_UNDO, weight=Weight.CARE),
        ),
    )


def against_convert(state: Snapshot, code: str) -> list[Problem]:
    """Return what stands against the conversion of an option at once."""
    held, base = find_held(state, code), find_base(state, code)
    problems = against_changing(state, code)
    if problems or held is None:
        return problems
    if not OPTIONS[code].converts_now:
        return [Problem(CONVERTIBLE)]
    if not is_trial(held):
        return [Problem(ON_TRIAL)]
    if base is None:
        return [Problem(BASE)]
    return [] if is_paid_base(base) else [Problem(PAID_BASE)]


def convert_option(state: Snapshot, request: OptionConvert, today: date) -> Verdict:
    """Judge the conversion of a trial option at once."""
    code = request.option_product_id
    base = find_base(state, code)
    against = against_convert(state, code)
    if against or base is None:
        return Verdict(tuple(against))
    option = OPTIONS[code]
    problems = size_problems(option, request.sub_option_id, base.product_id)
    becomes = paid_size(state, code)
    if not problems and request.sub_option_id != becomes:
        problems = [Problem(PAIR, {"size": Code("sub_option", becomes)}, at="sub_option_id")]
    problems += quantity_problems(option, request.quantity)
    if problems:
        return Verdict(tuple(problems))
    return Verdict(
        (),
        (
            Consequence(BECOMES_PAID),
            *on_contract(base.plan, base.plan_end_date, today),
            *(_about_task(TASK_STAYS, task, Weight.CARE) for task in _task_of(state, code)),
            Consequence(NO_UNDO, weight=Weight.LOSS),
        ),
    )


def against_more(state: Snapshot, code: str) -> list[Problem]:
    """Return what stands against more of an option."""
    held = find_held(state, code)
    problems = against_changing(state, code)
    if problems or held is None:
        return problems
    most = OPTIONS[code].most
    if most is None:
        return [Problem(BY_QUANTITY)]
    return [Problem(MOST, {"most": most})] if quantity_of(held) >= most else []


def add_quantity(state: Snapshot, request: OptionQuantityAdd, today: date) -> Verdict:
    """Judge more of an option at once."""
    code = request.option_product_id
    held = find_held(state, code)
    against = against_more(state, code)
    if against or held is None:
        return Verdict(tuple(against))
    option, present = OPTIONS[code], quantity_of(held)
    if request.quantity < 1:
        return Verdict((Problem(QUANTITY, {"most": (option.most or present) - present}, at="quantity"),))
    if problems := quantity_problems(option, present + request.quantity):
        return Verdict(tuple(problems))
    return Verdict(
        (),
        (
            Consequence(MORE, {"old": present, "new": present + request.quantity}),
            Consequence(MEANING, weight=Weight.CARE),
            Consequence(NO_FEWER, weight=Weight.CARE),
        ),
    )


def quantities(state: Snapshot, code: str) -> tuple[int, int]:
    """Return how many of an option there are, and how many there can be."""
    option, held = find(code), find_held(state, code)
    return (quantity_of(held) if held else 0), (option.most or 0) if option else 0


def quantity_of(held: OptionProduct) -> int:
    """Return how many of an option there are; 1 where none are counted."""
    return held.quantity or 1


def _task_of(state: Snapshot, code: str) -> list[OptionProductOrder]:
    task = find_task(state, code)
    return [task] if task else []


def _about_task(rule: Rule, task: OptionProductOrder, weight: Weight) -> Consequence:
    return Consequence(rule, {"task": Code("option_task", task.type), "date": task.apply_date}, weight=weight)


def _renewal_that_is_set(state: Snapshot, code: str) -> list[Consequence]:
    """Ours: a renewal that was set to another size stays as it was set."""
    return [
        Consequence(RENEWAL_STAYS, {"size": Code("sub_option", renewal.sub_option_id)}, weight=Weight.CARE)
        for renewal in state.of(OptionProductRenewal)
        if renewal.option_product_id == code and renewal.type == "CHANGE" and renewal.sub_option_id
    ]
