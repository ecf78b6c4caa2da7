"""Commands: platform cancellation, and deleting a customer."""

from typing import cast

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.commands.derived_effects import MAIN_PRODUCT
from customers.commands.profile import PERMISSION
from customers.commands.usage_status import completed, send_both, usage_with
from customers.forms.customers import DeleteForm, StayForm, WithdrawalForm
from customers.rules import cancellation as rules
from customers.rules.cancellation import CustomerDelete, Stay, Withdrawal
from customers.rules.profile import PENDING
from customers.rules.usage_status import usage_of
from customers.sync.customers import CUSTOMER
from customers.sync.usage_status import USAGE_STATUS
from portal.operations.approval_topics import Topic
from portal.operations.commands import Command, Outcome
from portal.operations.derived_effects import DerivedEffect, goes
from portal.operations.intents import Intent
from portal.operations.snapshots import Snapshot
from portal.vendor.client import Customer, PartnerApi, UsageStatus

# All that ends with a customer. The customer itself comes first: once it is gone, nothing else needs to be asked for.
READS = (CUSTOMER.name, USAGE_STATUS.name, "subscriptions", "pre_orders", "options")
# A customer that waits for its deletion has lost the rest by then: what is scheduled, and what was metered that day.
ALL_ENDS = (
    MAIN_PRODUCT,
    *(
        DerivedEffect(name, goes)
        for name in ("reservations", "option_orders", "option_renewals", "upgrade_domain", "usages", "option_usages")
    ),
)


def _send_delete(api: PartnerApi, domain_id: int, _request: CustomerDelete) -> object:
    return api.customers.delete_customer(domain_id)


def _has_day(_before: Snapshot, after: Snapshot, request: Withdrawal) -> bool:
    """It was another day before, or nothing would have been sent; while a deletion is pending the day is another."""
    usage = usage_of(after)
    return usage is not None and usage.withdrawal_date == request.withdrawal_date and usage.status != PENDING


def _stays(_before: Snapshot, after: Snapshot, _request: Stay) -> bool:
    usage = usage_of(after)
    return usage is not None and usage.withdrawal_date is None


def _is_leaving(before: Snapshot, after: Snapshot, _request: CustomerDelete) -> bool:
    """It is not there any more, or it has begun to wait for its deletion."""
    if not after.of(Customer):
        return after.is_complete and bool(before.of(Customer))
    return _is_pending(after) and not _is_pending(before)


def _is_pending(state: Snapshot) -> bool:
    return any(usage.status == PENDING for usage in state.of(UsageStatus))


def _with_day(state: Snapshot, request: Withdrawal) -> Snapshot:
    return usage_with(state, withdrawalDate=request.withdrawal_date.isoformat(), renewal=None)


def _without_day(state: Snapshot, _request: Stay) -> Snapshot:
    return usage_with(state, withdrawalDate=None, renewal=None)


def _without_anything(state: Snapshot, _request: CustomerDelete) -> Snapshot:
    return Snapshot(dict.fromkeys(state.by_resource, ()), is_complete=state.is_complete)


def _what_became_of_it(before: Snapshot, after: Snapshot) -> Outcome:
    """Tell a customer that is gone from one that waits for its deletion, of which LINE WORKS alone decides."""
    if not after.of(Customer):
        return Outcome(
            _("The customer was deleted. LINE WORKS no longer lists it."),
            _without_anything(before, CustomerDelete()),
        )
    usage = cast(UsageStatus, usage_of(after))
    day = usage.withdrawal_date
    words = _("The customer is pending cancellation. LINE WORKS deletes it later.")
    if day:
        words = _(
            "The customer is pending cancellation and is deleted on %(date)s. This can’t be undone."
            " The last invoice is issued by %(invoice)s."
        ) % {"date": date_format(day), "invoice": date_format(day.replace(day=1))}
    # Ours: what ends at once and what on that day no page says, so whatever was read of that is as it should be.
    return Outcome(
        words, usage_with(after, status=PENDING, withdrawalDate=day.isoformat() if day else None, renewal=None)
    )


def _undo_withdraw(before: Snapshot, _after: Snapshot, _request: Withdrawal) -> tuple[str, Withdrawal | Stay]:
    usage = usage_of(before)
    if usage and usage.withdrawal_date:
        return "patchUsageStatus.withdrawal", Withdrawal(withdrawal_date=usage.withdrawal_date)
    return "patchUsageStatus.stay", Stay(withdrawal_date=None)


def _undo_stay(before: Snapshot, _after: Snapshot, _request: Stay) -> tuple[str, Withdrawal] | None:
    usage = usage_of(before)
    if usage is None or usage.withdrawal_date is None:
        return None
    return "patchUsageStatus.withdrawal", Withdrawal(withdrawal_date=usage.withdrawal_date)


def _summary_withdraw(state: Snapshot, request: Withdrawal) -> str:
    usage = usage_of(state)
    if usage is None or usage.withdrawal_date is None:
        return _("On %(date)s") % {"date": date_format(request.withdrawal_date)}
    words = {"old": date_format(usage.withdrawal_date), "new": date_format(request.withdrawal_date)}
    return _("From %(old)s to %(new)s") % words


def _summary_stay(state: Snapshot, _request: Stay) -> str:
    usage = usage_of(state)
    if usage is None or usage.withdrawal_date is None:
        return _("Any scheduled platform cancellation")
    return _("Was scheduled for %(date)s") % {"date": date_format(usage.withdrawal_date)}


def _summary_delete(state: Snapshot, _request: CustomerDelete) -> str:
    return ", ".join(customer.domain for customer in state.of(Customer))


WITHDRAW = Command(
    kind="patchUsageStatus.withdrawal",
    intent=Intent.LEAVE,
    topic=Topic.PLATFORM_END,
    title=gettext_lazy("Schedule platform cancellation"),
    label=gettext_lazy("Schedule platform cancellation"),
    row_label=gettext_lazy("Reschedule"),
    description=gettext_lazy("Deletes the customer and all its contracts on a date"),
    icon="calendar-off",
    permission=PERMISSION,
    group="users",
    url_name="customers:withdraw",
    path="users/withdrawal/",
    preconditions=lambda state, _target, _today: rules.against_leaving(state),
    form=WithdrawalForm,
    request=Withdrawal,
    reads=READS,
    evaluate=rules.withdraw,
    completed=completed,
    send=send_both,
    took_effect=_has_day,
    projected_state=_with_day,
    summary=_summary_withdraw,
    is_destructive=True,
    undo=_undo_withdraw,
)
STAY = Command(
    kind="patchUsageStatus.stay",
    intent=Intent.LEAVE,
    topic=Topic.SCHEDULE,
    title=gettext_lazy("Cancel scheduled platform cancellation"),
    label=gettext_lazy("Cancel scheduled platform cancellation"),
    row_label=gettext_lazy("Keep customer"),
    description=gettext_lazy("The customer and its contracts stay"),
    icon="undo-2",
    permission=PERMISSION,
    group="users",
    url_name="customers:stay",
    path="users/withdrawal/take-back/",
    preconditions=lambda state, _target, _today: rules.against_taking_back(state),
    form=StayForm,
    request=Stay,
    reads=(CUSTOMER.name, USAGE_STATUS.name),
    evaluate=rules.stay,
    completed=completed,
    send=send_both,
    took_effect=_stays,
    projected_state=_without_day,
    summary=_summary_stay,
    undo=_undo_stay,
)
DELETE = Command(
    kind="deleteCustomer",
    intent=Intent.LEAVE,
    topic=Topic.CUSTOMER_END,
    title=gettext_lazy("Delete customer"),
    label=gettext_lazy("Delete customer"),
    description=gettext_lazy("Deletes the customer and all its subscriptions immediately"),
    icon="trash-2",
    permission=PERMISSION,
    url_name="customers:delete",
    path="delete/",
    preconditions=lambda state, _target, _today: rules.against_leaving(state),
    form=DeleteForm,
    request=CustomerDelete,
    reads=READS,
    evaluate=rules.delete,
    send=_send_delete,
    took_effect=_is_leaving,
    projected_state=_without_anything,
    summary=_summary_delete,
    is_destructive=True,
    ends_customer=True,
    outcome=_what_became_of_it,
    derived_effects=ALL_ENDS,
)
