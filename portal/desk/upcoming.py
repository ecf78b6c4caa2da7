"""
Upcoming: everything dated of all customers, as one union over the cache tables.

A kind of event is declared once, with its rows and the commands that move or delete it. The union is filtered, sorted,
counted and paged by the database, so a page costs the same for any number of customers.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from django.db.models import BigIntegerField, Count, DateTimeField, Min, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.models import Customer
from options.labels import option_words
from portal.accounts.models import User
from portal.core.labels import listed, word_for
from portal.desk.upcoming_kinds import COLUMNS, KINDS, TRIALS, Kind, Rows
from portal.operations.commands import COMMANDS, Command
from portal.sync.models import Reading

# Customers by number; None stands for all.
Of = Sequence[int] | QuerySet[Any, int] | None
MOST_NAMED = 300
CANCEL = "CANCEL"
SORTS: dict[str, tuple[str, ...]] = {
    "day": ("day", "company", "customer_id", "kind", "number", "option"),
    "customer": ("company", "customer_id", "day", "kind", "number", "option"),
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
    links: Sequence["Link"] = field(default=())

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
    within = Q(customer__removed_at=None, day__isnull=False)
    if of is not None:
        within &= Q(customer_id__in=of)
    if since:
        within &= Q(day__gte=since)
    if until:
        within &= Q(day__lte=until)
    return [kind.rows().filter(within) for name, kind in KINDS.items() if not kinds or name in kinds]


class Union:
    """
    The parts together in an order, for paging.

    Args:
        parts: as ``events`` answers them.
        key: of ``SORTS``.
        descending: whether it is turned round.
        count: how many there are, as ``sums`` tells.
    """

    ordered = True

    def __init__(self, parts: Sequence[Rows], key: str, *, descending: bool, count: int) -> None:
        self._parts = parts
        self._order = [f"-{name}" if descending else name for name in SORTS[key]]
        self._count = count

    def count(self) -> int:
        """Return how many there are."""
        return self._count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, places: slice) -> Sequence[tuple[Any, ...]]:
        found = _union([part.values_list(*COLUMNS) for part in self._parts])
        return list(found.order_by(*self._order)[places])


@dataclass(frozen=True)
class Sums:
    """How many events there are, and when the oldest was read of all that they rest on; None if nothing ever was."""

    count: int
    oldest: datetime | None


def sums(parts: Sequence[Rows], kinds: Collection[str], of: Of) -> Sums:
    """Return both at once; the events are counted by their keys, without the columns that a page shows."""
    counts = [part.values("kind").annotate(n=Count("pk"), oldest=Cast(Value(None), DateTimeField())) for part in parts]
    ages = (
        _readings(kinds, of)
        .annotate(kind=Value("", output_field=TextField()))
        .values("kind")
        .annotate(n=Value(0, BigIntegerField()), oldest=Min("read_at"))
    )
    found = list(_union([*counts, ages]))
    return Sums(sum(row["n"] for row in found), next((row["oldest"] for row in found if not row["kind"]), None))


def counted(parts: Sequence[Rows]) -> Mapping[date, list[tuple[str, int]]]:
    """Return by day how many events there are of each kind."""
    found = _union([part.order_by().values("kind", "day").annotate(n=Count("pk")) for part in parts])
    days: dict[date, list[tuple[str, int]]] = {}
    for row in found.order_by("day"):
        days.setdefault(row["day"], []).append((row["kind"], row["n"]))
    names = list(KINDS)
    return {day: sorted(counts, key=lambda count: names.index(count[0])) for day, counts in days.items()}


def told(rows: Iterable[tuple[Any, ...]], by: User) -> list[Event]:
    """Return the events of a page, with what a person can ask for about each of them."""
    found = [Event(*row) for row in rows]
    commands = {name: _commands(kind, by) for name, kind in KINDS.items()}
    return [replace(event, links=_links(event, commands[event.kind])) for event in found]


def customers_matching(words: str) -> Of:
    """
    Return which customers a search finds; None for no words.

    Some are named, so that the search is made once and not for each part of the union. So many that their numbers
    would make long statements are left to the database.

    Args:
        words: of the customer's name or domain, its code or its number.
    """
    if not words:
        return None
    found = Customer.objects.current().matching(words).values_list("pk", flat=True)
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
    if event.contract and event.contract not in TRIALS:
        words.append(word_for("plan", event.contract))
    if event.many:
        words.append(ngettext("%(count)s license", "%(count)s licenses", event.many) % {"count": f"{event.many:,}"})
    return words


def _option(event: Event) -> str:
    return option_words(event.option, event.size or None, event.many)


def _limit(event: Event) -> str:
    if event.many is None:
        return _("No user limit any more")
    return ngettext("%(count)s user", "%(count)s users", event.many) % {"count": f"{event.many:,}"}


_WORDS: dict[str, Callable[[Event], str]] = {
    "pre_order": lambda event: listed([_("Starts"), *_contract(event)]),
    "reservation": lambda event: listed([word_for("reservation", event.task), *_contract(event)]),
    "renewal": lambda event: listed([word_for("renewal", event.task), *_contract(event)]),
    "trial": lambda event: listed([_("The trial ends"), *_contract(event)]),
    "option_order": lambda event: listed([word_for("option_task", event.task), _option(event)]),
    "option_renewal": lambda event: listed([word_for("renewal", event.task), _option(event)]),
    "option_trial": lambda event: listed([_("The trial ends"), _option(event)]),
    "limit": _limit,
    "withdrawal": lambda _event: _("The customer leaves the vendor’s service"),
}
