"""Whatever a query string holds, no list fails: known names with made-up values, made-up names, and all of it twice."""

from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from portal.accounts.roles import ROLE_NAMES
from tests.accounts.test_doors import DOORS
from tests.support.examples import made_up
from tests.support.hostile import NAMES, VALUES
from tests.support.portal import People, SignIn
from tests.support.rows import one_customer

LISTS = (
    "home", "search", "customers:list", "subscriptions:list", "options:list", "upcoming:list", "renewals:list",
    "operations:list", "changes:list", "bulk:list", "billing:home", "billing:invoices", "usage:list",
    "differences:list", "billing:margins", "billing:prices",
)  # fmt: skip
TEXTS = st.sampled_from(VALUES) | st.text(max_size=40) | st.integers().map(str) | st.dates().map(str)
FIELDS = st.tuples(st.sampled_from((*NAMES, "columns", "select", "group", "stage", "owner", "tag", "q")), TEXTS)
QUERIES = st.lists(FIELDS | st.tuples(st.text(max_size=12), TEXTS), max_size=6)


def encoded(fields: list[tuple[str, str]]) -> str:
    """Return a query string of texts that need not be valid Unicode."""
    return urlencode(fields, errors="surrogatepass")


@pytest.fixture
def browsers(people: People, sign_in: SignIn) -> list[Client]:
    one_customer()
    return [sign_in(getattr(people, role)) for role in ROLE_NAMES]


@given(name=st.sampled_from(LISTS), fields=QUERIES, who=st.integers(0, len(ROLE_NAMES) - 1), is_swap=st.booleans())
@made_up(50)
def test_no_query_string_makes_a_list_fail(
    name: str, fields: list[tuple[str, str]], who: int, is_swap: bool, browsers: list[Client]
) -> None:
    headers = {"HX-Request": "true"} if is_swap else {}

    answer = browsers[who].get(f"{reverse(name)}?{encoded(fields)}", headers=headers)

    # Refused as a whole, or shown; a filter that nobody can read is said on the page.
    assert answer.status_code in (200, 302, 400, 403, 404), (answer.status_code, fields)


def test_every_list_is_among_them() -> None:
    assert {name for name in DOORS if name.endswith(":list")} <= set(LISTS)
