"""Why a file or a line of it cannot be taken: stored by name, worded when shown."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.core.tables.parsers import LONGEST_CELL

_NEITHER = gettext_lazy("The file isn’t a CSV file (UTF-8 or Shift_JIS) or an Excel workbook (XLSX).")
_OF_A_FILE: Mapping[str, str | Promise] = {
    "large": gettext_lazy("The file is too large. The maximum is %(size)s MB."),
    "neither": _NEITHER,
    "empty": gettext_lazy("The file is empty."),
    "no_rows": gettext_lazy("The file has only a header. Add at least one row."),
    "many": gettext_lazy("The file has more than %(most)s rows. Split it into several files."),
    "much_text": gettext_lazy("The file contains too much text. Split it into several files."),
    "header_wide": gettext_lazy("The file has too many columns."),
    "header_long": gettext_lazy("A column header is too long."),
    "header_not_csv": gettext_lazy("The header can’t be read as CSV: a quotation mark isn’t closed."),
    "no_sheet": gettext_lazy("The workbook has no sheet."),
    "broken": gettext_lazy("The workbook can’t be read. Save it again as XLSX or CSV."),
    "unpacked": gettext_lazy(
        "The workbook is too large when unpacked. The maximum is %(size)s MB. Copy its rows into the template."
    ),
    "password": gettext_lazy("The workbook is protected by a password. Remove the password and upload it again."),
    "merged": gettext_lazy("The workbook has merged cells. Unmerge them: each row needs its own cells."),
    "costly": gettext_lazy(
        "The file takes too much time or memory to read. Copy its rows into the template, or save it as CSV."
    ),
    "twice": gettext_lazy("The column “%(column)s” appears twice."),
    "lacks": gettext_lazy("Required columns are missing: %(columns)s."),
    "failed": gettext_lazy("The file could not be checked because of an error in Partnerdesk. Try again later."),
}
_OF_A_LINE: Mapping[str, str | Promise] = {
    "wide": gettext_lazy("This row has more cells than the header."),
    "long": gettext_lazy("A cell of this row has more than %(longest)s characters."),
    "not_csv": gettext_lazy("This row can’t be read as CSV: a quotation mark isn’t closed."),
}
_SHOWN_COLUMNS = 5


def of_file(refusal: Mapping[str, Any], labels: Mapping[str, str | Promise] | None = None) -> str:
    """
    Return why a file was not taken, in the language of the moment.

    Args:
        refusal: as ``BadFile.to_json`` wrote it.
        labels: the headers of the columns by their names.
    """
    code, values = refusal["code"], dict(refusal["values"])
    if code == "lacks":
        values["columns"] = named([str((labels or {}).get(name, name)) for name in values["columns"]])
    if "most" in values:
        values["most"] = f"{values['most']:,}"
    return str(_OF_A_FILE.get(code, code)) % values


def of_line(code: str) -> str:
    """Return why a line cannot be taken, in the language of the moment."""
    return str(_OF_A_LINE.get(code, code)) % {"longest": f"{LONGEST_CELL:,}"}


def named(headers: list[str]) -> str:
    """Return the first of some headers as a part of a sentence."""
    return _(", ").join(_("“%(name)s”") % {"name": head[:40]} for head in headers[:_SHOWN_COLUMNS])
