"""The tabs above a list: all rows, what the list comes with, and saved views, each with how many rows it finds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.functional import Promise

from portal.accounts.models import User
from portal.core.clock import business_today
from portal.core.counting import Counted, Prepared, count_lately, prepared
from portal.core.htmx import PortalRequest
from portal.lists.listing import ALL, Listing
from portal.lists.models import SavedView

# Beyond it a tab says that there are more: what it counts up to costs no more, however many rows there are.
MOST_COUNTED = 9_999


@dataclass
class Tab:
    """
    A view of a list.

    Args:
        key: in the address.
        label: its name.
        query: what it filters by.
        address: the page that it opens.
        saved: the saved view, if it is one.
        is_current: whether the page shows it.
        is_rare: whether it is shown only while it finds something.
        count: how many rows it finds; more than ``MOST_COUNTED`` if there are more. None where nobody asked.
    """

    key: str
    label: str
    query: str
    address: str
    saved: SavedView | None = None
    is_current: bool = False
    is_rare: bool = False
    count: int | None = None

    @property
    def has_more(self) -> bool:
        """Whether there are more rows than are counted."""
        return self.count is not None and self.count > MOST_COUNTED

    @property
    def counted(self) -> int:
        """How many rows are counted."""
        return min(self.count or 0, MOST_COUNTED)


@dataclass(frozen=True)
class Tabs:
    """
    The views of a list that a person sees.

    Args:
        rows: all of them, the current one marked.
        person: who looks.
        kept: what a saved view would keep of the present address.
    """

    rows: Sequence[Tab]
    person: User
    kept: str

    def __iter__(self) -> Iterator[Tab]:
        return (tab for tab in self.rows if tab.count or tab.is_current or not tab.is_rare)

    @property
    def current(self) -> Tab:
        """The view that the address names; that of all rows if it names none that this person sees."""
        return next((tab for tab in self.rows if tab.is_current), self.rows[0])

    @property
    def default(self) -> Tab | None:
        """The saved view with which the person opens the list."""
        return next((tab for tab in self.rows if tab.saved and tab.saved.is_default), None)

    @property
    def is_own(self) -> bool:
        """Whether the current view is a saved one of this person."""
        saved = self.current.saved
        return bool(saved and saved.owner_id == self.person.pk)


def tabs_of(request: PortalRequest, listing: Listing[Any]) -> Tabs:
    """Return the views of a list, in one query."""
    kept, beside = listing.kept(request.GET), listing.beside_views
    stays = listing.kept(request.GET, beside) if beside else ""
    own = listing.kept(request.GET, [name for name in listing.filters.base_filters if name not in beside])
    rows = [_built_in(listing, ALL, listing.words.all_rows, stays)]
    rows += [
        _built_in(listing, each.key, each.label, f"{each.query}{'&' if stays else ''}{stays}", is_rare=each.is_rare)
        for each in listing.built_in
    ]
    rows += [
        Tab(f"{view.pk}", view.name, view.query, address_of(listing, view), saved=view)
        for view in SavedView.objects.for_tabs(request.user, listing.name)
    ]
    # An address that a link of another page leads to names no view; it may be that of one all the same.
    same = (each.key for each in listing.built_in if each.query == own)
    wanted = request.GET.get("view") or next(same, ALL)
    next((tab for tab in rows if tab.key == wanted), rows[0]).is_current = True
    return Tabs(rows, request.user, kept)


def _built_in(listing: Listing[Any], key: str, label: str | Promise, query: str, *, is_rare: bool = False) -> Tab:
    return Tab(key, str(label), query, f"{listing.address}?view={key}{'&' if query else ''}{query}", is_rare=is_rare)


def address_of(listing: Listing[Any], view: SavedView) -> str:
    """Return the address of a list that opens with a saved view."""
    return f"{listing.address}?view={view.pk}{'&' if view.query else ''}{view.query}"


def count(request: PortalRequest, listing: Listing[Any], tabs: Tabs | None, chosen: Any) -> int:
    """
    Fill in how many rows each view finds, in one query with those of the page.

    Args:
        request: of the page.
        listing: the list.
        tabs: its views; None in a swap, which shows none.
        chosen: the filter of the page.

    Returns:
        How many rows it finds, all of them.
    """
    rows = list(tabs.rows) if tabs else []
    parts: list[Counted] = []
    total, known = 0, []
    if listing.counts:
        total, *known = listing.counts(request, chosen)
        known = known[: len(rows)]
    else:
        parts.append(listing.counted(chosen.qs))
    others = rows[len(known) :]
    parts += [_counted(request, listing, tab) for tab in others]
    numbers = count_lately(parts, large=MOST_COUNTED)
    if not listing.counts:
        total, *numbers = numbers
    for tab, number in zip(rows, [*known, *numbers], strict=True):
        tab.count = number
    return total


def found(request: PortalRequest, listing: Listing[Any], query: QueryDict) -> Any:
    """Return what an address finds."""
    return listing.filters(query, queryset=listing.rows(), request=request).qs


def _counted(request: PortalRequest, listing: Listing[Any], tab: Tab) -> Counted:
    """Return what counts the rows of a view; that of a built-in one is the same for a person all day."""

    def rows() -> Counted:
        return _limited(listing.counted(found(request, listing, QueryDict(tab.query))))

    key = (listing.name, tab.query, request.user.pk, business_today(), MOST_COUNTED)
    return rows() if tab.saved else prepared(key, rows)


def _limited(rows: Counted) -> Counted:
    """Return the same rows, without those that a tab would not count."""
    if isinstance(rows, Prepared):
        return rows
    several = [rows] if isinstance(rows, QuerySet) else rows
    return [each[: MOST_COUNTED + 1] for each in several]
