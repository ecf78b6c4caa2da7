"""Nobody gets past sign-in, and whoever has to sign in again comes back to the page on which they were."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails


class SignInRequired(LoginRequiredMiddleware):
    """
    Django's own, with a way back for swaps and forms.

    Django's would put the sign-in page into the part of the page that a swap replaces, and would lead from there to
    the address of a form, which often answers to POST alone.
    """

    def handle_no_permission(  # type: ignore[override]  # htmx is told by a header where to go, not by a 302
        self, request: HttpRequest, view_func: Callable[..., Any]
    ) -> HttpResponseBase:
        """Send the browser to sign-in and back to the page on which it is."""
        htmx: HtmxDetails | None = getattr(request, "htmx", None)
        if not htmx and request.method in ("GET", "HEAD"):
            return super().handle_no_permission(request, view_func)
        page = htmx.current_url_abs_path if htmx else _sender(request)
        back = urlencode({REDIRECT_FIELD_NAME: page or "/"})
        address = f"{resolve_url(self.get_login_url(view_func))}?{back}"
        return HttpResponseClientRedirect(address) if htmx else redirect(address)


def _sender(request: HttpRequest) -> str:
    """Answer the path of the page of ours that sent a form; empty when the browser does not say."""
    sender = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(sender, {request.get_host()}, require_https=request.is_secure()):
        return ""
    parts = urlsplit(sender)
    return parts._replace(scheme="", netloc="", fragment="").geturl()
