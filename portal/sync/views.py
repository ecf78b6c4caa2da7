"""The Sync page: how fresh the cache is, and what is being read."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db.models import Count, Min, Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from portal.access.vendor import budget
from portal.clock import business_today, now
from portal.htmx import PortalRequest, see_other, template_for
from portal.sync import runs
from portal.sync.freshness import BOUND
from portal.sync.models import Reading, SyncRun
from portal.sync.resources import RESOURCES

LATEST_RUNS = 10
LATEST_PROBLEMS = 20


@require_GET
@permission_required("sync.view_syncrun", raise_exception=True)
@vary_on_headers("HX-Request")
def sync_detail(request: PortalRequest) -> HttpResponse:
    """Show the run that is under way, the latest ones, ages, calls and problems; a poll gets the moving part."""
    latest = list(SyncRun.objects.all()[:LATEST_RUNS])
    return render(
        request,
        template_for(request, "sync/sync_detail.html", partial="live"),
        {
            "run": next((run for run in latest if run.is_running), None),
            "runs": latest,
            "ages": _ages(),
            "bound": BOUND,
            "calls": [(resource, budget().use(resource.operation)) for resource in RESOURCES],
            "problems": Reading.objects.filter(is_current=True)
            .exclude(problem="")
            .order_by("-tried_at")[:LATEST_PROBLEMS],
            "today": business_today(),
        },
    )


@require_GET
@permission_required("sync.view_syncrun", raise_exception=True)
def indicator(request: PortalRequest) -> HttpResponse:
    """Show the ring of the top bar, which asks for itself."""
    running = SyncRun.objects.filter(state=SyncRun.State.RUNNING).first()
    return render(request, "partials/running_sync.html", {"running_sync": running})


@require_POST
@permission_required("sync.start_syncrun", raise_exception=True)
def start(request: PortalRequest) -> HttpResponse:
    """Start a resync of everything, or go to the one under way."""
    runs.start(asked_by=str(request.user))
    messages.success(request, _("The resync is queued."))
    return see_other(request, "/sync/")


@require_POST
@permission_required("sync.start_syncrun", raise_exception=True)
def stop(request: PortalRequest) -> HttpResponse:
    """End the run that is under way; what it has read is kept."""
    run = SyncRun.objects.filter(state=SyncRun.State.RUNNING).first()
    if run and runs.stop(run):
        messages.success(request, _("The resync is stopped. What it has read is kept."))
    return see_other(request, "/sync/")


def _ages() -> list[dict[str, object]]:
    """Answer the oldest age of each resource, over all customers that the partner still has."""
    old = now() - BOUND
    figures = {
        row["resource"]: row
        for row in Reading.objects.filter(is_current=True)
        .values("resource")
        .annotate(
            oldest=Min("read_at"),
            customers=Count("pk"),
            unread=Count("pk", filter=Q(read_at=None)),
            old=Count("pk", filter=Q(read_at__lt=old)),
        )
    }
    none = {"oldest": None, "customers": 0, "unread": 0, "old": 0}
    return [{"title": resource.title, **figures.get(resource.name, none)} for resource in RESOURCES]
