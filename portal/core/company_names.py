"""Legal forms in company names: ㈱, （株） and 株式会社 are one form, and a company is found without any."""

import re
from typing import NamedTuple

from portal.core.search import LONGEST_LINE, search_key, simplify

# What banks and people write for a form; a company may have it in front, behind, or before a branch.
_ABBREVIATIONS = {
    "株式会社": "株 カ",
    "有限会社": "有 ユ",
    "合同会社": "同 合 ド",
    "合資会社": "資 シ",
    "合名会社": "名 メ",
    "相互会社": "相",
    "一般社団法人": "一社",
    "一般財団法人": "一財",
    "公益社団法人": "公社",
    "公益財団法人": "公財",
    "社団法人": "社",
    "財団法人": "財",
    "医療法人": "医",
    "医療法人社団": "医社",
    "医療法人財団": "医財",
    "学校法人": "学",
    "社会福祉法人": "福",
    "宗教法人": "宗",
    "独立行政法人": "独",
    "特定非営利活動法人": "特非 npo",
    "弁護士法人": "弁",
    "税理士法人": "税",
    "農事組合法人": "農",
    "協同組合": "協",
    "企業組合": "企",
}
_OTHER_FORMS = (
    "特例有限会社",
    "特定目的会社",
    "投資法人",
    "社会医療法人社団",
    "社会医療法人財団",
    "社会医療法人",
    "地方独立行政法人",
    "国立大学法人",
    "公立大学法人",
    "有限責任監査法人",
    "監査法人",
    "司法書士法人",
    "行政書士法人",
    "社会保険労務士法人",
    "土地家屋調査士法人",
    "特許業務法人",
    "有限責任事業組合",
    "更生保護法人",
    "国立研究開発法人",
)
_SPELT_OUT = {
    "株式会社": "かぶしきがいしゃ かぶしきかいしゃ",
    "有限会社": "ゆうげんがいしゃ ゆうげんかいしゃ",
    "合同会社": "ごうどうがいしゃ ごうどうかいしゃ",
    "特定非営利活動法人": "ＮＰＯ法人",
}
_LATIN = (
    r"co|company|corp|corporation|inc|incorporated|ltd|limited|llc|l\.l\.c|llp|plc|k\.k|kk|g\.k|gk|y\.k|gmbh|ag|"
    r"s\.a|b\.v|n\.v|pte|pty|kabushiki[\s-]kaisha|godo[\s-]kaisha|yugen[\s-]kaisha"
)

# Unlike ㈱ these would become a character of the name.
_CIRCLED = {ord("㊑"): "(株)", ord("㊒"): "(有)"}
_OPEN, _CLOSE = r"[(\[<【]", r"[)\]>】]"
_BY_ABBREVIATION = {simplify(short): form for form, written in _ABBREVIATIONS.items() for short in written.split()}
_BY_WORD = {simplify(word): form for form, written in _SPELT_OUT.items() for word in written.split()}
_SHORT = "|".join(sorted(_BY_ABBREVIATION, key=len, reverse=True))
# In brackets; or as banks write it, with the bracket that is towards the name.
_ABBREVIATED = re.compile(rf"{_OPEN}({_SHORT}){_CLOSE}|^({_SHORT}){_CLOSE}|{_OPEN}({_SHORT})$")
_WORDS = re.compile("|".join(_BY_WORD))
_FORMS = re.compile("|".join(sorted((*_ABBREVIATIONS, *_OTHER_FORMS), key=len, reverse=True)))
_LATIN_BEHIND = re.compile(rf"(?:[\s,.&(]*+(?<![a-z0-9])(?:{_LATIN})\b[.)]?+)+[\s,.]*$")
_LATIN_BEFORE = re.compile(r"^(?:k\.k\.?|kk|g\.k\.?|gk|kabushiki[\s-]kaisha|godo[\s-]kaisha)[\s,.]+(?=\S)")


class NameKeys(NamedTuple):
    """
    A company's name as it is searched.

    Args:
        whole: all of it, its legal form in full.
        bare: without the legal form; the whole where nothing else is left.
        words: the parts of ``bare`` that blanks or the legal form part.
    """

    whole: str
    bare: str
    words: tuple[str, ...]


def name_keys(name: str) -> NameKeys:
    """Return a company's name as it is searched, with and without its legal form."""
    simple = simplify(name.translate(_CIRCLED)).strip()
    written = _ABBREVIATED.sub(lambda found: _BY_ABBREVIATION[next(filter(None, found.groups()))], simple)
    written = _WORDS.sub(lambda found: _BY_WORD[found[0]], written)
    without = _LATIN_BEFORE.sub("", _LATIN_BEHIND.sub("", _FORMS.sub(" ", written).strip()))
    parts = tuple(key for part in without.split() if any(map(str.isalnum, key := search_key(part))))
    whole = search_key(written)
    return NameKeys(whole, "".join(parts) or whole, parts or ((whole,) if whole else ()))


def sort_name(name: str, otherwise: str) -> str:
    """
    Return what lists sort a company by: its name without the legal form, in one spelling.

    Args:
        name: of the company.
        otherwise: what it is called where it has no name.
    """
    return (name_keys(name).bare or search_key(otherwise))[:LONGEST_LINE]
