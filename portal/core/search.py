"""
Search Japanese names: fold the spellings that people take for the same, and cut texts into pieces for an index.

The embedded PostgreSQL has no trigram extension, and kanji names are too short for trigrams anyway.
"""

import unicodedata
from collections.abc import Iterable

# A searched text is lines, each between two of these, so that a search can ask for the beginning or the whole of one.
LINE = "\n"
# An index takes no key of some thousand bytes. What is longer is looked for by its parts.
LONGEST_LINE = 200

_HIRAGANA_TO_KATAKANA = {code: code + 0x60 for code in range(ord("ぁ"), ord("ゖ") + 1)}
_SONANT_MARKS = "\u3099\u309a"
# People write キヤノン and キャノン, 富士フイルム and 富士フィルム.
_LARGE_KANA = str.maketrans("ァィゥェォッャュョヮヵヶ", "アイウエオツヤユヨワカケ")
# Forms that registers keep, and below each of them the one that is typed for it.
_KANJI = str.maketrans(
    "髙﨑嵜邊邉齋齊澤濱濵廣國櫻學會萬龍榮澁藏惠眞德瀧嶋嶌冨寶壽黑曾條應豐與圓彌鐵醫藝驛縣靜氣總團實藥關鹽莊繩舘槇遙𠮷渕來",
    "高崎崎辺辺斎斉沢浜浜広国桜学会万竜栄渋蔵恵真徳滝島島富宝寿黒曽条応豊与円弥鉄医芸駅県静気総団実薬関塩荘縄館槙遥吉淵来",
)


def fold(text: str) -> str:
    """
    Return a text in which width, case and kana are folded; ㈱ becomes (株), and white space goes.

    Signs stay: this is for comparing words and codes. For what people search by, see ``search_key``.
    """
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_HIRAGANA_TO_KATAKANA)
    # Once more, as a mark may only now stand behind the letter it belongs to: カ and a sonant mark are ガ.
    return unicodedata.normalize("NFKC", "".join(folded.split()))


def simplify(text: str) -> str:
    """Return a text in one spelling: width, case, kana, accents and old kanji are folded, invisible characters go."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    apart = unicodedata.normalize("NFD", folded)
    kept = "".join(char for char in apart if char.isspace() or char in _SONANT_MARKS or not _is_unseen(char))
    together = unicodedata.normalize("NFC", kept.translate(_HIRAGANA_TO_KATAKANA))
    return together.translate(_LARGE_KANA).translate(_KANJI)


def search_key(text: str) -> str:
    """
    Return a text as it is searched: its letters and digits, in one spelling.

    The long vowel mark goes too, as it is left out, or typed as a dash. A text of signs alone keeps them.
    """
    # Composed once more, as a mark may only now stand behind the letter it belongs to: カ and a sonant mark are ガ.
    simple = unicodedata.normalize("NFC", "".join(simplify(text).split()))
    return "".join(char for char in simple if char != "ー" and unicodedata.category(char)[0] in "LN") or simple


def pieces(text: str) -> list[str]:
    """
    Return what a searched text is found by in an index, each once.

    That is every character and every pair of neighbors; of Latin letters and digits, whose pairs are few, every three
    too; and every line as a whole, between its ends.
    """
    pairs = {text[place : place + 2] for place in range(len(text) - 1)}
    threes = {text[place : place + 3] for place in range(len(text) - 2)}
    lines = {whole_line(line) for line in text.split(LINE) if 0 < len(line) <= LONGEST_LINE}
    return sorted((pairs | set(text) | set(filter(_is_latin, threes)) | lines) - {LINE, LINE + LINE})


def wanted(part: str) -> list[str]:
    """Return the pieces that a text must have to hold a part: as few and as rare as say all of it."""
    if len(part) == 1:
        return [part]
    threes = {place for place in range(len(part) - 2) if _is_latin(part[place : place + 3])}
    pairs = {place for place in range(len(part) - 1) if not {place, place - 1} & threes}
    return sorted({part[place : place + 3] for place in threes} | {part[place : place + 2] for place in pairs})


def whole_line(line: str) -> str:
    """Return the piece that a line is as a whole."""
    return LINE + line + LINE


def is_piece(part: str) -> bool:
    """Return whether a part is one piece, so that whatever has the piece holds the part."""
    return len(part) <= 2 or (len(part) == 3 and _is_latin(part))


def _is_latin(three: str) -> bool:
    """Return whether three characters of one line are Latin letters, digits or its ends."""
    return three.isascii() and three[1] != LINE


def searched_text(names: Iterable[str], others: Iterable[str]) -> str:
    """Return the text of a row that is searched: lines, each once, those of its name apart from the others."""
    parts = (LINE.join(dict.fromkeys(line for line in lines if line)) for lines in (names, others))
    return LINE + (LINE + LINE).join(parts) + LINE


def lines_of(text: str) -> tuple[list[str], list[str]]:
    """Return the lines of a row's name, and the others."""
    names, _apart, others = text.partition(LINE + LINE)
    return names.split(), others.split()


def _is_unseen(char: str) -> bool:
    """Return whether a character is an accent, a control or a mark without a form of its own."""
    return unicodedata.category(char) in ("Mn", "Me", "Cc", "Cf", "Cs", "Co", "Cn")
