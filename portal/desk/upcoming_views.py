"""Page: upcoming events, as a list and as a month's calendar."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, cast

from django import forms
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Page
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.formats import get_format
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from portal.core.clock import business_today
from portal.core.htmx import PortalRequest, is_swap, template_for
from portal.core.month_grid import Day, Month, months_of
from portal.core.paging import ROWS, page_of, sort_of
from portal.desk import upcoming
from portal.desk.upcoming import DEFAULT_SORT, SORTS, Of
from portal.desk.upcoming_kinds import KINDS, Kind

LIST, MONTH = "list", "month"
# LINE WORKS's service is younger, and no calendar is of use beyond.
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2999, 12, 31)


def _day_field(label: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    within = [MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)]
    return forms.DateField(label=label, required=False, input_formats=["%Y-%m-%d"], widget=widget, validators=within)


class ScheduledFilter(forms.Form):
    """What of it is shown; a value that there is not filters nothing."""

    q = forms.CharField(label=_("Customer, domain or ID"), required=False)
    kind = forms.ChoiceField(
        label=_("What"),
        required=False,
        choices=lambda: [("", _("Everything")), *((name, kind.label) for name, kind in KINDS.items())],
    )
    since = _day_field(_("From"))
    until = _day_field(_("To"))

    def chosen(self, name: str) -> Any:
        """Return what is filtered by; none if nothing is, or nothing that there is."""
        self.is_valid()
        return self.cleaned_data.get(name) or None

    @property
    def kinds(self) -> list[str]:
        """The kinds of events that are asked for; none stands for all."""
        return [self.chosen("kind")] if self.chosen("kind") else []

    @property
    def matching(self) -> str:
        """The words by which customers are looked for."""
        return str(self.chosen("q") or "")

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is filtered by."""
        return any(self.chosen(name) for name in self.fields)


@dataclass(frozen=True)
class Tally:
    """How many events of a kind a day of the calendar has, and the list of them."""

    kind: Kind
    count: int
    address: str


@dataclass(frozen=True)
class Cell:
    """A day of the calendar; none for a day of a neighbouring month."""

    day: Day | None
    tallies: list[Tally]


@require_safe
@permission_required("customers.view_customer", raise_exception=True)
@vary_on_headers("HX-Request")
def scheduled_list(request: PortalRequest) -> HttpResponse:
    """Show what is to happen at all customers, or only the list or the calendar to a swap."""
    chosen = ScheduledFilter(request.GET)
    view = MONTH if request.GET.get("view") == MONTH else LIST
    today = business_today()
    of = upcoming.customers_matching(chosen.matching)
    parts = _month(request, chosen, of, today) if view == MONTH else _list(request, chosen, of, today)
    return render(
        request,
        template_for(request, "desk/upcoming_list.html", partial="list"),
        {
            "filter": {"form": chosen},
            "view": view,
            "swap": is_swap(request),
            "today": today,
            **parts,
        },
    )


def _list(request: PortalRequest, chosen: ScheduledFilter, of: Of, today: date) -> dict[str, Any]:
    """The days that have passed are shown only when they are asked for: LINE WORKS has done what was due."""
    sort = sort_of(request, SORTS, DEFAULT_SORT)
    parts = upcoming.events(
        chosen.kinds,
        of=of,
        since=chosen.chosen("since") or today,
        until=chosen.chosen("until"),
    )
    sums = upcoming.sums(parts, chosen.kinds, of)
    rows = upcoming.Union(parts, sort.key, descending=sort.descending, count=sums.count)
    page: Page[Any] = page_of(request, cast(Any, rows))  # a paginator asks no more of it than count and a slice
    return {
        "page": page,
        "rows": upcoming.told(page, request.user),
        "sort": sort,
        "rows_choices": ROWS,
        "oldest": sums.oldest,
    }


def _month(request: PortalRequest, chosen: ScheduledFilter, of: Of, today: date) -> dict[str, Any]:
    first = _first_of_month(request.GET.get("month", ""), chosen.chosen("since") or today)
    following = (first + timedelta(days=31)).replace(day=1)
    last = following - timedelta(days=1)
    counts = upcoming.counted(
        upcoming.events(
            chosen.kinds,
            of=of,
            since=max(first, chosen.chosen("since") or first),
            until=min(last, chosen.chosen("until") or last),
        )
    )
    first_weekday = int(get_format("FIRST_DAY_OF_WEEK"))
    days = [first + timedelta(days=number) for number in range((following - first).days)]
    [month] = months_of({day: Day(day, chosen=day == today) for day in days}, first_weekday=first_weekday)
    sunday = date(2023, 1, 1)  # a Sunday: the heads are the names of the seven days from there on
    return {
        "oldest": upcoming.oldest_reading(chosen.kinds, of),
        "month": month,
        "weeks": _cells(month, counts, request.GET),
        "heads": [sunday + timedelta(days=first_weekday + place) for place in range(7)],
        "count": sum(count for kinds in counts.values() for _name, count in kinds),
        "before": f"{first - timedelta(days=1):%Y-%m}" if first > FIRST_DAY else "",
        "after": f"{following:%Y-%m}" if following <= LAST_DAY else "",
        "this": f"{today:%Y-%m}",
    }


def _cells(month: Month, counts: Mapping[date, list[tuple[str, int]]], query: QueryDict) -> list[list[Cell]]:
    return [
        [
            Cell(day, [_tally(day.date, *count, query) for count in counts.get(day.date, [])] if day else [])
            for day in week
        ]
        for week in month.weeks
    ]


def _tally(day: date, name: str, count: int, query: QueryDict) -> Tally:
    """The list of a day keeps what else is filtered by."""
    narrowed = QueryDict(mutable=True)
    if query.get("q"):
        narrowed["q"] = query.get("q", "")
    narrowed.update({"kind": name, "since": day.isoformat(), "until": day.isoformat()})
    return Tally(KINDS[name], count, f"?{narrowed.urlencode()}")


def _first_of_month(wanted: str, otherwise: date) -> date:
    """Return the first day of the month that the address asks for, as YYYY-MM; of another day's month else."""
    try:
        first = date.fromisoformat(f"{wanted}-01")
    except ValueError:
        return otherwise.replace(day=1)
    return first if FIRST_DAY <= first <= LAST_DAY else otherwise.replace(day=1)
