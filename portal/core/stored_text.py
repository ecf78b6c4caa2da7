"""
Texts that a worker makes for people, stored in every language because the reader is not known.

For what is put together from words of many places, such as what a form says of a cell. A problem that has a name of its
own is kept by that name instead, see ``troubles``.
"""

import json
from collections.abc import Callable, Mapping
from typing import TypeVar

from django.conf import settings
from django.utils import translation

Said = TypeVar("Said")


def in_each_language(say: Callable[[], Said]) -> dict[str, Said]:
    """Return what is said in every language, by language code."""
    found = {}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            found[code] = say()
    return found


def kept_in_each_language(say: Callable[[], str]) -> str:
    """Return the same as one text, for a column that holds text."""
    return json.dumps(in_each_language(say), ensure_ascii=False)


def of_language(said: Mapping[str, str] | str) -> str:
    """Return what was kept, in the language of the moment or in one that there is; older rows hold one text."""
    if isinstance(said, str):
        return said
    return said.get(translation.get_language() or "") or next(iter(said.values()), "")


def said_in_language(stored: str) -> str:
    """Return what ``kept_in_each_language`` wrote; a text that was kept as it is stays so."""
    if not stored.startswith("{"):
        return stored
    try:
        said = json.loads(stored)
    except ValueError:
        return stored
    return of_language(said) if isinstance(said, dict) else stored
