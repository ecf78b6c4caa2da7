"""
Rules for the renewal settings of a subscription.

Sources: LINE WORKS pages named with each rule; some are those of the operation before the present one, which say more.
``ours`` marks what no page states.
"""

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext_lazy as _
from pydantic import Field

from portal.core.catalogue import ADVANCED, family_of, takes_licenses
from portal.core.rules import RULEBOOK, Code, Codes, Consequence, Problem, Rule, Value, Verdict, Weight
from portal.operations.payloads import OrderRequest
from portal.operations.snapshots import Snapshot
from portal.vendor.client import Subscription
from subscriptions.rules.licenses import ends_anyway
from subscriptions.rules.shared import (
    AT_TERM,
    DROPS_DRIVE,
    EXISTS,
    OF_FAMILY,
    about_options,
    below_members,
    day_after,
    domain_problems,
    find,
    is_paid,
    license_problems,
    options_of,
    options_only_with_standard,
    plan_problems,
    task_of,
)

STAY, CHANGE, CANCEL = "STAY", "CHANGE", "CANCEL"
TYPES = (STAY, CHANGE, CANCEL)
# Type, product, plan and licenses of a renewal.
Setting = tuple[str, str | None, str | None, int | None]

_PATCH = "partner-customer-subscriptions-renewal-patch"

NO_RENEWAL = RULEBOOK.add(Rule("sub.renewal.paid", _("Free and trials have no renewal settings."), _PATCH))
TYPE = RULEBOOK.add(Rule("sub.renewal.type", _("Choose the renewal settings."), _PATCH))
NOTHING_ELSE = RULEBOOK.add(
    Rule("sub.renewal.stay", _("You can change this only with Renew with changes. Leave it unchanged."), _PATCH)
)
NOTHING_OF_AN_END = RULEBOOK.add(
    Rule(
        "sub.renewal.cancel",
        _("Without renewal there is no plan, contract type or number of licenses. Leave this empty."),
        _PATCH,
        ours=True,
    )
)
SET_ALREADY = RULEBOOK.add(
    Rule("sub.renewal.same", _("The renewal settings are already like this."), _PATCH, ours=True)
)
RENEWS = RULEBOOK.add(
    Rule(
        "sub.renewal.renews",
        _("On %(date)s the contract renews under the same conditions: %(product)s, %(plan)s."),
        _PATCH,
    )
)
STAYS_SO = RULEBOOK.add(
    Rule(
        "sub.renewal.staysso",
        _("These values are the same as the current contract. Select Renew under the same conditions instead."),
        _PATCH,
        ours=True,
    )
)
CHANGES = RULEBOOK.add(
    Rule("sub.renewal.changes", _("On %(date)s the contract renews with %(product)s, %(plan)s."), _PATCH)
)
COUNT_THEN = RULEBOOK.add(
    Rule("sub.renewal.count", _("On %(date)s the number of licenses changes from %(present)s to %(count)s."), _PATCH)
)
FORGETS = RULEBOOK.add(
    Rule("sub.renewal.forgets", _("The current renewal settings are replaced: %(renewal)s."), _PATCH)
)
ENDS = RULEBOOK.add(
    Rule(
        "sub.renewal.ends",
        _("%(product)s does not renew. Its last day is %(end)s."),
        _PATCH,
    )
)
ALONG = RULEBOOK.add(
    Rule(
        "sub.renewal.options",
        _(
            "Options that are also canceled: %(count)s (%(options)s). LINE WORKS doesn’t document"
            " this for the renewal settings."
        ),
        _PATCH,
        ours=True,
    )
)
UNDO = RULEBOOK.add(
    Rule(
        "sub.renewal.undo",
        _("You can change the renewal settings until %(date)s, the last day of the contract."),
        _PATCH,
        ours=True,
    )
)


class RenewalSetting(OrderRequest):
    """What is to happen to a subscription at contract end."""

    subscription_id: int = Field(gt=0)
    type: str
    product_id: str | None = None
    plan: str | None = None
    license_count: int | None = None


def against(_state: Snapshot, subscription: Subscription, _today: date) -> Sequence[Problem]:
    """Say why a subscription has no renewal to set."""
    return () if is_paid(subscription) else (Problem(NO_RENEWAL),)


def set_renewal(state: Snapshot, request: RenewalSetting, today: date) -> Verdict:
    """Judge what is to happen at contract end."""
    subscription = find(state, request.subscription_id)
    if subscription is None:
        return Verdict((Problem(EXISTS),))
    problems = [*against(state, subscription, today)] or _problems(state, subscription, request)
    if problems:
        return Verdict(tuple(problems))
    return Verdict((), tuple(_consequences(state, subscription, request)))


def setting_after(
    subscription: Subscription, request: RenewalSetting
) -> tuple[str, str | None, str | None, int | None]:
    """Return type, product, plan and licenses of the renewal once it is set: what is not named is as it is now."""
    if request.type == CANCEL:
        return CANCEL, None, None, None
    if request.type == STAY:
        return STAY, subscription.product_id, subscription.plan, subscription.license_count
    product = request.product_id or subscription.product_id
    plan = request.plan or subscription.plan
    count = request.license_count
    if count is None and request.plan is None:
        count = subscription.license_count
    return CHANGE, product, plan, count if takes_licenses(plan) else None


def _contract(subscription: Subscription) -> tuple[str, str, int | None]:
    count = subscription.license_count if takes_licenses(subscription.plan) else None
    return subscription.product_id, subscription.plan, count


def choices(subscription: Subscription) -> tuple[Sequence[str], Sequence[str], Sequence[str]]:
    """Return the types, products and plans to choose from; where the plans are not known, none but the types."""
    family = family_of(subscription.product_id)
    return (TYPES, family.paid, family.paid_plans) if family else ((STAY, CANCEL), (), ())


def _problems(state: Snapshot, subscription: Subscription, request: RenewalSetting) -> list[Problem]:
    if request.type not in TYPES:
        return [Problem(TYPE, at="type")]
    found = (
        _change_problems(state, subscription, request)
        if request.type == CHANGE
        else _other_values(subscription, request)
    )
    renewal = subscription.renewal
    present = (renewal.type, renewal.product_id, renewal.plan, renewal.license_count or None) if renewal else None
    if not found and present and setting_after(subscription, request) == present:
        return [Problem(SET_ALREADY, at="type")]
    return found


def _change_problems(state: Snapshot, subscription: Subscription, request: RenewalSetting) -> list[Problem]:
    family = family_of(subscription.product_id)
    product = request.product_id or subscription.product_id
    if family is None or product not in family.paid:
        choices_there = family.paid if family else (subscription.product_id,)
        return [Problem(OF_FAMILY, {"products": Codes("product", tuple(choices_there))}, at="product_id")]
    plan = request.plan or subscription.plan
    count = request.license_count
    if count is None and request.plan is None:
        count = subscription.license_count
    if setting_after(subscription, request)[1:] == _contract(subscription):
        return [Problem(STAYS_SO, at="type")]
    return [
        *domain_problems(state, product),
        *(plan_problems(family, product, plan) or license_problems(plan, count)),
    ]


def _other_values(subscription: Subscription, request: RenewalSetting) -> list[Problem]:
    if request.type == CANCEL:
        named = ("product_id", "plan", "license_count")
        return [Problem(NOTHING_OF_AN_END, at=name) for name in named if getattr(request, name) is not None]
    pairs = {
        "product_id": (request.product_id, subscription.product_id),
        "plan": (request.plan, subscription.plan),
        "license_count": (request.license_count, subscription.license_count),
    }
    return [
        Problem(NOTHING_ELSE, at=name)
        for name, (wanted, present) in pairs.items()
        if wanted is not None and wanted != present
    ]


def _consequences(state: Snapshot, subscription: Subscription, request: RenewalSetting) -> list[Consequence]:
    end = subscription.plan_end_date
    found = [
        *(_of_end(state, subscription) if request.type == CANCEL else _of_renewal(state, subscription, request)),
        *_forgotten(subscription),
        *(ends_anyway(state, subscription) if task_of(state, subscription.subscription_id) else []),
    ]
    return [*found, Consequence(UNDO, {"date": end}, weight=Weight.UNDO)] if end else found


def _of_end(state: Snapshot, subscription: Subscription) -> list[Consequence]:
    end, options = subscription.plan_end_date, options_of(state, subscription.subscription_id)
    product = Code("product", subscription.product_id)
    found = about_options(ALONG, options, Weight.LOSS)
    if end is None:
        return found
    return [Consequence(ENDS, {"product": product, "end": end}, weight=Weight.LOSS), *found, Consequence(AT_TERM)]


def _of_renewal(state: Snapshot, subscription: Subscription, request: RenewalSetting) -> list[Consequence]:
    _type, product, plan, count = setting_after(subscription, request)
    start = day_after(subscription.plan_end_date) if subscription.plan_end_date else None
    found = below_members(state, count)
    if start and product and plan:
        values: dict[str, Value] = {"date": start, "product": Code("product", product), "plan": Code("plan", plan)}
        found.append(Consequence(CHANGES if request.type == CHANGE else RENEWS, values))
    if start and count and count != subscription.license_count:
        present = subscription.license_count or 0
        found.append(Consequence(COUNT_THEN, {"date": start, "count": count, "present": present}))
    if product in ADVANCED and subscription.product_id not in ADVANCED:
        dropped = options_only_with_standard(state, subscription.subscription_id)
        found += about_options(DROPS_DRIVE, dropped, Weight.LOSS)
    return found


def _forgotten(subscription: Subscription) -> list[Consequence]:
    renewal = subscription.renewal
    if renewal is None or renewal.type == STAY:
        return []
    return [Consequence(FORGETS, {"renewal": Code("renewal", renewal.type)})]
