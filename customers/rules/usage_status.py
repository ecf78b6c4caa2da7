"""
Rules for the maximum number of users: pure functions of (state, payload, today).

Sources: LINE WORKS pages named with each rule. ``ours`` marks what no page states, or only the page of
an operation that LINE WORKS has replaced.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _
from pydantic import StrictInt

from customers.rules.profile import frozen
from portal.core.labels import word_for
from portal.core.rules import RULEBOOK, Code, Consequence, Problem, Rule, Value, Verdict, Weight
from portal.operations.payloads import OrderRequest
from portal.operations.snapshots import Snapshot
from portal.vendor.client import Subscription, UsageStatus, UsageStatusRenewal

MOST_MEMBERS = 1_000_000
MOST_OF_FREE = 30
MOST_OF_TRIAL = 1_000
# The products of LINE WORKS itself, of whose members the limit speaks.
WORKS = ("FR", "STD_T", "ADV_T", "STD", "ADV")

_NOW = "partner-customer-usage-status-patch"
_ADD, _MOVE, _DELETE = (f"partner-customer-usage-status-renewal-{verb}" for verb in ("post", "patch", "delete"))
_OLD = "partner-customer-subscription-set-max-member-count"

MOST = RULEBOOK.add(
    Rule("cust.limit.most", _("Enter a maximum number of users from 1 to %(most)s, or select No limit."), _ADD)
)
NO_NUMBER = RULEBOOK.add(
    Rule(
        "cust.limit.none",
        _("With No limit, leave the number of users empty. To set a maximum, select Set a maximum."),
        _ADD,
        ours=True,
    )
)
SAME = RULEBOOK.add(Rule("cust.limit.same", _("The maximum number of users is already %(limit)s."), _NOW, ours=True))
WINDOW = RULEBOOK.add(Rule("cust.limit.schedule.window", _("Choose a date from %(first)s to %(last)s."), _ADD))
ONE = RULEBOOK.add(
    Rule(
        "cust.limit.schedule.one",
        _("A change is already scheduled for %(date)s. Reschedule it, or delete the schedule first."),
        _ADD,
        ours=True,
    )
)
EXISTS = RULEBOOK.add(
    Rule("cust.limit.schedule.exists", _("No change of the maximum number of users is scheduled."), _MOVE)
)
OTHER_DAY = RULEBOOK.add(
    Rule(
        "cust.limit.schedule.otherday",
        _("The change is already scheduled for %(date)s. Choose another date."),
        _MOVE,
        ours=True,
    )
)

DELETES_SCHEDULE = RULEBOOK.add(
    Rule("cust.limit.replaces", _("The scheduled change (%(limit)s from %(date)s) is also deleted."), _NOW)
)
BELOW_MEMBERS = RULEBOOK.add(
    Rule(
        "cust.limit.members",
        _(
            "The number of users is %(members)s now. LINE WORKS doesn’t document what happens to"
            " users above the maximum."
        ),
        _NOW,
        ours=True,
    )
)
MONTHLY_ONLY = RULEBOOK.add(
    Rule(
        "cust.limit.monthly",
        _(
            "A maximum number of users applies to monthly contracts. In an annual contract the number"
            " of licenses is the limit."
        ),
        _OLD,
        ours=True,
    )
)
LIMIT_OF_FREE = RULEBOOK.add(
    Rule(
        "cust.limit.free",
        _("An earlier version of this API accepted up to %(most)s users on Free. LINE WORKS may decline more."),
        _OLD,
        ours=True,
    )
)
LIMIT_OF_TRIAL = RULEBOOK.add(
    Rule(
        "cust.limit.trial",
        _("An earlier version of this API accepted up to %(most)s users in a trial. LINE WORKS may decline more."),
        _OLD,
        ours=True,
    )
)
UNREADABLE = RULEBOOK.add(
    Rule(
        "cust.usagestatus.unreadable",
        _(
            "The maximum number of users and the platform cancellation are sent to LINE WORKS"
            " together, and the current values could not be loaded. Refresh the customer and try"
            " again."
        ),
        _NOW,
        ours=True,
    )
)
NOT_SENT_BACK = RULEBOOK.add(
    Rule(
        "cust.usagestatus.outofrange",
        _(
            "The maximum number of users is sent unchanged, but LINE WORKS doesn’t accept its current"
            " value, %(limit)s. Set the maximum number of users first."
        ),
        _NOW,
        ours=True,
    )
)
KEEPS_DAY = RULEBOOK.add(
    Rule("cust.usagestatus.keepsday", _("The scheduled platform cancellation stays: %(date)s."), _NOW)
)
NO_DAY = RULEBOOK.add(
    Rule(
        "cust.usagestatus.noday",
        _(
            "LINE WORKS shows no scheduled platform cancellation, so the request is sent without one."
            " If LINE WORKS has one that it doesn’t show, it is deleted."
        ),
        _NOW,
        ours=True,
    )
)
KEEPS_LIMIT = RULEBOOK.add(
    Rule("cust.usagestatus.keepslimit", _("The maximum number of users stays: %(limit)s."), _NOW)
)
LIMIT_AGAIN = RULEBOOK.add(
    Rule("cust.limit.again", _("You can change the maximum again at any time."), _NOW, ours=True)
)
STARTS = RULEBOOK.add(
    Rule("cust.limit.schedule.applies", _("The maximum number of users stays unchanged until %(date)s."), _ADD)
)
UNDO = RULEBOOK.add(
    Rule("cust.limit.schedule.undo", _("You can reschedule or delete this change until %(date)s."), _DELETE, ours=True)
)
DAY_ONLY = RULEBOOK.add(
    Rule(
        "cust.limit.schedule.dateonly",
        _("Only the date changes. For another maximum, delete the schedule and add a new one."),
        _MOVE,
    )
)
GIVEN_UP = RULEBOOK.add(
    Rule(
        "cust.limit.schedule.deleted", _("The maximum number of users won’t change to %(limit)s on %(date)s."), _DELETE
    )
)
SCHEDULE_AGAIN = RULEBOOK.add(
    Rule("cust.limit.schedule.again", _("You can schedule a change again, from tomorrow on."), _ADD, ours=True)
)


class LimitSet(OrderRequest):
    """A user limit from now on; None lifts it."""

    max_member_count: StrictInt | None


class LimitSchedule(OrderRequest):
    """A user limit from a day on; None lifts it."""

    apply_date: date
    max_member_count: StrictInt | None


class LimitMove(OrderRequest):
    """The scheduled change of the user limit on another day."""

    apply_date: date


class LimitUnschedule(OrderRequest):
    """The scheduled change of the user limit given up."""


def schedule_window(today: date) -> tuple[date, date]:
    """Return the first and the last day on which a limit may be scheduled."""
    return today + timedelta(days=1), one_year_after(today)


def one_year_after(day: date) -> date:
    """Return the same day a year later; after 29 February, which that year does not have, the 28th."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)


def usage_of(state: Snapshot) -> UsageStatus | None:
    """Return how the customer stands, if that could be read."""
    return next(iter(state.of(UsageStatus)), None)


def scheduled(state: Snapshot) -> UsageStatusRenewal | None:
    """Return the scheduled change of the user limit, if there is one."""
    usage = usage_of(state)
    return usage.renewal if usage else None


def without_limit_problems(number: int | None) -> list[Problem]:
    """Return what stands against a number of users where there is to be no limit."""
    return [] if number is None else [Problem(NO_NUMBER, at="max_member_count")]


def limit_words(limit: int | None) -> str:
    """Say a user limit."""
    return word_for("limit", "none") if limit is None else number_format(limit, use_l10n=True, force_grouping=True)


def limit_value(limit: int | None) -> int | Code:
    """Return a maximum number of users as a finding holds it, to be worded in the language of the reader."""
    return Code("limit", "none") if limit is None else limit


def set_limit(state: Snapshot, request: LimitSet, today: date) -> Verdict:
    """Judge a user limit from now on."""
    usage, limit = usage_of(state), request.max_member_count
    problems = (
        frozen(state)
        or unreadable(state)
        or _limit_problems(limit)
        or _annual_problems(state, limit, today)
        or _same_as_now(state, limit)
    )
    if problems:
        return Verdict(tuple(problems))
    day = usage.withdrawal_date if usage else None
    return Verdict(
        (),
        (
            *deletes_schedule(state),
            Consequence(KEEPS_DAY, {"date": day}) if day else Consequence(NO_DAY, weight=Weight.CARE),
            *_below_members(usage, limit),
            *_plan_warnings(state, limit),
            Consequence(LIMIT_AGAIN, weight=Weight.UNDO),
        ),
    )


def _same_as_now(state: Snapshot, limit: int | None) -> list[Problem]:
    usage = usage_of(state)
    same = usage is not None and usage.max_member_count == limit
    return [Problem(SAME, {"limit": limit_value(limit)}, at="max_member_count")] if same else []


def schedule_limit(state: Snapshot, request: LimitSchedule, today: date) -> Verdict:
    """Judge a user limit from a day on."""
    day, limit = request.apply_date, request.max_member_count
    problems = (
        _against_a_schedule(state)
        or [*_day_problems(day, today), *_limit_problems(limit)]
        or _annual_problems(state, limit, day)
        or _same_as_now(state, limit)
    )
    if problems:
        return Verdict(tuple(problems))
    return Verdict(
        (),
        (
            *_below_members(usage_of(state), limit),
            *_plan_warnings(state, limit),
            Consequence(STARTS, {"date": day}),
            Consequence(UNDO, {"date": day - timedelta(days=1)}, weight=Weight.UNDO),
        ),
    )


def move_limit(state: Snapshot, request: LimitMove, today: date) -> Verdict:
    """Judge another day for the scheduled change."""
    present = scheduled(state)
    problems = against_change_of_schedule(state) or _day_problems(request.apply_date, today)
    if not problems and present and present.apply_date == request.apply_date:
        problems = [Problem(OTHER_DAY, {"date": request.apply_date}, at="apply_date")]
    if problems:
        return Verdict(tuple(problems))
    day_before = request.apply_date - timedelta(days=1)
    return Verdict((), (Consequence(DAY_ONLY), Consequence(UNDO, {"date": day_before}, weight=Weight.UNDO)))


def unschedule_limit(state: Snapshot, _request: LimitUnschedule, _today: date) -> Verdict:
    """Judge the deletion of the scheduled change."""
    present = scheduled(state)
    problems = against_change_of_schedule(state)
    if problems or present is None:
        return Verdict(tuple(problems))
    return Verdict(
        (),
        (
            Consequence(GIVEN_UP, _scheduled_values(present), weight=Weight.CARE),
            Consequence(SCHEDULE_AGAIN, weight=Weight.UNDO),
        ),
    )


def against_limit(state: Snapshot, today: date) -> list[Problem]:
    """Return what stands against setting a limit, whatever the limit is: with nothing to set and nothing to remove."""
    return frozen(state) or _nothing_to_limit(state, today)


def against_schedule(state: Snapshot, today: date) -> list[Problem]:
    """Return what stands against scheduling a limit, whatever the limit and the day are."""
    return _against_a_schedule(state) or _nothing_to_limit(state, schedule_window(today)[1])


def _against_a_schedule(state: Snapshot) -> list[Problem]:
    present = scheduled(state)
    return frozen(state) or ([Problem(ONE, {"date": present.apply_date})] if present else [])


def _nothing_to_limit(state: Snapshot, day: date) -> list[Problem]:
    usage = usage_of(state)
    has_limit = usage is not None and usage.max_member_count is not None
    return [Problem(MONTHLY_ONLY)] if is_annual_on(state, day) and not has_limit else []


def is_annual_on(state: Snapshot, day: date) -> bool:
    """Return whether an annual contract of LINE WORKS itself runs on a day, by what is set for its renewal."""
    return any(_plan_on(running, day).startswith("ANNUAL") for running in _works(state))


def _plan_on(running: Subscription, day: date) -> str:
    """Return the contract type of a subscription on a day; empty if it has ended by then."""
    renewal = running.renewal
    if renewal is None or running.plan_end_date is None or day <= running.plan_end_date:
        return running.plan
    return "" if renewal.type == "CANCEL" else (renewal.plan or running.plan)


def against_change_of_schedule(state: Snapshot) -> list[Problem]:
    """Return what stands against moving or deleting what is scheduled."""
    return frozen(state) or ([] if scheduled(state) else [Problem(EXISTS)])


def unreadable(state: Snapshot) -> list[Problem]:
    """Return what stands against sending the usage status: the part that nobody asked to change is not known."""
    return [] if usage_of(state) else [Problem(UNREADABLE)]


def against_keeping_limit(state: Snapshot) -> list[Problem]:
    """Return what stands against sending the maximum number of users as it is."""
    usage = usage_of(state)
    if usage is None or not _limit_problems(usage.max_member_count):
        return unreadable(state)
    return [Problem(NOT_SENT_BACK, {"limit": limit_value(usage.max_member_count)})]


def keeps_limit(state: Snapshot) -> list[Consequence]:
    """Return what follows from sending the maximum number of users as it is."""
    usage = usage_of(state)
    limit = limit_value(usage.max_member_count if usage else None)
    return [Consequence(KEEPS_LIMIT, {"limit": limit}), *deletes_schedule(state)]


def deletes_schedule(state: Snapshot) -> list[Consequence]:
    """Return what becomes of a scheduled maximum number of users when one is sent, changed or not."""
    present = scheduled(state)
    return [Consequence(DELETES_SCHEDULE, _scheduled_values(present), weight=Weight.LOSS)] if present else []


def _scheduled_values(present: UsageStatusRenewal) -> dict[str, Value]:
    return {"limit": limit_value(present.max_member_count), "date": present.apply_date}


def _limit_problems(limit: int | None) -> list[Problem]:
    if limit is None or 1 <= limit <= MOST_MEMBERS:
        return []
    return [Problem(MOST, {"most": MOST_MEMBERS}, at="max_member_count")]


def _annual_problems(state: Snapshot, limit: int | None, day: date) -> list[Problem]:
    """Removing a limit is not setting one, whatever the contract is."""
    if limit is None or not is_annual_on(state, day):
        return []
    return [Problem(MONTHLY_ONLY, at="max_member_count")]


def _day_problems(day: date, today: date) -> list[Problem]:
    first, last = schedule_window(today)
    return [] if first <= day <= last else [Problem(WINDOW, {"first": first, "last": last}, at="apply_date")]


def _below_members(usage: UsageStatus | None, limit: int | None) -> list[Consequence]:
    members = (usage and usage.member_count) or 0
    if limit is None or members <= limit:
        return []
    return [Consequence(BELOW_MEMBERS, {"members": members}, weight=Weight.CARE)]


def _plan_warnings(state: Snapshot, limit: int | None) -> Iterator[Consequence]:
    """Warn by what the operation before this one documented; whether it holds for this one no page says."""
    if limit is None:
        return
    plans = {running.plan for running in _works(state)}
    if "FREE" in plans and limit > MOST_OF_FREE:
        yield Consequence(LIMIT_OF_FREE, {"most": MOST_OF_FREE}, weight=Weight.CARE)
    if "TRIAL" in plans and limit > MOST_OF_TRIAL:
        yield Consequence(LIMIT_OF_TRIAL, {"most": MOST_OF_TRIAL}, weight=Weight.CARE)


def _works(state: Snapshot) -> list[Subscription]:
    return [running for running in state.of(Subscription) if running.product_id in WORKS]
