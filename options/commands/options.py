"""Commands that change an option immediately."""

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.commands.derived_effects import OPTION_RENEWALS as RENEWAL_ALONG
from options import catalogue
from options.catalogue import CANCEL, CHANGE_QUANTITY, MODIFY, START_PAID_SERVICE
from options.commands.projection import (
    came_by_task,
    new_option,
    went_with_subscription,
    with_changed_option,
    with_option,
    with_renewal_along,
    without_option,
    without_task,
)
from options.commands.targets import PATH, code_of, in_use, offered
from options.forms.options import OptionAddForm, OptionConvertForm, OptionQuantityForm, OptionUpgradeForm
from options.forms.timing import OptionQuantityOnForm, OptionUpgradeOnForm
from options.labels import option_words
from options.rules import options
from options.rules.options import OptionAdd, OptionCancel, OptionConvert, OptionQuantityAdd, OptionUpgrade
from options.rules.shared import against_changing, find_base, find_held, is_trial
from options.sync.options import OPTION_ORDERS, OPTIONS
from options.sync.renewals import OPTION_RENEWALS
from portal.operations.approval_topics import Topic
from portal.operations.command_forms import CommandForm
from portal.operations.commands import Command
from portal.operations.intents import Intent
from portal.operations.snapshots import Snapshot
from portal.vendor.client import NewOptionProduct, OptionPaidService, OptionProductId, PartnerApi, SubOptionId
from subscriptions.sync.subscriptions import SUBSCRIPTIONS

PERMISSION = "options.order"
IMMEDIATELY = gettext_lazy("Immediately, for every row. For a later day, use “Schedule an option change”.")
READS = (SUBSCRIPTIONS.name, OPTIONS.name, OPTION_ORDERS.name)
# Storage and contacts are not sold by quantity, and yet LINE WORKS answers with one piece of them.
ONE_PIECE = ("SSTG2", "BCT")


def _send_add(api: PartnerApi, domain_id: int, request: OptionAdd) -> object:
    wish = {
        "option_product_id": OptionProductId(request.option_product_id),
        "sub_option_id": SubOptionId(request.sub_option_id),
    }
    given = {} if request.quantity is None else {"quantity": request.quantity}
    return api.options.add_option_product(domain_id, NewOptionProduct.model_validate(wish | given))


def _send_cancel(api: PartnerApi, domain_id: int, request: OptionCancel) -> None:
    api.options.cancel_option_product(domain_id, OptionProductId(request.option_product_id))


def _send_upgrade(api: PartnerApi, domain_id: int, request: OptionUpgrade) -> object:
    code, size = OptionProductId(request.option_product_id), SubOptionId(request.sub_option_id)
    return api.options.upgrade_option_product(domain_id, code, size)


def _send_convert(api: PartnerApi, domain_id: int, request: OptionConvert) -> object:
    service = OptionPaidService(sub_option_id=SubOptionId(request.sub_option_id))
    return api.options.convert_option_product_to_paid(domain_id, OptionProductId(request.option_product_id), service)


def _send_more(api: PartnerApi, domain_id: int, request: OptionQuantityAdd) -> object:
    code = OptionProductId(request.option_product_id)
    return api.options.add_option_product_quantity(domain_id, code, request.quantity)


def _was_added(before: Snapshot, after: Snapshot, request: OptionAdd) -> bool:
    code = request.option_product_id
    held = find_held(after, code)
    if held is None or find_held(before, code) or came_by_task(before, after, code, catalogue.APPLY):
        return False
    return held.sub_option_id == request.sub_option_id and request.quantity in (None, held.quantity)


def _was_canceled(before: Snapshot, after: Snapshot, request: OptionCancel) -> bool:
    code = request.option_product_id
    if not after.is_complete or find_held(after, code) or went_with_subscription(before, after, code):
        return False
    return find_held(before, code) is not None and not came_by_task(before, after, code, CANCEL)


def _was_upgraded(before: Snapshot, after: Snapshot, request: OptionUpgrade) -> bool:
    code = request.option_product_id
    old, new = find_held(before, code), find_held(after, code)
    if old is None or new is None or came_by_task(before, after, code, MODIFY):
        return False
    return old.sub_option_id != request.sub_option_id == new.sub_option_id


def _was_converted(before: Snapshot, after: Snapshot, request: OptionConvert) -> bool:
    code = request.option_product_id
    old, new = find_held(before, code), find_held(after, code)
    if old is None or new is None or came_by_task(before, after, code, START_PAID_SERVICE):
        return False
    return is_trial(old) and not is_trial(new) and new.sub_option_id == request.sub_option_id


def _was_raised(before: Snapshot, after: Snapshot, request: OptionQuantityAdd) -> bool:
    """The number may have been added, or taken for the new total: either way it took effect."""
    code = request.option_product_id
    old, new = find_held(before, code), find_held(after, code)
    if old is None or new is None or came_by_task(before, after, code, CHANGE_QUANTITY):
        return False
    was, now = options.quantity_of(old), options.quantity_of(new)
    return now != was and now in (was + request.quantity, request.quantity)


def _with_added(state: Snapshot, request: OptionAdd) -> Snapshot:
    code = request.option_product_id
    option, base = catalogue.find(code), find_base(state, code)
    size = option.size(request.sub_option_id) if option else None
    if base is None or size is None:
        return state
    quantity = 1 if code in ONE_PIECE else request.quantity
    planned = new_option(base, code, size.code, quantity, on_trial=size.is_trial)
    return with_option(without_task(state, code), planned)


def _with_canceled(state: Snapshot, request: OptionCancel) -> Snapshot:
    return without_option(state, request.option_product_id)


def _with_upgraded(state: Snapshot, request: OptionUpgrade) -> Snapshot:
    """A renewal that leaves the option as it is leaves it as it is then."""
    new = {"subOptionId": request.sub_option_id}
    state = with_changed_option(state, request.option_product_id, new)
    return with_renewal_along(state, request.option_product_id, new)


def _with_converted(state: Snapshot, request: OptionConvert) -> Snapshot:
    base = find_base(state, request.option_product_id)
    if base is None or base.plan_end_date is None:
        return state
    contract = {"plan": base.plan, "planEndDate": base.plan_end_date.isoformat()}
    after = with_changed_option(state, request.option_product_id, {"subOptionId": request.sub_option_id, **contract})
    return after.assuming(OPTIONS, "planEndDate", key=request.option_product_id)


def _with_more(state: Snapshot, request: OptionQuantityAdd) -> Snapshot:
    held = find_held(state, request.option_product_id)
    if held is None:
        return state
    new = {"quantity": options.quantity_of(held) + request.quantity}
    state = with_changed_option(state, request.option_product_id, new)
    return with_renewal_along(state, request.option_product_id, new)


def _summary_add(_state: Snapshot, request: OptionAdd) -> str:
    return option_words(request.option_product_id, request.sub_option_id, request.quantity)


def _summary_cancel(state: Snapshot, request: OptionCancel) -> str:
    held = find_held(state, request.option_product_id)
    if held is None:
        return option_words(request.option_product_id, None, None)
    return _("%(option)s, instead of until %(date)s") % {
        "option": option_words(held.option_product_id, held.sub_option_id, held.quantity),
        "date": date_format(held.plan_end_date),
    }


def _summary_to(state: Snapshot, request: OptionUpgrade | OptionConvert) -> str:
    held = find_held(state, request.option_product_id)
    return _("%(old)s to %(new)s") % {
        "old": option_words(request.option_product_id, held.sub_option_id if held else None, None),
        "new": option_words(request.option_product_id, request.sub_option_id, None),
    }


def _summary_more(_state: Snapshot, request: OptionQuantityAdd) -> str:
    return _("%(option)s, %(count)s more") % {
        "option": option_words(request.option_product_id, None, None),
        "count": request.quantity,
    }


ADD_OPTION = Command(
    kind="addOptionProduct",
    intent=Intent.OPTIONS,
    topic=Topic.OPTION,
    title=gettext_lazy("Add option"),
    label=gettext_lazy("Add option"),
    description=gettext_lazy("Starts today"),
    icon="package-plus",
    permission=PERMISSION,
    group=OPTIONS.name,
    url_name="options:add",
    path=f"{PATH}/add/",
    targets=offered,
    preconditions=lambda state, target, _today: options.against_add(state, code_of(target)),
    form=OptionAddForm,
    request=OptionAdd,
    reads=READS,
    evaluate=options.add_option,
    send=_send_add,
    took_effect=_was_added,
    projected_state=_with_added,
    summary=_summary_add,
    derived_effects=(RENEWAL_ALONG,),
)
CANCEL_OPTION = Command(
    kind="cancelOptionProduct",
    intent=Intent.OPTIONS,
    topic=Topic.OPTION_END,
    title=gettext_lazy("Cancel option"),
    label=gettext_lazy("Cancel immediately"),
    description=gettext_lazy("Ends today"),
    icon="package-x",
    permission=PERMISSION,
    group=OPTIONS.name,
    url_name="options:cancel",
    path=f"{PATH}/cancel/",
    targets=in_use(),
    preconditions=lambda state, target, _today: against_changing(state, code_of(target)),
    form=CommandForm,
    request=OptionCancel,
    reads=READS,
    evaluate=options.cancel_option,
    send=_send_cancel,
    took_effect=_was_canceled,
    projected_state=_with_canceled,
    summary=_summary_cancel,
    is_destructive=True,
    derived_effects=(RENEWAL_ALONG,),
)
UPGRADE_OPTION = Command(
    kind="upgradeOptionProduct",
    intent=Intent.OPTIONS,
    topic=Topic.OPTION,
    title=gettext_lazy("Upgrade option"),
    label=gettext_lazy("Upgrade"),
    description=gettext_lazy("To a higher sub option: today, on a later day or at renewal"),
    icon="chevrons-up",
    permission=PERMISSION,
    group=OPTIONS.name,
    url_name="options:upgrade",
    path=f"{PATH}/upgrade/",
    targets=in_use(lambda option: bool(option.ladder)),
    preconditions=lambda state, target, _today: options.against_upgrade(state, code_of(target)),
    form=OptionUpgradeForm,
    page_form=OptionUpgradeOnForm,
    bulk_description=IMMEDIATELY,
    request=OptionUpgrade,
    reads=(*READS, OPTION_RENEWALS.name),
    evaluate=options.upgrade_option,
    send=_send_upgrade,
    took_effect=_was_upgraded,
    projected_state=_with_upgraded,
    summary=_summary_to,
    derived_effects=(RENEWAL_ALONG,),
)
CONVERT_OPTION = Command(
    kind="convertOptionProductToPaid",
    intent=Intent.OPTIONS,
    topic=Topic.OPTION,
    title=gettext_lazy("Convert option to paid"),
    label=gettext_lazy("Convert to paid"),
    description=gettext_lazy("The trial ends and billing starts today"),
    icon="package-check",
    permission=PERMISSION,
    group=OPTIONS.name,
    url_name="options:convert",
    path=f"{PATH}/convert/",
    targets=in_use(lambda option: any(size.is_trial for size in option.sizes)),
    preconditions=lambda state, target, _today: options.against_convert(state, code_of(target)),
    form=OptionConvertForm,
    request=OptionConvert,
    reads=READS,
    evaluate=options.convert_option,
    send=_send_convert,
    took_effect=_was_converted,
    projected_state=_with_converted,
    summary=_summary_to,
    derived_effects=(RENEWAL_ALONG,),
)
ADD_QUANTITY = Command(
    kind="addOptionProductQuantity",
    intent=Intent.OPTIONS,
    topic=Topic.OPTION,
    title=gettext_lazy("Increase quantity"),
    label=gettext_lazy("Increase quantity"),
    description=gettext_lazy("Today, on the 1st of next month or at renewal"),
    icon="layers-plus",
    permission=PERMISSION,
    group=OPTIONS.name,
    url_name="options:add_quantity",
    path=f"{PATH}/more/",
    targets=in_use(lambda option: option.most is not None),
    preconditions=lambda state, target, _today: options.against_more(state, code_of(target)),
    form=OptionQuantityForm,
    page_form=OptionQuantityOnForm,
    bulk_description=IMMEDIATELY,
    request=OptionQuantityAdd,
    reads=(*READS, OPTION_RENEWALS.name),
    evaluate=options.add_quantity,
    send=_send_more,
    took_effect=_was_raised,
    projected_state=_with_more,
    summary=_summary_more,
    derived_effects=(RENEWAL_ALONG,),
)
