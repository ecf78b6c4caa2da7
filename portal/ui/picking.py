"""Selecting rows of a list: the box of a row. The bar above the table says how many are selected."""

from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

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
            return format_html('<td class=pick><input type=checkbox checked disabled aria-label="{}">', name)
        checked = mark_safe(" checked") if self.how == PAGE else ""
        return format_html(
            '<td class=pick><input type=checkbox form={} name=id value={}{} aria-label="{}">', FORM, key, checked, name
        )
