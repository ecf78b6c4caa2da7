"""Files that people upload, as tables: what is read, and what is refused in words."""

import io
import zipfile
from datetime import date, datetime
from typing import Any

import pytest

from portal.drafts.files import MOST_BYTES, MOST_ROWS, BadFile, harmless, read
from tests.drafts.files import book

HEADER = "Customer,Note"
LINES = [["Customer", "Note"], ["300000006", "春のご契約"]]


def with_member(content: bytes, name: str, inside: bytes) -> bytes:
    """Answer a workbook with one more member, or another one in its place."""
    old, new = zipfile.ZipFile(io.BytesIO(content)), io.BytesIO()
    with zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in old.infolist():
            if member.filename != name:
                archive.writestr(member, old.read(member))
        archive.writestr(name, inside)
    return new.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        "Customer,Note\r\n300000006,春のご契約\r\n".encode(),
        "Customer,Note\n300000006,春のご契約".encode("utf-8-sig"),
        "Customer,Note\r\n300000006,春のご契約\r\n".encode("cp932"),
        'Customer;Note\n"300000006";" 春のご契約 "\n'.encode(),
        "Customer\tNote\n\n300000006\t春のご契約\n\t\n".encode(),
        book(*LINES),
        book(["Customer", "Note"], [300000006, "春のご契約"]),
        book(["Customer", "Note", None], [300000006.0, "春のご契約", None], [None, None]),
    ],
    ids=["utf-8", "bom", "cp932", "semicolons", "tabs", "xlsx", "numbers", "empty cells"],
)
def test_the_same_table_in_every_form(content: bytes) -> None:
    table = read(content)
    assert table.header == ["Customer", "Note"]
    assert [cells for _number, cells in table.rows] == [["300000006", "春のご契約"]]


def test_lines_are_counted_as_the_file_shows_them() -> None:
    assert [number for number, _cells in read(b"a,b\n\n1,\n,\n2,x\n").rows] == [3, 5]
    assert [number for number, _cells in read(book(["a"], [None], ["1"])).rows] == [3]


def test_days_in_a_workbook_are_days() -> None:
    table = read(book(["a", "b", "c"], [date(2026, 2, 1), datetime(2026, 2, 3, 9, 30), True]))  # noqa: DTZ001  as Excel has it
    assert table.rows[0][1] == ["2026-02-01", "2026-02-03", "1"]


def test_a_formula_is_never_worked_out() -> None:
    table = read(book(["a", "b"], ["=1+1", '=HYPERLINK("https://elsewhere.example")']))
    assert table.rows[0][1] == ["=1+1", '=HYPERLINK("https://elsewhere.example")']


@pytest.mark.parametrize(
    ("cell", "written"), [("=1", "'=1"), ("+81", "'+81"), ("-5", "'-5"), ("@x", "'@x"), ("x", "x")]
)
def test_what_is_written_is_no_formula(cell: str, written: str) -> None:
    assert harmless(cell) == written


def merged(sheet: Any) -> None:
    sheet.merge_cells("A2:B2")


BOMB = with_member(book(*LINES), "xl/media/zeros.bin", bytes(40 * 1024 * 1024))
ENTITIES = b"""<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "x"><!ENTITY b "&a;&a;&a;&a;">]>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1"
t="inlineStr"><is><t>&b;</t></is></c></row></sheetData></worksheet>"""


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (HEADER.encode(), "no changes below"),
        (b"a,b\n" + b"1,2\n" * 50_000, f"more than {MOST_ROWS:,} changes"),
        (book(["a"], *([[number] for number in range(MOST_ROWS + 1)])), f"more than {MOST_ROWS:,} changes"),
        (b"a,b\n" + b",\n" * 6_000 + b"1,2\n", f"more than {MOST_ROWS:,} changes"),
        (b"x" * (MOST_BYTES + 1), "too large"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "neither a CSV file"),
        (b"%PDF-1.7\n\xff\xff\xff\xff", "neither a CSV file"),
        (b"a,b\n1,2,3\n", "Line 2 has more cells"),
        (b'a,b\n"1,2\n', "is not CSV"),
        (b"a\n" + b"x" * 501, "too long"),
        ((",".join("abcdefgh" * 8) + "\n1").encode(), "too many columns"),
        (b"PK\x03\x04 and nothing more", "cannot be read"),
        (book(*LINES)[:-100], "cannot be read"),
        (with_member(book(*LINES), "xl/worksheets/sheet1.xml", b"<worksheet>"), "cannot be read"),
        (with_member(book(*LINES), "xl/worksheets/sheet1.xml", ENTITIES), "cannot be read"),
        (BOMB, "too large once unpacked"),
        (book(["a", "b"], ["1", "2"], change=merged), "merged cells"),
    ],
    ids=[
        "nothing", "empty lines", "header", "50,000 rows", "many rows", "many empty lines", "large", "picture", "pdf",
        "wide line", "open quote", "long cell", "many columns", "no archive", "cut", "broken sheet", "entities", "bomb",
        "merged",
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_refused_in_words(content: bytes, says: str) -> None:
    with pytest.raises(BadFile, match=says):
        read(content)


def test_an_archive_that_is_no_workbook_is_none() -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("hello.txt", "hello")
    with pytest.raises(BadFile, match="neither a CSV file"):
        read(content.getvalue())
