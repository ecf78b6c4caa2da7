"""Commands about the maximum number of users, now and scheduled."""

from typing import Any, cast

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.assumptions import with_both_members
from customers.commands.profile import PERMISSION
from customers.forms.customers import LimitForm, LimitMoveForm, LimitOnForm, LimitScheduleForm
from customers.rules import usage_status as rules
from customers.rules.usage_status import LimitMove, LimitSchedule, LimitSet, LimitUnschedule, limit_words
from customers.sync.customers import CUSTOMER
from customers.sync.usage_status import USAGE_STATUS
from portal.operations.approval_topics import Topic
from portal.operations.command_forms import CommandForm
from portal.operations.commands import Command
from portal.operations.intents import Intent
from portal.operations.payloads import OrderRequest
from portal.operations.snapshots import Snapshot
from portal.vendor.client import NewUsageStatusRenewal, PartnerApi, UsageStatus, UsageStatusChange

# What the plan says of a limit, the subscriptions tell.
READS_OF_NOW = (CUSTOMER.name, USAGE_STATUS.name, "subscriptions")
READS = (CUSTOMER.name, USAGE_STATUS.name)


def usage_with(state: Snapshot, **changes: Any) -> Snapshot:
    """Return a state with other values in the usage status, by LINE WORKS's names."""
    return state.with_records(
        USAGE_STATUS, [UsageStatus.from_vendor({**usage.raw, **changes}) for usage in state.of(UsageStatus)]
    )


def completed(before: Snapshot, request: OrderRequest) -> UsageStatusChange:
    """Return what is sent; the rules let nothing through whose usage status could not be read."""
    return with_both_members(cast(UsageStatus, rules.usage_of(before)), request.model_dump())


def send_both(api: PartnerApi, domain_id: int, change: UsageStatusChange) -> object:
    """Send the maximum number of users and the day of the platform cancellation."""
    return api.customers.patch_usage_status(domain_id, change)


def _send_schedule(api: PartnerApi, domain_id: int, request: LimitSchedule) -> object:
    renewal = NewUsageStatusRenewal(apply_date=request.apply_date, max_member_count=request.max_member_count)
    return api.customers.create_usage_status_renewal(domain_id, renewal)


def _send_move(api: PartnerApi, domain_id: int, request: LimitMove) -> object:
    return api.customers.patch_usage_status_renewal(domain_id, request.apply_date)


def _send_unschedule(api: PartnerApi, domain_id: int, _request: LimitUnschedule) -> None:
    api.customers.delete_usage_status_renewal(domain_id)


def _was_set(_before: Snapshot, after: Snapshot, request: LimitSet) -> bool:
    """It was another limit before, or nothing would have been sent."""
    usage = rules.usage_of(after)
    return usage is not None and usage.max_member_count == request.max_member_count


def _was_scheduled(before: Snapshot, after: Snapshot, request: LimitSchedule) -> bool:
    present = rules.scheduled(after)
    return (
        rules.scheduled(before) is None
        and present is not None
        and (present.apply_date, present.max_member_count) == (request.apply_date, request.max_member_count)
    )


def _was_moved(before: Snapshot, after: Snapshot, request: LimitMove) -> bool:
    earlier, present = rules.scheduled(before), rules.scheduled(after)
    return (
        earlier is not None
        and present is not None
        and (present.apply_date, present.max_member_count) == (request.apply_date, earlier.max_member_count)
    )


def _was_unscheduled(before: Snapshot, after: Snapshot, _request: LimitUnschedule) -> bool:
    """A schedule is absent too once its day has come; then the limit is what was scheduled."""
    earlier, usage = rules.scheduled(before), rules.usage_of(after)
    if earlier is None or usage is None or usage.renewal is not None:
        return False
    was = rules.usage_of(before)
    applied = usage.max_member_count == earlier.max_member_count and was != usage
    return not (applied and was is not None and was.max_member_count != usage.max_member_count)


def _with_limit(state: Snapshot, request: LimitSet) -> Snapshot:
    return usage_with(state, maxMemberCount=request.max_member_count, renewal=None)


def _with_schedule(state: Snapshot, request: LimitSchedule) -> Snapshot:
    return usage_with(state, renewal=request.model_dump(mode="json", by_alias=True))


def _with_move(state: Snapshot, request: LimitMove) -> Snapshot:
    present = rules.scheduled(state)
    limit = present.max_member_count if present else None
    return usage_with(state, renewal={"applyDate": request.apply_date.isoformat(), "maxMemberCount": limit})


def _without_schedule(state: Snapshot, _request: LimitUnschedule) -> Snapshot:
    return usage_with(state, renewal=None)


def _undo_set(before: Snapshot, _after: Snapshot, _request: LimitSet) -> tuple[str, LimitSet] | None:
    """The scheduled change that went with it would have to be scheduled anew."""
    usage = rules.usage_of(before)
    return ("patchUsageStatus.limit", LimitSet(max_member_count=usage.max_member_count)) if usage else None


def _undo_schedule(_before: Snapshot, _after: Snapshot, _request: LimitSchedule) -> tuple[str, LimitUnschedule]:
    return "deleteUsageStatusRenewal", LimitUnschedule()


def _undo_move(before: Snapshot, _after: Snapshot, _request: LimitMove) -> tuple[str, LimitMove] | None:
    present = rules.scheduled(before)
    return ("patchUsageStatusRenewal", LimitMove(apply_date=present.apply_date)) if present else None


def _undo_unschedule(before: Snapshot, _after: Snapshot, _request: LimitUnschedule) -> tuple[str, LimitSchedule] | None:
    present = rules.scheduled(before)
    if present is None:
        return None
    again = LimitSchedule(apply_date=present.apply_date, max_member_count=present.max_member_count)
    return "createUsageStatusRenewal", again


def _summary_set(state: Snapshot, request: LimitSet) -> str:
    usage = rules.usage_of(state)
    if usage is None:
        return _("To: %(new)s") % {"new": limit_words(request.max_member_count)}
    words = {"old": limit_words(usage.max_member_count), "new": limit_words(request.max_member_count)}
    return _("From: %(old)s. To: %(new)s") % words


def _summary_schedule(_state: Snapshot, request: LimitSchedule) -> str:
    words = {"limit": limit_words(request.max_member_count), "date": date_format(request.apply_date)}
    return _("%(limit)s, from %(date)s") % words


def _summary_move(state: Snapshot, request: LimitMove) -> str:
    present = rules.scheduled(state)
    if present is None:
        return _("To %(date)s") % {"date": date_format(request.apply_date)}
    return _("%(limit)s: from %(old)s to %(new)s") % {
        "limit": limit_words(present.max_member_count),
        "old": date_format(present.apply_date),
        "new": date_format(request.apply_date),
    }


def _summary_unschedule(state: Snapshot, _request: LimitUnschedule) -> str:
    present = rules.scheduled(state)
    if present is None:
        return ""
    words = {"limit": limit_words(present.max_member_count), "date": date_format(present.apply_date)}
    return _("%(limit)s, from %(date)s") % words


SET_LIMIT = Command(
    kind="patchUsageStatus.limit",
    intent=Intent.USERS,
    topic=Topic.USER_LIMIT,
    title=gettext_lazy("Set maximum users"),
    label=gettext_lazy("Set maximum users"),
    description=gettext_lazy("Today or on a later day"),
    icon="gauge",
    permission=PERMISSION,
    group="users",
    url_name="customers:limit",
    path="users/limit/",
    preconditions=lambda state, _target, today: rules.against_limit(state, today),
    form=LimitForm,
    page_form=LimitOnForm,
    request=LimitSet,
    reads=READS_OF_NOW,
    evaluate=rules.set_limit,
    completed=completed,
    send=send_both,
    took_effect=_was_set,
    projected_state=_with_limit,
    summary=_summary_set,
    undo=_undo_set,
)
SCHEDULE_LIMIT = Command(
    kind="createUsageStatusRenewal",
    intent=Intent.USERS,
    topic=Topic.USER_LIMIT,
    title=gettext_lazy("Schedule maximum users"),
    label=gettext_lazy("Schedule maximum users"),
    description=gettext_lazy("Applies on a date you choose"),
    icon="calendar-plus",
    permission=PERMISSION,
    group="users",
    url_name="customers:limit_schedule",
    path="users/scheduled-limit/add/",
    preconditions=lambda state, _target, today: rules.against_schedule(state, today),
    form=LimitScheduleForm,
    request=LimitSchedule,
    reads=READS_OF_NOW,
    evaluate=rules.schedule_limit,
    send=_send_schedule,
    took_effect=_was_scheduled,
    projected_state=_with_schedule,
    summary=_summary_schedule,
    undo=_undo_schedule,
)
MOVE_LIMIT = Command(
    kind="patchUsageStatusRenewal",
    intent=Intent.USERS,
    topic=Topic.SCHEDULE,
    title=gettext_lazy("Reschedule maximum users"),
    label=gettext_lazy("Reschedule maximum users"),
    row_label=gettext_lazy("Reschedule"),
    description=gettext_lazy("Changes the scheduled date"),
    icon="calendar-clock",
    permission=PERMISSION,
    group="users",
    url_name="customers:limit_move",
    path="users/scheduled-limit/move/",
    preconditions=lambda state, _target, _today: rules.against_change_of_schedule(state),
    form=LimitMoveForm,
    request=LimitMove,
    reads=READS,
    evaluate=rules.move_limit,
    send=_send_move,
    took_effect=_was_moved,
    projected_state=_with_move,
    summary=_summary_move,
    undo=_undo_move,
)
UNSCHEDULE_LIMIT = Command(
    kind="deleteUsageStatusRenewal",
    intent=Intent.USERS,
    topic=Topic.SCHEDULE,
    title=gettext_lazy("Delete scheduled maximum users"),
    label=gettext_lazy("Delete scheduled maximum users"),
    row_label=gettext_lazy("Delete schedule"),
    description=gettext_lazy("The maximum number of users won’t change"),
    icon="calendar-x",
    permission=PERMISSION,
    group="users",
    url_name="customers:limit_unschedule",
    path="users/scheduled-limit/delete/",
    preconditions=lambda state, _target, _today: rules.against_change_of_schedule(state),
    form=CommandForm,
    request=LimitUnschedule,
    reads=READS,
    evaluate=rules.unschedule_limit,
    send=_send_unschedule,
    took_effect=_was_unscheduled,
    projected_state=_without_schedule,
    summary=_summary_unschedule,
    undo=_undo_unschedule,
)
