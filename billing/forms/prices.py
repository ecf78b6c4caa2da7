"""The price list on a page: its cells, a new version, and a file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.price_files import MOST_YEN
from billing.price_lists import PriceKey, key_of
from billing.price_rows import Row
from billing.rules.prices import Price
from portal.core.parsing import Unclear, day, whole_number
from portal.core.tables.file_errors import of_file
from portal.core.tables.parsers import MOST_BYTES, BadFile

SALE, PURCHASE = "sale", "purchase"


@dataclass(frozen=True)
class Cell:
    """
    One editable amount of a row.

    Args:
        name: of its field.
        text: what stands in it.
        label: what it is, for people who do not see the table.
        error: why what was typed is no price; empty if it is one.
    """

    name: str
    text: str
    label: str
    error: str = ""


@dataclass(frozen=True)
class Wanted:
    """
    Which rows a page shows.

    Args:
        kind: one of ``billing.price_rows.KINDS``; empty for all.
        words: that their names or codes hold.
    """

    kind: str = ""
    words: str = ""

    @property
    def query(self) -> str:
        """It as the further part of a query string."""
        given = {"show": self.kind, "q": self.words}
        return "".join(f"&{urlencode({name: text}, errors='replace')}" for name, text in given.items() if text)


@dataclass(frozen=True)
class Cells:
    """A row with its cells; the purchase price only for those who see it."""

    row: Row
    sale: Cell
    purchase: Cell | None = None

    @property
    def errors(self) -> list[str]:
        """What is wrong with what was typed."""
        return [cell.error for cell in (self.purchase, self.sale) if cell and cell.error]


@dataclass
class PriceForm:
    """
    The cells of the rows that a page shows.

    Args:
        rows: the rows.
        with_purchase: whether the person sees and edits purchase prices.
        posted: what was typed; None where nothing was.
    """

    rows: Sequence[Row]
    with_purchase: bool
    posted: QueryDict | None = None
    changes: dict[PriceKey, Price | None] = field(default_factory=dict, init=False)
    cells: list[Cells] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        for row in self.rows:
            sale, sale_yen = self._cell(row, SALE, row.price.sale, _("Sale price"))
            purchase, purchase_yen = None, row.price.purchase
            if self.with_purchase:
                purchase, purchase_yen = self._cell(row, PURCHASE, row.price.purchase, _("Purchase price"))
            self.cells.append(Cells(row, sale, purchase))
            after = replace(row.price, sale=sale_yen, purchase=purchase_yen)
            if after != row.price:
                is_empty = after.sale is None and after.purchase is None
                self.changes[key_of(row.price)] = None if is_empty else after

    @property
    def is_valid(self) -> bool:
        """Whether everything that was typed is a price."""
        return not any(cells.errors for cells in self.cells)

    def _cell(self, row: Row, kind: str, present: int | None, words: str) -> tuple[Cell, int | None]:
        name = f"{kind}.{row.field}"
        text = "" if present is None else str(present)
        label = _("%(price)s, %(item)s, %(type)s") % {"price": words, "item": row.name, "type": row.contract_type}
        error = ""
        if self.posted is not None and name in self.posted:
            text = self.posted.get(name, "").strip()
            try:
                present = amount_in(text)
            except Unclear as unclear:
                error = str(unclear.words)
        return Cell(name, text, label, error), present


def amount_in(text: str) -> int | None:
    """
    Return the yen of a cell; None of an empty one.

    Raises:
        Unclear: it is no amount from 0 on.
    """
    if not text:
        return None
    amount = whole_number(text)
    if not 0 <= amount <= MOST_YEN:
        raise Unclear(_("Enter an amount from ¥0 to ¥%(most)s.") % {"most": f"{MOST_YEN:,}"})
    return amount


class FromField(forms.CharField):
    """The first day of a version."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            label=gettext_lazy("Valid from"), max_length=40, widget=forms.DateInput(attrs={"type": "date"}), **options
        )

    def clean(self, value: Any) -> Any:
        """Return the day."""
        text = super().clean(value)
        try:
            return day(text)
        except Unclear as unclear:
            raise forms.ValidationError(str(unclear.words)) from None


class VersionForm(forms.Form):
    """A new version."""

    valid_from = FromField(help_text=gettext_lazy("Begins with the prices in force on that day."))


class PriceFileForm(forms.Form):
    """
    A file of prices, and the version that it is for.

    Where a version of that day would change, its changes are shown first; the answer to them holds what the file said
    as ``content``, as a browser sends no file twice, and what the person saw as ``seen``.
    """

    content = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    file = forms.FileField(
        label=gettext_lazy("File"),
        required=False,
        help_text=gettext_lazy("CSV (UTF-8 or Shift_JIS) or XLSX, up to 1,000 rows and 2 MB."),
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx"}),
        max_length=200,
    )
    valid_from = FromField(help_text=gettext_lazy("A date without a version makes a new version."))

    def clean_file(self) -> Any:
        """A file that is too large is not read."""
        file: Any = self.cleaned_data["file"]
        if file is None and not self.data.get("content"):
            raise forms.ValidationError(self.fields["file"].error_messages["required"], code="required")
        if file is not None and file.size > MOST_BYTES:
            raise forms.ValidationError(of_file(BadFile("large", size=MOST_BYTES // 1024**2).to_json()))
        return file


def shown(cells: Sequence[Cells], wanted: Wanted, *, with_purchase: bool) -> list[Cells]:
    """Return the rows that a filter shows, and those with something wrong in them."""
    return [
        each
        for each in cells
        if each.errors or (each.row.is_of(wanted.kind, with_purchase=with_purchase) and each.row.is_about(wanted.words))
    ]


def labels_of(cells: Sequence[Cells]) -> Mapping[str, str]:
    """Return the label of each cell with something wrong, by its name."""
    found = [cell for each in cells for cell in (each.purchase, each.sale) if cell and cell.error]
    return {cell.name: cell.label for cell in found}
