"""
Handling of untrusted text: bidirectional isolation, and text without visible characters.

Such a text may run from right to left, or hold a character that reverses what follows it; isolation keeps that inside
the text. A text without visible characters is refused as a name or a reason.
"""

import re
import unicodedata

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

FIRST_STRONG, POP = "\u2068", "\u2069"
INVISIBLE = _("This text has no visible characters. Enter some text.")
TURNED = _("This text has a hidden character that changes the order of its letters. Type the text again.")
# Letters that run from right to left, and what changes the direction of others.
_TURNS = re.compile(
    "[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc"
    "\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
# Marks that make letters stand in another order than they were typed: no honest text that people type here needs one.
TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_OPENS = "\u2066\u2067\u2068"
# Drawn as nothing, or as a blank, though Unicode counts them among letters and signs.
_BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
# Controls, formats, halves and unassigned ones, separators, and marks that need something to stand on.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Cn", "Zs", "Zl", "Zp", "Mn", "Me"})


def isolated(text: str) -> str:
    """
    Return a text of others as it can stand in a sentence of ours without turning that round.

    Characters do it, and no element: so it also holds in titles, labels and files. Only where it is needed, and once.
    """
    if not _TURNS.search(text) or _is_isolated(text):
        return text
    kept, still_open = [], 0
    for sign in text:
        if sign == POP and not still_open:
            continue  # it would end what is begun here
        still_open += (sign in _OPENS) - (sign == POP)
        kept.append(sign)
    return f"{FIRST_STRONG}{''.join(kept)}{POP * still_open}{POP}"


def can_be_seen(text: str) -> bool:
    """Return whether a text holds anything to see."""
    return any(sign not in _BLANKS and unicodedata.category(sign) not in _UNSEEN for sign in text)


def check_can_be_seen(text: str) -> None:
    """
    Check a text that somebody typed or uploaded; one that was left empty is another matter.

    Raises:
        ValidationError: it holds nothing to see, or a hidden character that reorders what is seen.
    """
    if text and not can_be_seen(text):
        raise ValidationError(INVISIBLE, code="invisible")
    if TURNING.search(text):
        raise ValidationError(TURNED, code="turned")


class SeenTextForm(forms.Form):
    """A form whose texts hold something to see. Every form in which people type begins here."""

    def _clean_fields(self) -> None:
        super()._clean_fields()  # type: ignore[misc]  # a hook of Django's, which its stubs leave out
        for name, value in list(self.cleaned_data.items()):
            if isinstance(value, str):
                try:
                    check_can_be_seen(value)
                except ValidationError as error:
                    self.add_error(name, error)


def _is_isolated(text: str) -> bool:
    """Whether the first character opens and only the last one closes again."""
    if not (text.startswith(FIRST_STRONG) and text.endswith(POP)):
        return False
    still_open = 0
    for place, sign in enumerate(text):
        still_open += (sign in _OPENS) - (sign == POP)
        if still_open == 0:
            return place == len(text) - 1
    return False
