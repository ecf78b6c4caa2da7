"""
What the rules of options share: the subscription of an option, and problems and effects of several commands.

``ours`` marks what no page of LINE WORKS states.
"""

from datetime import date, timedelta

from django.utils.translation import gettext_lazy as _

from options.catalogue import PAID_PRODUCTS, TRIAL_PRODUCTS, Option, find
from portal.core.catalogue import is_annual
from portal.core.month_grid import first_of_next_month
from portal.core.rules import RULEBOOK, Code, Consequence, Problem, Rule, Value, Weight
from portal.operations.snapshots import Snapshot
from portal.vendor.client import OptionProduct, OptionProductOrder, Subscription
from subscriptions.assumptions import end_of_trial
from subscriptions.rules.pre_orders import CORE_PRODUCTS

TRIAL = "TRIAL"
GRACE_STATUS = "SUSPENDED_TRIALEND"

_POST, _DELETE, _PAID_SERVICE = (
    f"partner-customer-option-products-{page}" for page in ("post", "delete", "paidservice")
)
_TASK_POST = "partner-customer-option-product-orders-post"

KNOWN = RULEBOOK.add(
    Rule(
        "option.known",
        _(
            "Partnerdesk doesn’t know the sub options of this option, so it can’t be requested here."
            " Use Partner Console."
        ),
        _POST,
        ours=True,
    )
)
SIZE = RULEBOOK.add(Rule("option.sub.known", _("This is not a sub option of this option."), _POST))
IN_USE = RULEBOOK.add(Rule("option.inuse", _("The customer doesn’t use this option."), _DELETE))
BASE = RULEBOOK.add(Rule("option.base.needed", _("An option needs a subscription."), _POST))
GRACE = RULEBOOK.add(
    Rule(
        "option.trial.grace",
        _("The trial has ended. No option can be added or scheduled until the subscription is converted to paid."),
        _POST,
    )
)
TRIAL_ONLY = RULEBOOK.add(
    Rule("option.trial.only", _("Only trial options can be added to a trial subscription."), _POST)
)
SOLD_WITH = RULEBOOK.add(Rule("option.product.fits", _("This option is not available with %(product)s."), _POST))
HELD = RULEBOOK.add(
    Rule("option.add.held", _("The customer already uses this option."), "partner-customer-option-product-create")
)
QUANTITY = RULEBOOK.add(Rule("option.quantity.needed", _("Enter a quantity from 1 to %(most)s."), _TASK_POST))
NO_QUANTITY = RULEBOOK.add(Rule("option.quantity.none", _("This option has no quantity. Leave it empty."), _TASK_POST))

PENALTY = RULEBOOK.add(
    Rule(
        "option.cancel.penalty",
        _("A penalty applies: on %(date)s the annual contract still runs until %(end)s (days left: %(days)s)."),
        _DELETE,
        is_penalty=True,
    )
)
FREE_FROM = RULEBOOK.add(Rule("option.cancel.free", _("No penalty applies from %(date)s."), _DELETE, ours=True))
PAUSE = RULEBOOK.add(Rule("option.cancel.pause", _("You can order the option again from %(date)s."), _DELETE))
TRIAL_OF_TRIAL = RULEBOOK.add(
    Rule(
        "option.trial.base",
        _(
            "The option is a trial and lasts as long as the trial of the subscription, including the"
            " trial grace period. Unless the subscription is converted to paid by then, the option is"
            " canceled."
        ),
        _PAID_SERVICE,
    )
)
TRIAL_OF_PAID = RULEBOOK.add(
    Rule(
        "option.trial.end",
        _(
            "The option is a trial. Unless it is converted to paid, it is canceled when the trial"
            " ends. There is no trial grace period."
        ),
        _PAID_SERVICE,
    )
)
OWN_CONVERSION = RULEBOOK.add(
    Rule(
        "option.convert.own",
        _(
            "If the subscription is converted to paid immediately, the option stays in trial. Convert"
            " the option to paid separately."
        ),
        _POST,
    )
)
WITH_BASE = RULEBOOK.add(
    Rule(
        "option.plan.base",
        _("The option has the contract type of the subscription, %(plan)s, until %(end)s."),
        _PAID_SERVICE,
    )
)
CHARGED = RULEBOOK.add(
    Rule(
        "option.add.charged",
        _("The option is billed from %(date)s. The invoice is issued on the 1st of the next month."),
        "partner-customer-option-products-list",
    )
)
BOUND = RULEBOOK.add(
    Rule(
        "option.add.bound",
        _("Canceling the option within the annual contract of the subscription costs a penalty."),
        _DELETE,
    )
)
DATA = RULEBOOK.add(
    Rule(
        "option.cancel.data",
        _("LINE WORKS doesn’t document what happens to the stored data. Ask LINE WORKS before you continue."),
        _DELETE,
        ours=True,
    )
)


def find_held(state: Snapshot, code: str) -> OptionProduct | None:
    """Return an option that the customer uses."""
    return next((held for held in state.of(OptionProduct) if held.option_product_id == code), None)


def find_task(state: Snapshot, code: str) -> OptionProductOrder | None:
    """Return what is scheduled for an option; there is one task at most."""
    return next((task for task in state.of(OptionProductOrder) if task.option_product_id == code), None)


def find_base(state: Snapshot, code: str) -> Subscription | None:
    """
    Return the subscription that an option goes with: the one under it, or the one that it would be added to.

    Ours: should there be two of one family, as a pre-order can bring about, the newer one.
    """
    held = find_held(state, code)
    fitting = [
        base
        for base in state.of(Subscription)
        if (base.subscription_id == held.subscription_id if held else base.product_id in CORE_PRODUCTS)
    ]
    return max(fitting, key=lambda base: base.subscription_id, default=None)


def is_trial(held: OptionProduct) -> bool:
    """Return whether an option is on trial."""
    return held.plan == TRIAL


def is_trial_base(base: Subscription) -> bool:
    """Return whether a subscription is on trial, or in the grace after it."""
    return base.product_id in TRIAL_PRODUCTS


def is_paid_base(base: Subscription) -> bool:
    """Return whether a subscription is paid for."""
    return base.product_id in PAID_PRODUCTS


def is_in_grace(base: Subscription) -> bool:
    """Return whether the trial of a subscription is over, and it can still be converted."""
    return is_trial_base(base) and base.status == GRACE_STATUS


def end_of_option_trial(base: Subscription, today: date) -> date:
    """Return the last day of an option's trial that begins today; how long one of its own runs is ours."""
    own = end_of_trial(today)
    if base.plan_end_date is None:
        return own
    return base.plan_end_date if is_trial_base(base) else min(base.plan_end_date, own)


def against_changing(state: Snapshot, code: str) -> list[Problem]:
    """Return what stands against every change of an option in use."""
    if find_held(state, code) is None:
        return [Problem(IN_USE)]
    return [] if find(code) else [Problem(KNOWN)]


def size_problems(option: Option, size_code: str, product: str) -> list[Problem]:
    """Return what stands against one size of an option with a product."""
    size = option.size(size_code)
    if size is None:
        return [Problem(SIZE, at="sub_option_id")]
    if product in TRIAL_PRODUCTS and not size.is_trial:
        return [Problem(TRIAL_ONLY, at="sub_option_id")]
    if product not in size.products:
        return [Problem(SOLD_WITH, {"product": Code("product", product)}, at="sub_option_id")]
    return []


def quantity_problems(option: Option, quantity: int | None) -> list[Problem]:
    """Return what stands against a quantity, or against there being none."""
    if option.most is None:
        return [] if quantity is None else [Problem(NO_QUANTITY, at="quantity")]
    if 1 <= (quantity or 0) <= option.most:
        return []
    return [Problem(QUANTITY, {"most": option.most}, at="quantity")]


def free_day(option: Option | None, held: OptionProduct) -> date | None:
    """Return the day from which the end of an option costs no penalty; None where it never costs one."""
    if not is_annual(held.plan) or (option and option.one_month):
        return None
    return held.plan_end_date + timedelta(days=1)


def ending_on(option: Option | None, held: OptionProduct, day: date) -> list[Consequence]:
    """Return what it costs to end an option on a day."""
    free = free_day(option, held)
    if free is None:
        return []
    if day >= free:
        return [Consequence(FREE_FROM, {"date": free})]
    left: dict[str, Value] = {"date": day, "days": (held.plan_end_date - day).days, "end": held.plan_end_date}
    return [
        Consequence(PENALTY, left, weight=Weight.LOSS),
        Consequence(PAUSE, {"date": first_of_next_month(day)}, weight=Weight.CARE),
        Consequence(FREE_FROM, {"date": free}),
    ]


def on_trial(base: Subscription) -> list[Consequence]:
    """Return what it means that an option is on trial."""
    if not is_trial_base(base):
        return [Consequence(TRIAL_OF_PAID, weight=Weight.CARE)]
    return [Consequence(TRIAL_OF_TRIAL, weight=Weight.CARE), Consequence(OWN_CONVERSION)]


def on_contract(plan: str, end: date | None, day: date) -> list[Consequence]:
    """Return what it means that an option is paid for from a day on, under a plan until an end."""
    found = [Consequence(CHARGED, {"date": day})]
    if end is not None and day <= end:
        found.append(Consequence(WITH_BASE, {"plan": Code("plan", plan), "end": end}))
    if is_annual(plan):
        found.append(Consequence(BOUND, weight=Weight.CARE))
    return found
