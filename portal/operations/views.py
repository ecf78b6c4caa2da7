"""Pages: one request."""

from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from portal.core.htmx import PortalRequest, redirect_after_post
from portal.operations import presentation, reconciliation, services
from portal.operations.eligibility import APPROVE
from portal.operations.forms import SettleForm
from portal.operations.listing import VIEW
from portal.operations.models import Operation
from portal.operations.request_pages import RequestPages, require_all
from portal.operations.states import READING_BACK

PAGES = RequestPages(
    Operation,
    "operations/operation_detail.html",
    presentation.detail,
    presentation.mark,
    canceled=gettext_lazy("%(ref)s is canceled. Nothing was sent."),
)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(VIEW, raise_exception=True)
@vary_on_headers("HX-Request")
def operation_detail(request: PortalRequest, pk: int) -> HttpResponse:
    """Show one operation; a post reviews a draft anew."""
    return PAGES.detail(request, pk)


@require_POST
@permission_required(VIEW, raise_exception=True)
def operation_confirm(request: PortalRequest, pk: int) -> HttpResponse:
    """Decide that it is to be sent; pressing twice is the same as once."""
    return PAGES.confirm(request, pk)


@require_POST
@permission_required(APPROVE, raise_exception=True)
def operation_approve(request: PortalRequest, pk: int) -> HttpResponse:
    """Let it go as the second person."""
    return PAGES.approve(request, pk)


@require_POST
@permission_required(APPROVE, raise_exception=True)
def operation_return(request: PortalRequest, pk: int) -> HttpResponse:
    """Return it to the requester as the second person, with a note."""
    return PAGES.decline(request, pk, services.send_back)


@require_POST
@permission_required(APPROVE, raise_exception=True)
def operation_reject(request: PortalRequest, pk: int) -> HttpResponse:
    """Reject it as the second person, with a note."""
    return PAGES.decline(request, pk, services.reject)


@require_POST
@permission_required(VIEW, raise_exception=True)
def operation_cancel(request: PortalRequest, pk: int) -> HttpResponse:
    """Withdraw it while nothing has left yet; delete a draft."""
    return PAGES.cancel(request, pk)


@require_POST
@permission_required(VIEW, raise_exception=True)
def operation_read(request: PortalRequest, pk: int) -> HttpResponse:
    """Look now whether it took effect, instead of waiting for the next reading."""
    operation = PAGES.found(request, pk)
    require_all(request, operation)
    if operation.state in READING_BACK:
        reconciliation.look_again(operation)
    return redirect_after_post(request, operation.get_absolute_url())


@require_POST
@permission_required("operations.settle_operation", raise_exception=True)
def operation_settle(request: PortalRequest, pk: int) -> HttpResponse:
    """Decide what became of it, where reading cannot tell."""
    operation = PAGES.found(request, pk)
    form = SettleForm(request.POST)
    if not form.is_valid():
        return PAGES.show(request, operation, settle_form=form, status=422)
    reconciliation.decide(operation, by=request.user, **form.cleaned_data)
    return redirect_after_post(request, operation.get_absolute_url())
