"""Nobody gets past sign-in, and a swap of somebody whose session has ended brings the whole page to it."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import resolve_url
from django.utils.http import urlencode
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails


class SignInRequired(LoginRequiredMiddleware):
    """Django's own, which would put the sign-in page into the part of the page that a swap replaces."""

    def handle_no_permission(  # type: ignore[override]  # htmx is told by a header where to go, not by a 302
        self, request: HttpRequest, view_func: Callable[..., Any]
    ) -> HttpResponseBase:
        """Send the browser to sign-in and back to the page on which it is."""
        htmx: HtmxDetails | None = getattr(request, "htmx", None)
        if not htmx:
            return super().handle_no_permission(request, view_func)
        back = urlencode({REDIRECT_FIELD_NAME: htmx.current_url_abs_path or "/"})
        return HttpResponseClientRedirect(f"{resolve_url(self.get_login_url(view_func))}?{back}")
