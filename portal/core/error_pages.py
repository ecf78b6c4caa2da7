"""
Error pages.

Django's own check the CSRF token once more, and for that read and parse the body of a request that reached no page:
nothing has looked at its length by then, and one that cannot be parsed made them fail.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string


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
    """Return 404."""
    return render(request, "404.html", {"frame": _frame(request)}, status=404)


def failed(_request: HttpRequest) -> HttpResponse:
    """Return 500; whatever failed may fail again, so the page needs nothing."""
    return HttpResponse(render_to_string("500.html"), status=500)
