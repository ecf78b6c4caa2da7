"""Pages: the list of requests, one request, and the approval policy."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from portal.accounts.models import User
from portal.core.clock import business_today
from portal.core.htmx import PortalRequest, is_swap, no_content, redirect_after_post, template_for
from portal.core.labels import listed
from portal.core.paging import page_of
from portal.operations import presentation, reconciliation, services
from portal.operations.approvals import (
    Policy,
    answer_weaker_policy,
    in_words,
    set_policy,
    waiting_for_agreement,
)
from portal.operations.bundle_presentation import Row
from portal.operations.commands import COMMANDS, write_of
from portal.operations.filters import GROUP_NAMES, GROUPS, OperationFilter
from portal.operations.forms import ConfirmForm, PolicyForm, SettleForm
from portal.operations.models import ApprovalPolicy, Bundle, Operation
from portal.operations.states import READING_BACK, TO_CONFIRM
from portal.sync.missed_expectations import overdue

VIEW = "operations.view_operation"
LATEST_DECISIONS = 20


@require_safe
@permission_required(VIEW, raise_exception=True)
@vary_on_headers("HX-Request")
def operation_list(request: PortalRequest) -> HttpResponse:
    """Show what was asked for, latest first, or only the table to a swap."""
    operations = OperationFilter(request.GET, queryset=Operation.objects.all())
    page = page_of(request, operations.qs)
    counts = Operation.objects.aggregate(
        **{name: Count("pk", filter=Q(state__in=states)) for name, states in GROUPS.items()}
    )
    return render(
        request,
        template_for(request, "operations/operation_list.html", partial="table"),
        {
            "filter": operations,
            "page": page,
            "rows": [presentation.Row(operation) for operation in page],
            "groups": [(name, words, counts[name]) for name, words in GROUP_NAMES],
            "bundles": [Row(bundle) for bundle in Bundle.objects.to_look_at().prefetch_related("steps")],
            "bundle_count": Bundle.objects.count(),
            "overdue": [] if is_swap(request) else overdue(),
            "today": business_today(),
        },
    )


@require_safe
@permission_required(VIEW, raise_exception=True)
@vary_on_headers("HX-Request")
def operation_detail(request: PortalRequest, pk: int) -> HttpResponse:
    """Show one operation; a poll that has seen its latest event already gets 204."""
    operation = get_object_or_404(Operation, pk=pk)
    if is_swap(request) and request.GET.get("seen") == presentation.mark(operation):
        return no_content()
    return _show(request, operation, ConfirmForm(), SettleForm())


@require_POST
@permission_required(VIEW, raise_exception=True)
def operation_confirm(request: PortalRequest, pk: int) -> HttpResponse:
    """Decide that it is to be sent; pressing twice is the same as once."""
    operation = get_object_or_404(Operation, pk=pk)
    _require(request, write_of(operation).permission)
    form = ConfirmForm(request.POST)
    if operation.state in TO_CONFIRM and not form.is_valid():
        return _show(request, operation, form, SettleForm(), status=422)
    if form.is_valid():
        services.confirm(operation, by=request.user, **form.cleaned_data)
    return redirect_after_post(request, operation.get_absolute_url())


@require_POST
@permission_required("operations.approve_operation", raise_exception=True)
def operation_approve(request: PortalRequest, pk: int) -> HttpResponse:
    """Let it go as the second person."""
    operation = get_object_or_404(Operation, pk=pk)
    services.approve(operation, by=request.user)
    return redirect_after_post(request, operation.get_absolute_url())


@require_POST
@permission_required(VIEW, raise_exception=True)
def operation_cancel(request: PortalRequest, pk: int) -> HttpResponse:
    """Withdraw it while nothing has left yet."""
    operation = get_object_or_404(Operation, pk=pk)
    if services.withdraw(operation, by=request.user):
        messages.success(request, _("%(ref)s is canceled. Nothing was sent.") % {"ref": operation.ref})
    else:
        messages.error(request, _("%(ref)s can no longer be canceled.") % {"ref": operation.ref})
    return redirect_after_post(request, operation.get_absolute_url())


@require_POST
@permission_required(VIEW, raise_exception=True)
def operation_read(request: PortalRequest, pk: int) -> HttpResponse:
    """Look now whether it took effect, instead of waiting for the next reading."""
    operation = get_object_or_404(Operation, pk=pk)
    _require(request, write_of(operation).permission)
    if operation.state in READING_BACK:
        reconciliation.look_again(operation)
    return redirect_after_post(request, operation.get_absolute_url())


@require_POST
@permission_required("operations.settle_operation", raise_exception=True)
def operation_settle(request: PortalRequest, pk: int) -> HttpResponse:
    """Decide what became of it, where reading cannot tell."""
    operation = get_object_or_404(Operation, pk=pk)
    form = SettleForm(request.POST)
    if not form.is_valid():
        return _show(request, operation, ConfirmForm(), form, status=422)
    reconciliation.decide(operation, by=request.user, **form.cleaned_data)
    return redirect_after_post(request, operation.get_absolute_url())


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("operations.change_approvalpolicy", raise_exception=True)
def policy(request: PortalRequest) -> HttpResponse:
    """Show and change what needs a second person."""
    held = Policy.at_present()
    form = PolicyForm(
        request.POST if request.method == "POST" else None,
        initial={"grave": held.grave, "licenses_above": held.licenses_above},
    )
    chosen = set(request.POST.getlist("kinds")) if request.method == "POST" else held.kinds
    if request.method == "POST" and form.is_valid():
        weaker = waiting_for_agreement()
        in_force = set_policy({write.kind for write in COMMANDS} & chosen, by=request.user, **form.cleaned_data)
        waits = waiting_for_agreement()
        if in_force or not waits:
            messages.success(request, _("The policy is saved. It applies to new requests."))
        if waits and (not in_force or len(waits) > len(weaker)):
            messages.warning(request, _("A weaker policy applies only once another administrator agrees."))
        return redirect_after_post(request, request.path)
    return render(
        request,
        "operations/policy.html",
        {
            "form": form,
            "kinds": [(write, write.kind in chosen) for write in COMMANDS],
            "weaker": [(in_words(decision), decision) for decision in waiting_for_agreement()],
            "others": listed(
                str(person)
                for person in User.objects.filter(is_active=True).exclude(pk=request.user.pk).order_by("pk")
                if person.has_perm("operations.change_approvalpolicy")
            ),
            "decisions": [
                (in_words(decision), decision) for decision in ApprovalPolicy.objects.all()[:LATEST_DECISIONS]
            ],
            "today": business_today(),
        },
        status=422 if form.errors else 200,
    )


@require_POST
@permission_required("operations.change_approvalpolicy", raise_exception=True)
def policy_answer(request: PortalRequest, pk: int) -> HttpResponse:
    """Agree to a weaker policy as another administrator, or reject it."""
    if answer_weaker_policy(pk, agrees="agree" in request.POST, by=request.user):
        messages.success(request, _("The policy is saved. It applies to new requests."))
    else:
        messages.error(request, _("Nothing was changed: this decision no longer waits for an agreement."))
    return redirect_after_post(request, reverse("operations:policy"))


def _show(
    request: PortalRequest, operation: Operation, confirm: ConfirmForm, settle: SettleForm, *, status: int = 200
) -> HttpResponse:
    context = presentation.detail(operation, request.user)
    return render(
        request,
        template_for(request, "operations/operation_detail.html", partial="live"),
        context | {"form": confirm, "settle_form": settle},
        status=status,
    )


def _require(request: PortalRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied
