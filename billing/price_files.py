"""
The price list as a file: a download that can be uploaded again.

Rows of a file are checked one by one; with anything wrong, each fault is named with its line and nothing is stored.
What the rows of an item and contract type say replaces all its prices; other prices stay as they are.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, zip_longest
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from billing.price_lists import PriceKey, key_of
from billing.price_rows import Row, catalog, known_items, per_words
from billing.rules.prices import Key, Price, usual_price
from portal.core.exports import Column, coded
from portal.core.formulas import is_formula
from portal.core.parsing import Unclear, in_every_language, one_of, whole_number
from portal.core.search import fold
from portal.core.tables.file_errors import of_line
from portal.core.tables.parsers import BadFile, Line, Table
from portal.operations.priced import Per, Period, period_words

MOST_YEN: Final = 10**12
MOST_QUANTITY: Final = 10**9
MOST_PERCENT: Final = 100

ITEM, CONTRACT_TYPE = gettext_lazy("Plan, option"), gettext_lazy("Contract type")
FROM, TO = gettext_lazy("From quantity"), gettext_lazy("To quantity")
PER, PERIOD = pgettext_lazy("head of a column", "Per"), gettext_lazy("Period")
PURCHASE, SALE, TAX = gettext_lazy("Purchase ¥"), gettext_lazy("Sale ¥"), gettext_lazy("Tax %")

# Columns of a file by the names that are accepted in every language.
_HEADS: Final[Mapping[str, str | Promise]] = {
    "from_quantity": FROM,
    "to_quantity": TO,
    "per": PER,
    "period": PERIOD,
    "purchase": PURCHASE,
    "sale": SALE,
    "tax_rate": TAX,
}
_NEEDED: Final = ("item", "contract_type", "sale")


@dataclass(frozen=True)
class RowOfFile:
    """A row of a download, with the quantity up to which its price counts."""

    row: Row
    to_quantity: int | None = None


def columns(*, with_purchase: bool) -> list[Column[RowOfFile]]:
    """Return the columns of a file; the purchase price only for those who see it."""
    found = [
        *coded(ITEM, "", lambda line: line.row.price.item),
        *coded(CONTRACT_TYPE, "short_plan", lambda line: line.row.price.contract_type),
        Column[RowOfFile](FROM, lambda line: line.row.price.from_quantity),
        Column[RowOfFile](TO, lambda line: line.to_quantity),
        Column[RowOfFile](PER, lambda line: per_words(line.row.price.per)),
        Column[RowOfFile](PERIOD, lambda line: period_words(line.row.price.period)),
    ]
    # The words of an item are no label of one vocabulary.
    found[0] = Column(ITEM, lambda line: line.row.name)
    if with_purchase:
        found.append(Column(PURCHASE, lambda line: line.row.price.purchase))
    return [
        *found,
        Column(SALE, lambda line: line.row.price.sale),
        Column(TAX, lambda line: line.row.price.tax_rate),
    ]


def lines_of(rows: Sequence[Row]) -> list[RowOfFile]:
    """Return rows as a file has them: each price counts up to the quantity before that of the next one."""
    return [
        RowOfFile(row, after.price.from_quantity - 1 if after and after.price.key == row.price.key else None)
        for row, after in zip_longest(rows, rows[1:])
    ]


@dataclass(frozen=True)
class Fault:
    """What is wrong with a line of a file."""

    line: int
    column: str
    words: str


@dataclass
class Checked:
    """
    What a file says.

    Args:
        prices: by their keys; empty with any fault.
        named: the items and contract types whose prices the file replaces.
        has_purchase: whether it has a column of purchase prices.
        faults: by line.
    """

    prices: dict[PriceKey, Price] = field(default_factory=dict)
    named: set[Key] = field(default_factory=set)
    has_purchase: bool = False
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True)
class _Read:
    """A row that can be read."""

    line: int
    price: Price
    to: int | None


def check(table: Table, present: Mapping[PriceKey, Price], held: Mapping[Key, int]) -> Checked:
    """
    Return what a file says of prices, or each fault of it.

    Args:
        table: the file.
        present: the prices of the version that it is for.
        held: what customers hold; such a pair of item and contract type can be priced whatever the catalog says.

    Raises:
        BadFile: it lacks a column, or has one twice.
    """
    places = _places(table.header)
    sold = {*catalog(), *held, *(price.key for price in present.values())}
    checked = Checked(has_purchase="purchase" in places)
    read: list[_Read] = []
    for line in table.rows:
        row = _Row(line, places, checked.faults)
        if found := row.read(sold):
            read.append(found)
    _check_quantities(read, checked.faults)
    checked.faults.sort(key=lambda fault: fault.line)
    if not checked.faults:
        checked.named = {each.price.key for each in read}
        checked.prices = {key_of(each.price): each.price for each in read if not _is_empty(each.price)}
    return checked


def changes_of(checked: Checked, present: Mapping[PriceKey, Price]) -> dict[PriceKey, Price | None]:
    """Return what a file changes of a version: the prices of each pair that it names are replaced by its own."""
    gone = {key: None for key, price in present.items() if price.key in checked.named}
    return {**gone, **checked.prices}


@dataclass(frozen=True)
class Difference:
    """A price that a file changes; None where there is none before, or none afterwards."""

    row: Row
    before: Price | None
    after: Price | None

    @property
    def sale(self) -> tuple[int | None, int | None]:
        """The sale price before and after."""
        return (self.before.sale if self.before else None), (self.after.sale if self.after else None)

    @property
    def purchase(self) -> tuple[int | None, int | None]:
        """The purchase price before and after."""
        return (self.before.purchase if self.before else None), (self.after.purchase if self.after else None)


def differences(changes: Mapping[PriceKey, Price | None], present: Mapping[PriceKey, Price]) -> list[Difference]:
    """Return the prices of a version that changes alter."""
    pairs = [(present.get(key), after) for key, after in changes.items()]
    return [
        Difference(Row(named), before, after)
        for before, after in pairs
        if before != after and (named := after or before) is not None
    ]


def as_text(table: Table) -> str:
    """Return a file that can be read as CSV, whatever it was."""
    text = io.StringIO()
    csv.writer(text).writerows([table.header, *(line.cells for line in table.rows)])
    return text.getvalue()


class _Row:
    """Reads one line; what is wrong with it is added to ``faults``."""

    def __init__(self, line: Line, places: Mapping[str, int], faults: list[Fault]) -> None:
        self.line = line
        self.places = places
        self.faults = faults
        self.is_read = True

    def read(self, sold: set[Key]) -> _Read | None:
        if self.line.fault:
            self._fail("", of_line(self.line.fault))
            return None
        item = self._code("item", known_items(), _("There is no plan or option with the code %(code)s."))
        contract_type = self._code(
            "contract_type",
            frozenset(plan for _item, plan in sold),
            _("There is no contract type with the code %(code)s."),
        )
        if item and contract_type and (item, contract_type) not in sold:
            self._fail("contract_type", _("LINE WORKS does not offer this plan or option with this contract type."))
        usual = usual_price(item, contract_type)
        price = Price(
            item=item,
            contract_type=contract_type,
            per=Per(self._choice("per", usual.per, _PERS)),
            period=Period(self._choice("period", usual.period, _PERIODS)),
            purchase=self._number("purchase", 0, MOST_YEN),
            sale=self._number("sale", 0, MOST_YEN),
            tax_rate=self._number("tax_rate", 0, MOST_PERCENT, usual.tax_rate) or 0,
            from_quantity=self._number("from_quantity", 1, MOST_QUANTITY, 1) or 1,
        )
        to = self._number("to_quantity", 1, MOST_QUANTITY)
        if to is not None and to < price.from_quantity:
            self._fail("to_quantity", _("The last quantity is smaller than the first."))
        return _Read(self.line.number, price, to) if self.is_read else None

    def _fail(self, name: str, words: str) -> None:
        self.is_read = False
        self.faults.append(Fault(self.line.number, str(labels().get(name, "")), words))

    def _text(self, name: str) -> str:
        return self.line.cells[self.places[name]].strip() if name in self.places else ""

    def _code(self, name: str, known: frozenset[str], words: str) -> str:
        text = self._text(name)
        if not text:
            self._fail(name, _("Enter a code."))
            return ""
        if text not in known:
            self._fail(
                name,
                _("This looks like a formula. Formulas aren’t calculated: enter the value.")
                if is_formula(text)
                else words % {"code": text[:40]},
            )
            return ""
        return text

    def _choice(self, name: str, usual: str, choices: Mapping[str, Promise]) -> str:
        text = self._text(name)
        if not text:
            return usual
        try:
            found = one_of(text, [(code, in_every_language(words)) for code, words in choices.items()])
        except Unclear as unclear:
            self._fail(name, str(unclear.words))
            return usual
        if found not in choices:
            self._fail(
                name, _("Choose one of these: %(choices)s.") % {"choices": _(", ").join(map(str, choices.values()))}
            )
            return usual
        return found

    def _number(self, name: str, least: int, most: int, usual: int | None = None) -> int | None:
        text = self._text(name)
        if not text:
            return usual
        try:
            number = whole_number(text)
        except Unclear as unclear:
            formula = _("This looks like a formula. Formulas aren’t calculated: enter the value.")
            self._fail(name, formula if is_formula(text) else str(unclear.words))
            return usual
        if not least <= number <= most:
            bounds = {"least": f"{least:,}", "most": f"{most:,}"}
            self._fail(name, _("Enter a number from %(least)s to %(most)s.") % bounds)
            return usual
        return number


def _check_quantities(read: Sequence[_Read], faults: list[Fault]) -> None:
    """Say where the quantities of the same item and contract type overlap, or leave a gap."""
    grouped: dict[Key, list[_Read]] = defaultdict(list)
    for each in read:
        grouped[each.price.key].append(each)
    for group in grouped.values():
        group.sort(key=lambda each: (each.price.from_quantity, each.line))
        if _is_empty(group[0].price) and len(group) == 1:
            continue
        _check_group(group, lambda line, words: faults.append(Fault(line, "", words)))


def _check_group(group: Sequence[_Read], fail: Callable[[int, str], None]) -> None:
    first, last = group[0], group[-1]
    if first.price.from_quantity > 1:
        fail(first.line, _("Gap: quantities below %(from)s have no price.") % {"from": first.price.from_quantity})
    if last.to is not None:
        fail(last.line, _("Gap: quantities above %(to)s have no price.") % {"to": last.to})
    for before, after in pairwise(group):
        start = after.price.from_quantity
        if start == before.price.from_quantity or (before.to is not None and start <= before.to):
            fail(after.line, _("Overlap: line %(line)s has a price for the same quantities.") % {"line": before.line})
        elif before.to is not None and start > before.to + 1:
            gap = {"from": before.to + 1, "to": start - 1}
            fail(after.line, _("Gap: quantities from %(from)s to %(to)s have no price.") % gap)
        if (before.price.per, before.price.period) != (after.price.per, after.price.period):
            fail(after.line, _("Unit and period differ from line %(line)s.") % {"line": before.line})
    for each in group:
        if _is_empty(each.price) and len(group) > 1:
            fail(each.line, _("This quantity has no price."))


def _is_empty(price: Price) -> bool:
    return price.purchase is None and price.sale is None


def labels() -> Mapping[str, str]:
    """Return the head of each column by its name, in the language of the moment."""
    found = {name: str(head) for name, head in _HEADS.items()}
    (_words, item), (_words, contract_type) = _coded_heads()
    return {"item": str(item.label), "contract_type": str(contract_type.label), **found}


def _coded_heads() -> tuple[tuple[Column[Any], Column[Any]], tuple[Column[Any], Column[Any]]]:
    return coded(ITEM, "", str), coded(CONTRACT_TYPE, "", str)


def _places(header: Sequence[str]) -> dict[str, int]:
    (_words, item), (_words, contract_type) = _coded_heads()
    heads: dict[str, Any] = {"item": item.label, "contract_type": contract_type.label, **_HEADS}
    spelled = {name: {fold(name), *in_every_language(head)} for name, head in heads.items()}
    found: dict[str, int] = {}
    for place, head in enumerate(header):
        for name, spellings in spelled.items():
            if fold(head) in spellings:
                if name in found:
                    raise BadFile("twice", column=head)
                found[name] = place
    missing = [name for name in _NEEDED if name not in found]
    if missing:
        raise BadFile("lacks", columns=missing)
    return found


_PERS: Final[Mapping[str, Promise]] = {
    Per.LICENSE: pgettext_lazy("a price per", "license"),
    Per.USER: pgettext_lazy("a price per", "user"),
    Per.CONTRACT: pgettext_lazy("a price per", "contract"),
}
_PERIODS: Final[Mapping[str, Promise]] = {
    Period.MONTH: pgettext_lazy("a price per", "month"),
    Period.YEAR: pgettext_lazy("a price per", "year"),
}
