"""What people record about a renewal of the list, and their calendar of renewals."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required, permission_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, QueryDict
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import retarget

from portal.core.clock import business_today
from portal.core.filters import FIRST_DAY, LAST_DAY
from portal.core.htmx import PortalRequest, is_swap
from portal.core.paging import Sort, parse_id
from portal.desk import renewal_calendar, renewals
from portal.desk.renewal_actions import (
    ACTIONS,
    FOR_SEVERAL,
    MOST_AT_ONCE,
    PERMISSION,
    Gone,
    Invalid,
    Refused,
    act,
    act_on_all,
)
from portal.desk.renewal_list import LISTING, RenewalFilter
from portal.desk.renewal_rows import Menu, Row, rows_of
from portal.desk.selection import SOURCES, selection_of
from portal.lists.tabs import count, tabs_of

# The menus of a row, as the address names them
DECIDE, MORE = "decide", "more"
MENUS = (DECIDE, MORE)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(PERMISSION, raise_exception=True)
def renewal_row(request: PortalRequest) -> HttpResponse:
    """
    Answer a button of the list: open what can be recorded about a renewal, or take it.

    The buttons of all rows belong to two forms, so that a row costs little; each names its renewal. A swap gets the row
    with its menu, everybody else a page with that row alone.
    """
    if request.method == "POST":
        pk = parse_id(request.POST.get("assign", ""))
        return _recorded(request, "assign", _found(pk)) if pk is not None else HttpResponseBadRequest()
    menu = next((name for name in MENUS if name in request.GET), "")
    pk = parse_id(request.GET.get(menu, ""))
    if pk is None:
        return redirect("renewals:list")
    row = _with_menu(request, _found(pk), menu)
    if is_swap(request):
        return _row(request, row)
    return render(request, "desk/renewal_detail.html", _around(request, row))


@require_POST
@permission_required(PERMISSION, raise_exception=True)
def renewal_act(request: PortalRequest, domain_id: int, subscription_id: int) -> HttpResponse:
    """Record something about a renewal; nothing is sent to LINE WORKS. A swap gets the row and the tabs."""
    action, term_end = request.POST.get("action", ""), _day(request.POST.get("term", ""))
    if action not in ACTIONS or term_end is None:
        return HttpResponseBadRequest()
    found = renewals.find(business_today(), domain_id, subscription_id, term_end)
    if found is None:
        raise Http404
    return _recorded(request, action, found)


@require_POST
@permission_required(PERMISSION, raise_exception=True)
def renewal_record(request: PortalRequest) -> HttpResponse:
    """Record the same about all renewals of a selection; nothing is sent to LINE WORKS."""
    action = request.POST.get("action", "")
    if action not in FOR_SEVERAL:
        return HttpResponseBadRequest()
    selection = selection_of(request, SOURCES[LISTING.name])
    query = request.GET.urlencode()
    # What the person saw: a filter may find something else by now.
    if selection.trouble or selection.count > MOST_AT_ONCE or request.POST.get("count") != str(selection.count):
        words = gettext("The selection has changed since you opened the page. Nothing was recorded. Check it again.")
        messages.error(request, words)
        return redirect(f"{reverse('selection:kinds', args=[LISTING.name])}?{query}")
    numbers = list(selection.rows.values_list("pk", flat=True))
    rows = renewals.of_numbers(business_today(), numbers)
    done = act_on_all(action, rows, by=request.user, today=business_today())
    _tell(request, action, done, selection.count - done)
    return redirect(selection.address(request))


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(renewal_calendar.PERMISSION, raise_exception=True)
def calendar(request: PortalRequest) -> HttpResponse:
    """Show whether the person has a calendar feed; create its address, which is shown this once, or revoke it."""
    address = ""
    if request.method == "POST":
        match request.POST.get("action"):
            case "create":
                token = renewal_calendar.create(request.user)
                address = request.build_absolute_uri(reverse("renewals:feed", args=[token]))
            case "revoke":
                renewal_calendar.revoke(request.user)
                messages.success(request, gettext("The address is revoked. Calendars that use it get nothing more."))
                return redirect("renewals:calendar")
            case _:
                return HttpResponseBadRequest()
    context = {"feed": renewal_calendar.of_person(request.user), "address": address}
    return render(request, "desk/renewal_calendar.html", context)


@login_not_required
@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """Answer the calendar that a secret address names; without a session, and nothing for any other address."""
    found = renewal_calendar.find(token)
    if found is None:
        raise Http404
    body = renewal_calendar.calendar_of(found, request.build_absolute_uri)
    return HttpResponse(body, content_type="text/calendar; charset=utf-8")


def _tell(request: PortalRequest, action: str, done: int, left: int) -> None:
    if action == "decide":
        said = ngettext(
            "The decision is recorded for %(count)s renewal. Nothing was sent.",
            "The decision is recorded for %(count)s renewals. Nothing was sent.",
            done,
        )
        why = ngettext(
            "%(count)s renewal is left as it was: already decided, or nothing to decide any more.",
            "%(count)s renewals are left as they were: already decided, or nothing to decide any more.",
            left,
        )
    else:
        said = ngettext("%(count)s renewal is assigned to you.", "%(count)s renewals are assigned to you.", done)
        why = ngettext(
            "%(count)s renewal is left as it was: assigned to somebody else, or nothing to decide any more.",
            "%(count)s renewals are left as they were: assigned to somebody else, or nothing to decide any more.",
            left,
        )
    if done:
        messages.success(request, said % {"count": done})
    if left:
        messages.warning(request, why % {"count": left})


def _found(pk: int) -> Any:
    found = renewals.find_by_number(business_today(), pk)
    if found is None:
        raise Http404
    return found


def _recorded(request: PortalRequest, action: str, found: Any) -> HttpResponse:
    """Record it and answer with the row, or with the list."""
    key = found.customer_id, found.subscription_id, found.term_end
    problem, said, status = "", "", 200
    try:
        said = act(
            action,
            domain_id=key[0],
            subscription_id=key[1],
            term_end=key[2],
            by=request.user,
            today=business_today(),
            data=request.POST,
        )
    except Gone:
        raise Http404 from None
    except (Refused, Invalid) as error:
        problem = str(error)
        status = 409 if isinstance(error, Refused) else 422
    if is_swap(request):
        after = renewals.find(business_today(), *key)
        if after is None:
            raise Http404
        row = _with_menu(request, after, MORE if problem else "", problem)
        return _row(request, row, said=said, status=status)
    if problem:
        messages.error(request, problem)
    else:
        messages.success(request, said)
    query = _kept(request).urlencode()
    return redirect(f"{LISTING.address}{'?' if query else ''}{query}")


def _with_menu(request: PortalRequest, found: Any, menu: str, problem: str = "") -> Row:
    """Return a row, with a menu open if one is named."""
    [row] = rows_of([found], request.user)
    if not menu:
        return row
    query = _kept(request).urlencode()
    to = reverse("renewals:act", args=[found.customer_id, found.subscription_id])
    return replace(row, menu=Menu(menu, f"{to}{'?' if query else ''}{query}", get_token(request), problem))


def _row(request: PortalRequest, row: Row, *, said: str = "", status: int = 200) -> HttpResponse:
    """Answer the row as it is now, in its place even where it is no longer of the view, and the new counts."""
    chosen = RenewalFilter(request.GET, request=request)
    tabs = tabs_of(request, LISTING)
    count(request, LISTING, tabs, chosen)
    context = _around(request, row) | {"tabs": tabs, "said": said}
    return retarget(render(request, "desk/renewal_list.html#acted", context, status=status), f"#r{row.key}")


def _around(request: PortalRequest, row: Row) -> dict[str, Any]:
    """Return what a row is shown with."""
    columns = LISTING.shown(request.GET)
    sort = Sort("", descending=False)  # no order, so no head of a group
    shown = {"listing": LISTING, "columns": columns, "lines": [row], "sort": sort, "today": business_today()}
    return shown | {"row": row, "kept": _kept(request)}


def _kept(request: PortalRequest) -> QueryDict:
    """Return the filter of the list that an address keeps, without what names a row."""
    kept = request.GET.copy()
    for name in MENUS:
        kept.pop(name, None)
    return kept


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    # Days are added to it.
    return day if FIRST_DAY <= day <= LAST_DAY - timedelta(days=366) else None
