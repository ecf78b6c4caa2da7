"""Command: change the renewal settings of an option."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from options.commands.options import PERMISSION
from options.commands.projection import with_changed_renewal
from options.commands.targets import PATH, code_of, in_use
from options.forms.options import OptionRenewalForm
from options.labels import option_words
from options.rules import renewals
from options.rules.renewals import CHANGE, STAY, OptionRenewalSet, find_renewal, is_set
from options.rules.shared import find_held
from options.sync.options import OPTIONS
from options.sync.renewals import OPTION_RENEWALS
from portal.core.labels import word_for
from portal.operations.approval_topics import Topic
from portal.operations.commands import Command
from portal.operations.intents import Intent
from portal.operations.snapshots import Snapshot
from portal.vendor.client import (
    OptionProductId,
    OptionRenewalChange,
    OptionRenewalType,
    PartnerApi,
    SubOptionId,
)
from subscriptions.sync.subscriptions import SUBSCRIPTIONS


def _send(api: PartnerApi, domain_id: int, request: OptionRenewalSet) -> object:
    wish: dict[str, object] = {"type": OptionRenewalType(request.type)}
    if request.sub_option_id is not None:
        wish["sub_option_id"] = SubOptionId(request.sub_option_id)
    if request.quantity is not None:
        wish["quantity"] = request.quantity
    code = OptionProductId(request.option_product_id)
    return api.options.update_option_product_renewal(domain_id, code, OptionRenewalChange.model_validate(wish))


def _was_set(before: Snapshot, after: Snapshot, request: OptionRenewalSet) -> bool:
    """After the renewal itself a new one is set, as the option is then: that is not what was asked for."""
    code = request.option_product_id
    old, new = find_held(before, code), find_held(after, code)
    if old is None or new is None or old.plan_end_date != new.plan_end_date:
        return False
    return is_set(find_renewal(after, code), old, request) and not is_set(find_renewal(before, code), old, request)


def _with_set(state: Snapshot, request: OptionRenewalSet) -> Snapshot:
    held = find_held(state, request.option_product_id)
    if held is None:
        return state
    size, quantity = held.sub_option_id, held.quantity
    if request.type == CHANGE:
        size = SubOptionId(request.sub_option_id or size)
        quantity = quantity if request.quantity is None else request.quantity
    changes = {"type": request.type, "subOptionId": str(size), "quantity": quantity}
    return with_changed_renewal(state, request.option_product_id, changes)


def _summary(_state: Snapshot, request: OptionRenewalSet) -> str:
    if request.type == STAY:
        return _("%(option)s: %(what)s") % {
            "option": word_for("option", request.option_product_id),
            "what": word_for("renewal", STAY),
        }
    return _("From renewal: %(option)s") % {
        "option": option_words(request.option_product_id, request.sub_option_id, request.quantity)
    }


SET_RENEWAL = Command(
    kind="updateOptionProductRenewal",
    intent=Intent.OPTIONS,
    topic=Topic.RENEWAL,
    title=gettext_lazy("Edit option renewal settings"),
    label=gettext_lazy("Edit renewal settings"),
    description=gettext_lazy("Choose what happens at renewal. The size can be reduced only then."),
    icon="calendar-sync",
    permission=PERMISSION,
    group=OPTIONS.name,
    url_name="options:renewal",
    path=f"{PATH}/renewal/",
    targets=in_use(lambda option: not option.one_month and option.can_be_ordered),
    preconditions=lambda state, target, _today: renewals.against_offering(state, code_of(target)),
    form=OptionRenewalForm,
    request=OptionRenewalSet,
    reads=(SUBSCRIPTIONS.name, OPTIONS.name, OPTION_RENEWALS.name),
    evaluate=renewals.set_renewal,
    send=_send,
    took_effect=_was_set,
    projected_state=_with_set,
    summary=_summary,
)
