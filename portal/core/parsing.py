"""
Parse what people type into fields and cells; only unambiguous values are accepted.

Full-width digits and signs of Japanese input are read as half-width ones. Digits of other scripts, thousands
separators, leading zeros and underscores are not accepted in a number.
"""

import re
from collections.abc import Iterable
from datetime import date

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from portal.core.search import fold

_YES = {fold(word) for word in ("1", "yes", "true", "はい", "○")}
_NO = {fold(word) for word in ("0", "no", "false", "いいえ", "×")}

WHOLE_NUMBER = gettext_lazy("Enter a whole number, for example 10.")
NO_SEPARATORS = gettext_lazy("This number is ambiguous. Enter digits only, for example 1000.")
NO_ZEROS = gettext_lazy("Enter the number without leading zeros, for example 10.")
A_DAY = gettext_lazy("Enter a date as YYYY-MM-DD, or select one.")
YES_OR_NO = gettext_lazy("Enter yes or no.")
SEVERAL = gettext_lazy("This matches several choices. Enter the code.")

# Far beyond what any rule takes: the rules say how great a number may be.
_MOST_DIGITS = 40
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_ZEROS = re.compile(r"-?0[0-9]+")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:[.,'’\u00a0\u202f _][0-9]{3})+")
_DAY = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})")
_DAY_IN_JAPANESE = re.compile(r"([0-9]{4})(年)([0-9]{1,2})月([0-9]{1,2})日")
# Wide forms of the characters from ! to ~.
_NARROW = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}


class Unclear(ValueError):
    """
    A text is not the value that is asked for, or could be more than one.

    Args:
        words: what to write, for people.
        code: what kind of fault it is; ``invalid`` for the one that says only what is asked for.
    """

    def __init__(self, words: str | Promise, code: str = "invalid") -> None:
        super().__init__(words)
        self.words = words
        self.code = code


def narrow(text: str) -> str:
    """Return a text with the wide forms of digits, Latin letters and signs written narrow, without blanks around it."""
    return text.strip().translate(_NARROW)


def whole_number(text: str) -> int:
    """
    Return a whole number: digits alone, maybe after a minus.

    Raises:
        Unclear: it is none, or people could read another one.
    """
    written = narrow(text)
    if _ZEROS.fullmatch(written):
        raise Unclear(NO_ZEROS, "zeros")
    if _GROUPED.fullmatch(written):
        raise Unclear(NO_SEPARATORS, "grouped")
    if not _NUMBER.fullmatch(written) or len(written) > _MOST_DIGITS:
        raise Unclear(WHOLE_NUMBER)
    return int(written)


def yes_or_no(text: str) -> bool:
    """
    Return an answer in any of Partnerdesk's languages.

    Raises:
        Unclear: it is neither.
    """
    answer = fold(text)
    if answer not in _YES | _NO:
        raise Unclear(YES_OR_NO)
    return answer in _YES


def day(text: str) -> date:
    """
    Return a day with the year in front: 2026-02-01, 2026/2/1, 2026.2.1 or 2026年2月1日.

    Raises:
        Unclear: it is none, or there is no such day.
    """
    written = narrow(text)
    found = _DAY.fullmatch(written) or _DAY_IN_JAPANESE.fullmatch(written)
    if not found:
        raise Unclear(A_DAY)
    try:
        return date(int(found[1]), int(found[3]), int(found[4]))
    except ValueError:
        raise Unclear(A_DAY) from None


def one_of(text: str, choices: Iterable[tuple[str, Iterable[str]]]) -> str:
    """
    Return the code of the choice that a text names, by its code or by its words; the text where it names none.

    Args:
        text: what was written.
        choices: the code of each, and its words, folded, in every language.

    Raises:
        Unclear: it names more than one.
    """
    wanted = fold(text)
    named = {code for code, words in choices if wanted == fold(code) or wanted in words}
    if len(named) > 1:
        raise Unclear(SEVERAL, "several")
    return named.pop() if named else text


def in_every_language(words: str | Promise, **values: str) -> set[str]:
    """Return how a text reads in each language of Partnerdesk, as it is compared."""
    found = set()
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            found.add(fold(str(words) % values if values else str(words)))
    return found
