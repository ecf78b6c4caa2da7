"""Command: change the renewal settings of a subscription."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.operations.approval_topics import Topic
from portal.operations.commands import Command
from portal.operations.intents import Intent
from portal.operations.snapshots import Snapshot
from portal.vendor.client import PartnerApi, Plan, ProductId, Renewal, RenewalChange, RenewalType
from subscriptions.commands.shared import (
    CONTRACTS,
    MEMBERS,
    NAME,
    OPTIONS,
    Json,
    subscriptions_of,
    with_subscription,
    words_of,
)
from subscriptions.forms.renewals import RenewalForm
from subscriptions.rules import renewals
from subscriptions.rules.renewals import CANCEL, RenewalSetting, setting_after
from subscriptions.rules.shared import find
from subscriptions.sync.subscriptions import SUBSCRIPTIONS, renewal_words


def _send(api: PartnerApi, domain_id: int, request: RenewalSetting) -> object:
    change: Json = {"type": RenewalType(request.type)}
    if request.product_id is not None:
        change["product_id"] = ProductId(request.product_id)
    if request.plan is not None:
        change["plan"] = Plan(request.plan)
    if request.license_count is not None:
        change["license_count"] = request.license_count
    return api.subscriptions.update_renewal(domain_id, request.subscription_id, RenewalChange.model_validate(change))


def _is_set(before: Snapshot, after: Snapshot, request: RenewalSetting) -> bool:
    """The type, and of a change what it leads to: what a renewal without changes repeats, no page promises."""
    then, now = find(before, request.subscription_id), find(after, request.subscription_id)
    if then is None or now is None or now.renewal is None:
        return False
    wanted = setting_after(then, request)
    found = (now.renewal.type, now.renewal.product_id, now.renewal.plan, now.renewal.license_count or None)
    return found == wanted if request.type == "CHANGE" else found[0] == wanted[0]


def _with_setting(state: Snapshot, request: RenewalSetting) -> Snapshot:
    present = find(state, request.subscription_id)
    if present is None:
        return state
    kind, product, plan, count = setting_after(present, request)
    raw: Json = {"subscriptionId": present.subscription_id, "type": kind}
    if kind != CANCEL:
        raw |= {"productId": product, "plan": plan}
    if count is not None:
        raw["licenseCount"] = count
    return with_subscription(state, request.subscription_id, renewal=raw)


def _summary(state: Snapshot, request: RenewalSetting) -> str:
    after = find(_with_setting(state, request), request.subscription_id)
    renewal: Renewal | None = after.renewal if after else None
    return _("%(subscription)s: %(renewal)s") % {
        "subscription": words_of(state, request.subscription_id),
        "renewal": renewal_words(renewal) if renewal else request.type,
    }


SET_RENEWAL = Command(
    kind="updateRenewal",
    intent=Intent.PLAN,
    topic=lambda request: Topic.SUBSCRIPTION_END if request.type == CANCEL else Topic.RENEWAL,
    title=gettext_lazy("Edit renewal settings"),
    label=gettext_lazy("Edit renewal settings"),
    description=gettext_lazy("Renews under the same conditions, with changes, or not at all"),
    icon="repeat",
    permission="subscriptions.order",
    group=SUBSCRIPTIONS.name,
    url_name="subscriptions:renewal",
    path="subscriptions/<int:subscription_id>/renewal/",
    targets=subscriptions_of,
    preconditions=lambda state, target, today: renewals.against(state, target.record, today),
    form=RenewalForm,
    request=RenewalSetting,
    reads=(NAME, MEMBERS, *CONTRACTS, OPTIONS),
    evaluate=renewals.set_renewal,
    send=_send,
    took_effect=_is_set,
    projected_state=_with_setting,
    summary=_summary,
    is_destructive=lambda request: request.type == CANCEL,
)
