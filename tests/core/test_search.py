"""What people type finds what they mean, in whatever width, case and kana it is written."""
# ruff: noqa: RUF001  letters of both widths are what is tested

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal.core.search import fold, pieces, wanted

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
    found = pieces(fold(text))
    assert all(1 <= len(piece) <= 2 for piece in found)
    assert len(found) == len(set(found))


def test_one_character_is_wanted_as_it_is_and_more_by_their_pairs_alone() -> None:
    assert wanted("株") == ["株"]
    assert wanted("株式会") == ["式会", "株式"]
    assert wanted("") == []
