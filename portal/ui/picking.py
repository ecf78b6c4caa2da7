"""
Selecting rows of a list: the box of a row, and what the address of a selection says.

The bar above the table says how many are selected. The selection is the address of the page that takes it: the numbers
of the rows, or the query of the list itself with ``select=all``.
"""

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from portal.core.paging import parse_id

# The form of the bar, to which the boxes of all rows belong.
FORM = "pick"
# What stands in the address of a list: which of its rows are selected from the beginning.
PAGE, ALL = "page", "all"


@dataclass(frozen=True)
class Picking:
    """
    How rows of a list are selected.

    Args:
        address: of the page that takes the selection.
        label: what it does, on the button.
        how: ``page`` or ``all``; empty where nothing is selected from the beginning.
    """

    address: str
    label: str
    how: str = ""

    def cell(self, key: object, name: object) -> SafeString:
        """
        Show the box of a row, without quotes that HTML does not need. It is called as the row is.

        Args:
            key: what names the row in an address.
            name: of the customer.
        """
        if self.how == ALL:
            # The whole filter is selected; no row of it by itself.
            state = mark_safe(" checked disabled")
        else:
            state = format_html(" form={} name=id value={}{}", FORM, key, " checked" if self.how == PAGE else "")
        # The label is what a finger hits.
        return format_html('<td class=pick><label><input type=checkbox{} aria-label="{}"></label>', state, name)


def selects_all(request: HttpRequest) -> bool:
    """Return whether an address selects everything that the filter of its list finds."""
    return request.GET.get("select") == ALL


def named_numbers(request: HttpRequest) -> set[int]:
    """Return the numbers of the rows that an address selects; what is no number is left out."""
    return {number for number in map(parse_id, request.GET.getlist("id")) if number is not None}


def list_address(request: HttpRequest, address: str, *, without: tuple[str, ...] = ("id",)) -> str:
    """
    Return the address of the list under whose filter a selection was made.

    Args:
        request: of the page that takes the selection.
        address: of the list without a filter.
        without: the parameters that name the selection, and not the filter.
    """
    query = request.GET.copy()
    for name in without:
        query.pop(name, None)
    return f"{address}?{query.urlencode()}" if query else address


def nothing_words() -> str:
    """Return what a page says of a selection of nothing."""
    return _("Nothing is selected. Go back to the list and select at least one row.")


def invalid_filter_words() -> str:
    """Return what a page says of a selection whose filter cannot be read."""
    return _("The filter isn’t valid. Go back to the list and correct it.")
