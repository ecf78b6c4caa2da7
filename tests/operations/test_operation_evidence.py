"""How readings of an operation are laid side by side, and what they tell."""

import pytest

from portal.operations.presentation import Evidence, side_by_side
from portal.operations.readings import Line


def column(**texts: str) -> dict[str, Line]:
    return {key: Line(key, key.title(), text) for key, text in texts.items()}


@pytest.mark.parametrize(
    ("before", "expected", "after", "told"),
    [
        ("10", "20", "", ""),
        ("10", "20", "20", "As it should be"),
        ("10", "10", "10", "Same"),
        ("10", "20", "10", "As before"),
        ("10", "20", "15", "Moved, but not by this"),
        ("10", "10", "15", "Moved, but not by this"),
    ],
)
def test_a_fact_tells_what_came_of_it(before: str, expected: str, after: str, told: str) -> None:
    fact = Evidence("Licences", before, expected, after)
    assert str(fact.tells) == told
    assert fact.changes is (before != expected)


def test_what_is_to_change_comes_first_and_the_rest_in_its_order() -> None:
    rows = side_by_side([column(plan="a", count="10", memo="m"), column(plan="a", count="20", memo="m")])
    assert [(row.label, row.before, row.expected, row.after) for row in rows] == [
        ("Count", "10", "20", ""), ("Plan", "a", "a", ""), ("Memo", "m", "m", ""),
    ]  # fmt: skip


def test_what_is_not_there_is_none_and_what_never_was_is_left_out() -> None:
    rows = side_by_side([column(old="a"), column(new="b"), column(old="a", other="None")])
    assert [(row.label, row.before, row.expected, row.after) for row in rows] == [
        ("Old", "a", "None", "a"), ("New", "None", "b", "None"),
    ]  # fmt: skip


def test_what_was_planned_is_found_under_the_number_that_the_vendor_gave_it() -> None:
    planned, made = column(new="ADV, 20"), {"pre 7": Line("pre 7", "Pre-order 7", "ADV, 20")}
    [row] = side_by_side([{}, planned, made])
    assert (row.label, row.before, row.expected, row.after) == ("Pre-order 7", "None", "ADV, 20", "ADV, 20")


def test_what_was_there_before_is_not_taken_for_what_was_planned() -> None:
    there = column(pre="ADV, 20")
    rows = side_by_side([there, there | column(new="ADV, 20"), there])
    assert [(row.label, row.expected, row.after) for row in rows] == [
        ("New", "ADV, 20", "None"), ("Pre", "ADV, 20", "ADV, 20"),
    ]  # fmt: skip


def test_of_two_that_were_planned_alike_each_is_found_once() -> None:
    rows = side_by_side([{}, column(one="ADV, 20", two="ADV, 20"), column(seven="ADV, 20")])
    assert sorted((row.expected, row.after) for row in rows) == [("ADV, 20", "ADV, 20"), ("ADV, 20", "None")]
