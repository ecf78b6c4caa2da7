"""
Upcoming: everything dated of all customers, as one union over the cache tables.

A kind of event is declared once, with its rows and the commands that move or delete it. The union is filtered, sorted,
counted and paged by the database, so a page costs the same for any number of customers.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Count, Min, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.models import Customer
from options.labels import option_words
from portal.accounts.models import User
from portal.core.catalogue import TRIAL_PLANS
from portal.core.counting import composed, count_all
from portal.core.labels import listed, word_for
from portal.desk import values
from portal.desk.upcoming_kinds import COLUMNS, KINDS, Kind, Rows
from portal.operations.commands import COMMANDS, Command
from portal.operations.priced import VIEW_PRICE, Estimate
from portal.sync.models import Reading
from portal.ui.templatetags.figures import license_words
from subscriptions.rules.renewals import CANCEL, CHANGE
from subscriptions.rules.reservations import ADD_LICENSES

# Stands for the customers of a page in a statement that is made before these are known.
_PLACE = -(2**62)
# Customers by number; None stands for all.
Of = Sequence[int] | QuerySet[Any, int] | None
MOST_NAMED = 300
MOST_NAMED_A_DAY = 3
SORTS: dict[str, tuple[str, ...]] = {
    "day": ("day", "sort_name", "customer_id", "kind", "number", "option"),
    "customer": ("sort_name", "customer_id", "day", "kind", "number", "option"),
    "kind": ("kind", "day", "sort_name", "customer_id", "number", "option"),
}
DEFAULT_SORT = "day"


@dataclass(frozen=True)
class Event:
    """What happens at a customer on a day, as the union answers it."""

    kind: str
    day: date
    customer_id: int
    company: str
    address: str
    number: int | None
    option: str
    size: str
    task: str
    product: str
    contract: str
    many: int | None
    sort_name: str
    links: Sequence["Link"] = field(default=())
    estimate: Estimate | None = None

    @property
    def name(self) -> str:
        """What people call the customer."""
        return self.company or self.address

    @property
    def label(self) -> str:
        """Which kind of event it is."""
        return str(KINDS[self.kind].label)

    @property
    def icon(self) -> str:
        """The picture of its kind."""
        return KINDS[self.kind].icon

    @property
    def ends_something(self) -> bool:
        """Whether something is taken away on that day."""
        return self.task == CANCEL or self.kind == "withdrawal"

    @property
    def words(self) -> str:
        """What happens, in a line."""
        return _WORDS[self.kind](self)

    @property
    def is_unchanged_renewal(self) -> bool:
        """Whether it is the commonest thing that happens, and asks for nobody's attention."""
        return self.kind == "renewal" and self.task not in (CANCEL, CHANGE)

    @property
    def brief(self) -> str:
        """What happens, in two or three words for a column."""
        return _BRIEF[self.kind](self)

    @property
    def ids(self) -> dict[str, Any]:
        """What it is about, by the names that commands give it in their URLs."""
        found: dict[str, Any] = {}
        if self.number is not None:
            found["pre_order_id" if self.kind == "pre_order" else "subscription_id"] = self.number
        if self.option:
            found["option_product_id"] = self.option
        return found


@dataclass(frozen=True)
class Link:
    """An order that can be asked for about an event."""

    command: Command[Any]
    address: str


def events(
    kinds: Collection[str] = (),
    *,
    of: Of = None,
    since: date | None = None,
    until: date | None = None,
) -> list[Rows]:
    """
    Return the parts of the union, each narrowed down.

    Args:
        kinds: names of ``KINDS``; all if there is none.
        of: numbers of customers; all if none are named.
        since: the first day.
        until: the last day.
    """
    within = Q(day__isnull=False) & ~Q(customer__in=Customer.objects.removed())
    if of is not None:
        within &= Q(customer_id__in=of)
    if since:
        within &= Q(day__gte=since)
    if until:
        within &= Q(day__lte=until)
    return [kind.rows().filter(within) for name, kind in KINDS.items() if not kinds or name in kinds]


def ending(parts: Mapping[str, Rows]) -> Mapping[str, Rows]:
    """Return of the parts, by their kind, what takes something away: see ``Event.ends_something``."""
    return {name: part if name == "withdrawal" else part.filter(task=CANCEL) for name, part in parts.items()}


class Union:
    """
    The parts together in an order, for paging.

    Args:
        parts: as ``events`` answers them.
        key: of ``SORTS``.
        descending: whether it is turned round.
    """

    def __init__(self, parts: Sequence[Rows], key: str = DEFAULT_SORT, *, descending: bool = False) -> None:
        self._parts = parts
        self._key, self._descending = key, descending
        self._order = [f"-{name}" if descending else name for name in SORTS[key]]

    def count(self) -> int:
        """Return how many there are."""
        return count_all([self._parts])[0]

    def reverse(self) -> "Union":
        """Return the same rows from the other end."""
        return Union(self._parts, self._key, descending=not self._descending)

    def iterator(self, chunk_size: int, /) -> Iterator[tuple[Any, ...]]:
        """Return all rows, some at a time."""
        yield from self._together().iterator(chunk_size)

    def __getitem__(self, places: slice, /) -> Sequence[tuple[Any, ...]]:
        """Return some rows; each part brings no more of its own than can be among them."""
        if places.stop == 0:
            return []
        return list(self._together(places.stop)[places])

    def statement(self) -> tuple[str, Sequence[Any]]:
        """Return all rows as SQL and its values."""
        sql, values = self._together().query.sql_with_params()
        return str(sql), list(values)

    def _together(self, most: int | None = None) -> Rows:
        parts = [part.values_list(*COLUMNS) for part in self._parts]
        if most is not None and len(parts) > 1:
            parts = [part.order_by(*self._order)[:most] for part in parts]
        return _union(parts).order_by(*self._order)


def counted(parts: Sequence[Rows]) -> Mapping[date, list[tuple[str, int]]]:
    """Return by day how many events there are of each kind."""
    found = _union([part.order_by().values("kind", "day").annotate(n=Count("pk")) for part in parts])
    days: dict[date, list[tuple[str, int]]] = {}
    for row in found.order_by("day"):
        days.setdefault(row["day"], []).append((row["kind"], row["n"]))
    names = list(KINDS)
    return {day: sorted(counts, key=lambda count: names.index(count[0])) for day, counts in days.items()}


def count_kinds(parts: Sequence[Rows]) -> Mapping[str, int]:
    """Return how many events there are of each kind, in one query; a kind without any is left out."""
    found = _union([part.order_by().values("kind").annotate(n=Count("pk")) for part in parts])
    return {row["kind"]: row["n"] for row in found}


def by_day(parts: Sequence[Rows]) -> Sequence[tuple[Any, ...]]:
    """Return all rows of the parts, the next one first; for parts that are narrowed down to a few."""
    return Union(parts)[:]


def next_of(customers: Sequence[int], today: date) -> dict[int, tuple[Event, int]]:
    """
    Return what happens next to each of some customers, and how many events each has, in one query.

    Args:
        customers: by number, those of a page.
        today: the business day.
    """
    found: dict[int, tuple[Event, int]] = {}
    for row in _of_customers(customers, today) if customers else ():
        event = Event(*row)
        first, count = found.get(event.customer_id, (event, 0))
        found[event.customer_id] = first, count + 1
    return found


def _of_customers(customers: Sequence[int], today: date) -> Sequence[tuple[Any, ...]]:
    """
    Return what is to happen to some customers, by a statement that is put together once a day.

    Its values stand in it already: to fill in hundreds of them takes longer than the answer.
    """
    with connection.cursor() as cursor:
        cursor.execute(_statement(today).replace(str(_PLACE), ", ".join(f"{number:d}" for number in customers)))
        rows: Sequence[tuple[Any, ...]] = cursor.fetchall()
    return rows


@lru_cache(maxsize=2)
def _statement(today: date) -> str:
    """Return the union for the customers that ``_PLACE`` stands for, in the order of days."""
    return composed(*Union(events(of=[_PLACE], since=today)).statement())


def few(counts: Mapping[date, list[tuple[str, int]]]) -> list[date]:
    """Return the days whose events are few enough to be named, of those that ``counted`` returned."""
    return [day for day, kinds in counts.items() if sum(count for _kind, count in kinds) <= MOST_NAMED_A_DAY]


def on_days(parts: Sequence[Rows], days: Collection[date], by: User) -> Mapping[date, list[Event]]:
    """
    Return by day the events of some days, few enough to be named.

    Args:
        parts: as ``events`` answers them.
        days: which days.
        by: who looks.
    """
    found: dict[date, list[Event]] = {}
    if days:
        for event in told(by_day([part.filter(day__in=list(days)) for part in parts]), by):
            found.setdefault(event.day, []).append(event)
    return found


def told(rows: Iterable[tuple[Any, ...]], by: User, *, is_priced: bool = False) -> list[Event]:
    """Return the events of a page, with what a person can ask for about each of them, and what each costs if wanted."""
    found = [Event(*row) for row in rows]
    estimates = values.of_events(found) if is_priced and by.has_perm(VIEW_PRICE) else {}
    commands = {name: _commands(kind, by) for name, kind in KINDS.items()}
    return [
        replace(event, links=_links(event, commands[event.kind]), estimate=estimates.get(values.key_of(event)))
        for event in found
    ]


def customers_matching(words: str, *, at_once: bool = True) -> Of:
    """
    Return which customers a search finds; None for no words.

    Some are named, so that the search is made once and not for each part of the union. So many that their numbers
    would make long statements are left to the database.

    Args:
        words: of the customer's name or domain, its code or its number.
        at_once: whether some are named, which takes a query.
    """
    if not words:
        return None
    found = Customer.objects.current().matching(words).values_list("pk", flat=True)
    if not at_once:
        return found
    named = list(found[: MOST_NAMED + 1])
    return named if len(named) <= MOST_NAMED else found


def oldest_reading(kinds: Collection[str], of: Of) -> datetime | None:
    """Return when the oldest was read of all that a list rests on, also of what it found nothing in."""
    oldest: datetime | None = _readings(kinds, of).aggregate(oldest=Min("read_at"))["oldest"]
    return oldest


def _readings(kinds: Collection[str], of: Of) -> QuerySet[Reading]:
    names = {name for key, kind in KINDS.items() if not kinds or key in kinds for name in kind.resources}
    readings = Reading.objects.filter(is_current=True, resource__in=names)
    return readings if of is None else readings.filter(domain_id__in=of)


def _union(parts: Sequence[Rows]) -> Rows:
    first, *others = parts
    return first.union(*others, all=True) if others else first


def _commands(kind: Kind, by: User) -> list[Command[Any]]:
    declared = (COMMANDS[name] for name in kind.commands)
    return [command for command in declared if by.has_perm(command.permission)]


def _links(event: Event, commands: Sequence[Command[Any]]) -> list[Link]:
    """An order that names something else than the event does is asked for on the customer's page."""
    return [
        Link(command, command.address(event.customer_id, {name: event.ids[name] for name in command.ids}))
        for command in commands
        if set(command.ids) <= event.ids.keys()
    ]


# --- What happens, in words ------------------------------------------------------------------------------------------


def _contract(event: Event) -> list[str]:
    words = [word_for("product", event.product)] if event.product else []
    if event.contract and event.contract not in TRIAL_PLANS:
        words.append(word_for("short_plan", event.contract))
    return [*words, license_words(event.many)] if event.many else words


def _renewal(event: Event) -> str:
    """The commonest thing that happens: a plan that renews unchanged says no more than that."""
    product = word_for("product", event.product)
    match event.task:
        case "CANCEL":
            return _("%(plan)s does not renew") % {"plan": product}
        case "CHANGE":
            return listed([_("%(plan)s renews with changes") % {"plan": product}, *_contract(event)[1:]])
        case _:
            return _("%(plan)s renews unchanged") % {"plan": product}


def _option(event: Event) -> str:
    return option_words(event.option, event.size or None, event.many)


def _limit(event: Event) -> str:
    if event.many is None:
        return _("No limit")
    return ngettext("%(count)s user", "%(count)s users", event.many) % {"count": f"{event.many:,}"}


def _brief_reservation(event: Event) -> str:
    if event.task == ADD_LICENSES and event.many:
        return f"+{license_words(event.many)}"
    return word_for("reservation", event.task)


def _brief_renewal(event: Event) -> str:
    words = {CANCEL: _("Does not renew"), CHANGE: _("Renews with changes")}
    return words.get(event.task, _("Renews unchanged"))


# What a column says, where the name of the kind is too long or says too little.
_BRIEF: dict[str, Callable[[Event], str]] = {
    "pre_order": lambda event: listed([_("Starts"), *_contract(event)[:1]]),
    "reservation": _brief_reservation,
    "renewal": _brief_renewal,
    "trial": lambda _event: _("Trial ends"),
    "grace": lambda _event: _("Trial grace period ends"),
    "option_order": lambda event: word_for("option", event.option),
    "option_renewal": lambda event: word_for("option", event.option),
    "option_trial": lambda _event: _("Trial ends"),
    "limit": _limit,
    "withdrawal": lambda _event: _("Leaves"),
}
_WORDS: dict[str, Callable[[Event], str]] = {
    "pre_order": lambda event: listed([_("Starts"), *_contract(event)]),
    "reservation": lambda event: listed([word_for("reservation", event.task), *_contract(event)]),
    "renewal": _renewal,
    "trial": lambda event: listed([_("Trial ends"), *_contract(event)]),
    "grace": lambda event: listed([_("Trial grace period ends"), *_contract(event)]),
    "option_order": lambda event: listed([word_for("option_task", event.task), _option(event)]),
    "option_renewal": lambda event: listed([word_for("renewal", event.task), _option(event)]),
    "option_trial": lambda event: listed([_("Trial ends"), _option(event)]),
    "limit": _limit,
    "withdrawal": lambda _event: _("The customer leaves LINE WORKS"),
}
