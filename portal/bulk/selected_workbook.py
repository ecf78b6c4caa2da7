"""
The workbook of a selection: a row for each selected thing, to be filled in and uploaded.

Rows in which nothing is filled in ask for nothing. Columns that end with “(now)” are for people; an upload does not
look at them.
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from portal.bulk.columns import CUSTOMER, REQUEST, Column, columns_of, present_label, request_column
from portal.bulk.selected import CODED_IDS, Offer, Thing
from portal.core.exports import Column as Shown
from portal.core.formulas import harmless
from portal.operations.commands import Command

_WIDTH = 20


def workbook_of(
    command: Command[Any],
    things: Sequence[Thing],
    offer: Offer,
    shown: Sequence[Shown[Any]],
    lines: Iterable[Any],
) -> bytes:
    """
    Return a workbook in which somebody fills in what is requested for each thing.

    Args:
        command: what is requested; where there is nothing to fill in, its name is left out of the rows, so that nobody
            requests it by uploading the file as it came.
        things: one for each row.
        offer: what can be chosen for them.
        shown: what each row says of what there is now.
        lines: of the things, in their order, for these columns.
    """
    book = Workbook()
    sheet = book.active
    assert sheet is not None  # noqa: S101  a new workbook has one
    sheet.title = _("Requests")
    values = book.create_sheet(_("Legal values"))
    about, fields = _split(columns_of(command), command)
    heads = [request_column(), *about]
    _write(sheet, 1, [str(head.label) for head in heads] + [present_label(each.label) for each in shown]
           + [str(column.label) for column in fields])  # fmt: skip
    named = "" if command.has_no_fields else str(command.title)
    for number, (thing, line) in enumerate(zip(things, lines, strict=True), 2):
        known: Mapping[str, Any] = {REQUEST: named, CUSTOMER: thing.domain_id, **thing.ids}
        _write(sheet, number, [*(known.get(head.name) for head in heads), *(each.value(line) for each in shown)])
    choices = {REQUEST: [str(command.title)]} | {
        column.name: _words(command, offer, column.name) for column in (*about, *fields)
    }
    places = {head.name: place for place, head in enumerate(heads, 1)}
    places |= {column.name: place for place, column in enumerate(fields, len(heads) + len(shown) + 1)}
    labels = {column.name: str(column.label) for column in (*heads, *fields)}
    _offer(sheet, values, {name: words for name, words in choices.items() if words}, places, labels, len(things) + 1)
    for place in range(1, len(heads) + len(shown) + len(fields) + 1):
        sheet.column_dimensions[get_column_letter(place)].width = _WIDTH
    sheet.freeze_panes = "A2"
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _split(columns: Sequence[Column], command: Command[Any]) -> tuple[list[Column], list[Column]]:
    """Return the columns that say whom a row is about, and those that are filled in."""
    about = [column for column in columns if column.name in (CUSTOMER, *command.ids)]
    return about, [column for column in columns if column not in about]


def _words(command: Command[Any], offer: Offer, name: str) -> list[str]:
    """Return what can be chosen in a column; the code where two have the same words."""
    field = command.form.base_fields.get(name)
    if isinstance(field, forms.BooleanField):
        return [_("yes"), _("no")]
    choices = offer.choices.get(name, {})
    if name in CODED_IDS and name in command.ids:
        return list(choices)
    words = list(choices.values())
    return [said if words.count(said) == 1 else code for code, said in choices.items()]


def _offer(
    sheet: Worksheet,
    values: Worksheet,
    choices: Mapping[str, Sequence[str]],
    places: Mapping[str, int],
    labels: Mapping[str, str],
    last: int,
) -> None:
    """Write what can be chosen onto a sheet of its own, and let the cells of each column choose from there."""
    for column, (name, words) in enumerate(choices.items(), 1):
        letter, target = get_column_letter(column), get_column_letter(places[name])
        for number, text in enumerate([labels[name], *words], 1):
            _put(values, number, column, text)
        values.column_dimensions[letter].width = _WIDTH
        source = f"{quote_sheetname(values.title)}!${letter}$2:${letter}${len(words) + 1}"
        rule = DataValidation(type="list", formula1=source, allow_blank=True, showErrorMessage=True)
        rule.add(f"{target}2:{target}{last}")
        sheet.add_data_validation(rule)


def _write(sheet: Worksheet, number: int, cells: Sequence[Any]) -> None:
    for place, value in enumerate(cells, 1):
        if value not in (None, ""):
            _put(sheet, number, place, value)


def _put(sheet: Worksheet, number: int, place: int, value: Any) -> None:
    cell = sheet.cell(number, place)
    if isinstance(value, datetime):
        value = timezone.localtime(value).replace(tzinfo=None)
    if isinstance(value, (date, datetime)):
        value = value.isoformat(" ", "minutes") if isinstance(value, datetime) else value.isoformat()
    if isinstance(cell, Cell):
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", harmless(str(value)))
        # A text stays a text, whatever it looks like.
        cell.data_type, cell.number_format = "s", "@"
        cell.font = Font(bold=number == 1)
