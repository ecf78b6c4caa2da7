"""Requires sign-in everywhere, and leads back to the page after it."""

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

from portal.accounts.models import User

# Open to somebody who has no password of their own yet.
_WITHOUT_OWN = ("account_change_password", "account_logout")


class SignInRequired(LoginRequiredMiddleware):
    """
    Django's own, with a way back for swaps and forms.

    Django's would put the sign-in page into the part of the page that a swap replaces, and would lead from there to
    the address of a form, which often answers to POST alone.
    """

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., Any],
        view_args: tuple[Any, ...],
        view_kwargs: dict[str, Any],
    ) -> HttpResponseBase | None:
        """Send whoever has not signed in to sign-in, and whoever has a one-time password to change it."""
        refused = super().process_view(request, view_func, view_args, view_kwargs)
        match = request.resolver_match
        if refused or not getattr(view_func, "login_required", True) or (match and match.url_name in _WITHOUT_OWN):
            return refused
        if not isinstance(request.user, User) or not request.user.must_change_password:
            return None
        address = resolve_url("account_change_password")
        return HttpResponseClientRedirect(address) if getattr(request, "htmx", None) else redirect(address)

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
    """Return the path of the page of ours that sent a form; empty when the browser does not say."""
    sender = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(sender, {request.get_host()}, require_https=request.is_secure()):
        return ""
    parts = urlsplit(sender)
    return parts._replace(scheme="", netloc="", fragment="").geturl()
