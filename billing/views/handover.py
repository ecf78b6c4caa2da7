"""Pages: what finance hands on of a month: its package, its journal lines, and the accounts of these."""

from collections.abc import Iterator
from datetime import date

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from billing.forms.journal import JournalAccountForm
from billing.invoices import invoices_of
from billing.journal import COLUMN_SETS, YAYOI, accounts, journal_of
from billing.models import JournalKind
from billing.months import in_address
from billing.package import package_of
from billing.views.invoices import VIEW, named_month, no_invoice
from portal.accounts.models import User
from portal.core.clock import now
from portal.core.exports import csv_of
from portal.core.htmx import PortalRequest

CHANGE = "billing.change_journalaccount"
PART = 64 * 1024


@require_safe
@permission_required(VIEW, raise_exception=True)
def package(request: PortalRequest, month: str) -> HttpResponseBase:
    """Return all that there is of a month's invoice in one file, with a manifest and checksums."""
    named = named_month(month)
    if not invoices_of(named):
        raise no_invoice(named)
    if request.method == "HEAD":
        return HttpResponse(content_type="application/zip")
    return StreamingHttpResponse(
        _package(named, request.user, translation.get_language()),
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="invoice-{in_address(named)}.zip"'},
    )


def _package(named: date, by: User, language: str | None) -> Iterator[bytes]:
    """It is made when the first part is asked for, long after the request set the language."""
    with translation.override(language):
        file = package_of(named, by)
    with file:
        while part := file.read(PART):
            yield part


@require_safe
@permission_required(VIEW, raise_exception=True)
def journal_file(request: PortalRequest, month: str) -> HttpResponseBase:
    """Return the journal lines of a month's invoice, in the columns of an accounting program."""
    named = named_month(month)
    if not invoices_of(named):
        raise no_invoice(named)
    if request.method == "HEAD":
        return HttpResponse(content_type="text/csv")
    asked = request.GET.get("for", "")
    name = asked if asked in COLUMN_SETS else "plain"
    _label, columns = COLUMN_SETS[name]
    lines = journal_of(named)
    # The import of 弥生 takes files of the charset of Japanese Windows, without heads.
    parts = csv_of(columns, lines, headed=False, charset="cp932") if columns is YAYOI else csv_of(columns, lines)
    return StreamingHttpResponse(
        parts,
        content_type=f"text/csv; charset={'shift_jis' if columns is YAYOI else 'utf-8'}",
        headers={"Content-Disposition": f'attachment; filename="journal-{in_address(named)}-{name}.csv"'},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(VIEW, raise_exception=True)
def journal_accounts(request: PortalRequest) -> HttpResponse:
    """Show onto which accounts amounts go, or save what somebody entered."""
    if request.method == "POST" and not request.user.has_perm(CHANGE):
        raise PermissionDenied
    given = request.POST if request.method == "POST" else None
    forms = [
        (JournalKind(kind).label, JournalAccountForm(given, instance=account, prefix=kind))
        for kind, account in accounts().items()
    ]
    if given is not None and all(form.is_valid() for _label, form in forms):
        with transaction.atomic():
            for _label, form in forms:
                form.instance.set_at, form.instance.set_by_name = now(), str(request.user)
                form.save()
        messages.success(request, _("Accounts saved."))
        return redirect("billing:journal")
    status = 422 if given is not None else 200
    context = {"forms": forms, "may_change": request.user.has_perm(CHANGE), "failed": status == 422}
    return render(request, "billing/journal_accounts.html", context, status=status)
