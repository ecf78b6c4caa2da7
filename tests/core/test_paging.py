"""Pages and orders of a list: whatever the address asks for, the answer is one there is."""

import pytest
from django.test import RequestFactory

from portal.accounts.models import User
from portal.core.paging import DEFAULT_ROWS, Sort, page_of, sort_of


@pytest.mark.parametrize(
    ("query", "key", "descending"),
    [
        ("", "name", False),
        ("sort=end", "end", False),
        ("sort=-end", "end", True),
        ("sort=--end", "name", False),
        ("sort=password", "name", False),
        ("sort=", "name", False),
        ("sort=-", "name", False),
    ],
)
def test_a_list_is_ordered_as_asked_or_by_default(rf: RequestFactory, query: str, key: str, descending: bool) -> None:
    sort = sort_of(rf.get(f"/?{query}"), {"name", "end"}, "name")
    assert sort == Sort(key, descending)


@pytest.mark.parametrize("value", ["name", "-name"])
def test_an_order_stands_in_the_address_as_it_was_read(rf: RequestFactory, value: str) -> None:
    assert sort_of(rf.get("/", {"sort": value}), ["name"], "name").value == value


@pytest.fixture
def _sixty_people(db: None) -> None:
    User.objects.bulk_create(User(email=f"{number:02}@example.com", name=f"{number:02}") for number in range(60))


@pytest.mark.usefixtures("_sixty_people")
@pytest.mark.parametrize(
    ("query", "number", "rows"),
    [
        ("", 1, DEFAULT_ROWS),
        ("page=2", 2, 10),
        ("page=999", 2, 10),
        ("page=99999999999999999999999", 2, 10),
        ("page=0", 1, DEFAULT_ROWS),
        ("page=-3", 1, DEFAULT_ROWS),
        ("page=abc", 1, DEFAULT_ROWS),
        ("page=", 1, DEFAULT_ROWS),
        ("rows=25", 1, 25),
        ("rows=100", 1, 60),
        ("rows=25&page=3", 3, 10),
        ("rows=1000000", 1, DEFAULT_ROWS),
        ("rows=-25", 1, DEFAULT_ROWS),
        ("rows=many", 1, DEFAULT_ROWS),
        ("rows=all", 1, DEFAULT_ROWS),
    ],
)
def test_the_nearest_page_there_is(rf: RequestFactory, query: str, number: int, rows: int) -> None:
    page = page_of(rf.get(f"/?{query}"), User.objects.order_by("email"))
    assert (page.number, len(page)) == (number, rows)


@pytest.mark.usefixtures("_sixty_people")
@pytest.mark.parametrize(("query", "rows"), [("rows=all", 55), ("rows=all&page=2", 5), ("rows=25", 25), ("", 50)])
def test_a_list_that_shows_all_rows_has_a_bound(rf: RequestFactory, query: str, rows: int) -> None:
    assert len(page_of(rf.get(f"/?{query}"), User.objects.order_by("email"), most=55)) == rows


@pytest.mark.django_db
def test_an_empty_list_has_one_empty_page(rf: RequestFactory) -> None:
    page = page_of(rf.get("/?page=4"), User.objects.order_by("email"))
    assert (page.number, list(page), page.has_other_pages()) == (1, [], False)
