"""Bounded paging for lists, the same everywhere."""

from dataclasses import dataclass
from typing import Any, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest

ROWS = (25, 50, 100)
DEFAULT_ROWS = 50

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


def sort_of(request: HttpRequest, keys: Any, default: str) -> Sort:
    """Answer the order that the address asks for; the default when it asks for none that there is."""
    wanted = request.GET.get("sort", default)
    if wanted.removeprefix("-") not in keys:
        wanted = default
    return Sort(wanted.removeprefix("-"), wanted.startswith("-"))


def page_of(request: HttpRequest, rows: QuerySet[Row]) -> Page[Row]:
    """Answer the page that the address asks for; the nearest one there is when it asks for another."""
    wanted = request.GET.get("rows", "")
    size = int(wanted) if wanted in map(str, ROWS) else DEFAULT_ROWS
    page = request.GET.get("page", "")
    # Beyond the end Django takes the last page; it would do the same before the beginning.
    return Paginator(rows, size).get_page(1 if page.startswith("-") or page == "0" else page)
