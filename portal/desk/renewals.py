"""
Renewals: which contracts need a decision, by when, and how far each of them is.

All of it is derived from the cache and from requests; ``RenewalCase`` keeps what neither knows. A row of the queue is a
subscription with these columns added:

    deadline    the day that the decision is about: contract end, or the end of the trial grace period
    term_end    the contract end that names the case
    stage       a ``Stage``
    snoozed     whether somebody snoozed it until a later day
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, timedelta
from enum import IntEnum
from functools import cache, lru_cache, reduce
from operator import or_
from typing import Any, NamedTuple

from django.db.models import (
    BigIntegerField,
    BooleanField,
    Case,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce

from customers.models import Customer, tags_of
from portal.core.business_days import decide_by, last_end_decided_by
from portal.core.catalogue import FREE_PLANS, MONTHLY_PLANS, TRIAL_PLANS
from portal.core.filters import FIRST_DAY, LAST_DAY
from portal.desk.contract_days import canceled_by, has_task, leaves_by
from portal.desk.models import RenewalCase
from portal.operations.models import Operation
from portal.operations.states import SETTLED, State
from portal.sync.models import DetectedChange
from subscriptions.assumptions import GRACE_DAYS
from subscriptions.commands.contract import CONVERT
from subscriptions.commands.renewals import SET_RENEWAL
from subscriptions.days import DayBefore, DaysAfter, decision_day
from subscriptions.models import Subscription
from subscriptions.rules.renewals import CANCEL, CHANGE
from subscriptions.rules.reservations import START_PAID

DAYS_BACK, DAYS_AHEAD = 7, 120
# What Home and the navigation count.
DAYS_TO_DECIDE = 30
DAYS_OF_A_WEEK = 7
# A request that decides a renewal, from the draft to its effect.
KINDS = (SET_RENEWAL.kind, CONVERT.kind)
OPEN = tuple(state for state in State if state not in (*SETTLED, State.PROPOSED))

# What a page shows of a case.
CASE_COLUMNS = (
    "owner_id", "owner_name", "note", "decision", "decided_at", "decided_by_name", "snoozed_until", "snooze_reason",
)  # fmt: skip

# The last column tells any two rows apart.
SORTS: dict[str, tuple[str, ...]] = {
    "due": ("deadline", "customer__sort_name", "pk"),
    "name": ("customer__sort_name", "deadline", "pk"),
    "licenses": ("license_count", "deadline", "pk"),
    "state": ("stage", "deadline", "pk"),
}
DEFAULT_SORT = "due"

Rows = QuerySet[Any]


class Stage(IntEnum):
    """How far the decision about a renewal is, as the page shows it by dots."""

    # Nothing is recorded: a contract would renew unchanged, a trial would end.
    UNDECIDED = 1
    # Somebody recorded it, or the request is not accepted yet.
    DECIDED = 2
    # LINE WORKS holds it as renewal settings or as a scheduled conversion.
    ACCEPTED = 3
    # The day has passed, and the new term or the end was seen.
    VERIFIED = 4


class Alike(NamedTuple):
    """How many renewals have the same deadline, stage and snooze."""

    deadline: date
    stage: int
    snoozed: bool
    number: int


def queue(today: date, *, since: date | None = None, until: date | None = None) -> Rows:
    """
    Return what is not verified yet, the earliest deadline first.

    Left out are free plans, customers that leave by the day after the deadline, what is canceled by then (neither
    renews any more), and monthly contracts for which nothing is set: they renew by themselves.

    Args:
        today: the business day.
        since: the first deadline; ``DAYS_BACK`` before today if not given.
        until: the last deadline; ``DAYS_AHEAD`` from today if not given.
    """
    first = since or today - timedelta(days=DAYS_BACK)
    return _queue(today, first, until or today + timedelta(days=DAYS_AHEAD)).all()


# To put the query together takes longer than its answer.
@lru_cache(maxsize=8)
def _queue(today: date, first: date, last: date) -> Rows:
    snoozed = _is_among(RenewalCase.objects.filter(snoozed_until__gt=today))
    rows = (
        Subscription.objects.current()
        .exclude(customer__in=Customer.objects.removed())
        .exclude(plan__in=FREE_PLANS)
        .annotate(deadline=decision_day(), term_end=F("end_date"))
        .filter(deadline__range=(first, last))
        .annotate(day_after=DaysAfter(F("deadline"), 1))
        .filter(~leaves_by("day_after"), ~canceled_by("day_after"))
        .annotate(stage=_stage(), snoozed=ExpressionWrapper(snoozed, BooleanField()))
        .exclude(_is(Stage.UNDECIDED), plan__in=MONTHLY_PLANS)
    )
    return _in_order(rows)


def of_stages(rows: Rows, stages: Collection[Stage]) -> Rows:
    """Return those of the queue that are so far; by conditions of their own, whose rarity PostgreSQL can guess."""
    wanted = [stage for stage in _CONDITIONS if stage in stages]
    found: Rows = rows
    if len(wanted) < len(_CONDITIONS):
        found = rows.filter(reduce(or_, map(_is, wanted))) if wanted else rows.none()
    return found


def verified(today: date, *, since: date | None = None) -> Rows:
    """
    Return what has been seen after its day: a new term that follows another, or the end of what does not renew.

    Args:
        today: the business day.
        since: the first contract end; ``DAYS_BACK`` before today if not given.
    """
    return _verified(today, since or today - timedelta(days=DAYS_BACK)).all()


@lru_cache(maxsize=8)
def _verified(today: date, first: date) -> Rows:
    term_before = (
        DetectedChange.objects.filter(
            domain_id=OuterRef("customer_id"),
            resource="subscriptions",
            key=Cast(OuterRef("subscription_id"), TextField()),
        )
        .annotate(end_before=KeyTextTransform("planEndDate", "before"))
        .filter(end_before=Cast(OuterRef("day_before"), TextField()))
    )
    renewed = Q(removed_at=None, start_date__range=(first + timedelta(days=1), today)) & Exists(term_before)
    ended = Q(removed_at__isnull=False, renewal_type=CANCEL, end_date__gte=first, end_date__lt=today)
    rows = (
        Subscription.objects.exclude(customer__in=Customer.objects.removed())
        .exclude(plan__in=(*FREE_PLANS, *TRIAL_PLANS, *MONTHLY_PLANS))
        .annotate(day_before=DayBefore(F("start_date")))
        .filter(renewed | ended)
        .annotate(
            term_end=Case(When(removed_at=None, then=F("day_before")), default=F("end_date")),
            deadline=F("term_end"),
            stage=Value(Stage.VERIFIED, IntegerField()),
            snoozed=Value(False, BooleanField()),
        )
    )
    return _in_order(rows)


def undecided(today: date) -> QuerySet[Subscription]:
    """Return the undecided renewals to decide within ``DAYS_TO_DECIDE``, the earliest first; snoozed ones wait."""
    return of_stages(queue(today, until=last_end_to_decide(today)).filter(snoozed=False), [Stage.UNDECIDED])


def last_end_to_decide(today: date) -> date:
    """Return the last contract end whose decision is due within ``DAYS_TO_DECIDE``."""
    return last_end_decided_by(today + timedelta(days=DAYS_TO_DECIDE))


def of_owner(rows: Rows, person_id: int, *, and_unassigned: bool) -> Rows:
    """
    Return the renewals of a person: those assigned to them, and others of the customers that they own.

    Args:
        rows: as ``queue`` or ``verified`` return them.
        person_id: who owns them.
        and_unassigned: whether those that nobody owns are among them.
    """
    assigned = Subquery(_cases().values("owner_id")[:1])
    owned = rows.annotate(renewal_owner=Coalesce(assigned, F("customer__owner_id"), output_field=BigIntegerField()))
    theirs = Q(renewal_owner=person_id)
    found: Rows = owned.filter(theirs | Q(renewal_owner=None) if and_unassigned else theirs)
    return found


def counted(*parts: Rows) -> Rows:
    """Return how many there are of each deadline, stage and snooze, as the values of ``Alike``."""
    columns = "deadline", "stage", "snoozed"
    first, *others = (
        part.order_by().values(*columns).annotate(number=Count("pk")).values_list(*Alike._fields) for part in parts
    )
    found: Rows = first.union(*others, all=True) if others else first
    return found


def alike(rows: Rows) -> Iterable[tuple[Any, ...]]:
    """Return deadline, end of term, plan, contract type, licenses, users where these count, and how many are alike."""
    users = Case(When(plan__in=MONTHLY_PLANS, then=F("customer__usage_status__member_count")))
    columns = ("deadline", "term_end", "product_id", "plan", "license_count")
    found: Iterable[tuple[Any, ...]] = rows.order_by().values_list(*columns, users).annotate(n=Count("pk"))
    return found


def shown(rows: Rows) -> Rows:
    """Return the same rows with what a list shows of each: the customer, its users, and the case as ``case_…``."""
    columns: dict[str, Any] = {f"case_{name}": Subquery(_cases().values(name)[:1]) for name in CASE_COLUMNS}
    columns["tag_names"] = tags_of("customer_id")
    found: Rows = rows.select_related("customer__usage_status", "customer__owner").annotate(**columns)
    return found


def find(today: date, domain_id: int, subscription_id: int, term_end: date) -> Any:
    """Return one renewal of the queue, however far its deadline is; None if there is nothing to decide."""
    rows = queue(today, since=term_end - timedelta(days=1), until=term_end + timedelta(days=GRACE_DAYS))
    return shown(rows).filter(customer_id=domain_id, subscription_id=subscription_id, end_date=term_end).first()


def find_by_number(today: date, pk: int) -> Any:
    """Return the renewal of one subscription, by the number of its row in the cache; None if nothing is to decide."""
    return shown(queue(today, since=FIRST_DAY, until=LAST_DAY).filter(pk=pk)).first()


def of_numbers(today: date, numbers: Collection[int]) -> list[Any]:
    """Return the renewals of several subscriptions, by the numbers of their rows; without those with none to decide."""
    return list(queue(today, since=FIRST_DAY, until=LAST_DAY).filter(pk__in=numbers))


def due(row: Any) -> date:
    """Return the last working day for the decision about a row of the queue."""
    return decide_by(row.deadline)


def _in_order(rows: Rows) -> Rows:
    return rows.order_by("deadline", "customer__sort_name", "pk")


def _cases() -> QuerySet[RenewalCase]:
    return RenewalCase.objects.filter(
        domain_id=OuterRef("customer_id"), subscription_id=OuterRef("subscription_id"), end_date=OuterRef("term_end")
    )


def _is_among(cases: QuerySet[RenewalCase]) -> Q:
    """Return the condition that one of some cases is about a row of the queue; see ``contract_days``."""
    exactly = cases.filter(
        domain_id=OuterRef("customer_id"), subscription_id=OuterRef("subscription_id"), end_date=OuterRef("end_date")
    )
    return Q(subscription_id__in=cases.order_by().values("subscription_id")) & Q(Exists(exactly))


@cache
def _is_accepted() -> Q:
    """Return the condition that LINE WORKS holds a decision."""
    return Q(renewal_type__in=(CHANGE, CANCEL)) | has_task(START_PAID)


@cache
def _is_decided() -> Q:
    """Return the condition that people recorded a decision, or requested it."""
    requests = Operation.objects.filter(kind__in=KINDS, state__in=OPEN, domain_id__isnull=False).order_by()
    exactly = (
        requests.filter(domain_id=OuterRef("customer_id"))
        .annotate(about=KeyTextTransform("subscriptionId", "request"))
        .filter(about=Cast(OuterRef("subscription_id"), TextField()))
    )
    asked = Q(customer_id__in=requests.values("domain_id")) & Q(Exists(exactly))
    return _is_among(RenewalCase.objects.decided()) | asked


# Of what is not verified
_CONDITIONS: Mapping[Stage, Callable[[], Q]] = {
    Stage.UNDECIDED: lambda: ~_is_accepted() & ~_is_decided(),
    Stage.DECIDED: lambda: ~_is_accepted() & _is_decided(),
    Stage.ACCEPTED: _is_accepted,
}


@cache
def _is(stage: Stage) -> Q:
    return _CONDITIONS[stage]()


def _stage() -> Case:
    return Case(
        When(_is_accepted(), then=Stage.ACCEPTED),
        When(_is_decided(), then=Stage.DECIDED),
        default=Stage.UNDECIDED,
        output_field=IntegerField(),
    )
