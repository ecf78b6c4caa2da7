"""Recognises texts of Partnerdesk that were left in English, by the catalogue that says how they read in Japanese."""

import re
from functools import cache

import polib

from tests.browser.stage import ROOT

CATALOGUE = ROOT / "portal" / "ui" / "locale" / "ja" / "LC_MESSAGES" / "django.po"
_FIGURE = re.compile(r"%\\\(\w+\\\)s")
# Sentences and parts of a sentence are put together by these.
_SEAMS = re.compile(r"[、,。:：]\s*")


def is_english(text: str) -> bool:
    """Return whether a text, or a part of one, is what the catalogue translates, still in its English form."""
    parts = (text, *_SEAMS.split(text))
    plain, patterned = _english_texts()
    return any(part in plain or patterned.fullmatch(part) for part in (part.strip() for part in parts) if part)


@cache
def _english_texts() -> tuple[frozenset[str], re.Pattern[str]]:
    """Return the texts without figures, and one pattern of all that have some."""
    entries = [entry for entry in polib.pofile(str(CATALOGUE)) if not entry.obsolete and entry.msgid != entry.msgstr]
    texts = {text for entry in entries for text in (entry.msgid, entry.msgid_plural) if _has_words(text)}
    plain = frozenset(text for text in texts if "%" not in text)
    patterns = (_FIGURE.sub(".+", re.escape(text.replace("%%", "%"))) for text in texts - plain)
    return plain, re.compile("|".join(patterns), re.DOTALL)


def _has_words(text: str) -> bool:
    return re.search(r"[A-Za-z]{2}", re.sub(r"%\(\w+\)s", "", text)) is not None
