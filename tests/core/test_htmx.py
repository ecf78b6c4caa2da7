"""Which requests get a part of the page, and which the whole."""

from typing import Any, cast

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django_htmx.middleware import HtmxMiddleware

from portal.core.htmx import PortalRequest, is_swap, no_content, redirect_after_post, template_for


def request(rf: RequestFactory, **headers: str) -> PortalRequest:
    made = rf.get("/customers/", headers=cast("Any", headers))
    HtmxMiddleware(lambda _request: HttpResponse())(made)
    return cast("PortalRequest", made)


SWAP = {"HX-Request": "true"}
WHOLE = [{}, SWAP | {"HX-Boosted": "true"}, SWAP | {"HX-History-Restore-Request": "true"}]


def test_a_swap_gets_the_partial_alone(rf: RequestFactory) -> None:
    swap = request(rf, **SWAP)
    assert is_swap(swap)
    assert template_for(swap, "a/b.html", partial="table") == "a/b.html#table"


@pytest.mark.parametrize("headers", WHOLE)
def test_plain_boosted_and_history_requests_get_the_whole_page(rf: RequestFactory, headers: dict[str, str]) -> None:
    whole = request(rf, **headers)
    assert not is_swap(whole)
    assert template_for(whole, "a/b.html", partial="table") == "a/b.html"


def test_after_a_post_a_swap_is_told_where_to_go(rf: RequestFactory) -> None:
    answer = redirect_after_post(request(rf, **SWAP), "/sync/")
    assert (answer.status_code, answer["HX-Redirect"]) == (200, "/sync/")


@pytest.mark.parametrize("headers", WHOLE)
def test_after_a_post_a_plain_form_is_redirected(rf: RequestFactory, headers: dict[str, str]) -> None:
    answer = redirect_after_post(request(rf, **headers), "/sync/")
    assert (answer.status_code, answer["Location"]) == (302, "/sync/")


def test_an_answer_that_nothing_moved_is_empty() -> None:
    answer = no_content()
    assert (answer.status_code, answer.content) == (204, b"")
