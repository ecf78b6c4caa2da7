"""What readings that are laid side by side tell of one fact."""

import pytest

from portal.operations.comparison import Evidence
from portal.operations.display import finding_in_words


@pytest.mark.parametrize(
    ("before", "expected", "after", "told"),
    [
        ("10", "20", "", ""),
        ("10", "20", "20", "As requested"),
        ("10", "10", "10", "Unchanged"),
        ("10", "20", "10", "Not changed yet"),
        ("10", "20", "15", "Changed by something else"),
        ("10", "10", "15", "Changed by something else"),
    ],
)
def test_a_fact_tells_what_came_of_it(before: str, expected: str, after: str, told: str) -> None:
    fact = Evidence("licenses", "Licenses", before, expected, after)
    assert finding_in_words(fact.finding) == told
    assert fact.changes is (before != expected)
