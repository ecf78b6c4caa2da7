"""
Error pages.

Django's own check the CSRF token once more, and for that read and parse the body of a request that reached no page:
nothing has looked at its length by then, and one that cannot be parsed made them fail.
"""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.translation import gettext as _


class NotThere(Http404):
    """
    What a page is about does not exist, or not any more.

    Args:
        words: why, for people.
        ways: where to go on: the label and the address of each link.
        title: of the page.
    """

    def __init__(self, words: str, *ways: tuple[str | Promise, str], title: str | Promise = "") -> None:
        super().__init__(words)
        self.words, self.ways, self.title = words, ways, title or _("Page not found")


def unreadable(_request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Return 400, without a word of the request."""
    return HttpResponse(render_to_string("400.html"), status=400)


def _frame(request: HttpRequest) -> str:
    """Return the template around a page that was refused: with search and navigation for those who are signed in."""
    user = getattr(request, "user", None)
    return "base.html" if user is not None and user.is_authenticated else "bare.html"


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Return 403, with what the page that refused says of it."""
    return render(request, "403.html", {"exception": str(exception or ""), "frame": _frame(request)}, status=403)


def not_there(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Return 404, with what the page says of it and the ways on, if it says anything."""
    said = exception if isinstance(exception, NotThere) else None
    return render(request, "404.html", {"frame": _frame(request), "said": said}, status=404)


def failed(_request: HttpRequest) -> HttpResponse:
    """Return 500; whatever failed may fail again, so the page needs nothing."""
    return HttpResponse(render_to_string("500.html"), status=500)
