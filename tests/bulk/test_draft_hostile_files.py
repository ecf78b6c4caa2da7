"""Workbooks that are made to cost time or memory: reading one ends soon, apart from Partnerdesk, and says so."""

import os
import resource
import subprocess
import time
from collections.abc import Callable
from typing import Any

import pytest

from portal.core.tables import parser_process
from portal.core.tables.parser_process import read_apart
from portal.core.tables.parsers import BadFile
from portal.core.tables.workbooks import MOST_UNPACKED
from tests.bulk.files import book
from tests.bulk.test_draft_files import LINES, with_member

MOST_SECONDS = 5
NAMESPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
ROOM = MOST_UNPACKED - 64 * 1024


def filled(unit: str) -> str:
    """Return as much of something as a workbook may hold."""
    return unit * (ROOM // len(unit))


def sheet(rows: str) -> bytes:
    inside = f"<worksheet {NAMESPACE}><sheetData>{rows}</sheetData></worksheet>"
    return with_member(book(*LINES), "xl/worksheets/sheet1.xml", inside.encode())


def part(name: str, root: str, rows: str) -> bytes:
    return with_member(book(*LINES), name, f"<{root} {NAMESPACE}>{rows}</{root}>".encode())


HOSTILE: dict[str, Callable[[], bytes]] = {
    "one row": lambda: sheet(f"<row>{filled('<c/>')}</row>"),
    "rows of empty cells": lambda: sheet(filled(f"<row>{'<c/>' * 60}</row>")),
    "many shared strings": lambda: part("xl/sharedStrings.xml", "sst", filled("<si><t/></si>")),
    "deep": lambda: sheet("<a>" * (ROOM // 7) + "</a>" * (ROOM // 7)),
    "thousands of sheets": lambda: part(
        "xl/workbook.xml", "workbook", "<sheets>" + filled('<sheet name="a" sheetId="1"/>') + "</sheets>"
    ),
    "a bomb": lambda: with_member(book(*LINES), "xl/media/zeros.bin", bytes(200 * 1024 * 1024)),
}


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE)
def test_no_workbook_costs_more_than_a_few_seconds(make: Callable[[], bytes]) -> None:
    content = make()
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    try:
        read_apart(content)
    except BadFile as refused:
        assert refused.code in ("costly", "unpacked", "broken", "no_sheet", "no_rows")  # noqa: PT017  some may be read
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert spent.ru_utime + spent.ru_stime - before.ru_utime - before.ru_stime < MOST_SECONDS
    # A machine under load gives the process its seconds later.
    assert time.monotonic() - began < parser_process.WALL_SECONDS + MOST_SECONDS


def test_the_largest_honest_table_is_read() -> None:
    cells = [f"春のご契約 {place}" for place in range(60)]
    table = read_apart(book(*[[*cells[:-1], str(line)] for line in range(1_001)]))
    assert (len(table.rows), len(table.header), table.rows[-1].cells[-1]) == (1_000, 60, "1000")


def test_a_file_is_read_apart_as_it_is_read_here() -> None:
    table = read_apart("Customer;Note\n1;春\n2;3;4\n".encode())
    assert [(row.number, row.cells, row.fault) for row in table.rows] == [(2, ["1", "春"], ""), (3, ["2", "3"], "wide")]
    assert (table.charset, table.delimiter) == ("UTF-8", ";")


def test_who_reads_a_file_holds_no_secret_of_the_portal(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, str] = {}
    run = subprocess.run

    def listening(*args: Any, **options: Any) -> Any:
        given.update(options["env"])
        return run(*args, **options)

    monkeypatch.setattr(subprocess, "run", listening)
    read_apart(b"a\n1\n")
    assert set(given) == {"PATH", "OPENPYXL_LXML", "OPENPYXL_DEFUSEDXML"}
    assert "DATABASE_URL" in os.environ
