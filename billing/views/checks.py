"""Pages of the check of a month: its answer, the causes that people choose, and the sign-off."""

from datetime import date

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from billing.checking import decisions, past_usage, presentation, runner
from billing.forms.checks import CauseForm, SignOffForm
from billing.invoices import invoices_of
from billing.models import CheckDifference, InvoiceDetail, MonthCheck
from billing.months import in_address, month_in, named_for, shifted, used_in
from portal.core.clock import business_today
from portal.core.error_pages import NotThere
from portal.core.htmx import PortalRequest, is_swap, no_content, redirect_after_post
from portal.core.paging import parse_id

VIEW = "billing.view_invoice"
SIGN_OFF = "billing.sign_off"
SIGN_IDS = "sign-%s"


@require_safe
@permission_required(VIEW, raise_exception=True)
def check_home(_request: PortalRequest) -> HttpResponse:
    """Lead to the check of the latest month that was billed."""
    named = InvoiceDetail.objects.current().order_by("-month").values_list("month", flat=True).first()
    month = used_in(named) if named else shifted(business_today(), -1)
    return redirect("billing:check", in_address(month))


@require_safe
@permission_required(VIEW, raise_exception=True)
@vary_on_headers("HX-Request")
def check_detail(request: PortalRequest, month: str) -> HttpResponse:
    """Show the check of a month; a poll that has seen how far a run is already gets 204."""
    found = _month(month)
    attempt = MonthCheck.objects.filter(month=found).first()
    if is_swap(request) and "seen" in request.GET:
        if request.GET["seen"] == presentation.mark_of(attempt):
            return no_content()
        if attempt is None or not attempt.is_under_way:
            # The whole page is another one now.
            return redirect_after_post(request, _address(found))
        return render(request, "billing/check_detail.html#progress", presentation.page(found))
    return _show(request, found)


@require_POST
@permission_required(SIGN_OFF, raise_exception=True)
def check_run(request: PortalRequest, month: str) -> HttpResponse:
    """Check the month, or check it again; while it is checked, that is the same as once."""
    found = _billed_month(month)
    runner.start(found, by=request.user)
    return redirect_after_post(request, _address(found))


@require_POST
@permission_required(SIGN_OFF, raise_exception=True)
def check_usage(request: PortalRequest, month: str) -> HttpResponse:
    """Have the usage of the month read where it is not there; once is the same as twice."""
    found = _billed_month(month)
    if past_usage.read(found):
        messages.success(request, _("The usage of this month is being synced."))
    else:
        messages.info(request, _("Nothing is left to sync for this month."))
    return redirect_after_post(request, _address(found))


@require_POST
@permission_required(SIGN_OFF, raise_exception=True)
def check_cause(request: PortalRequest, month: str, pk: int) -> HttpResponse:
    """Keep the cause that the person chose for a difference."""
    found, form = _month(month), CauseForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose a cause. Nothing was saved."))
        return redirect_after_post(request, _address(found))
    try:
        decisions.choose_cause(pk, month=found, by=request.user, **form.cleaned_data)
    except decisions.SignedOff:
        messages.error(request, f"{_('Nothing was saved.')} {presentation.signed_off_words()}")
    except decisions.Explained:
        messages.error(request, _("This difference is no longer there. Nothing was saved."))
    else:
        messages.success(request, _("Cause saved."))
    opened = f"?difference={pk}" if "opened" in request.POST else ""
    return redirect_after_post(request, f"{_address(found)}{opened}#worst")


@require_POST
@permission_required(SIGN_OFF, raise_exception=True)
def check_sign_off(request: PortalRequest, month: str) -> HttpResponse:
    """Sign the month off; where something is missing, the page names it and nothing is stored."""
    found, form = _month(month), SignOffForm(request.POST, auto_id=SIGN_IDS)
    if not form.is_valid():
        return _show(request, found, form, status=422)
    try:
        decisions.sign_off(found, note=form.cleaned_data["note"], seen=form.cleaned_data["seen"], by=request.user)
    except decisions.NotReady as error:
        for reason in presentation.reasons(error.missing):
            form.add_error(None, reason)
        return _show(request, found, form, status=409)
    messages.success(request, _("%(month)s is signed off.") % {"month": presentation.month_words(found)})
    return redirect_after_post(request, _address(found))


def _show(request: PortalRequest, month: date, form: SignOffForm | None = None, *, status: int = 200) -> HttpResponse:
    opened = parse_id(request.GET.get("difference", ""))
    today = business_today()
    this_month = today.replace(day=1)
    context = presentation.page(month, opened) | {"today": today, "may_sign": request.user.has_perm(SIGN_OFF)}
    # Nothing is billed of a month that hasn't begun: no way leads there, and from there one leads back.
    context["earlier"] = min(context["earlier"], this_month)
    context["later"] = context["later"] if context["later"] <= this_month else None
    context["has_invoice"] = context["has_details"] or bool(invoices_of(named_for(month)))
    run = context["run"]
    context["form"] = form or SignOffForm(initial={"seen": run.pk if run else 0}, auto_id=SIGN_IDS)
    context["choices"] = CheckDifference._meta.get_field("decision").choices
    return render(request, "billing/check_detail.html", context, status=status)


def _address(month: date) -> str:
    return reverse("billing:check", args=[in_address(month)])


def _month(text: str) -> date:
    """
    Return the month that an address names.

    Raises:
        NotThere: it names none.
    """
    month = month_in(text)
    if month is None:
        words = _("“%(month)s” is no month. An address of a check ends with the month of use, such as 2026-10.")
        way = _("Show all invoices"), reverse("billing:invoices")
        raise NotThere(words % {"month": text}, way, title=_("No such month"))
    return month


def _billed_month(text: str) -> date:
    """
    Return the month that an address names.

    Raises:
        Http404: it names none, or one without details.
    """
    month = _month(text)
    if not InvoiceDetail.objects.current().filter(month=named_for(month)).exists():
        raise Http404
    return month
