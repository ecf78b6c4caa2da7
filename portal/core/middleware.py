"""Middleware: readable and small requests only, and no caching of pages."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote, urlsplit

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.utils.deprecation import MiddlewareMixin

from portal.core.error_pages import unreadable
from portal.core.paging import LONGEST_NUMBER

if TYPE_CHECKING:
    from portal.accounts.models import User

# More than any form of ours sends. A body up to here is kept in memory, never on the disk.
MOST_BODY = 256 * 1024
# What a multipart body holds besides the file: its own boundaries and the other fields.
AROUND_A_FILE = 64 * 1024

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def takes_file(most: int, *, by: Callable[["User"], bool]) -> Callable[[View], View]:
    """Decorate a view that accepts a file of ``most`` bytes from people for whom ``by`` is true."""

    def limit(user: "User | AnonymousUser") -> int:
        return MOST_BODY if isinstance(user, AnonymousUser) or not by(user) else most + AROUND_A_FILE

    def mark(view: View) -> View:
        view.most_body = limit  # type: ignore[attr-defined]  # read by BodyLimit
        return view

    return mark


class Readable(MiddlewareMixin):
    """
    Refuse addresses that no page can read, and leave out the parts of a request that only look like their kind.

    A NUL can be in no column of PostgreSQL, so no address that holds one leads anywhere. A cookie can hold one too, in
    an octal escape; without it the browser is merely unknown, and gets another.
    """

    def process_request(self, request: HttpRequest) -> HttpResponseBase | None:
        """Look at what is parsed before any page sees it; answer 400 where the address holds a NUL."""
        if "\0" in request.path_info or "\0" in unquote(request.META.get("QUERY_STRING", "")):
            return unreadable(request)
        for name in [name for name, value in request.COOKIES.items() if not value.isprintable()]:
            del request.COOKIES[name]
        if not _is_address(unquote(request.META.get("HTTP_HX_CURRENT_URL", ""))):
            del request.META["HTTP_HX_CURRENT_URL"]
        return None


class BodyLimit(MiddlewareMixin):
    """
    Refuse a body that is too long before anything reads it; stands before the check of the CSRF token, which does.

    Nobody has to be signed in to send something to the sign-in page, so its length is all that there is to go by.
    """

    def process_view(self, request: HttpRequest, view: Callable[..., Any], *_arguments: object) -> HttpResponse | None:
        """Return 411 without a length, 400 to one that is none, and 413 beyond the view's limit."""
        if request.META.get("HTTP_TRANSFER_ENCODING"):
            return render(request, "400.html", status=411)
        limit: Callable[[User | AnonymousUser], int] | None = getattr(view, "most_body", None)
        most = limit(request.user) if limit else MOST_BODY
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not (length.isascii() and length.isdigit() and len(length) < LONGEST_NUMBER):
            return unreadable(request)
        return render(request, "413.html", status=413) if int(length) > most else None


class NotKept(MiddlewareMixin):
    """Forbid browsers and proxies to store pages of signed-in people, which hold contract data."""

    def process_response(self, _request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Add the header; the files that pages load do not come by here."""
        patch_cache_control(response, no_store=True, private=True)
        return response


def _is_address(text: str) -> bool:
    try:
        urlsplit(text)
    except ValueError:
        return False
    return True
