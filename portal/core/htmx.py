"""Helpers for htmx requests and responses."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

if TYPE_CHECKING:
    from portal.accounts.models import User


Row = TypeVar("Row", bound=Model)
Mark = TypeVar("Mark")


class PortalRequest(HttpRequest):
    """A request behind sign-in: it has a user of ours and htmx details."""

    htmx: HtmxDetails
    user: "User"  # SignInRequired lets nobody anonymous reach a view that takes this type


def is_swap(request: PortalRequest) -> bool:
    """
    Return whether the answer replaces a part of the page.

    Boosted links and history restores arrive with HX-Request set too, yet the browser expects a whole document.
    """
    htmx = request.htmx
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def template_for(request: PortalRequest, page: str, *, partial: str) -> str:
    """Name the one partial of ``page`` that a swap needs, or the whole page."""
    return f"{page}#{partial}" if is_swap(request) else page


def redirect_after_post(request: PortalRequest, to: str) -> HttpResponse:
    """Send the browser to another page after a POST, whether htmx or a plain form sent it."""
    return HttpResponseClientRedirect(to) if is_swap(request) else redirect(to)


def safe_next_url(request: HttpRequest, otherwise: str) -> str:
    """
    Return the page that a form names as ``next`` if it is one of ours; another would lead people astray.

    A page of ours begins with a slash. Django takes any other word for the name of a page, and fails if there is none.
    """
    address = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return address if ours and address.startswith("/") else otherwise


def no_content() -> HttpResponse:
    """Return a poll for which the page already shows the present state: htmx swaps nothing on 204."""
    return HttpResponse(status=204)


def mark_before_reading(row: Row, mark: Callable[[Row], Mark]) -> Mark:
    """
    Return the mark of what a page is about to show, and then bring its row up to date.

    The mark is taken before anything that the page shows is read. What moves in between is shown with a mark that is
    too old, and the next poll shows it once more. The other way round old words would carry the newest mark, and
    every poll would answer that nothing has moved.

    Args:
        row: what the page is about.
        mark: answers what changes whenever something that the page shows does.
    """
    taken = mark(row)
    row.refresh_from_db()
    return taken
