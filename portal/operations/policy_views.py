"""Page: Settings → Approvals, with the approval policy and what waits for the administrator who looks at it."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from portal.accounts.people import people_with
from portal.core import labels
from portal.core.clock import business_today
from portal.core.htmx import PortalRequest, redirect_after_post
from portal.mail.posting import is_configured
from portal.operations.approval_topics import SUGGESTED
from portal.operations.approvals import (
    CHANGE,
    Policy,
    answer_looser_policy,
    in_words,
    set_policy,
    waiting_for_agreement,
)
from portal.operations.expiry import lapses_at
from portal.operations.filters import count_groups
from portal.operations.forms import PolicyForm
from portal.operations.listing import rows_in_group
from portal.operations.models import ApprovalPolicy

LATEST_DECISIONS = 20
# So many requests that await approval are named; the list of requests has them all.
LATEST_WAITING = 5


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(CHANGE, raise_exception=True)
def policy(request: PortalRequest) -> HttpResponse:
    """Show and change whose approval requests need; ``?suggested`` fills in what is suggested and saves nothing."""
    held = Policy.at_present()
    if request.method == "POST":
        form = PolicyForm(request.POST, held)
        if form.is_valid():
            return _save(request, form)
    else:
        form = PolicyForm(None, Policy(SUGGESTED) if "suggested" in request.GET else held)
    rows = rows_in_group(request, "to_approve", LATEST_WAITING)
    counts = count_groups(request.user, ("to_approve", "approval"))
    return render(
        request,
        "operations/policy.html",
        {
            "form": form,
            "is_suggested": "suggested" in request.GET and not form.is_bound,
            "held": held,
            "waiting": [(row, lapses_at(row.request)) for row in rows],
            "waiting_count": counts["to_approve"],
            "all_waiting": counts["approval"],
            "looser": [(in_words(decision), decision, _now(held, decision)) for decision in waiting_for_agreement()],
            "others": labels.listed(str(person) for person in people_with(CHANGE).exclude(pk=request.user.pk)),
            "decisions": [
                (in_words(decision), decision) for decision in ApprovalPolicy.objects.all()[:LATEST_DECISIONS]
            ],
            "emails_are_sent": is_configured(),
            "today": business_today(),
        },
        status=422 if form.errors else 200,
    )


@require_POST
@permission_required(CHANGE, raise_exception=True)
def policy_answer(request: PortalRequest, pk: int) -> HttpResponse:
    """Agree to a looser policy as another administrator, or reject it."""
    if answer_looser_policy(pk, agrees="agree" in request.POST, by=request.user):
        messages.success(request, _("The policy is saved. It applies to new requests."))
    else:
        messages.error(request, _("Nothing was changed. This decision is no longer awaiting agreement."))
    return redirect_after_post(request, reverse("operations:policy"))


def _save(request: PortalRequest, form: PolicyForm) -> HttpResponse:
    looser = waiting_for_agreement()
    in_force = set_policy(form.levels, licenses_above=form.cleaned_data["licenses_above"], by=request.user)
    waits = waiting_for_agreement()
    if in_force or not waits:
        messages.success(request, _("The policy is saved. It applies to new requests."))
    if waits and (not in_force or len(waits) > len(looser)):
        messages.warning(request, _("A looser policy applies when another administrator agrees."))
    return redirect_after_post(request, request.path)


def _now(held: Policy, decision: ApprovalPolicy) -> str:
    """Return the level that applies until a looser one is agreed to."""
    return str(held.level_of(decision.topic).label)
