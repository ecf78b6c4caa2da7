"""Errors of a file or a line that cannot be read: stored by name, worded when shown."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.bulk.columns import wording
from portal.operations.commands import Command

_NEITHER = gettext_lazy("This is neither a CSV file (UTF-8 or Shift_JIS) nor an Excel workbook (XLSX).")
_OF_A_FILE: Mapping[str, str | Promise] = {
    "large": gettext_lazy("The file is too large: at most %(size)s MB can be taken."),
    "neither": _NEITHER,
    "empty": gettext_lazy("The file is empty."),
    "no_rows": gettext_lazy("The file has a header and no changes below it."),
    "many": gettext_lazy("The file has more than %(most)s changes. Split it into several files."),
    "much_text": gettext_lazy("The file holds too much text. Split it into several files."),
    "header_wide": gettext_lazy("The file has too many columns."),
    "header_long": gettext_lazy("The header has a cell that is too long."),
    "header_not_csv": gettext_lazy("The header is not CSV: a quotation mark is not closed."),
    "no_sheet": gettext_lazy("The workbook has no sheet."),
    "broken": gettext_lazy("The workbook cannot be read. Save it anew as XLSX, or as CSV."),
    "unpacked": gettext_lazy(
        "The workbook is too large once unpacked: at most %(size)s MB can be taken. Copy its rows into the template."
    ),
    "password": gettext_lazy("The workbook is protected by a password."),
    "merged": gettext_lazy("The workbook has merged cells. Undo the merging: each change needs its own cells."),
    "costly": gettext_lazy(
        "Reading the file takes too much time or memory. Copy its rows into the template, or save it as CSV."
    ),
    "twice": gettext_lazy("The column “%(column)s” stands in the file twice."),
    "lacks": gettext_lazy("The file lacks a column: %(columns)s."),
    "failed": gettext_lazy("The file could not be checked because of an error in Partnerdesk. Try again later."),
}
_OF_A_LINE: Mapping[str, str | Promise] = {
    "wide": gettext_lazy("This line has more cells than the header has columns."),
    "long": gettext_lazy("This line has a cell of more than 500 characters."),
    "not_csv": gettext_lazy("This line is not CSV: a quotation mark is not closed."),
}
_SHOWN_COLUMNS = 5


def of_file(refusal: Mapping[str, Any], command: Command[Any] | None) -> str:
    """Return why a file was not taken, in the language of the moment."""
    code, values = refusal["code"], dict(refusal["values"])
    if code == "lacks":
        labels = wording(command) if command else {}
        values["columns"] = named([str(labels.get(name, name)) for name in values["columns"]])
    if "most" in values:
        values["most"] = f"{values['most']:,}"
    return str(_OF_A_FILE.get(code, code)) % values


def of_line(code: str) -> str:
    """Return why a line cannot be taken, in the language of the moment."""
    return str(_OF_A_LINE.get(code, code))


def named(headers: list[str]) -> str:
    """Return the first of some headers as a part of a sentence."""
    return _(", ").join(f"“{head[:40]}”" for head in headers[:_SHOWN_COLUMNS])
