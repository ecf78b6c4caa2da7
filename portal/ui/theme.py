"""
The theme, light or dark: a cookie, so that the first paint is right without a script.

Until a person has chosen, it is that of their system, which the style sheets follow.
"""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from portal.core.htmx import safe_next_url

THEMES = ("light", "dark")
COOKIE = "theme"
KEPT_FOR = timedelta(days=365)


@require_POST
@login_not_required
def set_theme(request: HttpRequest) -> HttpResponse:
    """
    Remember the theme that was chosen and go back to the page.

    Takes ``theme`` (light or dark) and ``next``, an address of ours. A request that wants no page back
    (``Accept: application/json``, from the script that has already switched) gets 204.
    """
    theme = request.POST.get("theme")
    if theme not in THEMES:
        return HttpResponseBadRequest("theme: light or dark")
    if request.headers.get("Accept") == "application/json":
        answer = HttpResponse(status=204)
    else:
        answer = redirect(safe_next_url(request, "/"))
    answer.set_cookie(
        COOKIE,
        theme,
        max_age=KEPT_FOR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return answer
