"""Downloads of lists as CSV and XLSX: one exporter, for which each list declares its columns."""

import csv
import io
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, islice
from typing import Any, Generic, TypeVar

from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from portal.core.clock import business_today
from portal.core.formulas import harmless
from portal.core.labels import word_for

CSV, XLSX = "csv", "xlsx"
UTF_8 = "utf-8"
FORMATS = (CSV, XLSX)
TYPES = {CSV: "text/csv; charset=utf-8", XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
# So many rows are read and written at a time; memory does not grow with the list.
AT_ONCE = 1000
# Excel opens no sheet with more rows; what is left goes onto further sheets, each with the heads.
MOST_ROWS_ON_A_SHEET = 1_048_576
_COLUMN_WIDTH = 18
_LONGEST_TEXT = 32_767
# A spreadsheet keeps 15 digits of a number; one with more is a text.
_LARGEST_NUMBER = 10**15
# XML has no place for these.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_FORMATS: Mapping[type, str] = {str: "@", date: "yyyy-mm-dd", datetime: "yyyy-mm-dd h:mm:ss"}

Row = TypeVar("Row")
Item = TypeVar("Item")
Value = str | int | Decimal | date | datetime | None
Line = Sequence[Value]


@dataclass(frozen=True)
class Column(Generic[Row]):
    """
    One column of a download.

    Args:
        label: its head, worded in the language of the reader.
        value: returns the cell of a row; None is an empty cell.
        of: the column of the list that shows it; a file of the visible columns leaves it out without that one.
    """

    label: str | Promise
    value: Callable[[Row], Value]
    of: str = ""

    @property
    def is_code(self) -> bool:
        """Whether it holds the code whose words are in the column before."""
        return isinstance(self.label, _CodeLabel)


@dataclass(frozen=True)
class _CodeLabel:
    """The head of a column of codes beside the one with their words."""

    label: str | Promise

    def __str__(self) -> str:
        return _("%(label)s (code)") % {"label": self.label}


def coded(
    label: str | Promise, kind: str, code: Callable[[Row], str | None], of: str = ""
) -> tuple[Column[Row], Column[Row]]:
    """
    Return two columns for a code of LINE WORKS: its words, and the code itself.

    Args:
        label: the head of the words.
        kind: the vocabulary, as for ``word_for``.
        code: returns the code of a row; an empty one leaves both cells empty.
        of: as of ``Column``.
    """
    return (
        Column(label, lambda row: word_for(kind, code(row)) if code(row) else "", of),
        Column(_CodeLabel(label), code, of),  # type: ignore[arg-type]  # worded by str(), as a promise is
    )


def of_part(part: str, column: str) -> Callable[[Any], Any]:
    """Return what reads a column of a part of a row; it answers None where the row has no such part."""
    return lambda row: getattr(getattr(row, part), column, None)


def wanted_format(request: HttpRequest) -> str | None:
    """Return the format that the address asks for as ``export``; None when it asks for a page."""
    asked = request.GET.get("export")
    return asked if asked in FORMATS else None


def download(
    name: str, form: str, columns: Sequence[Column[Row]], rows: Iterable[Row]
) -> StreamingHttpResponse | FileResponse:
    """
    Return all rows of a list as a file, in the language of the request. Its memory does not grow with the rows.

    Args:
        name: of the file, in ASCII; the business date follows it.
        form: one of ``FORMATS``.
        columns: of the file, in order.
        rows: read once, in order, while the file is written.
    """
    heads = [str(column.label) for column in columns]
    lines = ([column.value(row) for column in columns] for row in rows)
    file_name = f"{name}-{business_today().isoformat()}.{form}"
    if form == XLSX:
        # A workbook is a ZIP file that is written as a whole, so it waits on the disk.
        return FileResponse(_workbook(heads, lines), as_attachment=True, filename=file_name, content_type=TYPES[XLSX])
    return StreamingHttpResponse(
        _csv(chain([heads], lines), translation.get_language()),
        content_type=TYPES[CSV],
        headers={"Content-Disposition": f'attachment; filename="{file_name}"'},
    )


def csv_of(
    columns: Sequence[Column[Row]], rows: Iterable[Row], *, headed: bool = True, charset: str = UTF_8
) -> Iterator[bytes]:
    """
    Return the parts of a CSV file of rows, in the language of the caller: for files that are no list of ours.

    Args:
        columns: of the file, in order.
        rows: read once, in order, while the parts are taken.
        headed: whether the first line has the heads.
        charset: what it lacks becomes a question mark.
    """
    lines: Iterable[Line] = ([column.value(row) for column in columns] for row in rows)
    heads = [[str(column.label) for column in columns]] if headed else []
    return _csv(chain(heads, lines), translation.get_language(), charset)


def in_batches(items: Iterable[Item], size: int = AT_ONCE) -> Iterator[list[Item]]:
    """Return items in lists of a size, the last of which may be shorter."""
    source = iter(items)
    while batch := list(islice(source, size)):
        yield batch


def _csv(lines: Iterable[Line], language: str | None, charset: str = UTF_8) -> Iterator[bytes]:
    """With a mark at its beginning, without which Excel takes UTF-8 for the charset of the machine."""
    if charset == UTF_8:
        yield "\ufeff".encode()
    batches = in_batches(lines)
    while True:
        # The rows are worded while the server already sends, long after the request set the language.
        with translation.override(language):
            batch = next(batches, None)
        if batch is None:
            return
        text = io.StringIO(newline="")
        csv.writer(text).writerows([_as_text(value) for value in line] for line in batch)
        yield text.getvalue().encode(charset, "replace")


def _as_text(value: Value) -> str:
    match value:
        case None:
            return ""
        case str():
            return harmless(value)
        case datetime():
            return _local(value).isoformat(sep=" ", timespec="seconds")
        case date():
            return value.isoformat()
    return str(value)


def _workbook(heads: Sequence[str], lines: Iterable[Line]) -> "tempfile._TemporaryFileWrapper[bytes]":
    """Return a workbook, ready to be read; it is gone from the disk as soon as it is closed."""
    file = tempfile.NamedTemporaryFile(prefix="partnerdesk-", suffix=".xlsx")  # noqa: SIM115  the response closes it
    try:
        _fill(file.name, heads, lines)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def _fill(path: str, heads: Sequence[str], lines: Iterable[Line]) -> None:
    # Rows go to the disk one by one; what a text looks like means nothing.
    book = Workbook(path, {"constant_memory": True})
    formats = {kind: book.add_format({"num_format": form}) for kind, form in _FORMATS.items()}
    source = iter(lines)
    following: Line | None = next(source, None)
    while True:
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, max(len(heads) - 1, 0), _COLUMN_WIDTH)
        _write(sheet, formats, 0, heads)
        if following is not None:
            for row, line in enumerate(chain([following], islice(source, MOST_ROWS_ON_A_SHEET - 2)), start=1):
                _write(sheet, formats, row, line)
            following = next(source, None)
        if following is None:
            break
    book.close()


def _write(sheet: Worksheet, formats: Mapping[type, Format], row: int, line: Line) -> None:
    for place, value in enumerate(line):
        if isinstance(value, str):
            # A text stays a text. One that is too long for a cell is cut, as Excel would refuse the file.
            if value:
                sheet.write_string(row, place, _ILLEGAL.sub("", value)[:_LONGEST_TEXT], formats[str])
        elif isinstance(value, datetime):
            sheet.write_datetime(row, place, _local(value), formats[datetime])
        elif isinstance(value, date):
            sheet.write_datetime(row, place, value, formats[date])
        elif isinstance(value, bool):
            sheet.write_boolean(row, place, value)
        elif isinstance(value, int) and abs(value) >= _LARGEST_NUMBER:
            sheet.write_string(row, place, str(value), formats[str])
        elif value is not None:
            sheet.write_number(row, place, value)


def _local(value: datetime) -> datetime:
    """Return a moment as the clock of the business shows it; a spreadsheet knows no time zones."""
    return timezone.localtime(value).replace(tzinfo=None, microsecond=0)
