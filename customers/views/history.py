"""Pages: a customer's history, and one record as it was on a day."""

from datetime import date
from typing import Any

from django import forms
from django.contrib.auth.decorators import permission_required
from django.core.validators import MinValueValidator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from customers.day import customer_on
from customers.history import Cursor, HistoryFilter, part_of_history, told
from customers.models import Customer
from customers.views.requests import command_links
from portal.core.clock import business_today
from portal.core.htmx import PortalRequest, mark_before_reading, no_content, template_for
from portal.core.paging import keyset_page_of, parse_id
from portal.sync.freshness import known_of, latest_change
from portal.sync.history import (
    first_reading,
    kept_since,
    reading_day,
    resource_title,
    row_history,
    standing_on,
    title_of,
)
from portal.sync.models import DetectedChange
from portal.sync.resources import PARTNER

VIEW = "customers.view_customer"
# Each with all its fields, and LINE WORKS's records behind a disclosure.
ROWS_OF_A_ROW = 20


class DayForm(forms.Form):
    """The day for which a row is looked up."""

    on = forms.DateField(label=_("Date"), validators=[MinValueValidator(date(2000, 1, 1))])

    def clean_on(self) -> date:
        """Nobody has read a day to come."""
        day: date = self.cleaned_data["on"]
        if day > reading_day():
            raise forms.ValidationError(_("This date is in the future. Choose today or an earlier date."))
        return day


@require_safe
@permission_required(VIEW, raise_exception=True)
@vary_on_headers("HX-Request")
def customer_history(request: PortalRequest, domain_id: int) -> HttpResponse:
    """Show what readings found of a customer and what was ordered for it, or only the list to a swap."""
    customer = get_object_or_404(Customer, pk=domain_id)
    known = mark_before_reading(customer, lambda row: known_of(row.pk))
    changes = HistoryFilter(request.GET, queryset=DetectedChange.objects.none())
    start = Cursor.from_text(request.GET.get("before", ""))
    return render(
        request,
        template_for(request, "customers/customer_history.html", partial="list"),
        known
        | {
            "customer": customer,
            "can": command_links(customer, request),
            "filter": changes,
            "part": part_of_history(customer.pk, start, **changes.chosen),
            "start": start,
            "began_at": first_reading(customer.pk),
            "kept_since": kept_since(),
            "today": business_today(),
            "last_day": reading_day(),
        },
    )


@require_safe
@permission_required(VIEW, raise_exception=True)
@vary_on_headers("HX-Request")
def customer_day(request: PortalRequest, domain_id: int) -> HttpResponse:
    """Show what a customer had on a day, as far as the cache knows, or only that to a swap."""
    customer = get_object_or_404(Customer, pk=domain_id)
    today = reading_day()
    form = DayForm({"on": request.GET.get("on") or today})
    day = form.cleaned_data["on"] if form.is_valid() else today
    return render(
        request,
        template_for(request, "customers/customer_day.html", partial="day"),
        {"customer": customer, "form": form, "day": day, "then": customer_on(day, customer.pk), "today": today},
    )


@require_safe
@permission_required(VIEW, raise_exception=True)
@vary_on_headers("HX-Request")
def customer_row(request: PortalRequest, domain_id: int, resource: str) -> HttpResponse:
    """Show one row of the cache as it was on a day, and all that readings found of it; a swap gets both."""
    customer = _customer(domain_id)
    found = mark_before_reading(customer, _latest_change) if customer else 0  # the partner's own page does not poll
    key = request.GET.get("key", "")
    history = row_history(domain_id, resource, key)
    newest = history.first()
    if newest is None:
        raise Http404(f"nothing was ever read of {resource} {key} of {domain_id}")
    today = reading_day()
    form = DayForm({"on": request.GET.get("on") or today})
    day = form.cleaned_data["on"] if form.is_valid() else today
    stretch = keyset_page_of(request, history, size=ROWS_OF_A_ROW)
    return render(
        request,
        template_for(request, "customers/customer_row.html", partial="row"),
        {
            "customer": customer,
            "title": title_of(newest),
            "resource": resource,
            "resource_title": resource_title(resource),
            "key": key,
            "form": form,
            "day": day,
            "standing": standing_on(day, history),
            "lines": told(stretch.rows),
            "stretch": stretch,
            "found": found,
            "today": today,
        },
    )


@require_safe
@permission_required(VIEW, raise_exception=True)
def customer_news(request: PortalRequest, domain_id: int) -> HttpResponse:
    """Tell a page that is open whether something was found about the customer since; nothing if not."""
    latest = latest_change(domain_id)
    if parse_id(request.GET.get("found", "")) == latest:
        return no_content()
    customer = get_object_or_404(Customer, pk=domain_id)
    context: dict[str, Any] = {"customer": customer, "show": request.GET.get("show", "customer")}
    return render(request, "partials/customer_changed.html", context)


def _latest_change(customer: Customer) -> int:
    return latest_change(customer.pk)


def _customer(domain_id: int) -> Customer | None:
    """Return the customer; none for what belongs to the partner itself."""
    return None if domain_id == PARTNER else get_object_or_404(Customer, pk=domain_id)
