"""
The vendor's rules for the user limit, now and scheduled, as pure functions of (state, request, today).

Sources: the vendor pages named with each rule. ``ours`` marks what no page states, or states of an operation that the
vendor has replaced since.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from pydantic import StrictInt

from customers.rules import frozen
from portal.operations.readings import Readings
from portal.operations.requests import OrderRequest
from portal.partner_api import Subscription, UsageStatus, UsageStatusRenewal
from portal.rulebook import RULEBOOK, Consequence, Problem, Rule, Verdict, Weight

MOST_MEMBERS = 1_000_000
MOST_OF_FREE = 30
MOST_OF_TRIAL = 1_000
# The products of LINE WORKS itself, of whose members the limit speaks.
WORKS = ("FR", "STD_T", "ADV_T", "STD", "ADV")

_NOW = "partner-customer-usage-status-patch"
_ADD, _MOVE, _DELETE = (f"partner-customer-usage-status-renewal-{verb}" for verb in ("post", "patch", "delete"))
_OLD = "partner-customer-subscription-set-max-member-count"

MOST = RULEBOOK.add(Rule("cust.limit.most", _("A user limit is a number from 1 to %(most)s, or there is none."), _ADD))
SAME = RULEBOOK.add(Rule("cust.limit.same", _("The user limit is this already: %(limit)s."), _NOW, ours=True))
WINDOW = RULEBOOK.add(Rule("cust.limit.schedule.window", _("The day must lie between %(first)s and %(last)s."), _ADD))
ONE = RULEBOOK.add(
    Rule(
        "cust.limit.schedule.one",
        _("A change is scheduled already for %(date)s. Move it, or delete it first."),
        _ADD,
        ours=True,
    )
)
EXISTS = RULEBOOK.add(Rule("cust.limit.schedule.exists", _("No change of the user limit is scheduled."), _MOVE))
OTHER_DAY = RULEBOOK.add(
    Rule(
        "cust.limit.schedule.otherday", _("It is scheduled for %(date)s already; choose another day."), _MOVE, ours=True
    )
)

DELETES_SCHEDULE = RULEBOOK.add(
    Rule("cust.limit.replaces", _("The scheduled change, %(limit)s from %(date)s, is deleted along with it."), _NOW)
)
BELOW_MEMBERS = RULEBOOK.add(
    Rule(
        "cust.limit.members",
        _("The customer has %(members)s members now. The vendor does not say what becomes of those above the limit."),
        _NOW,
        ours=True,
    )
)
NOT_FOR_LICENCES = RULEBOOK.add(
    Rule(
        "cust.limit.monthly",
        _("The vendor’s earlier operation took a limit for monthly contracts only, so it may refuse this one."),
        _OLD,
        ours=True,
    )
)
LIMIT_OF_FREE = RULEBOOK.add(
    Rule(
        "cust.limit.free",
        _("The vendor’s earlier operation took up to %(most)s users on Free, so it may refuse more."),
        _OLD,
        ours=True,
    )
)
LIMIT_OF_TRIAL = RULEBOOK.add(
    Rule(
        "cust.limit.trial",
        _("The vendor’s earlier operation took up to %(most)s users on a trial, so it may refuse more."),
        _OLD,
        ours=True,
    )
)
LIMIT_AGAIN = RULEBOOK.add(Rule("cust.limit.again", _("Can be set again at any time."), _NOW, ours=True))
STARTS = RULEBOOK.add(Rule("cust.limit.schedule.applies", _("Until %(date)s the limit stays as it is."), _ADD))
UNDO = RULEBOOK.add(Rule("cust.limit.schedule.undo", _("Can be moved or deleted until %(date)s."), _DELETE, ours=True))
DAY_ONLY = RULEBOOK.add(
    Rule(
        "cust.limit.schedule.dateonly",
        _("Only the day changes, not the limit. For another limit, delete it and schedule anew."),
        _MOVE,
    )
)
GIVEN_UP = RULEBOOK.add(
    Rule("cust.limit.schedule.deleted", _("The limit stays as it is; %(limit)s from %(date)s is given up."), _DELETE)
)
SCHEDULE_AGAIN = RULEBOOK.add(
    Rule("cust.limit.schedule.again", _("Can be scheduled again, from tomorrow on."), _ADD, ours=True)
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
    """Answer the first and the last day on which a limit may be scheduled."""
    return today + timedelta(days=1), one_year_after(today)


def one_year_after(day: date) -> date:
    """Answer the same day a year later; after 29 February, which that year does not have, the 28th."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)


def usage_of(state: Readings) -> UsageStatus | None:
    """Answer how the customer stands, if that could be read."""
    return next(iter(state.of(UsageStatus)), None)


def scheduled(state: Readings) -> UsageStatusRenewal | None:
    """Answer the scheduled change of the user limit, if there is one."""
    usage = usage_of(state)
    return usage.renewal if usage else None


def limit_words(limit: int | None) -> str:
    """Say a user limit."""
    return gettext("no limit") if limit is None else number_format(limit, use_l10n=True, force_grouping=True)


def set_limit(state: Readings, request: LimitSet, _today: date) -> Verdict:
    """Judge a user limit from now on."""
    usage, limit = usage_of(state), request.max_member_count
    problems = frozen(state) or _limit_problems(limit)
    if not problems and usage and usage.max_member_count == limit:
        problems = [Problem(SAME, {"limit": limit_words(limit)}, at="max_member_count")]
    if problems:
        return Verdict(tuple(problems))
    replaced = [
        Consequence(DELETES_SCHEDULE, _scheduled_values(present), weight=Weight.LOSS)
        for present in [scheduled(state)]
        if present
    ]
    return Verdict(
        (),
        (
            *replaced,
            *_below_members(usage, limit),
            *_plan_warnings(state, limit),
            Consequence(LIMIT_AGAIN, weight=Weight.UNDO),
        ),
    )


def schedule_limit(state: Readings, request: LimitSchedule, today: date) -> Verdict:
    """Judge a user limit from a day on."""
    problems = against_schedule(state) or [
        *_day_problems(request.apply_date, today),
        *_limit_problems(request.max_member_count),
    ]
    if problems:
        return Verdict(tuple(problems))
    day_before = request.apply_date - timedelta(days=1)
    return Verdict(
        (),
        (
            *_below_members(usage_of(state), request.max_member_count),
            Consequence(STARTS, {"date": request.apply_date}),
            Consequence(UNDO, {"date": day_before}, weight=Weight.UNDO),
        ),
    )


def move_limit(state: Readings, request: LimitMove, today: date) -> Verdict:
    """Judge another day for the scheduled change."""
    present = scheduled(state)
    problems = against_change_of_schedule(state) or _day_problems(request.apply_date, today)
    if not problems and present and present.apply_date == request.apply_date:
        problems = [Problem(OTHER_DAY, {"date": request.apply_date}, at="apply_date")]
    if problems:
        return Verdict(tuple(problems))
    day_before = request.apply_date - timedelta(days=1)
    return Verdict((), (Consequence(DAY_ONLY), Consequence(UNDO, {"date": day_before}, weight=Weight.UNDO)))


def unschedule_limit(state: Readings, _request: LimitUnschedule, _today: date) -> Verdict:
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


def against_schedule(state: Readings) -> list[Problem]:
    """Answer what stands against scheduling a limit, whatever the limit is."""
    present = scheduled(state)
    return frozen(state) or ([Problem(ONE, {"date": present.apply_date})] if present else [])


def against_change_of_schedule(state: Readings) -> list[Problem]:
    """Answer what stands against moving or deleting what is scheduled."""
    return frozen(state) or ([] if scheduled(state) else [Problem(EXISTS)])


def _scheduled_values(present: UsageStatusRenewal) -> dict[str, str | date]:
    return {"limit": limit_words(present.max_member_count), "date": present.apply_date}


def _limit_problems(limit: int | None) -> list[Problem]:
    if limit is None or 1 <= limit <= MOST_MEMBERS:
        return []
    return [Problem(MOST, {"most": MOST_MEMBERS}, at="max_member_count")]


def _day_problems(day: date, today: date) -> list[Problem]:
    first, last = schedule_window(today)
    return [] if first <= day <= last else [Problem(WINDOW, {"first": first, "last": last}, at="apply_date")]


def _below_members(usage: UsageStatus | None, limit: int | None) -> list[Consequence]:
    members = (usage and usage.member_count) or 0
    if limit is None or members <= limit:
        return []
    return [Consequence(BELOW_MEMBERS, {"members": members}, weight=Weight.CARE)]


def _plan_warnings(state: Readings, limit: int | None) -> Iterator[Consequence]:
    """Warn by what the operation before this one documented; whether it holds for this one no page says."""
    if limit is None:
        return
    plans = {running.plan for running in state.of(Subscription) if running.product_id in WORKS}
    if any(plan.startswith("ANNUAL") for plan in plans):
        yield Consequence(NOT_FOR_LICENCES, weight=Weight.CARE)
    if "FREE" in plans and limit > MOST_OF_FREE:
        yield Consequence(LIMIT_OF_FREE, {"most": MOST_OF_FREE}, weight=Weight.CARE)
    if "TRIAL" in plans and limit > MOST_OF_TRIAL:
        yield Consequence(LIMIT_OF_TRIAL, {"most": MOST_OF_TRIAL}, weight=Weight.CARE)
