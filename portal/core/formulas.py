"""Recognise spreadsheet formulas, and escape texts that look like one. Knows no Django."""

import re

# At the beginning of a cell. The wide ones are evaluated where Japanese input is usual.
SIGNS = "=+-@＝＋－＠\t\r\n"  # noqa: RUF001  wide on purpose
_AFTER_QUOTES = re.compile(rf"'*[{re.escape(SIGNS)}]")
# A call of a function, another sheet or program, or a sum of cells: `+SUM(A1)`, `@NOW()`, `+cmd|' /C calc'!A0`, `-A1`.
_WORKED_OUT = re.compile(r"[+\-@]\s*(?:.*[A-Za-z_.]\w*\(|.*[|!]|\$?[A-Za-z]{1,3}\$?\d+\b)")


def is_formula(text: str) -> bool:
    """
    Return whether a cell holds a formula in place of a value.

    A phone number (`+81-3-1234-5678`), a negative number and a name (`@yamada`) are values.
    """
    return text.startswith("=") or bool(_WORKED_OUT.match(text))


def harmless(text: str) -> str:
    """Return a text as a cell that no spreadsheet takes for a formula: `as_given` undoes it."""
    return f"'{text}" if _AFTER_QUOTES.match(text) else text


def as_given(text: str) -> str:
    """Return a cell without the apostrophe that `harmless`, or a person in a spreadsheet, put before it."""
    return text[1:] if text.startswith("'") and _AFTER_QUOTES.match(text) else text
