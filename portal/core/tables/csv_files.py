"""Read CSV files as spreadsheets write them. Knows no Django."""

import csv
import io
import re
from collections.abc import Iterator

from portal.core.tables.parsers import LONGEST_CELL, NOT_CSV, BadFile, Line

_CHARSETS = {"utf-8-sig": "UTF-8", "cp932": "Shift_JIS"}
# No text holds these; the last are what cp932 makes of bytes that stand for nothing.
_NO_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\uf8f0-\uf8f3]")
_DELIMITERS = (",", "\t", ";")
# A quotation mark that is never closed would take all lines after it into its cell.
_LINES_IN_A_CELL = 100


def decoded(content: bytes) -> tuple[str, str]:
    """
    Return the text of a file, and the name of the charset it was read as.

    Raises:
        BadFile: it is no text.
    """
    for charset, name in _CHARSETS.items():
        try:
            text = content.decode(charset)
        except UnicodeDecodeError:
            continue
        if not _NO_TEXT.search(text):
            return text, name
    raise BadFile("neither")


def delimiter_of(text: str) -> str:
    """Return what stands between the cells of the first line."""
    first = text.lstrip("\r\n").partition("\n")[0]
    return max(_DELIMITERS, key=first.count)


def lines(text: str, delimiter: str) -> Iterator[Line]:
    """Return each line with its cells; one that is not CSV takes none of the others with it."""
    physical = list(io.StringIO(text, newline=""))
    blanks = f" \r\n{delimiter}"
    place = 0
    while place < len(physical):
        if not physical[place].strip(blanks):
            place += 1
            continue
        reader = csv.reader(physical[place : place + _LINES_IN_A_CELL], delimiter=delimiter, strict=True)
        try:
            cells = next(reader)
        except csv.Error:
            yield Line(place + 1, [physical[place].strip()[:LONGEST_CELL]], NOT_CSV)
            place += 1
        else:
            # A cell may hold ends of lines; people find the row where it ends.
            place += reader.line_num
            yield Line(place, cells)
