"""
Files that people upload, as tables of text: CSV and XLSX, out of anybody's hands.

Nothing in a file is evaluated. Everything that could cost more than a file of changes is worth has its limit: bytes,
unpacked bytes, lines, columns and the length of a cell.
"""

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import structlog
from django.utils.translation import gettext as _
from openpyxl import load_workbook

log = structlog.get_logger(__name__)

MOST_BYTES = 2 * 1024 * 1024
MOST_UNPACKED = 32 * 1024 * 1024
MOST_MEMBERS = 200
MOST_ROWS = 1_000
MOST_COLUMNS = 60
LONGEST_CELL = 500
# Empty lines between the others count too: a sheet can claim a million of them.
MOST_LINES = 5 * MOST_ROWS
# What spreadsheets take for a formula.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")

_ZIP = b"PK\x03\x04"
_CHARSETS = ("utf-8-sig", "cp932")
# No text holds these; the last are what cp932 makes of bytes that stand for nothing.
_NO_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\uf8f0-\uf8f3]")
_DELIMITERS = (",", "\t", ";")
_MERGED = b"mergeCell "
_CHUNK = 64 * 1024


class BadFile(ValueError):
    """The file cannot be taken; says why, for people."""


@dataclass(frozen=True)
class Table:
    """
    What a file holds.

    Args:
        header: the first line.
        rows: the others by their line in the file, empty ones left out; each as long as the header.
    """

    header: list[str]
    rows: list[tuple[int, list[str]]]


def read(content: bytes) -> Table:
    """
    Answer the table in a file, whichever of the two kinds it is.

    Raises:
        BadFile: it is none, or it is beyond a limit.
    """
    if len(content) > MOST_BYTES:
        raise BadFile(_("The file is too large: at most %(size)s MB can be taken.") % {"size": MOST_BYTES // 1024**2})
    lines = _sheet(content) if content.startswith(_ZIP) else _text(content)
    return _table(lines)


def is_formula(text: str) -> bool:
    """Tell whether a spreadsheet would take a text for a formula."""
    return text.startswith(FORMULA_SIGNS)


def harmless(text: str) -> str:
    """Answer a text as a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if is_formula(text) else text


def _table(lines: Iterable[tuple[int, Sequence[str]]]) -> Table:
    header: list[str] = []
    rows: list[tuple[int, list[str]]] = []
    for number, line in lines:
        cells = [cell.strip() for cell in line]
        if not any(cells):
            continue
        if number > MOST_LINES or len(rows) == MOST_ROWS:
            raise BadFile(
                _("The file has more than %(most)s changes. Split it into several files.") % {"most": f"{MOST_ROWS:,}"}
            )
        if not header:
            header = _without_empty_end(cells)
            if len(header) > MOST_COLUMNS:
                raise BadFile(_("The file has too many columns."))
        else:
            rows.append((number, _fitted(number, cells, len(header))))
    if not header:
        raise BadFile(_("The file is empty."))
    if not rows:
        raise BadFile(_("The file has a header and no changes below it."))
    return Table(header, rows)


def _without_empty_end(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells = cells[:-1]
    return cells


def _fitted(number: int, cells: list[str], width: int) -> list[str]:
    if any(cells[width:]):
        raise BadFile(_("Line %(line)s has more cells than the header has columns.") % {"line": number})
    if any(len(cell) > LONGEST_CELL for cell in cells):
        raise BadFile(_("Line %(line)s has a cell that is too long.") % {"line": number})
    return [*cells[:width], *[""] * (width - len(cells))]


# --- CSV -------------------------------------------------------------------------------------------------------------


def _text(content: bytes) -> Iterator[tuple[int, Sequence[str]]]:
    text = _decoded(content)
    first = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for line in reader:
            yield reader.line_num, line
    except csv.Error:
        raise BadFile(_("Line %(line)s is not CSV.") % {"line": reader.line_num}) from None


def _decoded(content: bytes) -> str:
    for charset in _CHARSETS:
        try:
            text = content.decode(charset)
        except UnicodeDecodeError:
            continue
        if not _NO_TEXT.search(text):
            return text
    raise BadFile(_("This is neither a CSV file (UTF-8 or Shift_JIS) nor an Excel workbook (XLSX)."))


# --- XLSX ------------------------------------------------------------------------------------------------------------


def _sheet(content: bytes) -> list[tuple[int, Sequence[str]]]:
    _look_before_unpacking(content)
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        if not book.worksheets:
            raise BadFile(_("The workbook has no sheet."))
        sheet = book.worksheets[0]
        # What the file claims of its size is not believed.
        sheet.reset_dimensions()
        lines = sheet.iter_rows(max_row=MOST_LINES + 1, max_col=MOST_COLUMNS + 1)
        return [(number, [_cell(cell) for cell in line]) for number, line in enumerate(lines, start=1)]
    except BadFile:
        raise
    except Exception as error:  # a broken workbook breaks the library at any place, in any way
        log.info("workbook not readable", error=type(error).__name__)
        raise BadFile(_("The workbook cannot be read. Save it anew as XLSX, or as CSV.")) from None


def _look_before_unpacking(content: bytes) -> None:
    """The library unpacks what it is given; no member can hold more than it declares, or its check sum fails."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            if len(members) > MOST_MEMBERS or sum(member.file_size for member in members) > MOST_UNPACKED:
                raise BadFile(_("The workbook is too large once unpacked."))
            if any(member.flag_bits & 1 for member in members):
                raise BadFile(_("The workbook is protected by a password."))
            if "xl/workbook.xml" not in archive.namelist():
                raise BadFile(_("This is neither a CSV file (UTF-8 or Shift_JIS) nor an Excel workbook (XLSX)."))
            for member in members:
                if member.filename.startswith("xl/worksheets/") and _holds(archive, member, _MERGED):
                    raise BadFile(
                        _("The workbook has merged cells. Undo the merging: each change needs its own cells.")
                    )
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, ValueError) as error:
        if isinstance(error, BadFile):
            raise
        raise BadFile(_("The workbook cannot be read. Save it anew as XLSX, or as CSV.")) from None


def _holds(archive: zipfile.ZipFile, member: zipfile.ZipInfo, wanted: bytes) -> bool:
    rest = b""
    with archive.open(member) as stream:
        while chunk := stream.read(_CHUNK):
            if wanted in rest + chunk:
                return True
            rest = chunk[-len(wanted) :]
    return False


def _cell(cell: Any) -> str:
    """Answer a cell as text; a formula stays the text of a formula, and is told by its sign."""
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        return str(value) if isinstance(value, str) and value.startswith("=") else "="
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
