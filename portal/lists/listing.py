"""What a list is: declared once for each, by the app whose rows it lists."""

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Generic, TypeVar

from django.core.paginator import Page
from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import User
from portal.core import exports
from portal.core.counting import Counted
from portal.core.htmx import PortalRequest
from portal.core.paging import Rows, Sort, sort_of
from portal.ui.templatetags.figures import NOTHING, cell

Line = TypeVar("Line")

# The tab of everything, which a person with a default view needs an address for
ALL = "all"
_ALL = _("All")
# What else an address of a list may hold
_AROUND = ("page", "rows", "view", "export", "fields", "select")


@dataclass(frozen=True)
class Around:
    """
    What a cell is told besides its row.

    Args:
        today: the business day.
        found: what the page found out for all rows at once, as HTML, by the number of the customer.
        element_id: of the row's link, for the row that a skip link leads to.
    """

    today: date
    found: Mapping[int, SafeString] = field(default_factory=dict)
    element_id: SafeString = NOTHING


@dataclass(frozen=True)
class Column(Generic[Line]):
    """
    One column of a list.

    Args:
        key: its name in the address; also the order by it, if the list has one of that name.
        label: its head.
        cell: returns the whole cell of a row. It is without quotes and ends that HTML does not need: a row may cost 600
            bytes.
        css: the class of its head.
        is_fixed: whether it cannot be left out.
        is_extra: whether it is shown only if somebody asks for it.
        hides_head: whether its head is only read aloud.
        descends_first: whether the largest come first where the list is first sorted by it.
    """

    key: str
    label: str | Promise
    cell: Callable[[Line, Around], SafeString]
    css: str = ""
    is_fixed: bool = False
    is_extra: bool = False
    hides_head: bool = False
    descends_first: bool = False


def headed(
    key: str, label: str | Promise, value: Callable[[Line, Around], Any], *, is_extra: bool = False
) -> Column[Line]:
    """
    Return a column whose cells have the head before them on a phone.

    Args:
        key: as of ``Column``.
        label: its head.
        value: returns what a cell holds; nothing for an empty one.
        is_extra: as of ``Column``.
    """
    return Column(key, label, lambda line, around: cell(str(label), value(line, around)), is_extra=is_extra)


def figures(
    key: str, label: str | Promise, value: Callable[[Line, Around], str], *, is_extra: bool = False
) -> Column[Line]:
    """Return a column of figures, aligned by their last digit, sorted the largest first; as ``headed`` otherwise."""

    def figure(line: Line, around: Around) -> SafeString:
        return format_html('<td class=num data-head="{}">{}', label, value(line, around))

    return Column(key, label, figure, css="num", is_extra=is_extra, descends_first=True)


def row_head(
    around: Around, address: str, name: object, after: SafeString | str = NOTHING, *, lang: str = "ja"
) -> SafeString:
    """
    Return the cell that heads a row: a link with the name of what the row is about.

    Args:
        around: as each cell is told.
        address: where the link leads.
        name: of a customer, or what it is known by.
        after: what follows the link, as HTML.
        lang: of the name.
    """
    return format_html('<th scope=row><a {}href="{}" lang={}>{}</a>{}', around.element_id, address, lang, name, after)


@dataclass(frozen=True)
class BuiltIn:
    """
    A view that every list comes with.

    Args:
        key: in the address.
        label: its name.
        query: what it filters by.
        is_rare: whether it is shown only while it finds something.
    """

    key: str
    label: str | Promise
    query: str
    is_rare: bool = False


@dataclass(frozen=True)
class Words:
    """
    What a list is called, and what it says where it has no rows.

    Args:
        title: of the page.
        section: of the part with the filters.
        table: of the table.
        placeholder: of the field of the filter by text.
        no_match: said where the filter finds nothing.
        show_all: the button beside that.
        nothing_yet: said where there is nothing at all.
        hint: what to do about that; where it is empty, to wait for the first sync.
        lead: what the page is for, below its title.
        all_rows: the view without a filter.
    """

    title: str | Promise
    section: str | Promise
    table: str | Promise
    placeholder: str | Promise
    no_match: str | Promise
    show_all: str | Promise
    nothing_yet: str | Promise
    hint: str | Promise = ""
    lead: str | Promise = ""
    all_rows: str | Promise = _ALL


@dataclass(frozen=True)
class ForSelected:
    """
    What is done with selected rows, where that is no bulk request.

    Args:
        address: the name of the page that takes the selection.
        permission: who may.
        label: of the button.
    """

    address: str
    permission: str
    label: str | Promise


def _itself(found: Any) -> Counted:
    rows: Counted = found
    return rows


def _same_rows(rows: Iterable[Any], _by: User) -> Iterable[Any]:
    return rows


def _plain_row(_line: Any) -> SafeString:
    return mark_safe("<tr>")


def _nothing_more(_request: PortalRequest, _filter: Any, _page: Page[Any]) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, eq=False)
class Listing(Generic[Line]):
    """
    A list of rows with filters, orders, columns, views and files.

    Args:
        name: in saved views and file names; also the namespace of its addresses.
        permission: who may look.
        template: of the page, with the partial ``table``.
        words: of the page.
        icon: of the page without rows.
        table_class: how the table looks.
        filters: a FilterSet whose every filter can stand in an address. What it finds is a QuerySet, or what the list
            takes for one: ``ordered`` and ``counted`` are all that is asked about it.
        rows: returns all rows, for the filters.
        ordered: returns what the filters found in an order.
        sorts: the orders that there are.
        default_sort: the one if none is asked for.
        columns: in their order.
        exported: columns of a file, in their order.
        picked: returns what names a row in an address, and the customer, for the box by which it is selected; None
            where rows can't be.
        for_selected: what is done with them, where that is no bulk request.
        built_in: views besides that of all rows.
        lines: returns rows with what belongs to each, in their order, for the person who looks.
        file_name: of its files; the name of the list if none is given.
        counted: returns the queries whose rows are what the filters found.
        counts: returns of a filter how many rows the page finds, and each of the built-in views, that of all rows
            first, where one query for all of them is cheaper than one for each.
        beside_views: filters that stay as they are where a built-in view is opened.
        row: returns the tag that begins a row.
        group: returns under which head a row stands; only in the default order.
        more: returns what else the page shows, by name, of the filter and the page; ``group_heads`` are the heads, by
            what ``group`` returns.
    """

    name: str
    permission: str
    template: str
    words: Words
    icon: str
    table_class: str
    filters: type[Any]
    rows: Callable[[], Any]
    ordered: Callable[[Any, Sort], Rows]
    sorts: Mapping[str, Any]
    default_sort: str
    columns: Sequence[Column[Line]]
    exported: Sequence[exports.Column[Line]]
    picked: Callable[[Line], tuple[int, object]] | None
    for_selected: ForSelected | None = None
    built_in: Sequence[BuiltIn] = ()
    lines: Callable[[Iterable[Any], User], Iterable[Line]] = _same_rows
    file_name: str = ""
    counted: Callable[[Any], Counted] = _itself
    counts: Callable[[PortalRequest, Any], Sequence[int]] | None = None
    beside_views: Collection[str] = ()
    row: Callable[[Line], SafeString] = _plain_row
    group: Callable[[Line], Hashable] | None = None
    more: Callable[[PortalRequest, Any, Page[Any]], Mapping[str, Any]] = _nothing_more

    @property
    def address(self) -> str:
        """The address of the page."""
        return reverse(f"{self.name}:list")

    @property
    def show_all_address(self) -> str:
        """The address that shows all rows, also to somebody who opens the list with another view."""
        return f"{self.address}?view={ALL}"

    def suited_to(self, query: QueryDict) -> "Listing[Line]":
        """Return the list as it is shown for an address; itself, unless what is found needs other columns or orders."""
        return self

    def found(self, request: PortalRequest) -> Any:
        """Return the rows that an address finds, in its order; None if its filter is not valid."""
        found = self.filters(request.GET, queryset=self.rows(), request=request)
        sort = sort_of(request, self.sorts, self.default_sort)
        return self.ordered(found.qs, sort) if found.form.is_valid() else None

    def shown(self, query: QueryDict) -> list[Column[Line]]:
        """Return the columns that an address asks for; the usual ones if it asks for none that there is."""
        asked = set(query.getlist("columns")) & {column.key for column in self.columns if not column.is_fixed}
        return [
            column
            for column in self.columns
            if column.is_fixed or (column.key in asked if asked else not column.is_extra)
        ]

    def kept(self, query: QueryDict, names: Collection[str] = ()) -> str:
        """Return what a saved view keeps of an address, as an address: filters, order and columns; or some alone."""
        kept = QueryDict(mutable=True)
        for name in names or (*self.filters.base_filters, "sort", "columns"):
            if values := [value for value in query.getlist(name) if value and "\x00" not in value]:
                kept.setlist(name, values)
        return kept.urlencode()

    def unknown(self, query: QueryDict) -> list[str]:
        """Return the names in an address that mean nothing to this list."""
        known = {*self.filters.base_filters, "sort", "columns", *_AROUND}
        columns = {column.key for column in self.columns}
        found = [name for name in query if name not in known]
        if query.get("sort", self.default_sort).removeprefix("-") not in self.sorts:
            found.append(str(query["sort"]))
        return [*found, *(key for key in query.getlist("columns") if key not in columns)]
