"""Pages of a multi-step request."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from portal.accounts.models import User
from portal.core.htmx import PortalRequest, redirect_after_post
from portal.operations import bundle_presentation, services
from portal.operations.bundle_repair import CannotRepair, finish, put_back
from portal.operations.chains import NotAllowed
from portal.operations.eligibility import APPROVE
from portal.operations.models import Bundle
from portal.operations.request_pages import RequestPages, require_all
from portal.operations.snapshots import NeverRead

VIEW = "operations.view_operation"
PAGES = RequestPages(
    Bundle,
    "operations/bundle_detail.html",
    bundle_presentation.detail,
    bundle_presentation.mark,
    canceled=gettext_lazy("%(ref)s is canceled. The remaining steps won’t be sent."),
)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(VIEW, raise_exception=True)
@vary_on_headers("HX-Request")
def bundle_detail(request: PortalRequest, pk: int) -> HttpResponse:
    """Show one bundle; a post reviews a draft anew."""
    return PAGES.detail(request, pk)


@require_POST
@permission_required(VIEW, raise_exception=True)
def bundle_confirm(request: PortalRequest, pk: int) -> HttpResponse:
    """Decide that all of its steps are to be sent; pressing twice is the same as once."""
    return PAGES.confirm(request, pk)


@require_POST
@permission_required(APPROVE, raise_exception=True)
def bundle_approve(request: PortalRequest, pk: int) -> HttpResponse:
    """Let it go as the second person."""
    return PAGES.approve(request, pk)


@require_POST
@permission_required(APPROVE, raise_exception=True)
def bundle_return(request: PortalRequest, pk: int) -> HttpResponse:
    """Return it to the requester as the second person, with a note."""
    return PAGES.decline(request, pk, services.send_back)


@require_POST
@permission_required(APPROVE, raise_exception=True)
def bundle_reject(request: PortalRequest, pk: int) -> HttpResponse:
    """Reject it as the second person, with a note."""
    return PAGES.decline(request, pk, services.reject)


@require_POST
@permission_required(VIEW, raise_exception=True)
def bundle_cancel(request: PortalRequest, pk: int) -> HttpResponse:
    """Withdraw it, or stop it before its next step leaves; delete a draft."""
    return PAGES.cancel(request, pk)


@require_POST
@permission_required(VIEW, raise_exception=True)
def bundle_finish(request: PortalRequest, pk: int) -> HttpResponse:
    """Propose the rest of one that stopped."""
    return _go_on_from(request, PAGES.found(request, pk), finish)


@require_POST
@permission_required(VIEW, raise_exception=True)
def bundle_put_back(request: PortalRequest, pk: int) -> HttpResponse:
    """Propose the way back from one that stopped."""
    return _go_on_from(request, PAGES.found(request, pk), put_back)


def _go_on_from(request: PortalRequest, bundle: Bundle, repair: Callable[..., Bundle]) -> HttpResponse:
    """Show the preview of the new bundle; if there can be none, say why on the page of the one that stopped."""
    user: User = request.user
    require_all(request, bundle)
    try:
        return redirect_after_post(request, repair(bundle, by=user).get_absolute_url())
    except NotAllowed as refusal:
        for problem in refusal.verdict.problems:
            messages.error(request, str(problem))
    except (CannotRepair, NeverRead):
        messages.error(request, _("%(ref)s has changed. Check its current state.") % {"ref": bundle.ref})
    return redirect_after_post(request, bundle.get_absolute_url())
