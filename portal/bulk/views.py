"""Pages of bulk requests: choose a command, upload, check, submit, download the results."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from portal.accounts.models import User
from portal.bulk import exports, presentation, runner, uploads
from portal.bulk.columns import columns_of, kind_called, kinds
from portal.bulk.forms import RunForm, UploadForm
from portal.bulk.models import Import
from portal.bulk.parsers import MOST_BYTES, MOST_ROWS
from portal.core.clock import business_today
from portal.core.htmx import (
    PortalRequest,
    is_swap,
    mark_before_reading,
    no_content,
    redirect_after_post,
    template_for,
)
from portal.core.middleware import takes_file
from portal.core.paging import page_of
from portal.operations.commands import Command

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
            "rows": [(draft, kind_called(draft.kind)) for draft in page],
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
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        draft = uploads.receive(command, file.read(), file_name=file.name, by=request.user)
        return redirect_after_post(request, draft.get_absolute_url())
    return render(
        request,
        "bulk/draft_upload.html",
        {"command": command, "form": form, "columns": columns_of(command), "most": MOST_ROWS},
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
    _command(request, draft.kind)
    form = RunForm(request.POST)
    if draft.state == Import.State.CHECKED and not form.is_valid():
        return _show(request, draft, form, status=422)
    if form.is_valid():
        runner.start(draft, by=request.user, **form.cleaned_data)
    return redirect_after_post(request, draft.get_absolute_url())


def _act(name: str, act: Callable[..., Import]) -> Any:
    @require_POST
    @permission_required(VIEW, raise_exception=True)
    def view(request: PortalRequest, pk: int) -> HttpResponse:
        draft = get_object_or_404(Import, pk=pk)
        _command(request, draft.kind)
        act(draft, by=request.user)
        return redirect_after_post(request, draft.get_absolute_url())

    view.__doc__ = act.__doc__
    view.__name__ = name
    return view


draft_go_on = _act("draft_go_on", runner.go_on)
draft_stop = _act("draft_stop", runner.stop)
draft_check = _act("draft_check", runner.check_again)
draft_discard = _act("draft_discard", runner.discard)


@require_safe
@permission_required(VIEW, raise_exception=True)
def results(request: PortalRequest, pk: int, form: str) -> HttpResponse:
    """Hand out the rows with what became of them."""
    return exports.results(get_object_or_404(Import, pk=pk), form)


def _show(request: PortalRequest, draft: Import, form: RunForm, *, status: int = 200) -> HttpResponse:
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
            "lines": presentation.lines(draft, page),
            "chosen": chosen,
            "form": form,
            "swap": is_swap(request),
        },
        status=status,
    )


def _command(request: PortalRequest, kind: str) -> Command[Any]:
    command = kind_called(kind)
    if command is None:
        raise Http404
    if not request.user.has_perm(command.permission):
        raise PermissionDenied
    return command
