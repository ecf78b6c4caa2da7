"""What people type finds what they mean, in whatever width, case and kana it is written."""
# ruff: noqa: RUF001  letters of both widths are what is tested

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal.core.company_names import name_keys
from portal.core.search import LONGEST_LINE, fold, is_piece, pieces, search_key, searched_text, wanted
from portal.core.search_queries import MOST_TYPED, parse_query, phone_key, phone_lines

# What names, domains and codes are made of, both widths and both kana.
NAMES = st.text("ひかりヒカリｶｷ物流株式会社髙﨑㈱ABCxyzＡｂｃ0９-.・ー 　", max_size=20)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("ﾋｶﾘ", "ひかり"),
        ("ヒカリ", "ひかり"),
        ("ガス", "がす"),
        ("か\u3099", "ガ"),
        ("ｶﾞ", "が"),
        ("ゔぁ", "ヴァ"),
        ("ＡＢＣ", "abc"),
        ("Straße", "STRASSE"),
        ("㈱ひかり", "(株)ひかり"),
        ("㈱ひかり", "（株）ヒカリ"),
        ("１２３", "123"),
        ("株式会社　みなと 設計", "株式会社みなと設計"),
        ("カ ゛", "ガ"),
    ],
)
def test_spellings_of_the_same_fold_to_the_same(typed: str, stored: str) -> None:
    assert fold(typed) == fold(stored)


@pytest.mark.parametrize(("one", "other"), [("か", "が"), ("は", "ぱ"), ("東", "京"), ("ー", "-")])
def test_different_letters_stay_different(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(st.text())
@example("わ\u3099")
@example("カ゛")
@example("ΐ")
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(), st.data())
def test_every_part_of_a_folded_text_is_found_by_its_pieces(text: str, data: st.DataObject) -> None:
    folded = fold(text)
    start = data.draw(st.integers(0, len(folded)))
    part = folded[start : data.draw(st.integers(start, len(folded)))]
    assert set(wanted(part)) <= set(pieces(folded))


@given(NAMES, st.data())
def test_every_part_of_a_name_is_found_as_it_is_typed(name: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(name)))
    query = fold(name[start : data.draw(st.integers(start, len(name)))])
    assert query in fold(name)
    assert set(wanted(query)) <= set(pieces(fold(name)))


@given(st.text())
def test_pieces_are_short_and_each_there_once(text: str) -> None:
    found = pieces(searched_text([search_key(text)], ["x" * (LONGEST_LINE + 1)]))
    assert all(1 <= len(piece) <= LONGEST_LINE + 2 for piece in found)
    assert len(found) == len(set(found))


@pytest.mark.parametrize(
    ("part", "found"),
    [
        ("株", ["株"]),
        ("株式会", ["式会", "株式"]),
        ("ab", ["ab"]),
        ("abcd", ["abc", "bcd"]),
        ("株abc会", ["abc", "c会", "株a"]),
        ("\nab", ["\nab"]),
        ("\n株式", ["\n株", "株式"]),
        ("", []),
    ],
)
def test_a_part_is_wanted_by_few_pieces(part: str, found: list[str]) -> None:
    assert wanted(part) == found


@given(NAMES, NAMES, st.data())
def test_whatever_a_text_holds_is_found_by_its_pieces(name: str, other: str, data: st.DataObject) -> None:
    text = searched_text([search_key(name)], [search_key(other)])
    start = data.draw(st.integers(0, len(text)))
    part = text[start : data.draw(st.integers(start, len(text)))]
    if part.strip("\n") and not re.search(r"\n.*\n.|\n\n|.\n.", part):
        assert set(wanted(part)) <= set(pieces(text))
        assert not is_piece(part) or part in pieces(text)


def test_the_beginning_and_the_whole_of_a_line_have_pieces_of_their_own() -> None:
    found = pieces(searched_text(["アイ"], ["abc"]))
    latin = ["\na", "\nab", "\nabc\n", "a", "ab", "abc", "b", "bc", "bc\n", "c", "c\n"]
    assert found == sorted(["\nア", "\nアイ\n", "ア", "アイ", "イ", "イ\n", *latin])


# --- Keys of what is searched ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("サーバー", "サーバ"),
        ("さ－ば－", "サーバー"),
        ("キャノン", "キヤノン"),
        ("ネクスト・ラボ", "ネクストラボ"),
        ("Ｃａｆé", "cafe"),
        ("ひ\u200bか\ufeffり", "ヒカリ"),
        ("髙﨑", "高崎"),
        ("渡邊 齋藤", "渡辺斎藤"),
        ("か\u3099", "ガ"),
        ("カ ゛", "ガ"),
        ("K-0417", "ｋ０４１７"),
        ("★スター☆", "スタ"),
    ],
)
def test_what_people_leave_out_or_mistype_makes_no_difference(typed: str, stored: str) -> None:
    assert search_key(typed) == search_key(stored)


@pytest.mark.parametrize(("one", "other"), [("か", "が"), ("は", "ぱ"), ("東", "京"), ("★", "☆"), ("佐々", "佐")])
def test_keys_of_different_words_differ(one: str, other: str) -> None:
    assert search_key(one) != search_key(other)


@given(NAMES)
def test_the_key_of_a_key_is_itself(name: str) -> None:
    assert search_key(search_key(name)) == search_key(name)


# --- Legal forms -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "株式会社ひかり", "㈱ひかり", "（株）ひかり", "(株) ひかり", "㍿ひかり", "ｶ)ﾋｶﾘ", "カ）ヒカリ", "【株】ひかり",
        "㊑ひかり", "株式會社ひかり", "かぶしきがいしゃひかり", "株式会社・ひかり",
    ],
)  # fmt: skip
def test_all_ways_to_write_a_form_are_one(name: str) -> None:
    assert name_keys(name)[:2] == ("株式会社ヒカリ", "ヒカリ")


@pytest.mark.parametrize(
    ("name", "bare"),
    [
        ("ひかり株式会社", "ヒカリ"),
        ("ヒカリ(カ", "ヒカリ"),
        ("㈲ひかり", "ヒカリ"),
        ("（同）ひかり", "ヒカリ"),
        ("一般社団法人ひかり", "ヒカリ"),
        ("医療法人社団 ひかり会", "ヒカリ会"),
        ("ＮＰＯ法人ひかり", "ヒカリ"),
        ("ひかり株式会社東京支店", "ヒカリ東京支店"),
        ("Hikari Co., Ltd.", "hikari"),
        ("Hikari Co.,Ltd", "hikari"),
        ("Hikari & Company, Inc.", "hikari"),
        ("ひかりCo.,Ltd.", "ヒカリ"),
        ("K.K. Hikari", "hikari"),
        ("Hikari Kabushiki Kaisha", "hikari"),
        ("Hikari (Japan) L.L.C.", "hikarijapan"),
        ("Cohikari", "cohikari"),
        ("Hikaricorp", "hikaricorp"),
        ("Inc Hikari", "inchikari"),
        ("会社", "会社"),
        ("株式", "株式"),
    ],
)
def test_a_name_is_known_without_its_form(name: str, bare: str) -> None:
    assert name_keys(name).bare == bare


@pytest.mark.parametrize("name", ["株式会社", "㈱", "Inc.", "Co., Ltd.", "（有）"])
def test_a_form_alone_is_a_name(name: str) -> None:
    keys = name_keys(name)
    assert keys.bare == keys.whole != ""
    assert keys.words == (keys.whole,)


# --- What is typed ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "hosts"),
    [
        ("x@hikari.co.jp", ("hikaricojp", "cojp")),
        ("ひかり <X@Hikari.co.jp>", ("hikaricojp", "cojp")),
        ("mailto:x@hikari.jp", ("hikarijp",)),
        ("ｘ＠ｈｉｋａｒｉ．ｊｐ", ("hikarijp",)),
        ("admin@wakaba", ("wakaba",)),
        ("https://www.mail.hikari.jp:8443/a?b=c", ("mailhikarijp", "hikarijp")),
        ("www.hikari.jp", ("hikarijp",)),
        ("hikari.jp/contact", ("hikarijp",)),
        ("hikari.jp", ()),
        ("A/B 商事", ()),
        ("https://", ()),
        ("x@", ()),
    ],
)
def test_an_address_is_searched_by_its_domain_too(typed: str, hosts: tuple[str, ...]) -> None:
    assert parse_query(typed).hosts == hosts


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("300482237", "300482237"),
        ("３００４８２２３７", "300482237"),
        ("06-0000-4120", "0600004120"),
        ("０６ー００００ー４１２０", "0600004120"),
        ("(06) 0000.4120", "0600004120"),
        ("+81 (0)6 0000 4120", "0600004120"),
        ("℡06−0000−4120", "0600004120"),
        ("+44 20 7946 0000", "442079460000"),
        ("K-0417", ""),
        ("3丁目", ""),
        ("---", ""),
    ],
)
def test_a_number_is_its_digits(typed: str, number: str) -> None:
    assert parse_query(typed).number == number


@pytest.mark.parametrize(
    ("number", "lines"),
    [("+81-90-1111-2222", ["09011112222"]), ("90-1111-2222", ["09011112222"]), ("", []), ("-", []), ("110", ["110"])],
)
def test_a_phone_number_is_searched_as_it_is_dialed(number: str, lines: list[str]) -> None:
    assert phone_lines(number) == lines
    assert [phone_key(line) for line in lines] == lines


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("ひかり 物流", ("ヒカリ", "物流")),
        ("㈱ ひかり", ("ヒカリ",)),
        ("Northwind Foods Co., Ltd.", ("northwind", "foods")),
        ("★ ひかり", ("ヒカリ",)),
        ("a b c d e f g h i", ("abcdefghi",)),
        ("%", ("%",)),
        ("\u200b", ()),
        ("", ()),
    ],
)
def test_blanks_part_words_that_may_stand_anywhere(typed: str, words: tuple[str, ...]) -> None:
    assert parse_query(typed).words == words


@given(st.text(max_size=2 * MOST_TYPED))
@example("co." * 100)
@example("( " * 150)
@example("a@" * 5_000)
@example("0-" * 5_000 + "x")
@example("ﷺ" * 10_000)
def test_anything_can_be_typed(typed: str) -> None:
    query = parse_query(typed)
    assert bool(query) == bool(query.words) == bool(query.whole)
    assert all(query.words)
    assert all(query.hosts)
