"""
Parse untrusted CSV and XLSX uploads into tables of text.

Nothing in a file is evaluated. Bytes, unpacked bytes, lines, columns, and the length of a cell and of all cells have
limits. This module and what it imports know no Django: they run in a process of their own
(`portal.core.tables.parser_process`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from portal.core.formulas import as_given

MOST_BYTES = 2 * 1024 * 1024
MOST_ROWS = 1_000
MOST_COLUMNS = 60
LONGEST_CELL = 1_000
MOST_TEXT = 2_000_000
# Empty lines between the others count too: a sheet can claim a million of them.
MOST_LINES = 5 * MOST_ROWS

# What can be wrong with one line, by the name under which it is kept.
WIDE, LONG, NOT_CSV = "wide", "long", "not_csv"

ZIP = b"PK\x03\x04"


class BadFile(ValueError):
    """
    The file cannot be read as a table.

    Args:
        code: why, by its name in `portal.core.tables.file_errors`.
        values: what its sentence names.
    """

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(code)
        self.code = code
        self.values = values

    def to_json(self) -> dict[str, Any]:
        """Return the form in which it is kept."""
        return {"code": self.code, "values": self.values}


@dataclass(frozen=True)
class Line:
    """
    One line as the file has it.

    Args:
        number: of the line in the file.
        cells: its text.
        fault: why the line cannot be taken; empty if it can.
    """

    number: int
    cells: Sequence[str]
    fault: str = ""


@dataclass(frozen=True)
class Table:
    """
    What a file holds.

    Args:
        header: the first line.
        rows: the others, empty ones left out; the cells of each are as many as the header's.
        charset: as which a text was read; empty for a workbook.
        delimiter: which stands between its cells; empty for a workbook.
    """

    header: list[str]
    rows: list[Line] = field(default_factory=list)
    charset: str = ""
    delimiter: str = ""


def read(content: bytes) -> Table:
    """
    Return the table in a file, whichever of the two kinds it is.

    Raises:
        BadFile: it is neither, or it is beyond a limit.
    """
    # Each kind costs time to import, and a process reads one file.
    if len(content) > MOST_BYTES:
        raise BadFile("large", size=MOST_BYTES // 1024**2)
    if content.startswith(ZIP):
        from portal.core.tables import workbooks

        return _table(workbooks.lines(content))
    from portal.core.tables import csv_files

    text, charset = csv_files.decoded(content)
    delimiter = csv_files.delimiter_of(text)
    return _table(csv_files.lines(text, delimiter), charset, delimiter)


def _table(lines: Iterable[Line], charset: str = "", delimiter: str = "") -> Table:
    header: list[str] = []
    rows: list[Line] = []
    size = 0
    for line in lines:
        cells = [as_given(cell.strip()) for cell in line.cells]
        if not any(cells) and not line.fault:
            continue
        if line.number > MOST_LINES or len(rows) == MOST_ROWS:
            raise BadFile("many", most=MOST_ROWS)
        if not header:
            if line.fault:
                raise BadFile(f"header_{line.fault}")
            header = _header(cells)
        else:
            row = _fitted(line, cells, len(header))
            size += sum(map(len, row.cells))
            if size > MOST_TEXT:
                raise BadFile("much_text")
            rows.append(row)
    if not header:
        raise BadFile("empty")
    if not rows:
        raise BadFile("no_rows")
    return Table(header, rows, charset, delimiter)


def _header(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells = cells[:-1]
    if len(cells) > MOST_COLUMNS:
        raise BadFile("header_wide")
    if any(len(cell) > LONGEST_CELL for cell in cells):
        raise BadFile("header_long")
    return cells


def _fitted(line: Line, cells: list[str], width: int) -> Line:
    fault = line.fault
    if not fault and any(cells[width:]):
        fault = WIDE
    if not fault and any(len(cell) > LONGEST_CELL for cell in cells):
        fault = LONG
    kept = [cell[:LONGEST_CELL] for cell in cells[:width]]
    return Line(line.number, [*kept, *[""] * (width - len(kept))], fault)
