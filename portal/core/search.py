"""
Search for Japanese names: folded text, and its one- and two-character n-grams for an index.

The embedded PostgreSQL has no trigram extension, and kanji names are too short for trigrams anyway.
"""

import unicodedata

_HIRAGANA_TO_KATAKANA = {code: code + 0x60 for code in range(ord("ぁ"), ord("ゖ") + 1)}


def fold(text: str) -> str:
    """
    Return a text in which spellings that people take for the same are the same.

    Width, case and kana are folded, ㈱ becomes (株), and white space goes.
    """
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_HIRAGANA_TO_KATAKANA)
    # Once more, as a mark may only now stand behind the letter it belongs to: カ and a sonant mark are ガ.
    return unicodedata.normalize("NFKC", "".join(folded.split()))


def pieces(folded: str) -> list[str]:
    """Return every single character and every pair of neighbours of a folded text, each once."""
    pairs = {folded[place : place + 2] for place in range(len(folded) - 1)}
    return sorted(pairs | set(folded))


def wanted(folded: str) -> list[str]:
    """Return the pieces that a text must have to hold a folded query: pairs, or the only character."""
    return pieces(folded) if len(folded) == 1 else sorted({folded[i : i + 2] for i in range(len(folded) - 1)})
