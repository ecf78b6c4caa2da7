"""Pages: the list of multi-step requests, and one of them."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from portal.accounts.models import User
from portal.core.clock import business_today
from portal.core.htmx import PortalRequest, is_swap, no_content, redirect_after_post, template_for
from portal.core.paging import page_of
from portal.operations import bundle_presentation, bundles
from portal.operations.bundle_repair import CannotRepair, finish, put_back
from portal.operations.forms import ConfirmForm
from portal.operations.models import Bundle
from portal.operations.services import NotAllowed
from portal.operations.snapshots import NeverRead
from portal.operations.states import BundleState

VIEW = "operations.view_operation"


@require_safe
@permission_required(VIEW, raise_exception=True)
@vary_on_headers("HX-Request")
def bundle_list(request: PortalRequest) -> HttpResponse:
    """Show the bundles, latest first, or only the table to a swap."""
    page = page_of(request, Bundle.objects.prefetch_related("steps"))
    rows = [bundle_presentation.Row(bundle) for bundle in page]
    template = template_for(request, "operations/bundle_list.html", partial="table")
    return render(request, template, {"page": page, "rows": rows, "today": business_today()})


@require_safe
@permission_required(VIEW, raise_exception=True)
@vary_on_headers("HX-Request")
def bundle_detail(request: PortalRequest, pk: int) -> HttpResponse:
    """Show one bundle; a poll that has seen its latest event already gets 204."""
    bundle = get_object_or_404(Bundle, pk=pk)
    if is_swap(request) and request.GET.get("seen") == bundle_presentation.mark(bundle):
        return no_content()
    return _show(request, bundle, ConfirmForm())


@require_POST
@permission_required(VIEW, raise_exception=True)
def bundle_confirm(request: PortalRequest, pk: int) -> HttpResponse:
    """Decide that all of its steps are to be sent; pressing twice is the same as once."""
    bundle = get_object_or_404(Bundle, pk=pk)
    _require_all(request, bundle)
    form = ConfirmForm(request.POST)
    if bundle.state == BundleState.PROPOSED and not form.is_valid():
        return _show(request, bundle, form, status=422)
    if form.is_valid():
        bundles.confirm_bundle(bundle, by=request.user, **form.cleaned_data)
    return redirect_after_post(request, bundle.get_absolute_url())


@require_POST
@permission_required("operations.approve_operation", raise_exception=True)
def bundle_approve(request: PortalRequest, pk: int) -> HttpResponse:
    """Let it go as the second person."""
    bundle = get_object_or_404(Bundle, pk=pk)
    bundles.approve_bundle(bundle, by=request.user)
    return redirect_after_post(request, bundle.get_absolute_url())


@require_POST
@permission_required(VIEW, raise_exception=True)
def bundle_cancel(request: PortalRequest, pk: int) -> HttpResponse:
    """Withdraw it, or stop it before its next step leaves."""
    bundle = get_object_or_404(Bundle, pk=pk)
    if bundles.withdraw_bundle(bundle, by=request.user):
        messages.success(request, _("%(ref)s goes no further.") % {"ref": bundle.ref})
    else:
        messages.error(request, _("%(ref)s can no longer be canceled.") % {"ref": bundle.ref})
    return redirect_after_post(request, bundle.get_absolute_url())


@require_POST
@permission_required(VIEW, raise_exception=True)
def bundle_finish(request: PortalRequest, pk: int) -> HttpResponse:
    """Propose the rest of one that stopped."""
    return _go_on_from(request, get_object_or_404(Bundle, pk=pk), finish)


@require_POST
@permission_required(VIEW, raise_exception=True)
def bundle_put_back(request: PortalRequest, pk: int) -> HttpResponse:
    """Propose the way back from one that stopped."""
    return _go_on_from(request, get_object_or_404(Bundle, pk=pk), put_back)


def _go_on_from(request: PortalRequest, bundle: Bundle, repair: Callable[..., Bundle]) -> HttpResponse:
    """Show the preview of the new bundle; if there can be none, say why on the page of the one that stopped."""
    user: User = request.user
    _require_all(request, bundle)
    try:
        return redirect_after_post(request, repair(bundle, by=user).get_absolute_url())
    except NotAllowed as refusal:
        for problem in refusal.verdict.problems:
            messages.error(request, str(problem))
    except (CannotRepair, NeverRead):
        messages.error(request, _("%(ref)s has moved on; look again.") % {"ref": bundle.ref})
    return redirect_after_post(request, bundle.get_absolute_url())


def _require_all(request: PortalRequest, bundle: Bundle) -> None:
    if not all(request.user.has_perm(step.write.permission) for step in bundles.steps_of(bundle)):
        raise PermissionDenied


def _show(request: PortalRequest, bundle: Bundle, confirm: ConfirmForm, *, status: int = 200) -> HttpResponse:
    context = bundle_presentation.detail(bundle, request.user)
    return render(
        request,
        template_for(request, "operations/bundle_detail.html", partial="live"),
        context | {"form": confirm},
        status=status,
    )
