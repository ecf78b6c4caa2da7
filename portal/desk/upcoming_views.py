"""Page: upcoming events as a month's calendar."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.formats import get_format
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from portal.core.clock import business_today
from portal.core.filters import FIRST_DAY, LAST_DAY
from portal.core.htmx import PortalRequest, template_for
from portal.core.month_grid import Day, Month, months_of
from portal.desk import upcoming
from portal.desk.upcoming import Event
from portal.desk.upcoming_kinds import KINDS, Kind
from portal.desk.upcoming_list import LISTING, UpcomingFilter


@dataclass(frozen=True)
class Tally:
    """How many events of a kind a day of the calendar has, and the list of them."""

    kind: Kind
    count: int
    address: str


@dataclass(frozen=True)
class Cell:
    """A day of the calendar, none for one of a neighbouring month: its events where they are few, else their counts."""

    day: Day | None
    tallies: Sequence[Tally] = ()
    events: Sequence[Event] = ()


@require_safe
@permission_required(LISTING.permission, raise_exception=True)
@vary_on_headers("HX-Request")
def upcoming_calendar(request: PortalRequest) -> HttpResponse:
    """Show what is to happen in a month at all customers, or only the month to a swap."""
    today = business_today()
    chosen = UpcomingFilter(request.GET, request=request)
    template = template_for(request, "desk/upcoming_calendar.html", partial="table")
    return render(request, template, {"filter": chosen, "today": today, **_month(request, chosen, today)})


def _month(request: PortalRequest, chosen: UpcomingFilter, today: date) -> dict[str, Any]:
    since, until = chosen.chosen.get("since"), chosen.chosen.get("until")
    first = _first_of_month(request.GET.get("month", ""), since or today)
    following = (first + timedelta(days=31)).replace(day=1)
    last = following - timedelta(days=1)
    parts = chosen.parts(since=max(first, since or first), until=min(last, until or last))
    counts = upcoming.counted(parts)
    named = upcoming.on_days(parts, upcoming.few(counts), request.user)
    first_weekday = int(get_format("FIRST_DAY_OF_WEEK"))
    days = [first + timedelta(days=number) for number in range((following - first).days)]
    [month] = months_of({day: Day(day, chosen=day == today) for day in days}, first_weekday=first_weekday)
    sunday = date(2023, 1, 1)  # a Sunday: the heads are the names of the seven days from there on
    return {
        "oldest": upcoming.oldest_reading(chosen.kinds, chosen.customers),
        "month": month,
        "weeks": _cells(month, counts, named, request.GET),
        "heads": [sunday + timedelta(days=first_weekday + place) for place in range(7)],
        "count": sum(count for kinds in counts.values() for _name, count in kinds),
        "before": f"{first - timedelta(days=1):%Y-%m}" if first > FIRST_DAY else "",
        "after": f"{following:%Y-%m}" if following <= LAST_DAY else "",
        "this": f"{today:%Y-%m}",
    }


def _cells(
    month: Month,
    counts: Mapping[date, list[tuple[str, int]]],
    named: Mapping[date, Sequence[Event]],
    query: QueryDict,
) -> list[list[Cell]]:
    def cell(day: Day | None) -> Cell:
        if day is None or day.date in named:
            return Cell(day, events=named[day.date] if day else ())
        return Cell(day, [_tally(day.date, *count, query) for count in counts.get(day.date, [])])

    return [[cell(day) for day in week] for week in month.weeks]


def _tally(day: date, name: str, count: int, query: QueryDict) -> Tally:
    """The list of a day keeps what else is filtered by."""
    narrowed = QueryDict(mutable=True)
    for kept in ("q", "owner", "show"):
        if query.get(kept):
            narrowed[kept] = query.get(kept, "")
    narrowed.update({"kind": name, "since": day.isoformat(), "until": day.isoformat()})
    return Tally(KINDS[name], count, f"{LISTING.address}?{narrowed.urlencode()}")


def _first_of_month(wanted: str, otherwise: date) -> date:
    """Return the first day of the month that the address asks for, as YYYY-MM; of another day's month else."""
    try:
        first = date.fromisoformat(f"{wanted}-01")
    except ValueError:
        return otherwise.replace(day=1)
    return first if FIRST_DAY <= first <= LAST_DAY else otherwise.replace(day=1)
