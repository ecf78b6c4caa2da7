"""Commands that change a contract immediately: add licenses, convert to paid, upgrade, cancel, add a subscription."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from customers.commands.derived_effects import MAIN_PRODUCT, OPTION_RENEWALS
from portal.core.catalogue import FREE_PLANS, TRIAL_PLANS, family_of
from portal.core.labels import listed, word_for
from portal.operations.approval_topics import Topic
from portal.operations.command_forms import CommandForm
from portal.operations.commands import Command
from portal.operations.intents import Intent
from portal.operations.snapshots import Snapshot
from portal.vendor.client import NewSubscription, PaidService, PartnerApi, Plan, ProductId, Subscription
from subscriptions.assumptions import end_of_term, end_of_trial
from subscriptions.commands.shared import (
    CONTRACTS,
    MEMBERS,
    NAME,
    OPTION_ORDERS,
    OPTIONS,
    Json,
    renews_as_it_is,
    subscriptions_of,
    with_subscription,
    with_task,
    without_all_of,
    without_options,
    words_of,
)
from subscriptions.forms.contract import ConversionForm, LicensesForm, SubscriptionForm, UpgradeForm
from subscriptions.forms.licenses import LicensesOnForm
from subscriptions.rules import contract, conversion, licenses
from subscriptions.rules.contract import Cancellation, SubscriptionAdd, Upgrade
from subscriptions.rules.conversion import Conversion, product_after
from subscriptions.rules.licenses import LicensesAdd
from subscriptions.rules.shared import find, options_only_with_standard, task_of
from subscriptions.sync.reservations import RESERVATIONS
from subscriptions.sync.subscriptions import PRE_ORDERS, SUBSCRIPTIONS, contract_words, license_words

# The number of a subscription that is not at LINE WORKS yet.
PLANNED = 0
# What is not charged for.
TRIED_OUT = (*FREE_PLANS, *TRIAL_PLANS)
# How long a term or a trial lasts, and how a new contract renews, no page says.
ASSUMED_OF_A_TERM = ("planStartDate", "planEndDate", "renewal")


def _send_licenses(api: PartnerApi, domain_id: int, request: LicensesAdd) -> object:
    return api.subscriptions.add_licenses(domain_id, request.subscription_id, request.add_license_count)


def _send_conversion(api: PartnerApi, domain_id: int, request: Conversion) -> object:
    service: Json = {"plan": Plan(request.plan)}
    if request.product_id is not None:
        service["product_id"] = ProductId(request.product_id)
    if request.license_count is not None:
        service["license_count"] = request.license_count
    return api.subscriptions.convert_subscription_to_paid(
        domain_id, request.subscription_id, PaidService.model_validate(service)
    )


def _send_upgrade(api: PartnerApi, domain_id: int, request: Upgrade) -> object:
    return api.subscriptions.upgrade_subscription(domain_id, request.subscription_id, ProductId(request.product_id))


def _send_cancellation(api: PartnerApi, domain_id: int, request: Cancellation) -> None:
    api.subscriptions.cancel_subscription(domain_id, request.subscription_id)


def _send_addition(api: PartnerApi, domain_id: int, request: SubscriptionAdd) -> object:
    subscription: Json = {"plan": Plan(request.plan), "product_id": ProductId(request.product_id)}
    if request.license_count is not None:
        subscription["license_count"] = request.license_count
    return api.subscriptions.add_subscription(domain_id, NewSubscription.model_validate(subscription))


def _has_more(before: Snapshot, after: Snapshot, request: LicensesAdd) -> bool:
    """Exactly so many more: another number would be somebody else's doing too, and a person decides."""
    then, now = find(before, request.subscription_id), find(after, request.subscription_id)
    if then is None or now is None:
        return False
    return now.license_count == (then.license_count or 0) + request.add_license_count


def _has_become_paid(before: Snapshot, after: Snapshot, request: Conversion) -> bool:
    then, now = find(before, request.subscription_id), find(after, request.subscription_id)
    if then is None or now is None or then.plan == now.plan:
        return False
    wanted = (product_after(then, request.product_id), request.plan, request.license_count)
    return (now.product_id, now.plan, now.license_count or None) == wanted


def _is_upgraded(before: Snapshot, after: Snapshot, request: Upgrade) -> bool:
    then, now = find(before, request.subscription_id), find(after, request.subscription_id)
    if then is None or now is None or then.product_id == request.product_id:
        return False
    return now.product_id == request.product_id


def _has_ended(before: Snapshot, after: Snapshot, request: Cancellation) -> bool:
    was_there = find(before, request.subscription_id) is not None
    return was_there and after.is_complete and find(after, request.subscription_id) is None


def _has_started(before: Snapshot, after: Snapshot, request: SubscriptionAdd) -> bool:
    known = {present.subscription_id for present in before.of(Subscription)}
    wanted = (request.product_id, request.plan, request.license_count)
    return any(
        present.subscription_id not in known
        and (present.product_id, present.plan, present.license_count or None) == wanted
        for present in after.of(Subscription)
    )


def _with_more(state: Snapshot, request: LicensesAdd) -> Snapshot:
    present = find(state, request.subscription_id)
    if present is None:
        return state
    total = (present.license_count or 0) + request.add_license_count
    raw: Json = {"licenseCount": total}
    renewal = present.renewal
    if renewal and renewal.license_count is not None and renewal.license_count == present.license_count:
        raw["renewal"] = {**renewal.raw, "licenseCount": total}
    task = task_of(state, request.subscription_id)
    after = with_subscription(state, request.subscription_id, **raw)
    # Whether the number at the renewal follows no page says.
    after = after.assuming(SUBSCRIPTIONS, "renewal", key=request.subscription_id)
    return with_task(after, request.subscription_id, None) if task and task.type == "ADD_LICENSE" else after


def _with_paid(state: Snapshot, request: Conversion) -> Snapshot:
    present = find(state, request.subscription_id)
    if present is None:
        return state
    raw = {**present.raw, **_paid(state, product_after(present, request.product_id), request)}
    after = with_subscription(state, request.subscription_id, **(raw | {"renewal": renews_as_it_is(raw)}))
    after = after.assuming(SUBSCRIPTIONS, *ASSUMED_OF_A_TERM, key=request.subscription_id)
    return with_task(after, request.subscription_id, None)


def _paid(state: Snapshot, product_id: str, request: Conversion | SubscriptionAdd) -> Json:
    """Return what a paid term that begins on the day of the order has in its record."""
    return {
        "productId": product_id,
        "plan": request.plan,
        "licenseCount": request.license_count,
        "planStartDate": state.day.isoformat(),
        "planEndDate": end_of_term(state.day).isoformat(),
        "status": "ACTIVE",
    }


def _with_upgrade(state: Snapshot, request: Upgrade) -> Snapshot:
    present = find(state, request.subscription_id)
    if present is None:
        return state
    raw: Json = {"productId": request.product_id}
    renewal = present.renewal
    if renewal and renewal.product_id is not None:
        # What was set beside the upgrade stays set; where there was nothing beside it, nothing is left to change.
        raw["renewal"] = {**renewal.raw, "productId": request.product_id}
        as_it_is = renews_as_it_is({**present.raw, **raw})
        if {**as_it_is, "type": "CHANGE"} == raw["renewal"]:
            raw["renewal"] = as_it_is
    after = with_subscription(state, request.subscription_id, **raw)
    after = after.assuming(SUBSCRIPTIONS, "renewal", key=request.subscription_id)
    if task_of(state, request.subscription_id):
        # Whether what is scheduled stays no page says.
        after = after.assuming(RESERVATIONS)
    return without_options(after, options_only_with_standard(state, request.subscription_id))


def _with_end(state: Snapshot, request: Cancellation) -> Snapshot:
    return without_all_of(state, request.subscription_id)


def _with_addition(state: Snapshot, request: SubscriptionAdd) -> Snapshot:
    after = state.with_records(SUBSCRIPTIONS, [*state.of(Subscription), _planned(state, request)])
    return after.assuming(SUBSCRIPTIONS, *ASSUMED_OF_A_TERM, key=PLANNED)


def _planned(state: Snapshot, request: SubscriptionAdd) -> Subscription:
    raw: Json = {"domainId": 0, "subscriptionId": PLANNED, **_paid(state, request.product_id, request)}
    family = family_of(request.product_id)
    if family and request.product_id in family.paid:
        raw["renewal"] = renews_as_it_is(raw)
    elif family and request.product_id in family.trials:
        raw["planEndDate"] = end_of_trial(state.day).isoformat()
    else:
        raw["planEndDate"] = None
    return Subscription.from_vendor(raw)


def _summary_licenses(state: Snapshot, request: LicensesAdd) -> str:
    count = request.add_license_count
    more = ngettext("%(count)s more license", "%(count)s more licenses", count) % {"count": f"{count:,}"}
    return _("%(what)s for %(subscription)s") % {"what": more, "subscription": words_of(state, request.subscription_id)}


def _summary_conversion(state: Snapshot, request: Conversion) -> str:
    present = find(state, request.subscription_id)
    product = product_after(present, request.product_id) if present else request.product_id
    count = license_words(request.license_count) if request.license_count else ""
    after = listed((word_for("product", product), word_for("short_plan", request.plan), count))
    return _("%(subscription)s changes to %(contract)s") % {
        "subscription": words_of(state, request.subscription_id),
        "contract": after,
    }


def _summary_upgrade(state: Snapshot, request: Upgrade) -> str:
    return _("%(subscription)s changes to %(contract)s") % {
        "subscription": words_of(state, request.subscription_id),
        "contract": word_for("product", request.product_id),
    }


def _summary_end(state: Snapshot, request: Cancellation) -> str:
    return words_of(state, request.subscription_id)


def _summary_addition(state: Snapshot, request: SubscriptionAdd) -> str:
    return listed(contract_words(_planned(state, request)))


ADD_LICENSES = Command(
    kind="addLicenses",
    intent=Intent.LICENSES,
    topic=Topic.LICENSES,
    title=gettext_lazy("Add licenses"),
    label=gettext_lazy("Add licenses"),
    description=gettext_lazy("Today, on a later day or at renewal"),
    icon="users-round",
    permission="subscriptions.order",
    group=SUBSCRIPTIONS.name,
    url_name="subscriptions:licenses_add",
    path="subscriptions/<int:subscription_id>/licenses/",
    targets=subscriptions_of,
    preconditions=lambda state, target, today: licenses.against_licenses(state, target.record, today),
    form=LicensesForm,
    page_form=LicensesOnForm,
    bulk_description=gettext_lazy("Immediately, for every row. For a later day, use “Schedule a change”."),
    request=LicensesAdd,
    reads=CONTRACTS,
    evaluate=licenses.add_licenses,
    send=_send_licenses,
    took_effect=_has_more,
    projected_state=_with_more,
    summary=_summary_licenses,
    licenses_added=lambda _state, request: request.add_license_count,
)
CONVERT = Command(
    kind="convertSubscriptionToPaid",
    intent=Intent.START,
    topic=Topic.CONVERSION,
    title=gettext_lazy("Convert to paid"),
    label=gettext_lazy("Convert to paid"),
    description=gettext_lazy("Billing starts today"),
    icon="badge-japanese-yen",
    permission="subscriptions.order",
    group=SUBSCRIPTIONS.name,
    url_name="subscriptions:convert",
    path="subscriptions/<int:subscription_id>/convert/",
    targets=subscriptions_of,
    preconditions=lambda state, target, today: conversion.against_conversion(state, target.record, today),
    form=ConversionForm,
    request=Conversion,
    reads=(NAME, MEMBERS, *CONTRACTS, OPTIONS, OPTION_ORDERS),
    evaluate=conversion.convert,
    send=_send_conversion,
    took_effect=_has_become_paid,
    projected_state=_with_paid,
    summary=_summary_conversion,
    licenses_added=lambda _state, request: request.license_count or 0,
    derived_effects=(MAIN_PRODUCT, OPTION_RENEWALS),
)
UPGRADE = Command(
    kind="upgradeSubscription",
    intent=Intent.PLAN,
    topic=Topic.CONVERSION,
    title=gettext_lazy("Upgrade to Advanced"),
    label=gettext_lazy("Upgrade to Advanced"),
    description=gettext_lazy("Changes Standard to Advanced today"),
    icon="circle-arrow-up",
    permission="subscriptions.order",
    group=SUBSCRIPTIONS.name,
    url_name="subscriptions:upgrade",
    path="subscriptions/<int:subscription_id>/upgrade/",
    targets=subscriptions_of,
    preconditions=lambda state, target, today: contract.against_upgrade(state, target.record, today),
    form=UpgradeForm,
    request=Upgrade,
    reads=(NAME, *CONTRACTS, OPTIONS),
    evaluate=contract.upgrade,
    send=_send_upgrade,
    took_effect=_is_upgraded,
    projected_state=_with_upgrade,
    summary=_summary_upgrade,
    derived_effects=(MAIN_PRODUCT, OPTION_RENEWALS),
)
CANCEL = Command(
    kind="cancelSubscription",
    intent=Intent.LEAVE,
    topic=Topic.SUBSCRIPTION_END,
    title=gettext_lazy("Cancel subscription immediately"),
    label=gettext_lazy("Cancel immediately"),
    description=gettext_lazy("Cancels this subscription and its options today"),
    icon="octagon-x",
    permission="subscriptions.order",
    group=SUBSCRIPTIONS.name,
    url_name="subscriptions:cancel",
    path="subscriptions/<int:subscription_id>/cancel/",
    targets=subscriptions_of,
    preconditions=lambda state, target, today: contract.against_cancellation(state, target.record, today),
    form=CommandForm,
    request=Cancellation,
    reads=(*CONTRACTS, OPTIONS, OPTION_ORDERS),
    evaluate=contract.cancel,
    send=_send_cancellation,
    took_effect=_has_ended,
    projected_state=_with_end,
    summary=_summary_end,
    is_destructive=True,
    derived_effects=(MAIN_PRODUCT, OPTION_RENEWALS),
)
ADD = Command(
    kind="addSubscription",
    intent=Intent.START,
    topic=lambda request: Topic.TRIAL if request.plan in TRIED_OUT else Topic.SUBSCRIPTION,
    title=gettext_lazy("Add subscription"),
    label=gettext_lazy("Add subscription"),
    description=gettext_lazy("Starts Free, a trial, or a paid plan today"),
    icon="circle-plus",
    permission="subscriptions.order",
    url_name="subscriptions:subscription_add",
    path="subscriptions/add/",
    preconditions=lambda state, _target, today: contract.against_addition(state, today),
    form=SubscriptionForm,
    request=SubscriptionAdd,
    reads=(NAME, SUBSCRIPTIONS.name, PRE_ORDERS.name),
    evaluate=contract.add_subscription,
    send=_send_addition,
    took_effect=_has_started,
    projected_state=_with_addition,
    summary=_summary_addition,
    licenses_added=lambda _state, request: request.license_count or 0,
    derived_effects=(MAIN_PRODUCT,),
)
