"""Files that people upload, as tables: what is read, and what is refused in words."""

import io
import zipfile
from datetime import date, datetime
from typing import Any

import pytest

from portal.bulk.file_errors import of_file
from portal.core.formulas import as_given, harmless, is_formula
from portal.core.tables.parsers import MOST_BYTES, MOST_ROWS, BadFile, read
from tests.bulk.files import book

HEADER = "Customer,Note"
LINES = [["Customer", "Note"], ["300000006", "春のご契約"]]


def with_member(content: bytes, name: str, inside: bytes) -> bytes:
    """Return a workbook with one more member, or another one in its place."""
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
    assert [row.cells for row in table.rows] == [["300000006", "春のご契約"]]


def test_lines_are_counted_as_the_file_shows_them() -> None:
    assert [row.number for row in read(b"a,b\n\n1,\n,\n2,x\n").rows] == [3, 5]
    assert [row.number for row in read(book(["a"], [None], ["1"])).rows] == [3]


def test_typed_cells_of_a_workbook_become_the_text_that_people_read() -> None:
    typed = [date(2026, 2, 1), datetime(2026, 2, 3), datetime(2026, 2, 3, 9, 30), True, 10.0, 10.5]  # noqa: DTZ001  as Excel has it
    table = read(book(list("abcdef"), typed))
    assert table.rows[0].cells == ["2026-02-01", "2026-02-03", "2026-02-03 09:30", "TRUE", "10", "10.5"]


def test_the_charset_and_the_separator_are_told() -> None:
    read_as = [
        (table.charset, table.delimiter)
        for table in (read("顧客,a\n1,2".encode()), read("顧客\ta\n1\t2".encode("cp932")), read(book(*LINES)))
    ]
    assert read_as == [("UTF-8", ","), ("Shift_JIS", "\t"), ("", "")]


@pytest.mark.parametrize(
    ("content", "faults"),
    [
        (b"a,b\n1,2\n1,2,3\n4,5\n", ["", "wide", ""]),
        (b"a\n1\n" + b"x" * 1_001 + b"\n2\n", ["", "long", ""]),
        (b'a,b\n1,2\n"3"x,4\n5,6\n', ["", "not_csv", ""]),
        (b'a,b\n1,2\n3,"4\n5,6\n', ["", "not_csv", ""]),
        (book(["a"], ["1"], ["2", "3"], ["4"]), ["", "wide", ""]),
        (book(["a"], ["1"], ["2", *[None] * 80, "3"], ["4"]), ["", "wide", ""]),
    ],
    ids=["wide", "long", "after a quote", "open quote", "wide in a workbook", "far away in a workbook"],
)
def test_one_bad_line_takes_no_other_with_it(content: bytes, faults: list[str]) -> None:
    table = read(content)
    assert [row.fault for row in table.rows] == faults
    assert {len(row.cells) for row in table.rows} == {len(table.header)}


@pytest.mark.parametrize(("last", "fault"), [(None, ""), ("3", "wide")])
def test_only_what_holds_something_makes_a_row_too_wide(last: str | None, fault: str) -> None:
    def format_a_row(sheet: Any) -> None:
        for column in range(1, 100):
            sheet.cell(2, column).number_format = "0.00"
        sheet.cell(2, 100).value = last

    [row] = read(book(["a"], ["1"], change=format_a_row)).rows
    assert (list(row.cells), row.fault) == (["1"], fault)


def test_a_formula_is_never_worked_out() -> None:
    table = read(book(["a", "b"], ["=1+1", '=HYPERLINK("https://elsewhere.example")']))
    assert table.rows[0].cells == ["=1+1", '=HYPERLINK("https://elsewhere.example")']


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n"])  # noqa: RUF001  wide on purpose
def test_what_is_written_is_no_formula_and_comes_back_as_it_was(sign: str) -> None:
    for text in (f"{sign}1", f"'{sign}1", f"''{sign}1"):
        written = harmless(text)
        assert written == f"'{text}"
        assert as_given(written) == text
    assert harmless("x") == "x"
    assert as_given("'x") == "'x"


@pytest.mark.parametrize("text", ["=5+5", "=A1", "+SUM(A1)", "@SUM(A1)", "+cmd|' /C calc'!A0", "-A1+3", "+Sheet2!B1"])
def test_a_formula_is_told_from_a_value(text: str) -> None:
    assert is_formula(text)


@pytest.mark.parametrize("text", ["+81-3-1234-5678", "+81 (3) 1234", "-5", "- call first", "@yamada", "A1", "5-5"])
def test_a_value_that_begins_like_a_formula_is_none(text: str) -> None:
    assert not is_formula(text)


def test_an_apostrophe_that_keeps_a_phone_number_from_being_worked_out_is_no_part_of_it() -> None:
    assert read(b"a,b\n'+81-3-1234,it's\n").rows[0].cells == ["+81-3-1234", "it's"]


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
        (HEADER.encode(), "only a header"),
        (b"a,b\n" + b"1,2\n" * 50_000, f"more than {MOST_ROWS:,} rows"),
        (book(["a"], *([[number] for number in range(MOST_ROWS + 1)])), f"more than {MOST_ROWS:,} rows"),
        (b"a,b\n" + b",\n" * 6_000 + b"1,2\n", f"more than {MOST_ROWS:,} rows"),
        (book(["a"], ["1"], change=lambda sheet: sheet.cell(6_000, 1, "2")), f"more than {MOST_ROWS:,} rows"),
        (b"x" * (MOST_BYTES + 1), "too large"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "isn’t a CSV file"),
        (b"%PDF-1.7\n\xff\xff\xff\xff", "isn’t a CSV file"),
        (b'"a,b\n1,2\n', "The header can’t be read as CSV"),
        (b"x" * 1_001 + b"\n1", "header is too long"),
        ((",".join("abcdefgh" * 8) + "\n1").encode(), "too many columns"),
        (b"PK\x03\x04 and nothing more", "can’t be read"),
        (book(*LINES)[:-100], "can’t be read"),
        (with_member(book(*LINES), "xl/worksheets/sheet1.xml", b"<worksheet>"), "can’t be read"),
        (with_member(book(*LINES), "xl/worksheets/sheet1.xml", ENTITIES), "can’t be read"),
        (BOMB, "too large when unpacked"),
        (book(["a", "b"], ["1", "2"], change=merged), "merged cells"),
    ],
    ids=[
        "nothing", "empty lines", "header", "50,000 rows", "many rows", "many empty lines", "a row far below", "large",
        "picture", "pdf",
        "open quote", "long header", "many columns", "no archive", "cut", "broken sheet", "entities", "bomb",
        "merged",
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_refused_in_words(content: bytes, says: str) -> None:
    with pytest.raises(BadFile) as refused:
        read(content)
    assert says in of_file(refused.value.to_json(), None)


def test_an_archive_that_is_no_workbook_is_none() -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("hello.txt", "hello")
    with pytest.raises(BadFile, match="neither"):
        read(content.getvalue())
