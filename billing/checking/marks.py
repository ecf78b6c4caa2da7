"""What the check of a month says of each customer, for the pages of its invoice."""

from collections.abc import Collection, Mapping
from datetime import date

from django.db.models import BooleanField, Exists, OuterRef, QuerySet, Value
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from billing.models import CheckDifference, InvoiceDetail, MonthCheck
from billing.models.checks import CHOSEN
from billing.rules.check_kinds import Kind
from portal.ui.templatetags.ui import badge


def with_check(details: QuerySet[InvoiceDetail], run: MonthCheck | None) -> QuerySet[InvoiceDetail]:
    """Return details with whether the check found differences, people chose a cause for some, and some still wait."""
    found = CheckDifference.objects.in_equation().filter(check_run=run, domain_id=OuterRef("domain_id"))
    counted = found.exclude(kind=Kind.LISTED, yen=None)
    if run is None:
        nothing = Value(None, output_field=BooleanField(null=True))
        return details.annotate(has_differences=nothing, has_chosen=nothing, waits=nothing)
    return details.annotate(
        has_differences=Exists(counted), has_chosen=Exists(found.filter(CHOSEN)), waits=Exists(found.undecided())
    )


def marks_of(run: MonthCheck | None, details: Collection[InvoiceDetail]) -> Mapping[int, SafeString]:
    """Return how the check of a month came out for some customers, in one query; nothing where it was not checked."""
    if run is None:
        return {}
    rows = with_check(InvoiceDetail.objects.filter(pk__in=[detail.pk for detail in details]), run).order_by()
    columns = ("domain_id", "has_differences", "has_chosen", "waits")
    return {
        domain_id: _mark(differs=differs, chosen=chosen, waits=waits)
        for domain_id, differs, chosen, waits in rows.values_list(*columns)
    }


def check_of(month: date) -> MonthCheck | None:
    """Return the latest answer about a month of use."""
    return MonthCheck.objects.latest_of(month)


def _mark(*, differs: bool, chosen: bool, waits: bool) -> SafeString:
    if waits:
        return badge("unk", "circle-question-mark", _("Unexplained"), plain=True)
    if chosen:
        return badge("idle", "check", _("Cause chosen"), plain=True)
    if differs:
        return badge("idle", "check", _("Explained"), plain=True)
    return badge("ok", "check", _("Agrees"), plain=True)
