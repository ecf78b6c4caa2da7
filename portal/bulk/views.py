"""Pages of bulk requests: choose a command, upload, check, submit, download the results."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from portal.accounts.models import User
from portal.bulk import corrections, decisions, exports, presentation, runner, uploads
from portal.bulk.columns import columns_of, customer_column, kind_called, kinds, request_column
from portal.bulk.forms import RunForm, UploadForm
from portal.bulk.models import Import, ImportRow
from portal.core.clock import business_today
from portal.core.htmx import (
    PortalRequest,
    is_swap,
    mark_before_reading,
    no_content,
    redirect_after_post,
    safe_next_url,
    template_for,
)
from portal.core.middleware import takes_file
from portal.core.paging import page_of, parse_id
from portal.core.tables.parsers import MOST_BYTES, MOST_ROWS
from portal.operations.commands import Command
from portal.operations.eligibility import APPROVE
from portal.operations.forms import DecisionForm

VIEW = "operations.view_operation"


@require_safe
@permission_required(VIEW, raise_exception=True)
def draft_list(request: PortalRequest) -> HttpResponse:
    """Show the kinds of change that can come from a file, and the files that came."""
    offered = [command for command in kinds() if request.user.has_perm(command.permission)]
    page = page_of(request, Import.objects.exclude(state=Import.State.DISCARDED).defer("content"))
    return render(
        request,
        "bulk/draft_list.html",
        {
            "kinds": sorted(offered, key=lambda command: str(command.title)),
            "page": page,
            "rows": [(draft, presentation.title_of(draft)) for draft in page],
            "today": business_today(),
        },
    )


def _may_order(user: User) -> bool:
    return any(user.has_perm(command.permission) for command in kinds())


@takes_file(MOST_BYTES, by=_may_order)
@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(VIEW, raise_exception=True)
def upload(request: PortalRequest, kind: str) -> HttpResponse:
    """Show what a file of a kind holds, and take one."""
    command = _command(request, kind)
    return _upload(request, command, {"columns": columns_of(command)})


@takes_file(MOST_BYTES, by=_may_order)
@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(VIEW, raise_exception=True)
def upload_mixed(request: PortalRequest) -> HttpResponse:
    """Show what a file whose rows ask for different things holds, and take one."""
    if not _may_order(request.user):
        raise PermissionDenied
    about = [request_column(), customer_column()]
    return _upload(request, None, {"columns": about, "kinds": sorted(str(command.title) for command in kinds())})


def _upload(request: PortalRequest, command: Command[Any] | None, context: dict[str, Any]) -> HttpResponse:
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        draft = uploads.receive(command, file.read(), file_name=file.name, by=request.user)
        return redirect_after_post(request, draft.get_absolute_url())
    return render(
        request,
        "bulk/draft_upload.html",
        context | {"command": command, "form": form, "most": MOST_ROWS},
        status=422 if form.errors else 200,
    )


@require_safe
@permission_required(VIEW, raise_exception=True)
def template(request: PortalRequest, kind: str, form: str) -> HttpResponse:
    """Hand out the empty table of a kind."""
    return exports.template(_command(request, kind), form)


@require_safe
@permission_required(VIEW, raise_exception=True)
@vary_on_headers("HX-Request")
def draft_detail(request: PortalRequest, pk: int) -> HttpResponse:
    """Show a file row by row; a poll that has seen how far it is already gets 204."""
    draft = get_object_or_404(Import, pk=pk)
    if is_swap(request) and request.GET.get("seen") == presentation.mark(draft):
        return no_content()
    return _show(request, draft, RunForm())


@require_POST
@permission_required(VIEW, raise_exception=True)
def draft_run(request: PortalRequest, pk: int) -> HttpResponse:
    """Begin with the first rows; pressing twice is the same as once."""
    draft = get_object_or_404(Import, pk=pk)
    _require(request, draft)
    form = RunForm(request.POST)
    if draft.state == Import.State.CHECKED and not (form.is_valid() and _sends_something(draft, form)):
        return _show(request, draft, form, status=422)
    if form.is_valid():
        runner.start(draft, by=request.user, **form.cleaned_data)
    return redirect_after_post(request, draft.get_absolute_url())


def _act(name: str, act: Callable[..., Import]) -> Any:
    @require_POST
    @permission_required(VIEW, raise_exception=True)
    def view(request: PortalRequest, pk: int) -> HttpResponse:
        draft = get_object_or_404(Import, pk=pk)
        _require(request, draft)
        act(draft, by=request.user)
        return redirect_after_post(request, draft.get_absolute_url())

    view.__doc__ = act.__doc__
    view.__name__ = name
    return view


@require_POST
@permission_required(APPROVE, raise_exception=True)
def draft_decide(request: PortalRequest, pk: int) -> HttpResponse:
    """Approve, return or reject the requests of a file that await approval, as the second person."""
    draft = get_object_or_404(Import, pk=pk)
    decision, up_to = request.POST.get("decision", ""), parse_id(request.POST.get("up_to", "")) or 0
    form = DecisionForm(request.POST)
    if decision not in decisions.DECISIONS:
        raise BadRequest("no such decision")
    if decision != "approve" and not form.is_valid():
        return _show(request, draft, RunForm(), decision=form, status=422)
    note = "" if decision == "approve" else form.cleaned_data["note"]
    decisions.decide(draft, decision, up_to=up_to, by=request.user, note=note)
    return redirect_after_post(request, draft.get_absolute_url())


draft_go_on = _act("draft_go_on", runner.go_on)
draft_stop = _act("draft_stop", runner.stop)
draft_check = _act("draft_check", runner.check_again)
draft_discard = _act("draft_discard", runner.discard)


@require_POST
@permission_required(VIEW, raise_exception=True)
def row_correct(request: PortalRequest, pk: int, number: int) -> HttpResponse:
    """Correct cells of a row; the background judges it again."""
    row = _row(request, pk, number)
    with _told_if_closed(request):
        corrections.correct(row, request.POST.dict(), by=request.user)
    return _back_to(request, row)


@require_POST
@permission_required(VIEW, raise_exception=True)
def row_include(request: PortalRequest, pk: int, number: int) -> HttpResponse:
    """Say whether a row is among those to send."""
    row = _row(request, pk, number)
    with _told_if_closed(request):
        corrections.include(row, by=request.user, is_included=request.POST.get("included") == "yes")
    return _back_to(request, row)


@contextmanager
def _told_if_closed(request: PortalRequest) -> Iterator[None]:
    try:
        yield
    except corrections.Closed:
        messages.error(request, _("Nothing was changed: the bulk request is running, or the row was submitted."))


def _row(request: PortalRequest, pk: int, number: int) -> ImportRow:
    draft = get_object_or_404(Import, pk=pk)
    _require(request, draft)
    return get_object_or_404(draft.rows, number=number)


def _back_to(request: PortalRequest, row: ImportRow) -> HttpResponse:
    """Go back to the part of the page on which the row stood; it may stand in another group now."""
    to = safe_next_url(request, row.draft.get_absolute_url())
    return redirect_after_post(request, f"{to}#row-{row.number}")


@require_safe
@permission_required(VIEW, raise_exception=True)
def results(request: PortalRequest, pk: int, form: str) -> HttpResponse:
    """Hand out the rows with what became of them."""
    return exports.results(get_object_or_404(Import, pk=pk), form)


def _show(
    request: PortalRequest,
    draft: Import,
    form: RunForm,
    *,
    decision: DecisionForm | None = None,
    status: int = 200,
) -> HttpResponse:
    mark = mark_before_reading(draft, presentation.mark)
    rows, chosen = presentation.rows_of(draft, request.GET.get("show", ""))
    page = page_of(request, rows)
    return render(
        request,
        template_for(request, "bulk/draft_detail.html", partial="live"),
        {
            **presentation.detail(draft, request.user),
            "mark": mark,
            "page": page,
            "lines": presentation.lines(draft, page, request.user),
            "chosen": chosen,
            "back": _shown_part(draft, chosen, page.number),
            "form": form,
            "decision_form": decision or DecisionForm(),
            "swap": is_swap(request),
        },
        status=status,
    )


def _shown_part(draft: Import, chosen: str, number: int) -> str:
    query = {"show": chosen} if chosen else {}
    query |= {"page": str(number)} if number > 1 else {}
    return f"{draft.get_absolute_url()}?{urlencode(query)}" if query else draft.get_absolute_url()


def _sends_something(draft: Import, form: RunForm) -> bool:
    """Where rows with warnings are all that there is, somebody has to include at least one."""
    ready = draft.rows.filter(state=ImportRow.State.READY)
    given = form.cleaned_data
    nothing = ready.exists() and not ready.filter(is_included=True).exists()
    if nothing and not (given["warned"] or given["again"]):
        form.add_error("warned", _("Every row has a warning. Include at least one of them."))
    return form.is_valid()


def _require(request: PortalRequest, draft: Import) -> None:
    """Let only those pass who may request everything that a draft asks for."""
    if draft.kind:
        _command(request, draft.kind)
    if not runner.may_order(request.user, draft):
        raise PermissionDenied


def _command(request: PortalRequest, kind: str) -> Command[Any]:
    command = kind_called(kind)
    if command is None:
        raise Http404
    if not request.user.has_perm(command.permission):
        raise PermissionDenied
    return command
