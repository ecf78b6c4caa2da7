# ruff: noqa: RUF001  wide digits and those of other scripts are what this is about
"""What people write is read as what everybody reads in it, or not at all."""

import unicodedata
from datetime import date

import pytest
from django import forms
from hypothesis import given
from hypothesis import strategies as st

from portal.core.parsing import Unclear, day, one_of, whole_number, yes_or_no
from portal.operations.approvals import Policy
from portal.operations.command_forms import DayField, WholeNumberField
from portal.operations.forms import PolicyForm
from tests.support.policies import filled_in

WIDE = str.maketrans("0123456789-", "０１２３４５６７８９－")


@given(st.integers(-(10**30), 10**30))
def test_a_whole_number_is_read_narrow_and_wide(number: int) -> None:
    assert whole_number(f" {number} ") == whole_number(str(number).translate(WIDE)) == number


@given(st.text(alphabet=st.characters(categories=["Nd", "No", "Zs", "Po", "Pd", "Pc"]), max_size=8))
def test_whatever_is_read_as_a_number_shows_that_number(text: str) -> None:
    try:
        number = whole_number(text)
    except Unclear:
        return
    assert unicodedata.normalize("NFKC", text).strip() == str(number)
    assert all(
        character in "-－" or character.isspace() or ord(character) < 128 or "０" <= character <= "９"
        for character in text
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1_0", "Enter a whole number"),
        ("١٠", "Enter a whole number"),
        ("१०", "Enter a whole number"),
        ("TRUE", "Enter a whole number"),
        ("10.5", "Enter a whole number"),
        ("1e3", "Enter a whole number"),
        ("10 licenses", "Enter a whole number"),
        ("²", "Enter a whole number"),
        ("⑩", "Enter a whole number"),
        ("9" * 41, "Enter a whole number"),
        ("1.000", "Enter digits only, for example 1000"),
        ("1,000", "Enter digits only, for example 1000"),
        ("1 000", "Enter digits only, for example 1000"),
        ("１，０００", "Enter digits only, for example 1000"),
        ("1_000", "Enter digits only, for example 1000"),
        ("010000201", "without leading zeros"),
        ("00", "without leading zeros"),
    ],
)
def test_what_could_be_another_number_is_refused_with_what_to_write(text: str, says: str) -> None:
    with pytest.raises(Unclear) as fault:
        whole_number(text)
    assert says in str(fault.value.words)
    with pytest.raises(forms.ValidationError) as refused:
        WholeNumberField().clean(text)
    assert says in refused.value.messages[0]


def test_every_form_reads_numbers_so() -> None:
    for text in ("1_0", "١٠", "010", "1.000"):
        assert "licenses_above" in PolicyForm(filled_in({}, licenses_above=text), Policy()).errors
    form = PolicyForm(filled_in({}, licenses_above="１０"), Policy())
    assert form.is_valid()
    assert form.cleaned_data["licenses_above"] == 10


@given(st.dates(date(1000, 1, 1)))
def test_a_day_is_read_with_the_year_in_front(of: date) -> None:
    for text in (of.isoformat(), f"{of.year}/{of.month}/{of.day}", f"{of.year}年{of.month}月{of.day}日"):
        assert day(text) == day(text.translate(WIDE)) == of == DayField().clean(text)


@pytest.mark.parametrize(
    "text", ["01/02/2026", "26-02-01", "2026-02-30", "2026-2/1", "٢٠٢٦-02-01", "2026-02-01 09:30", "46054", "soon"]
)
def test_what_could_be_another_day_is_refused(text: str) -> None:
    with pytest.raises(Unclear):
        day(text)
    with pytest.raises(forms.ValidationError, match="YYYY-MM-DD"):
        DayField().clean(text)


def test_yes_and_no_are_read_in_both_languages() -> None:
    assert [yes_or_no(text) for text in ("TRUE", "Yes", "はい", "1", "１")] == [True] * 5
    assert [yes_or_no(text) for text in ("FALSE", "no", "いいえ", "0", "×")] == [False] * 5
    for text in ("2", "maybe", "y e s?", "10"):
        with pytest.raises(Unclear):
            yes_or_no(text)


def test_a_choice_that_is_the_code_of_one_and_the_words_of_another_is_neither() -> None:
    choices = [("A", {"b"}), ("B", {"c"})]
    assert (one_of("a", choices), one_of("C", choices), one_of("d", choices)) == ("A", "B", "d")
    with pytest.raises(Unclear):
        one_of("b", choices)
