"""Paging of lists, the same everywhere."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import F, Model, OrderBy, QuerySet
from django.http import HttpRequest

ROWS = (25, 50, 100)
# What the address says for all rows, where a list has them on one page
ALL_ROWS = "all"
DEFAULT_ROWS = 50
# A column of 64 bits holds whatever is shorter than this.
LONGEST_NUMBER = 19

Row = TypeVar("Row", bound=Model)


if TYPE_CHECKING:
    AnyPaginator = Paginator[Any]
else:
    AnyPaginator = Paginator


class Rows(Protocol):
    """Rows in an order that tells any two of them apart, as a QuerySet has them."""

    def count(self) -> int:
        """Return how many there are."""

    def reverse(self) -> Any:
        """Return the same rows from the other end."""

    def iterator(self, chunk_size: int, /) -> Iterator[Any]:
        """Return all of them, some at a time."""

    def __getitem__(self, places: slice, /) -> Any: ...


class NearEndPaginator(AnyPaginator):
    """Reads a page from the end of the list that is nearer to it: the last page costs what the first does."""

    def page(self, number: int | str) -> Page[Any]:
        """Return a page."""
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        last = min(first + self.per_page, self.count)
        if self.count - last >= first:
            return super().page(number)
        rows: Any = self.object_list
        return Page(list(rows.reverse()[self.count - last : self.count - first])[::-1], number, self)


@dataclass(frozen=True)
class Sort:
    """
    How a list is ordered.

    Args:
        key: the column's name in the address.
        descending: whether it is turned round.
    """

    key: str
    descending: bool

    @property
    def value(self) -> str:
        """What stands in the address."""
        return f"-{self.key}" if self.descending else self.key


@dataclass(frozen=True)
class KeysetPage(Generic[Row]):
    """
    A part of a list that begins where the one before ended: it costs the same however far down it lies.

    Args:
        rows: those of this part.
        following: what stands in the address of the next part; empty if this is the last.
        is_first: whether it begins at the top.
    """

    rows: list[Row]
    following: str
    is_first: bool


def sort_of(request: HttpRequest, keys: Any, default: str) -> Sort:
    """Return the order that the address asks for; the default when it asks for none that there is."""
    wanted = request.GET.get("sort", default)
    if wanted.removeprefix("-") not in keys:
        wanted = default
    return Sort(wanted.removeprefix("-"), wanted.startswith("-"))


def in_order(columns: Iterable[str], sort: Sort, *, nullable: Collection[str] = ()) -> list[OrderBy]:
    """
    Return the columns of an order, all of them in the direction that is asked for.

    Args:
        columns: by name; the last one tells any two rows apart.
        sort: the order.
        nullable: columns that may be absent, which then come last either way. Other columns are read from their index
            in either direction, so no word of what is absent stands in their order.
    """
    found = []
    for name in columns:
        column, last = F(name), True if name in nullable else None
        found.append(column.desc(nulls_last=last) if sort.descending else column.asc(nulls_last=last))
    return found


def page_of(request: HttpRequest, rows: Rows, *, total: int | None = None, most: int = DEFAULT_ROWS) -> Page[Any]:
    """
    Return the page that the address asks for; the nearest one there is when it asks for another.

    Args:
        request: holds the address.
        rows: all of them, in an order that tells any two of them apart.
        total: how many there are, if somebody has counted them.
        most: how many a page holds where the address asks for all of them.
    """
    wanted = request.GET.get("rows", "")
    size = int(wanted) if wanted in map(str, ROWS) else most if wanted == ALL_ROWS else DEFAULT_ROWS
    page = request.GET.get("page", "")
    # Beyond the end Django takes the last page; it would do the same before the beginning.
    source: Any = rows  # Django asks no more of it than a count and slices
    paginator = NearEndPaginator(source, size)
    if total is not None:
        paginator.count = total  # it is a cached property, which then counts no more
    return paginator.get_page(1 if page.startswith("-") or page == "0" else page)


def keyset_page_of(request: HttpRequest, rows: QuerySet[Row], *, size: int = DEFAULT_ROWS) -> KeysetPage[Row]:
    """
    Return the part of a list, latest first, that the address asks for; the top when it asks for none that there is.

    Args:
        rows: whose numbers grow with time.
        size: how many at most.
    """
    before = parse_id(request.GET.get("before", ""))
    found = list((rows if before is None else rows.filter(pk__lt=before)).order_by("-pk")[: size + 1])
    following = f"{found[size - 1].pk}" if len(found) > size else ""
    return KeysetPage(found[:size], following, before is None)


def parse_id(text: str) -> int | None:
    """Return the number of a row that stands in an address; none for anything that cannot be one."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < LONGEST_NUMBER else None
