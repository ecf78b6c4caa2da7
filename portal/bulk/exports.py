"""Downloads: the template of a command, and the results of a bulk request."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from portal.bulk.columns import columns_of
from portal.bulk.judging import told
from portal.bulk.models import Import, ImportRow
from portal.core.exports import CSV, TYPES
from portal.core.formulas import harmless
from portal.core.stored_text import said_in_language
from portal.operations.commands import Command
from portal.vendor.problems import words_of

Lines = Iterable[Sequence[str]]


def template(command: Command[Any], form: str) -> HttpResponse:
    """Return the empty table of a kind: its header alone."""
    return _file(f"{command.kind}", form, [[str(column.label) for column in columns_of(command)]])


def results(draft: Import, form: str) -> HttpResponse:
    """Return the rows of a file as they were given, each with what became of it."""
    header = [*draft.header, _("Check result"), _("Request number"), _("State"), _("Reason"), _("Details")]
    return _file(draft.ref, form, [header, *_results(draft)])


def _results(draft: Import) -> Iterable[list[str]]:
    for row in draft.rows.select_related("operation").order_by("number"):
        operation = row.operation
        yield [
            *row.cells,
            row.get_state_display(),
            operation.ref if operation else "",
            str(operation.look.words) if operation else "",
            _what_stands_against(row),
            said_in_language(row.summary),
        ]


def _what_stands_against(row: ImportRow) -> str:
    if row.operation is None:
        return " ".join(told(problem) for problem in row.problems)
    return words_of(row.operation.trouble) if row.operation.problem else ""


def _file(name: str, form: str, lines: Lines) -> HttpResponse:
    safe = [[harmless(cell) for cell in line] for line in lines]
    content = _csv(safe) if form == CSV else _xlsx(safe)
    return HttpResponse(
        content,
        content_type=TYPES[form],
        headers={"Content-Disposition": f'attachment; filename="{name}.{form}"', "Cache-Control": "no-store"},
    )


def _csv(lines: Lines) -> bytes:
    """With a mark at its beginning, without which Excel takes UTF-8 for the charset of the machine."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(lines)
    return text.getvalue().encode("utf-8-sig")


def _xlsx(lines: Lines) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for line in lines:
        cells = [WriteOnlyCell(sheet, value=cell) for cell in line]
        for cell in cells:
            # A text stays a text, whatever it looks like.
            cell.data_type, cell.number_format = "s", "@"
        sheet.append(cells)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()
