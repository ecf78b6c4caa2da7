"""Page: a customer's statement of a month, which the partner can send on; for print, or as PDF."""

from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from billing.invoices import invoices_of
from billing.listing import details_of
from billing.models import InvoiceDetail, SettlementItem
from billing.months import in_address, used_in
from billing.price_lists import VIEW as VIEW_PRICE
from billing.price_lists import price_book
from billing.statement_pdf import pdf_of
from billing.statements import Line, Statement, statement_of
from billing.templatetags.billing import billed_words, counted_words, price_words, rate_words, tax_words
from billing.views.details import no_detail
from billing.views.invoices import VIEW, named_month
from portal.core.htmx import PortalRequest
from portal.core.labels import listed
from portal.ui.templatetags.figures import amount, yen

OWN, STATED = "own", "stated"


@require_safe
@permission_required(VIEW, raise_exception=True)
def statement(request: PortalRequest, month: str, domain_id: int) -> HttpResponseBase:
    """Show a customer's statement with the partner's own prices or LINE WORKS's amounts; or return it as PDF."""
    named = named_month(month)
    detail = details_of(named).filter(domain_id=domain_id).first()
    if detail is None:
        raise no_detail(month, domain_id)
    prices = price_book() if request.user.has_perm(VIEW_PRICE) else None
    has_prices = prices is not None and bool(prices.versions)
    own = has_prices and request.GET.get("prices", OWN) != STATED
    items = SettlementItem.objects.current().filter(detail=detail)
    found = statement_of(items, prices if own else None)
    context: dict[str, Any] = {
        "detail": detail,
        "month": month,
        "used": used_in(named),
        "statement": found,
        "own": own,
        "has_prices": has_prices,
        "partner": next((invoice.partner_name for invoice in invoices_of(named)), ""),
        "notes": _notes(found),
    }
    if request.GET.get("form") != "pdf":
        return render(request, "billing/statement.html", context)
    content = _pdf(detail, found, context)
    name = f"statement-{in_address(used_in(named))}-{domain_id}.pdf"
    return HttpResponse(
        content, content_type="application/pdf", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _notes(found: Statement) -> list[str]:
    notes = [_("Tax is rounded down for each tax rate. Penalties are shown without tax.")]
    if found.own_prices:
        notes.append(
            _(
                "Amount = quantity × unit price × months, a part of a month by its days. A price for a year counts for "
                "the share of the year that is billed."
            )
        )
        notes.append(_("Plans and options have our prices, all other items the amounts of LINE WORKS."))
    if found.missing:
        notes.append(_("Items without an amount are in no sum: %(count)s.") % {"count": found.missing})
    return notes


def _pdf(detail: InvoiceDetail, found: Statement, context: dict[str, Any]) -> bytes:
    month = date_format(context["used"], "YEAR_MONTH_FORMAT")
    head = [
        _("Statement of %(month)s") % {"month": month},
        detail.name,
        listed((detail.customer_code, detail.domain)),
        context["partner"],
    ]
    sums = [(_("Before tax"), yen(found.before_tax))]
    sums += [(tax_words(each), yen(each.tax) if each.rate else "–") for each in found.taxes]
    sums.append((_("Total"), yen(found.total)))
    price = [_("Unit price ¥")] if found.own_prices else []
    heads = [_("Item"), _("Period"), pgettext("of any kind", "Quantity"), *price, _("Tax rate"), _("Amount ¥")]
    rows = [_row(line, with_price=found.own_prices) for line in found.lines]
    return pdf_of([line for line in head if line], heads, rows, sums, context["notes"])


def _row(line: Line, *, with_price: bool) -> list[str]:
    item = line.item
    days = [date_format(day, "SHORT_DATE_FORMAT") if day else "–" for day in (item.start_date, item.end_date)]
    counted = counted_words(line.counted) if line.counted else "–"
    price = [price_words(line.price) if line.price else "–"] if with_price else []
    return [billed_words(item), " – ".join(days), counted, *price, rate_words(line.tax_rate), amount(line.amount)]
