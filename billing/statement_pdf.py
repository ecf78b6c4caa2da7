"""
A statement as PDF.

The characters that it uses are embedded, so that names and amounts look the same wherever it is read or printed. The
font is a file that ``make install`` copies: decision 27.
"""

import io
from collections.abc import Sequence
from functools import cache
from typing import Any, Final
from xml.sax.saxutils import escape

from django.conf import settings
from django.utils.translation import gettext as _
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

FONT: Final = settings.BASE_DIR / "fonts" / "BIZUDPGothic-Regular.ttf"
_FACE = "BIZUDPGothic"
_MARGIN = 18 * mm
_WIDTH = A4[0] - 2 * _MARGIN
# Of the columns after the first, which has the rest: period, quantity, unit price (if there is one), tax rate, amount
_WIDTHS = {5: [46 * mm, 28 * mm, 20 * mm, 26 * mm], 6: [46 * mm, 27 * mm, 28 * mm, 19 * mm, 22 * mm]}
_SUM_WIDTH = 40 * mm
_SIZE, _SMALL = 8.5, 7.5
_GRAY = colors.HexColor("#4a5364")
# Stands for a character that the font lacks.
_LACKING = "〓"


def pdf_of(head: Sequence[str], heads: Sequence[str], rows: Sequence[Sequence[str]], sums: Sequence[Sequence[str]],
           notes: Sequence[str]) -> bytes:  # fmt: skip
    """
    Return a statement as PDF.

    Args:
        head: the title, and the lines below it.
        heads: of the table; five, or six with a unit price; figures stand in those from the third on.
        rows: of the table.
        sums: name and amount of each line below the table; the last one is the total.
        notes: at the foot.
    """
    file = io.BytesIO()
    page = SimpleDocTemplate(
        file, pagesize=A4, leftMargin=_MARGIN, rightMargin=_MARGIN, topMargin=_MARGIN, bottomMargin=_MARGIN,
        title=_plain(head[0]), author="Partnerdesk",
    )  # fmt: skip
    title = ParagraphStyle("title", fontName=_FACE, fontSize=15, leading=20, spaceAfter=4 * mm)
    text = ParagraphStyle("text", fontName=_FACE, fontSize=9, leading=13, wordWrap="CJK")
    small = ParagraphStyle("small", parent=text, fontSize=_SMALL, leading=11, textColor=_GRAY)
    item = ParagraphStyle("item", parent=text, fontSize=_SIZE, leading=12)
    story: list[Flowable] = [Paragraph(_marked(head[0]), title)]
    story += [*(Paragraph(_marked(line), text) for line in head[1:]), Spacer(1, 6 * mm)]
    # Names take as many lines as they need; periods and figures are never broken.
    table: list[list[Any]] = [
        [_plain(cell) for cell in heads],
        *([Paragraph(_marked(name), item), *(_plain(cell) for cell in cells)] for name, *cells in rows),
    ]
    widths = _WIDTHS[len(heads)]
    story.append(Table(table, colWidths=[_WIDTH - sum(widths), *widths], repeatRows=1, style=_lines()))
    story.append(Spacer(1, 4 * mm))
    totals = [[_plain(name), _plain(amount)] for name, amount in sums]
    story.append(Table(totals, colWidths=[_WIDTH - _SUM_WIDTH, _SUM_WIDTH], style=_total_lines()))
    story.append(Spacer(1, 6 * mm))
    story += [Paragraph(_marked(note), small) for note in notes]
    page.build(story, onFirstPage=_number, onLaterPages=_number)
    return file.getvalue()


def _number(canvas: object, document: object) -> None:
    canvas.setFont(_FACE, _SMALL)  # type: ignore[attr-defined]  # reportlab publishes no types
    words = _("Page %(number)s") % {"number": document.page}  # type: ignore[attr-defined]
    canvas.drawRightString(A4[0] - _MARGIN, 10 * mm, words)  # type: ignore[attr-defined]


def _lines() -> TableStyle:
    return TableStyle(
        [
            ("FONT", (0, 0), (-1, 0), _FACE, _SMALL),
            ("TEXTCOLOR", (0, 0), (-1, 0), _GRAY),
            ("FONT", (0, 1), (-1, -1), _FACE, _SIZE, 12),
            ("ALIGN", (2, 0), (-1, -1), "RIGHT"),
            ("LINEBELOW", (0, 0), (-1, 0), 0.75, _GRAY),
            ("LINEBELOW", (0, 1), (-1, -1), 0.25, colors.HexColor("#cfcfc8")),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ]
    )


def _total_lines() -> TableStyle:
    return TableStyle(
        [
            ("FONT", (0, 0), (-1, -1), _FACE, 9, 13),
            ("ALIGN", (0, 0), (-1, -1), "RIGHT"),
            ("LINEABOVE", (0, -1), (-1, -1), 0.75, _GRAY),
        ]
    )


def _marked(text: str) -> str:
    return escape(_plain(text))


def _plain(text: str) -> str:
    """Return a text without controls, and with a mark in the place of what the font lacks."""
    known = _font().face.charToGlyph
    return "".join(char if ord(char) in known else _LACKING for char in text if char >= " ")


@cache
def _font() -> Any:
    """Read the font once in each process."""
    font = TTFont(_FACE, FONT)
    pdfmetrics.registerFont(font)
    return font
