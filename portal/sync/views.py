"""Page: sync, with the age of the cache and what is being read."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from portal.core.htmx import PortalRequest, redirect_after_post, template_for
from portal.sync import presentation, refresh, runs
from portal.sync.models import Reading, SyncRun
from portal.sync.resources import RESOURCES

PAGE = "sync/sync_detail.html"


@require_safe
@permission_required("sync.view_syncrun", raise_exception=True)
@vary_on_headers("HX-Request")
def sync_detail(request: PortalRequest) -> HttpResponse:
    """Show the run that is under way, calls, ages and problems; a poll gets the run and the calls, which move."""
    template = template_for(request, PAGE, partial="live")
    context = presentation.moving()
    if template == PAGE:
        context |= presentation.figures() | {"changed_outside": presentation.changed_outside()}
    return render(request, template, context)


@require_safe
@permission_required("sync.view_syncrun", raise_exception=True)
def sync_figures(request: PortalRequest) -> HttpResponse:
    """Show the part of the page that moves slowly; it costs more, so it asks for itself less often."""
    return render(request, f"{PAGE}#figures", presentation.figures())


@require_safe
@permission_required("sync.view_syncrun", raise_exception=True)
def indicator(request: PortalRequest) -> HttpResponse:
    """Show the ring of the top bar, which asks for itself."""
    running = SyncRun.objects.filter(state=SyncRun.State.RUNNING).first()
    return render(request, "partials/running_sync.html", {"running_sync": running})


@require_POST
@permission_required("sync.start_syncrun", raise_exception=True)
def start(request: PortalRequest) -> HttpResponse:
    """Start a resync of everything, or of one resource; there is one run at a time."""
    resource = request.POST.get("resource", "")
    if resource and RESOURCES.get(resource) is None:
        raise Http404(resource)
    if runs.current():
        messages.error(request, _("A sync is already running. Stop it or wait until it ends, then try again."))
    else:
        refresh.start_run(str(request.user), resource)
        messages.success(request, _("The sync is queued."))
    return redirect_after_post(request, reverse("sync:detail"))


@require_POST
@permission_required("sync.start_syncrun", raise_exception=True)
def stop(request: PortalRequest) -> HttpResponse:
    """End the run that is under way; what it has read is kept."""
    run = SyncRun.objects.filter(state=SyncRun.State.RUNNING).first()
    if run and runs.stop(run):
        messages.success(request, _("The sync is stopped. Loaded data is kept."))
    return redirect_after_post(request, reverse("sync:detail"))


@require_POST
@permission_required("sync.read_again", raise_exception=True)
def try_again(request: PortalRequest, pk: int) -> HttpResponse:
    """Have one resource of a customer read again that could not be read."""
    reading = get_object_or_404(Reading, pk=pk)
    if refresh.try_again(reading, by=request.user):
        messages.success(request, _("Refreshing from LINE WORKS…"))
    else:
        messages.error(
            request, _("This data is no longer synced: the customer is no longer listed, or the month is over.")
        )
    return redirect_after_post(request, reverse("sync:detail"))
