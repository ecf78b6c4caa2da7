"""The page that gives several differences the same cause."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from billing.check_listing import LISTING
from billing.checking.decisions import choose_causes
from billing.checking.presentation import signed_off_words
from billing.forms.checks import CauseForm
from billing.models import CheckDifference
from billing.models.checks import CHOSEN, PERMISSION
from portal.core.htmx import PortalRequest, redirect_after_post
from portal.ui.picking import invalid_filter_words, list_address, named_numbers, nothing_words, selects_all

# Of so many differences at a time; each is locked, and keeps a cause of its own.
MOST = 1_000


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required((LISTING.permission, PERMISSION), raise_exception=True)
def difference_cause(request: PortalRequest) -> HttpResponse:
    """Show what is selected and ask for its cause; keep the cause for all of it that takes one."""
    found = _selected(request)
    counts = _counts(found) if found is not None else {}
    problem = _problem(counts)
    form = CauseForm(request.POST or None)
    # What the person saw: a filter may find something else by now.
    moved = request.method == "POST" and not problem and request.POST.get("count") != str(counts["count"])
    if found is not None and request.method == "POST" and not problem and not moved and form.is_valid():
        chosen = choose_causes(found, by=request.user, **form.cleaned_data)
        words = ngettext(
            "Cause saved for %(count)s difference.", "Cause saved for %(count)s differences.", chosen.count
        )
        messages.success(request, words % {"count": f"{chosen.count:,}"})
        return redirect_after_post(request, _back(request))
    status = 409 if moved else 422 if request.method == "POST" else 200
    context = counts | {"form": form, "problem": problem, "moved": moved, "back": _back(request)}
    return render(request, "billing/difference_cause.html", context, status=status)


def _selected(request: PortalRequest) -> QuerySet[CheckDifference] | None:
    """Return what the address selects; None if its filter is not valid."""
    if selects_all(request):
        found: QuerySet[CheckDifference] | None = LISTING.found(request)
        return found
    return CheckDifference.objects.filter(pk__in=named_numbers(request))


def _counts(found: QuerySet[CheckDifference]) -> dict[str, Any]:
    """Return how many differences are selected, and what a cause does to them."""
    signed = Q(is_explained=False, check_run__sign_offs__isnull=False)
    taken = Q(is_explained=False, check_run__sign_offs__isnull=True)
    return found.order_by().aggregate(
        count=Count("pk"),
        taken=Count("pk", filter=taken),
        replaced=Count("pk", filter=taken & CHOSEN),
        explained=Count("pk", filter=Q(is_explained=True)),
        signed=Count("pk", filter=signed),
        yen=Sum("yen", filter=taken),
    )


def _problem(counts: dict[str, Any]) -> str:
    """Return why nothing of it can be given a cause; empty where something can."""
    if not counts:
        return invalid_filter_words()
    if not counts["count"]:
        return nothing_words()
    if counts["count"] > MOST:
        words = _("At most %(most)s differences get a cause at a time. Go back to the list and narrow the filter.")
        return words % {"most": f"{MOST:,}"}
    if not counts["taken"] and counts["signed"]:
        return signed_off_words()
    return "" if counts["taken"] else _("The check explains all of these; they take no other cause.")


def _back(request: PortalRequest) -> str:
    """Return the address of the list as it was filtered."""
    address = list_address(request, LISTING.address, without=("select", "id"))
    return LISTING.show_all_address if address == LISTING.address else address
