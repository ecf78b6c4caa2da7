"""
Home: what needs a decision today, what the next days bring, and the latest requests.

Each need is a count that opens the list it counted: both ask the same query.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Min, QuerySet
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing import invoices
from billing.invoices import NOT_SIGNED_OFF, UNPAID
from billing.money import total
from customers.models import Customer
from portal.accounts.models import User
from portal.core.clock import now
from portal.desk import renewals, upcoming
from portal.desk.renewals import Stage
from portal.desk.upcoming import Event
from portal.desk.upcoming_kinds import KINDS
from portal.operations.filters import count_groups
from portal.operations.models import Operation
from portal.operations.states import FOR_A_PERSON
from portal.sync.missed_expectations import overdue
from portal.sync.models import DetectedChange
from portal.ui.templatetags.figures import yen
from portal.ui.templatetags.times import age_in_words

DAYS_AHEAD = 7
TRIAL_DAYS_AHEAD = 14
# How many days before it an event needs a decision.
DECIDED_AHEAD = {
    "withdrawal": DAYS_AHEAD,
    "trial": TRIAL_DAYS_AHEAD,
    "grace": TRIAL_DAYS_AHEAD,
    "option_trial": TRIAL_DAYS_AHEAD,
}
LATEST = 8


@dataclass(frozen=True)
class Need:
    """
    Something that somebody has to decide, or has to know of today.

    Args:
        tone: as of a badge.
        icon: its picture.
        count: how many there are; above zero.
        title: what they are.
        detail: whose, or since when.
        address: the list that it counts.
    """

    tone: str
    icon: str
    count: int
    title: str
    detail: str
    address: str


@dataclass(frozen=True)
class Group:
    """The events of one kind on a day, where they are too many to be named."""

    label: str
    icon: str
    count: int
    address: str


@dataclass(frozen=True)
class Day:
    """One of the next days: the events by name where they are few, else how many there are of each kind."""

    day: date
    events: Sequence[Event]
    groups: Sequence[Group]


def needs_of(person: User, today: date) -> list[Need]:
    """Return what waits, the gravest first; what is zero is left out."""
    windows = (upcoming.events([kind], since=today, until=_until(kind, today)) for kind in DECIDED_AHEAD)
    dated = upcoming.count_kinds([part for parts in windows for part in parts])
    found = [
        *_leaving(dated, today),
        *_requests(person),
        *_missed(),
        *_trials(dated, today),
        *_renewals(today),
        *_invoices(person),
        *_sign_offs(person),
        *_domains(),
        *_outside(today),
    ]
    return [need for need in found if need.count]


def days_of(person: User, today: date) -> list[Day]:
    """Return the next days with what happens on them, in two queries."""
    until = today + timedelta(days=DAYS_AHEAD - 1)
    parts = upcoming.events(since=today, until=until)
    counts = upcoming.counted(parts)
    few = upcoming.few(counts)
    named = upcoming.on_days(parts, few, person)
    return [
        Day(
            day,
            named.get(day, []),
            [] if day in few else [_group(day, kind, count) for kind, count in counts.get(day, [])],
        )
        for day in (today + timedelta(days=number) for number in range(DAYS_AHEAD))
    ]


def latest_requests() -> QuerySet[Operation]:
    """Return the latest requests that were submitted; drafts are their makers' own."""
    return Operation.objects.submitted().order_by("-pk")[:LATEST]


def _group(day: date, kind: str, count: int) -> Group:
    return Group(str(KINDS[kind].label), KINDS[kind].icon, count, _upcoming(kind=kind, since=day, until=day))


def _invoices(person: User) -> Iterator[Need]:
    if person.has_perm("billing.view_invoice"):
        unpaid = invoices.unpaid()
        due = total(invoice.total_amount for invoice in unpaid)
        detail = _("Amount due: %(amount)s") % {"amount": yen(due)}
        address = f"{reverse('billing:invoices')}?payment={UNPAID}"
        yield Need("warn", "receipt-japanese-yen", len(unpaid), _("Unpaid invoices"), detail, address)


def _sign_offs(person: User) -> Iterator[Need]:
    if person.has_perm("billing.sign_off"):
        months = sorted({invoice.used for invoice in invoices.not_signed_off() if invoice.used})
        oldest = date_format(months[0], "YEAR_MONTH_FORMAT") if months else ""
        title = ngettext("Month not signed off", "Months not signed off", len(months))
        detail = _("Oldest: %(month)s") % {"month": oldest}
        address = f"{reverse('billing:invoices')}?sign_off={NOT_SIGNED_OFF}"
        yield Need("warn", "stamp", len(months), title, detail, address)


def _until(kind: str, today: date) -> date:
    return today + timedelta(days=DECIDED_AHEAD[kind])


def _leaving(dated: Mapping[str, int], today: date) -> Iterator[Need]:
    title, detail = _("Leaving this week"), _("The customer and all its data are deleted on that day.")
    yield _dated("bad", "log-out", "withdrawal", title, detail, dated, today)


def _requests(person: User) -> Iterator[Need]:
    counts = count_groups(person, ("to_approve", "to_correct", "unassigned"))
    unknown = Operation.objects.filter(state__in=FOR_A_PERSON).aggregate(count=Count("pk"), oldest=Min("sent_at"))
    yield Need(
        "unk",
        "circle-question-mark",
        unknown["count"],
        _("Outcome unknown"),
        _("New requests for these customers wait. Oldest: %(age)s") % {"age": age_in_words(now() - unknown["oldest"])}
        if unknown["oldest"]
        else _("New requests for these customers wait."),
        _requests_in("person"),
    )
    yield Need(
        "accent",
        "stamp",
        counts["to_approve"],
        _("Awaiting your approval"),
        _("Submitted by someone else. They are canceled after 14 days."),
        _requests_in("to_approve"),
    )
    yield Need(
        "warn",
        "undo-2",
        counts["to_correct"],
        _("Returned to you"),
        _("An approver asks for a correction. Edit the request and submit it again, or cancel it."),
        _requests_in("to_correct"),
    )
    if not person.has_perm("operations.approve_operation"):
        return
    yield Need(
        "warn",
        "user-round-search",
        counts["unassigned"],
        _("Needs someone else"),
        _("The person who submitted the request may no longer do so."),
        _requests_in("unassigned"),
    )


def _missed() -> Iterator[Need]:
    yield Need(
        "bad",
        "circle-x",
        len(overdue()),
        _("Not applied"),
        _("Due at LINE WORKS, and not seen in its data afterwards."),
        reverse("operations:list"),
    )


def _trials(dated: Mapping[str, int], today: date) -> Iterator[Need]:
    for kind, title, detail in (
        ("trial", _("Trials ending"), _("Within 14 days. Convert them to paid, or let them end.")),
        ("grace", _("Grace periods ending"), _("Within 14 days (estimated). After that they can’t be converted.")),
        ("option_trial", _("Option trials ending"), _("Within 14 days.")),
    ):
        yield _dated("warn", "timer", kind, title, detail, dated, today)


def _dated(tone: str, icon: str, kind: str, title: str, detail: str, dated: Mapping[str, int], today: date) -> Need:
    address = _upcoming(kind=kind, since=today, until=_until(kind, today))
    return Need(tone, icon, dated.get(kind, 0), title, detail, address)


def _renewals(today: date) -> Iterator[Need]:
    waiting = renewals.undecided(today)
    yield Need(
        "accent",
        "calendar-sync",
        waiting.count(),
        _("Renewals to decide"),
        _("Undecided, with a decide-by day within %(days)s days.") % {"days": renewals.DAYS_TO_DECIDE},
        _renewals_until(renewals.last_end_to_decide(today)),
    )


def _domains() -> Iterator[Need]:
    unproved = Customer.objects.current().filter(enable_active_domain=False).exclude(domain_type="GROUP")
    yield Need(
        "warn",
        "globe-lock",
        unproved.count(),
        _("Domains to verify"),
        _("The customer’s DNS administrator has to add the records."),
        f"{reverse('customers:list')}?note=unproved",
    )


def _outside(today: date) -> Iterator[Need]:
    since = today - timedelta(days=1)
    yield Need(
        "idle",
        "git-compare-arrows",
        DetectedChange.objects.filter(cause=DetectedChange.Cause.OUTSIDE, read_on__gte=since).count(),
        _("Changed outside Partnerdesk"),
        _("Since yesterday"),
        f"{reverse('changes:list')}?{urlencode({'since': since.isoformat()})}",
    )


def _upcoming(*, kind: str, since: date, until: date) -> str:
    query = {"kind": kind, "since": since.isoformat(), "until": until.isoformat()}
    return f"{reverse('upcoming:list')}?{urlencode(query)}"


def _renewals_until(last: date) -> str:
    query = {"state": Stage.UNDECIDED.name.lower(), "owner": "all", "until": last.isoformat()}
    return f"{reverse('renewals:list')}?{urlencode(query)}"


def _requests_in(group: str) -> str:
    return f"{reverse('operations:list')}?{urlencode({'group': group})}"
