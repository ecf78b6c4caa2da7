"""What people type finds the customer that they mean, first."""

import pytest

from portal.desk.search import find
from tests.desk import search_book
from tests.support.portal import People

LEAST_SEARCHES = 150
LEAST_SHARE = 0.98


@pytest.fixture
def _book(db: None) -> None:
    search_book.fill()


@pytest.mark.usefixtures("_book")
def test_the_first_hit_is_the_one_that_is_meant(people: People) -> None:
    searches = list(search_book.searches())
    assert len(searches) >= LEAST_SEARCHES
    wrong = {}
    for typed, wanted in searches:
        hits = find(typed, people.support).hits
        if not hits or hits[0].customer != wanted:
            wrong[typed] = f"{hits[0].customer if hits else None} instead of {wanted}"
    assert 1 - len(wrong) / len(searches) >= LEAST_SHARE, wrong
    assert wrong == {}
