"""Pages: a customer's details of one invoice, and all invoices of a customer."""

from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from billing import invoices
from billing.exports import ITEMS, items_of
from billing.listing import details_of
from billing.models import InvoiceDetail, SettlementItem
from billing.month_changes import changes_of
from billing.months import billed_in, in_address, shifted, used_in
from billing.subtotals import TYPES
from billing.views.invoices import VIEW, named_month, read_at
from customers.models import Customer
from customers.views.requests import command_links
from portal.core.error_pages import NotThere
from portal.core.exports import download, wanted_format
from portal.core.htmx import PortalRequest, mark_before_reading
from portal.sync import refresh
from portal.sync.freshness import known_of

MONTHS_OF_CUSTOMER = 36


@require_safe
@permission_required(VIEW, raise_exception=True)
def customer_detail(request: PortalRequest, month: str, domain_id: int) -> HttpResponseBase:
    """Show the settlement items of a customer on one invoice; or return them as a file."""
    named = named_month(month)
    details = details_of(named).filter(domain_id=domain_id)
    detail = details.first()
    if detail is None:
        raise no_detail(month, domain_id)
    if form := wanted_format(request):
        return download(f"invoice-{in_address(named)}-{domain_id}", form, ITEMS, items_of(details))
    items = list(SettlementItem.objects.current().filter(detail=detail))
    months = InvoiceDetail.objects.current().of_customer(domain_id).order_by("month").values_list("month", flat=True)
    others = list(months)
    return render(
        request,
        "billing/customer_detail.html",
        {
            "detail": detail,
            "items": sorted(items, key=_in_order),
            "changes": changes_of(detail, items),
            "customer": Customer.objects.filter(pk=domain_id).first(),
            "invoice": invoices.around(named).invoice,
            "month": month,
            "used": used_in(named),
            "billed": billed_in(named),
            "used_before": used_in(shifted(named, -1)),
            "earlier": max((other for other in others if other < named), default=None),
            "later": min((other for other in others if other > named), default=None),
            "read_at": read_at("invoice_details", in_address(named)),
        },
    )


@require_safe
@permission_required(VIEW, raise_exception=True)
def customer_invoices(request: PortalRequest, domain_id: int) -> HttpResponse:
    """
    Show what a customer's part of each invoice was.

    A GET writes which data is to be read again, as on the customer's first page.
    """
    customer = get_object_or_404(Customer, pk=domain_id)
    if not customer.removed_at:
        refresh.refresh_opened(customer.pk, by=request.user)
    known = mark_before_reading(customer, lambda row: known_of(row.pk))
    details = InvoiceDetail.objects.current().of_customer(domain_id).with_sums().defer("raw")
    return render(
        request,
        "billing/customer_invoices.html",
        known
        | {
            "customer": customer,
            "details": details[:MONTHS_OF_CUSTOMER],
            "most": MONTHS_OF_CUSTOMER,
            "can": command_links(customer, request),
        },
    )


def _in_order(item: SettlementItem) -> tuple[int, int]:
    """Items of the sum first, then the sum, then what stands outside it; else as received."""
    return (TYPES.index(item.item_type) if item.item_type in TYPES else len(TYPES), item.place)


def no_detail(month: str, domain_id: int) -> NotThere:
    """Return the answer for a customer that an invoice doesn't name."""
    said = {"month": month, "number": domain_id}
    ways = [(_("Show the invoice"), reverse("billing:invoice", args=[month]))]
    if Customer.objects.filter(pk=domain_id).exists():
        ways.append((_("All invoices of the customer"), reverse("billing:customer", args=[domain_id])))
    words = _("The invoice of %(month)s has no details of the customer %(number)s.")
    return NotThere(words % said, *ways, title=_("No invoice details"))
