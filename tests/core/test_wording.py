"""The words of pages: the texts of the catalogue hold none that the glossary replaces, in either language."""

import re
from functools import cache

import polib
import pytest

from portal.settings import BASE_DIR

CATALOGUE = BASE_DIR / "portal" / "ui" / "locale" / "ja" / "LC_MESSAGES" / "django.po"

# A phrase that no English text holds, and what stands in its place.
ENGLISH = {
    r"\bvendors?\b": "LINE WORKS",
    r"\bthe portal\b": "Partnerdesk",
    r"\blicence": "license",
    r"\bcancelled\b": "canceled",
    r"\b(can|to) be had\b": "available",
    r"\bat once\b": "now, today, immediately",
    r"\b(whoever|whatever)\b": "name the person or thing",
    r"\bwhat follows\b": "Review, Effects",
    r"\bwhat stands against\b": "Reason",
    r"\bput(s|ting)? back\b": "revert",
    r"\btake (it )?back\b": "delete the schedule, keep the customer",
    r"\bmend\b": "fix",
    r"\bour reading\b": "assumption",
    r"\bby our reckoning\b": "estimated",
    r"\bgoes with it\b": "is also canceled",
    r"\bread now\b": "Refresh",
    r"\bread(ing)? back\b": "verify",
    r"\bnever read\b": "not synced yet",
    r"\bsettle(s|d)?\b": "record the result",
    r"\bbundles?\b": "multi-step request",
    r"\bproposals?\b": "draft",
    r"\bresync": "sync",
    r"\bsweep": "scheduled sync",
    r"\bset aside\b": "skipped record, sync error",
    r"\b(an|this|that|each|new|one|the) order\b(?! of)|(?<!pre-)\borders\b": "request",
    r"\boperations?\b": "request",
    r"\btake over a customer\b": "transfer",
    r"\buser limit\b": "maximum number of users",
    r"\bgroups? of products\b": "plan group",
    r"\bdiscard the\b": "delete draft",
    r"\basked for\b": "requested",
}

# A word that no Japanese text holds, and what stands in its place.
JAPANESE = {
    "ベンダー": "LINE WORKS",
    "ポータル(?!サイト)": "Partnerdesk",
    "当社|販売店": "パートナー",
    "サブスクリプション": "商品契約",
    "申込予約": "申し込み予約",
    "読み戻": "反映確認",
    "決着": "結果を確定",
    "移管|引き継ぎ": "取り込み",
    "顧客(?!企業)": "顧客企業",
    "今すぐ取得": "最新の情報に更新",
    "巡回": "定期同期",
    "保留した記録": "取り込めなかったデータ",
    "利用状態|利用状況": "使用状況, 利用履歴",
    "ユーザー上限|最大人数": "最大ユーザー数",
    "有償|有料に切り?替": "有料転換",
    "前払い": "一括払い",
    "満了日": "契約終了日",
    "確認待ちドメイン": "アップグレードドメイン",
    "変更予約(?!の登録)": "予約",
    "まとめ操作": "複数ステップの手続き",
    "注文": "手続き",
    "依頼者": "実行者",
    "要判断": "要確認",
}
FIXED_NAMES = re.compile("顧客の利用履歴|Online Direct ?顧客|最大ユーザー数の変更予約")

STYLE = {
    r"¥": "12,345円",
    r"[ぁ-んァ-ヶ一-龠][(:]|[):][ぁ-んァ-ヶ一-龠]|[ぁ-んァ-ヶ一-龠][!?]": "full-width signs: （ ） ： ！ ？",
    r"することができ": "できます",
    r"ユーザ(?!ー)|サーバ(?!ー)": "ユーザー, サーバー",
}


@cache
def texts() -> tuple[list[str], list[str]]:
    """Return the texts of the catalogue in English and in Japanese, every plural form by itself."""
    entries = [entry for entry in polib.pofile(str(CATALOGUE)) if not entry.obsolete]
    english = [text for entry in entries for text in (entry.msgid, entry.msgid_plural) if text]
    japanese = [text for entry in entries for text in (entry.msgstr, *entry.msgstr_plural.values()) if text]
    return english, japanese


def test_the_catalogue_has_both_languages() -> None:
    english, japanese = texts()
    assert "Review" in english
    assert "ライセンス追加" in japanese


@pytest.mark.parametrize(("phrase", "instead"), ENGLISH.items())
def test_no_english_text_holds_a_replaced_phrase(phrase: str, instead: str) -> None:
    found = [text for text in texts()[0] if re.search(phrase, text, re.IGNORECASE)]
    assert found == [], f"say instead: {instead}"


@pytest.mark.parametrize(("word", "instead"), JAPANESE.items())
def test_no_japanese_text_holds_a_replaced_word(word: str, instead: str) -> None:
    found = [text for text in texts()[1] if re.search(word, FIXED_NAMES.sub("", text))]
    assert found == [], f"say instead: {instead}"


@pytest.mark.parametrize(("fault", "instead"), STYLE.items())
def test_japanese_texts_keep_the_style(fault: str, instead: str) -> None:
    assert [text for text in texts()[1] if re.search(fault, text)] == [], f"write: {instead}"
