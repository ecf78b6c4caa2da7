"""Paging of lists, the same everywhere."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest

ROWS = (25, 50, 100)
DEFAULT_ROWS = 50
# A column of 64 bits holds whatever is shorter than this.
LONGEST_NUMBER = 19

Row = TypeVar("Row", bound=Model)


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


def page_of(request: HttpRequest, rows: QuerySet[Row]) -> Page[Row]:
    """Return the page that the address asks for; the nearest one there is when it asks for another."""
    wanted = request.GET.get("rows", "")
    size = int(wanted) if wanted in map(str, ROWS) else DEFAULT_ROWS
    page = request.GET.get("page", "")
    # Beyond the end Django takes the last page; it would do the same before the beginning.
    return Paginator(rows, size).get_page(1 if page.startswith("-") or page == "0" else page)


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
