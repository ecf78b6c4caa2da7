"""The partner's invoices as pages show them: months of a year, and one month beside those around it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.db.models import Count, DateField, DurationField, Exists, F, Func, Max, Min, OuterRef, Value
from django.db.models.functions import Cast

from billing.assumptions import BILLED_MONTHS_LATER, DETAILS_SETTLE_DAYS
from billing.models import CustomerUsage, Invoice, InvoiceDetail, ItemTotal, MonthCheck, SignOff
from billing.money import Money, difference, percent
from billing.months import billed_in, in_address, named_by, shifted, used_in
from portal.core.clock import business_today

UNPAID = "UNPAID"
NOT_SIGNED_OFF = "missing"
# How far around a month its neighbors are looked for
_YEARS_AROUND = 2


@dataclass(frozen=True)
class Standing:
    """
    How far the check of a month is.

    Args:
        sign_off: the latest; None where nobody has signed the month off.
        waits: whether it is one of ``not_signed_off``.
        is_checked: whether a check of it is complete.
    """

    sign_off: SignOff | None
    waits: bool
    is_checked: bool


@dataclass(frozen=True)
class Month:
    """
    One month that has an invoice, or details, or should have.

    Args:
        named: its first day, as LINE WORKS names it; None for an invoice that states no month.
        invoices: usually one; none where LINE WORKS lists none.
        customers: how many customers have details.
        standing: how far its check is; None where there are no details that could be checked.
    """

    named: date | None
    invoices: Sequence[Invoice]
    customers: int = 0
    standing: Standing | None = None

    @property
    def invoice(self) -> Invoice | None:
        """The invoice; of several the one with the highest number."""
        return self.invoices[0] if self.invoices else None

    @property
    def used(self) -> date | None:
        """The month of use."""
        return used_in(self.named) if self.named else None

    @property
    def billed(self) -> date | None:
        """The month of the bill."""
        return billed_in(self.named) if self.named else None

    @property
    def address(self) -> str:
        """How it is written in an address; empty where there is nothing to open."""
        return in_address(self.billed) if self.billed and (self.invoices or self.customers) else ""


@dataclass(frozen=True)
class Around:
    """
    A month's invoices beside those of other months.

    Args:
        invoices: of the month, the one with the highest number first.
        before: the latest invoice of the month before.
        earlier: the nearest earlier month that has an invoice.
        later: the nearest later one.
    """

    invoices: Sequence[Invoice]
    before: Invoice | None
    earlier: Invoice | None
    later: Invoice | None

    @property
    def invoice(self) -> Invoice | None:
        """The invoice of the month."""
        return self.invoices[0] if self.invoices else None

    @property
    def grown_by(self) -> Money | None:
        """By how much the amount spent, as stated, grew since the month before."""
        return difference(self.invoice.used_amount, self.before.used_amount) if self.invoice and self.before else None

    @property
    def grown_percent(self) -> Money | None:
        """The same in percent."""
        return percent(self.grown_by, self.before.used_amount) if self.before else None


def years() -> list[int]:
    """Return the years that have invoices or details, the latest first."""
    found = set(Invoice.objects.current().values_list("year", flat=True).distinct())
    span = ItemTotal.objects.aggregate(first=Min("month"), last=Max("month"))
    if span["first"]:
        found.update(range(span["first"].year, span["last"].year + 1))
    return sorted(found, reverse=True)


def months_of(year: int) -> list[Month]:
    """
    Return the months of a year, the latest first, in two queries.

    Months between the first and the last that have anything are there too, so that a missing one is seen. Invoices
    that state no month come first.
    """
    invoices: dict[date | None, list[Invoice]] = {}
    for invoice in Invoice.objects.current().filter(year=year):
        invoices.setdefault(invoice.named, []).append(invoice)
    customers = _customers_by_month(month__range=(date(year, 1, 1), date(year, 12, 31)))
    months = [month for month in {*invoices, *customers} if month]
    if months:
        first, last = min(months), max(months)
        months = [shifted(first, number) for number in range(12) if shifted(first, number) <= last]
    nameless = [Month(None, [invoice]) for invoice in invoices.get(None, ())]
    return [*nameless, *(Month(month, invoices.get(month, ()), customers.get(month, 0)) for month in months[::-1])]


def unpaid() -> list[Invoice]:
    """Return the invoices that are not paid, of all years, the latest first."""
    return list(Invoice.objects.current().filter(payment_status=UNPAID))


def not_signed_off() -> list[Invoice]:
    """
    Return the invoices of the months that can be checked and that nobody has signed off, the latest first.

    Such a month has details, and the days are over in which LINE WORKS may still add to them. Partnerdesk has its usage
    history: without it, a check knows nothing of the month. One query finds them.
    """
    settled = business_today() - timedelta(days=DETAILS_SETTLE_DAYS)
    named = Func(F("year"), F("invoice_month"), Value(1), function="make_date", output_field=DateField())
    used = Cast(named + _months(BILLED_MONTHS_LATER - 1), DateField())
    details = InvoiceDetail.objects.current().filter(month=OuterRef("named_on"))
    of_month = {"used_date__gte": OuterRef("used_on"), "used_date__lt": OuterRef("used_until")}
    rows = Invoice.objects.current().filter(invoice_month__isnull=False).alias(named_on=named, used_on=used)
    return list(
        rows.alias(used_until=Cast(used + _months(1), DateField())).filter(
            Exists(details),
            ~Exists(SignOff.objects.filter(month=OuterRef("used_on"))),
            Exists(CustomerUsage.objects.current().filter(**of_month)),
            named_on__lte=named_by(settled.replace(day=1)),
        )
    )


def _months(count: int) -> Func:
    return Func(Value(0), Value(count), function="make_interval", output_field=DurationField())


def a_month_each(rows: Iterable[Invoice]) -> list[Month]:
    """Return the months of invoices, in their order."""
    by_month: dict[date | None, list[Invoice]] = {}
    for invoice in rows:
        by_month.setdefault(invoice.named, []).append(invoice)
    customers = _customers_by_month(month__in=[month for month in by_month if month])
    return [Month(named, found, customers.get(named, 0) if named else 0) for named, found in by_month.items()]


def with_standing(months: Iterable[Month], waiting: Iterable[Invoice]) -> list[Month]:
    """
    Return months with how far their check is, in two queries.

    Args:
        months: any.
        waiting: what ``not_signed_off`` returns.
    """
    rows = list(months)
    used = {month.used for month in rows if month.used and month.customers}
    latest = SignOff.objects.filter(month__in=used).order_by("month", "-pk").distinct("month").defer("evidence")
    signed = {sign_off.month: sign_off for sign_off in latest}
    checked = set(MonthCheck.objects.finished().filter(month__in=used).values_list("month", flat=True))
    waits = {invoice.used for invoice in waiting}
    return [
        replace(month, standing=Standing(signed.get(month.used), month.used in waits, month.used in checked))
        if month.used in used
        else month
        for month in rows
    ]


def _customers_by_month(**months: object) -> Mapping[date, int]:
    """Return how many customers have details in each of some months."""
    details = InvoiceDetail.objects.current().filter(**months).order_by()
    counted = details.values("month").annotate(customers=Count("pk"))
    return {each["month"]: each["customers"] for each in counted}


def invoices_of(named: date) -> list[Invoice]:
    """Return the invoices of a month, the one with the highest number first."""
    return list(Invoice.objects.current().filter(year=named.year, invoice_month=named.month))


def around(named: date) -> Around:
    """Return a month's invoices and those around it, in one query."""
    years_around = (max(named.year - _YEARS_AROUND, 0), named.year + _YEARS_AROUND)
    rows = Invoice.objects.current().filter(year__range=years_around, invoice_month__isnull=False)
    by_month: dict[date, list[Invoice]] = {}
    for invoice in rows:
        if invoice.named:
            by_month.setdefault(invoice.named, []).append(invoice)
    earlier = max((month for month in by_month if month < named), default=None)
    later = min((month for month in by_month if month > named), default=None)
    return Around(
        by_month.get(named, ()),
        _first(by_month.get(shifted(named, -1), ())) if named.year > 1 else None,
        by_month[earlier][0] if earlier else None,
        by_month[later][0] if later else None,
    )


def latest(count: int) -> list[Invoice]:
    """Return the latest invoices that state a month, the earliest of them first."""
    return list(Invoice.objects.current().filter(invoice_month__isnull=False)[:count])[::-1]


def _first(invoices: Iterable[Invoice]) -> Invoice | None:
    return next(iter(invoices), None)
