"""Pages: what can be requested for a selection, and the values that are the same for all of it."""

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from portal.bulk.selected import CommonForm, can_be_common, draft_of, offer_of
from portal.bulk.selected_workbook import workbook_of
from portal.core.clock import business_today
from portal.core.exports import TYPES, XLSX
from portal.core.htmx import PortalRequest, redirect_after_post
from portal.core.tables.parsers import MOST_ROWS
from portal.desk.renewal_actions import MOST_AT_ONCE
from portal.desk.renewal_actions import PERMISSION as RECORD
from portal.desk.selection import SOURCES, Selection, Source, Trouble, selection_of
from portal.operations.commands import Command
from portal.operations.intents import INTENT_LABELS
from portal.ui.picking import invalid_filter_words, nothing_words

VIEW = "operations.view_operation"


@require_safe
@permission_required(VIEW, raise_exception=True)
def selection_kinds(request: PortalRequest, source: str) -> HttpResponse:
    """Show what can be requested for a selection."""
    of, kinds = _source(request, source)
    selection = selection_of(request, of)
    groups = [
        (label, [(command, can_be_common(command)) for command in kinds if command.intent == intent])
        for intent, label in INTENT_LABELS.items()
    ]
    context = _context(request, selection) | {
        "groups": [group for group in groups if group[1]],
        "record_at": reverse(of.recorded_at) if of.recorded_at and request.user.has_perm(RECORD) else "",
        "most": MOST_AT_ONCE,
    }
    return render(request, "desk/selection_kinds.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(VIEW, raise_exception=True)
def selection_values(request: PortalRequest, source: str, kind: str) -> HttpResponse:
    """Show the values that are the same for all; make a bulk request of them, which is checked in the background."""
    of, kinds = _source(request, source)
    command = _command(kinds, kind)
    selection = selection_of(request, of)
    context = _context(request, selection) | {"command": command}
    refused = 422 if request.method == "POST" else 200
    if selection.trouble:
        return render(request, "desk/selection_values.html", context, status=refused)
    things = selection.things()
    offer = offer_of(command, things)
    if offer.is_empty:
        context |= {"problem": _("This request isn’t possible for any of the selected rows.")}
        return render(request, "desk/selection_values.html", context, status=refused)
    form = CommonForm(command, offer, of.ids, request.POST or None)
    # What the person saw: a filter may find something else by now.
    moved = request.method == "POST" and request.POST.get("count") != str(selection.count)
    if request.method == "POST" and form.is_valid() and not moved:
        draft = draft_of(command, things, form.values(), of=of.name, by=request.user)
        return redirect_after_post(request, draft.get_absolute_url())
    status = 409 if moved else 422 if form.errors else 200
    return render(request, "desk/selection_values.html", context | {"form": form, "moved": moved}, status=status)


@require_safe
@permission_required(VIEW, raise_exception=True)
def selection_workbook(request: PortalRequest, source: str, kind: str) -> HttpResponse:
    """Return a workbook with a row for each selected thing; the page says why there is none."""
    of, kinds = _source(request, source)
    command = next((command for command in kinds if command.kind == kind), None)
    if command is None:
        raise Http404
    selection = selection_of(request, of)
    if selection.trouble:
        return redirect(f"{reverse('selection:kinds', args=[source])}?{request.GET.urlencode()}")
    rows = list(selection.rows)
    things = [of.thing(row) for row in rows]
    content = workbook_of(command, things, offer_of(command, things), of.shown, of.lines(rows))
    name = f"{of.name}-{command.kind}-{business_today().isoformat()}.{XLSX}"
    return HttpResponse(
        content, content_type=TYPES[XLSX], headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _source(request: PortalRequest, name: str) -> tuple[Source, Sequence[Command[Any]]]:
    """Return a list and what the person may request for its rows."""
    if name not in SOURCES:
        raise Http404
    source = SOURCES[name]
    kinds = source.kinds(request.user)
    if not kinds or not request.user.has_perm(source.view):
        raise PermissionDenied
    return source, kinds


def _command(kinds: Sequence[Command[Any]], kind: str) -> Command[Any]:
    command = next((command for command in kinds if command.kind == kind and can_be_common(command)), None)
    if command is None:
        raise Http404
    return command


def _context(request: PortalRequest, selection: Selection) -> dict[str, Any]:
    return {
        "selection": selection,
        "title": _title(selection),
        "problem": _problem(selection),
        "back": selection.address(request),
        "query": request.GET.urlencode(),
    }


def _title(selection: Selection) -> str:
    count = {"count": f"{selection.count:,}"}
    match selection.source.name:
        case "customers":
            return ngettext("%(count)s customer selected", "%(count)s customers selected", selection.count) % count
        case "options":
            return ngettext("%(count)s option selected", "%(count)s options selected", selection.count) % count
    return ngettext("%(count)s subscription selected", "%(count)s subscriptions selected", selection.count) % count


def _problem(selection: Selection) -> str:
    match selection.trouble:
        case Trouble.FILTER:
            return invalid_filter_words()
        case Trouble.NOTHING:
            return nothing_words()
        case Trouble.MANY:
            words = _("A bulk request holds at most %(most)s rows. Go back to the list and narrow the filter.")
            return words % {"most": f"{MOST_ROWS:,}"}
    return ""
