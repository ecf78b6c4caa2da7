"""Pages that are refused or not there: within the frame for people who are signed in, bare for all others."""

from typing import Any

import pytest
from django.test import Client, RequestFactory

from portal.core.error_pages import forbidden, not_there
from tests.support.portal import People, SignIn

SEARCH = 'role="search"'


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def test_a_page_that_is_not_there_keeps_search_and_navigation(people: People, sign_in: SignIn) -> None:
    answer = sign_in(people.support).get("/customers/1/")
    assert answer.status_code == 404
    assert SEARCH in text_of(answer)
    assert "Page not found" in text_of(answer)


def test_a_refused_page_keeps_search_and_navigation(people: People, sign_in: SignIn) -> None:
    answer = sign_in(people.support).get("/settings/connection/")
    assert answer.status_code == 403
    assert SEARCH in text_of(answer)
    assert "No permission" in text_of(answer)


@pytest.mark.parametrize("page", [not_there, forbidden])
def test_a_failure_before_anybody_is_known_has_no_frame(page: object, rf: RequestFactory) -> None:
    answer = page(rf.get("/nowhere/"))  # type: ignore[operator]
    assert answer.status_code in (403, 404)
    assert SEARCH not in text_of(answer)


def test_nobody_learns_without_signing_in_what_there_is(client: Client, db: None) -> None:
    assert SEARCH not in text_of(client.get("/nowhere/"))
