"""
Read untrusted workbooks (XLSX). Knows no Django.

The first sheet is read row by row; what a file claims of its size is not believed. XML goes through defusedxml, which
refuses entities. Time and memory are limited by the process in which this runs.
"""

import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

from openpyxl import DEFUSEDXML, load_workbook
from openpyxl.worksheet._reader import WorkSheetParser

from portal.core.tables.parsers import MOST_COLUMNS, MOST_LINES, MOST_ROWS, WIDE, BadFile, Line

# A thousand rows of sixty columns take less than half of it.
MOST_UNPACKED = 8 * 1024 * 1024
MOST_MEMBERS = 200


def lines(content: bytes) -> Iterator[Line]:
    """
    Return each row of the first sheet as text.

    Raises:
        BadFile: the workbook cannot be read, or it is beyond a limit.
    """
    if not DEFUSEDXML:
        raise RuntimeError("defusedxml is needed to read what people upload")
    _look_before_unpacking(content)
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        if not book.worksheets:
            raise BadFile("no_sheet")
        yield from _rows(book)
    except (BadFile, MemoryError):
        raise
    except Exception:  # a broken workbook breaks the library at any place, in any way
        raise BadFile("broken") from None


class _Sheet(WorkSheetParser):
    """The library's parser of a sheet, without the work that cells beyond every column would make."""

    def parse_row(self, row: Any) -> tuple[int, list[dict[str, Any]]]:
        """Return the number of a row and the cells of its first columns, with one more if others hold anything."""
        # A cell that only has a format is an element without children.
        has_more = any(len(cell) for cell in row[MOST_COLUMNS + 1 :])
        del row[MOST_COLUMNS + 1 :]
        number, cells = super().parse_row(row)
        if has_more:
            cells.append({"column": MOST_COLUMNS + 2, "value": "…", "data_type": "s"})
        return number, cells


def _rows(book: Any) -> Iterator[Line]:
    sheet = book.worksheets[0]
    with sheet._get_source() as source:
        parser = _Sheet(
            source,
            sheet._shared_strings,
            epoch=book.epoch,
            date_formats=book._date_formats,
            timedelta_formats=book._timedelta_formats,
        )
        for number, cells in parser.parse():
            line = _line(number, cells)
            if line.cells and number > MOST_LINES:
                raise BadFile("many", most=MOST_ROWS)
            if line.cells:
                yield line
        if parser.merged_cells and parser.merged_cells.mergeCell:
            raise BadFile("merged")


def _line(number: int, cells: list[dict[str, Any]]) -> Line:
    """Return a row; its cells say themselves in which column they stand, empty ones may be left out."""
    texts: dict[int, str] = {}
    for cell in cells:
        text = _text(cell["value"], cell["data_type"])
        if text:
            texts[cell["column"]] = text
    if not texts:
        return Line(number, [])
    width = min(max(texts), MOST_COLUMNS + 1)
    kept = [texts.get(column, "") for column in range(1, width + 1)]
    return Line(number, kept, WIDE if max(texts) > MOST_COLUMNS else "")


def _look_before_unpacking(content: bytes) -> None:
    """No member can hold more than it declares, or its check sum fails."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
    except Exception:  # so many kinds of broken archives, so many kinds of errors
        raise BadFile("broken") from None
    if len(members) > MOST_MEMBERS or sum(member.file_size for member in members) > MOST_UNPACKED:
        raise BadFile("unpacked", size=MOST_UNPACKED // 1024**2)
    if any(member.flag_bits & 1 for member in members):
        raise BadFile("password")
    if "xl/workbook.xml" not in {member.filename for member in members}:
        raise BadFile("neither")


def _text(value: Any, kind: str) -> str:
    """Return a cell as text; a formula stays the text of a formula, and is told by its sign."""
    if value is None:
        return ""
    if kind == "f":
        return value if isinstance(value, str) and value.startswith("=") else "="
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
