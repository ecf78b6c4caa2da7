"""
Page: Settings → Connection, and a person's sign-in at LINE WORKS.

LINE WORKS is reached by a link and not by a form: browsers check the policy for forms against every further redirect,
and the redirects of LINE WORKS are not known.
"""

import time
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from portal.core.htmx import PortalRequest, is_swap, redirect_after_post, template_for
from portal.vendor.client import (
    STATE_MISMATCH,
    NoClearAnswer,
    NotSent,
    PartnerApiError,
    Refused,
    Secret,
    new_state,
)
from portal.vendor.connection import api, services
from portal.vendor.connection.api import NotConnected
from portal.vendor.connection.services import Connection
from portal.vendor.problems import told, trouble_of, words_of

CONNECT = "connection.connect_vendor"
POLL_SECONDS = 2
STATE_SECONDS = 3600
# As long as the limits of allauth that answer with a page of their own.
ATTEMPTS_ARE_COUNTED_FOR = timedelta(minutes=1)

_SIGN_IN, _PROBLEM = "vendor_sign_in", "vendor_sign_in_problem"


@require_safe
@permission_required(CONNECT, raise_exception=True)
@never_cache
@vary_on_headers("HX-Request")
def connection_detail(request: PortalRequest) -> HttpResponse:
    """
    Show how the connection stands; a poll gets the moving part.

    A GET writes the session: it keeps the state that the answer of LINE WORKS will be held against, the same one for
    every page of a browser, and it forgets the problem of the last sign-in, which is told once.
    """
    found = services.connection()
    context: dict[str, Any] = {"connection": found, "poll_seconds": _poll_seconds(found)}
    if not is_swap(request):
        context["sign_in_problem"] = request.session.pop(_PROBLEM, "")
        if found.account and not found.is_service_account:
            context["connect_address"] = _begin(request)
            context["redirect_uri"] = _redirect_uri(request)
    return render(request, template_for(request, "connection/connection_detail.html", partial="live"), context)


@require_safe
@permission_required(CONNECT, raise_exception=True)
@never_cache
def callback(request: PortalRequest) -> HttpResponse:
    """
    Finish a sign-in that returns from LINE WORKS, and redirect away from the URL with its code.

    A GET writes the grant and the session, as OAuth returns by GET. The state is used up, so that an address that is
    opened again changes nothing and is told as a problem.
    """
    begun = request.session.pop(_SIGN_IN, {})
    is_known = begun and time.time() - begun["at"] < STATE_SECONDS
    state = Secret(begun["state"]) if is_known else None
    try:
        services.finish_sign_in(request.GET.dict(), state, begun.get("redirect_uri", ""), by=request.user)
    except (NotConnected, PartnerApiError) as error:
        request.session[_PROBLEM] = _in_plain_words(error)
    else:
        messages.success(request, _("Partnerdesk is connected."))
    return redirect("connection:detail")


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(CONNECT, raise_exception=True)
@never_cache
def disconnect(request: PortalRequest) -> HttpResponse:
    """Ask whether the grant is to end, and end it."""
    found = services.connection()
    if found.grant is None or found.grant.connected_at is None or found.is_service_account:
        return redirect("connection:detail")
    if request.method != "POST":
        return render(request, "connection/connection_disconnect.html", {"connection": found})
    was_readable = found.token is not None
    try:
        problem = services.disconnect()
    except NotSent as error:
        messages.error(request, words_of(trouble_of(told(error))))
        return redirect_after_post(request, reverse("connection:detail"))
    if problem:
        words = _("Partnerdesk deleted the authorization, but LINE WORKS may not have ended it: %(problem)s")
        messages.warning(request, words % {"problem": words_of(problem)})
    elif was_readable:
        messages.success(request, _("Partnerdesk is disconnected. LINE WORKS has ended the authorization."))
    else:
        words = _("Partnerdesk deleted an authorization that it couldn’t read. LINE WORKS may not have ended it.")
        messages.warning(request, words)
    return redirect_after_post(request, reverse("connection:detail"))


@require_POST
@permission_required(CONNECT, raise_exception=True)
def try_connection(request: PortalRequest) -> HttpResponse:
    """Start a connection test; the page shows its result."""
    try:
        services.ask_for_try()
    except NotConnected as error:
        messages.error(request, _what_is_missing(error))
    return redirect_after_post(request, reverse("connection:detail"))


def _poll_seconds(found: Connection) -> int:
    return POLL_SECONDS if found.grant and found.grant.is_being_tried else 0


def _begin(request: PortalRequest) -> str:
    """
    Return the address of LINE WORKS's page for this browser, and keep what its answer will be held against.

    Pages that are open side by side share one state, so that each of their links works until one has been used.
    """
    begun = request.session.get(_SIGN_IN)
    redirect_uri = _redirect_uri(request)
    if not begun or begun["redirect_uri"] != redirect_uri or time.time() - begun["at"] > STATE_SECONDS / 2:
        state = new_state().get_secret_value()
        begun = {"state": state, "redirect_uri": redirect_uri, "at": time.time()}
        request.session[_SIGN_IN] = begun
    return api.sign_in().address(Secret(begun["state"]), redirect_uri)


def _redirect_uri(request: PortalRequest) -> str:
    return services.redirect_uri(request.build_absolute_uri(reverse("connection:callback")))


def _what_is_missing(error: NotConnected) -> str:
    if not error.missing:
        return words_of(error.trouble)
    return _("Set %(names)s to connect to LINE WORKS. See docs/connecting.md.") % {"names": ", ".join(error.missing)}


def _in_plain_words(error: NotConnected | PartnerApiError) -> str:
    match error:
        case Refused(code="access_denied"):
            return _("The authorization was declined in LINE WORKS. Nothing was changed.")
        case Refused() if error.code == STATE_MISMATCH:
            return _(
                "This sign-in wasn’t started in this browser, or it was already used. Nothing was changed. "
                "Start again from this page."
            )
        case NotSent() | NoClearAnswer():
            return f"{words_of(trouble_of(told(error)))} {_('Start again.')}"
        case _:
            return words_of(trouble_of(told(error)))


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """Say that there were too many attempts, and when to try again."""
    response = render(request, "429.html", status=HTTPStatus.TOO_MANY_REQUESTS)
    response.headers["Retry-After"] = str(int(ATTEMPTS_ARE_COUNTED_FOR.total_seconds()))
    return response
