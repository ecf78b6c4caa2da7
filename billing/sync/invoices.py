"""Resource: the partner's invoices, by year."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from operator import attrgetter

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import Invoice
from portal.core.labels import listed, word_for
from portal.sync.calendar import since_midnight
from portal.sync.resource_helpers import answer_of, period_of, records_in, records_of
from portal.sync.resources import PARTNER, RESOURCES, Answer, Change, Line, Resource, Target
from portal.sync.upsert import merge, unfit
from portal.ui.templatetags.figures import yen
from portal.vendor import client
from portal.vendor.client import PartnerApi

YEARS = 2


def describe(records: Sequence[client.Invoice]) -> list[Line]:
    """Say each invoice in words, the latest first."""
    latest_first = sorted(records, key=lambda record: (record.invoice_year or 0, record.invoice_month or 0))[::-1]
    lines = [
        Line(
            f"invoice {record.invoice_no}",
            _("Invoice %(number)s") % {"number": record.invoice_no},
            listed(
                (
                    yen(record.total_amount),
                    word_for("payment", record.payment_status),
                    _("issued %(date)s") % {"date": date_format(record.issued_time)} if record.issued_time else "",
                )
            ),
        )
        for record in latest_first
    ]
    return lines or [Line("invoices", _("Invoices"), _("None"))]


def _read(api: PartnerApi, target: Target) -> Answer:
    year = int(target.period)
    answer = answer_of(api.billing.list_invoices(year=year), attrgetter("invoice_no"))
    records, problems = [], list(answer.malformed)
    for _domain_id, record in records_in({PARTNER: answer}, client.Invoice):
        problem = unfit(_row(year, record))
        if problem:
            problems.append(f"Invoice {record.invoice_no}: {problem}")
        else:
            records.append(record)
    return Answer(records, problems)


def _store(answers: Mapping[int, Answer], read_at: datetime) -> Sequence[Change]:
    year = int(period_of(answers))
    return merge(
        Invoice,
        [_row(year, record) for _domain_id, record in records_in(answers, client.Invoice)],
        key=("year", "invoice_no"),
        among={"year": year},
        complete_for={domain_id for domain_id, answer in answers.items() if answer.is_complete},
        owner=None,
        read_at=read_at,
    )


def _row(year: int, record: client.Invoice) -> Invoice:
    return Invoice(
        year=year,
        invoice_no=record.invoice_no,  # type: ignore[misc]  # where it is absent, `unfit` tells
        invoice_year=record.invoice_year,
        invoice_month=record.invoice_month,
        partner_name=record.partner_name or "",
        used_amount=record.used_amount,
        option_plus_amount=record.option_plus_amount,
        tax_rate=record.tax_rate,
        used_tax_amount=record.used_tax_amount,
        option_plus_tax_amount=record.option_plus_tax_amount,
        penalty_amount=record.penalty_amount,
        total_amount=record.total_amount,
        payment_status=record.payment_status or "",
        paid_at=record.paid_time,
        issued_at=record.issued_time,
        raw=record.raw,
    )


def _cached(_domain_id: int) -> Sequence[client.Invoice]:
    return records_of(client.Invoice, Invoice.objects.current())


def _periods(today: date) -> Sequence[str]:
    """This year and the one before, of which invoices may still be open."""
    return [f"{year:04}" for year in range(today.year, today.year - YEARS, -1)]


INVOICES = RESOURCES.declare(
    Resource(
        name="invoices",
        title=gettext_lazy("Invoices"),
        operation="listInvoices",
        record=client.Invoice,
        read=_read,
        store=_store,
        cached=_cached,
        describe=describe,
        # What is to be paid is paid at some time, and nothing was changed by that.
        by_itself=("paymentStatus", "paidTime"),
        every_customer=False,
        periods=_periods,
        due_since=since_midnight,
    )
)
