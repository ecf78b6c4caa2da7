"""Page: detected changes of all customers."""

from datetime import date, datetime, time, timedelta
from typing import Any

import django_filters
from django import forms
from django.contrib.auth.decorators import permission_required
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from customers.history import told
from customers.models import Customer
from portal.core.clock import business_today, business_zone
from portal.core.htmx import PortalRequest, is_swap, template_for
from portal.core.paging import keyset_page_of
from portal.sync.customer_names import names_of
from portal.sync.filters import ObservationFilter
from portal.sync.history import without_growth
from portal.sync.models import DetectedChange

Cause = DetectedChange.Cause

# In the address; what people look for first comes when nothing is asked for.
EVERYTHING = "all"
CAUSES = [
    (str(Cause.OUTSIDE), Cause.OUTSIDE.label),
    (str(Cause.DUE), Cause.DUE.label),
    (str(Cause.USE), Cause.USE.label),
    (str(Cause.OPERATION), Cause.OPERATION.label),
    (str(Cause.FIRST), Cause.FIRST.label),
    (EVERYTHING, _("Everything")),
]


# LINE WORKS's service is younger, and no calendar is of use beyond.
_YEARS = [MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2999, 12, 31))]


def _day_field(label: str | Promise, method: str) -> django_filters.DateFilter:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return django_filters.DateFilter(label=label, method=method, widget=widget, validators=_YEARS)


class ChangeFilter(ObservationFilter):
    """The filters of the feed. The explanation is chosen by tabs, so its field is hidden."""

    q = django_filters.CharFilter(label=_("Customer, domain or ID"), method="filter_customer")
    since = _day_field(_("From"), "filter_since")
    until = _day_field(_("To"), "filter_until")
    cause = django_filters.ChoiceFilter(choices=CAUSES, method="filter_cause", widget=forms.HiddenInput)

    @property
    def shown(self) -> str:
        """Which explanation is shown."""
        return str(self.chosen.get("cause") or Cause.OUTSIDE)

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the explanation is filtered by."""
        return bool(self.chosen.keys() - {"cause"})

    def filter_queryset(self, queryset: QuerySet[DetectedChange]) -> QuerySet[DetectedChange]:
        """Show what was changed outside, unless something else is asked for; what a calendar brings only if asked."""
        rows: QuerySet[DetectedChange] = super().filter_queryset(queryset)
        if "resource" not in self.chosen and self.shown != EVERYTHING:
            rows = without_growth(rows)
        return rows if "cause" in self.chosen else rows.filter(cause=Cause.OUTSIDE)

    def filter_cause(self, queryset: Any, _name: str, value: str) -> Any:
        """One explanation, or all."""
        return queryset if value == EVERYTHING else queryset.filter(cause=value)

    def filter_customer(self, queryset: Any, _name: str, value: str) -> Any:
        """Customers by name, domain, code or number, as the list of customers finds them."""
        return queryset.filter(domain_id__in=Customer.objects.matching(value).values("pk"))

    def filter_since(self, queryset: Any, _name: str, value: date) -> Any:
        """Read on that day or later."""
        return queryset.filter(read_at__gte=_begin(value))

    def filter_until(self, queryset: Any, _name: str, value: date) -> Any:
        """Read on that day or before."""
        return queryset.filter(read_at__lt=_begin(value + timedelta(days=1)))


@require_safe
@permission_required("customers.view_customer", raise_exception=True)
@vary_on_headers("HX-Request")
def change_list(request: PortalRequest) -> HttpResponse:
    """Show what readings found at all customers, or only the list to a swap."""
    changes = ChangeFilter(request.GET, queryset=DetectedChange.objects.all())
    stretch = keyset_page_of(request, changes.qs)
    lines = told(stretch.rows)
    names = names_of({row.domain_id for row in stretch.rows})
    return render(
        request,
        template_for(request, "desk/change_list.html", partial="list"),
        {
            "filter": changes,
            "causes": CAUSES,
            "rows": [(line, names.get(row.domain_id, "")) for line, row in zip(lines, stretch.rows, strict=True)],
            "stretch": stretch,
            "swap": is_swap(request),
            "today": business_today(),
        },
    )


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=business_zone())
