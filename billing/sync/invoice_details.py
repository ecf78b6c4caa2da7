"""Resource: the invoice details of each customer, by month."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from billing.assumptions import AMOUNT_MEMBER, DETAILS_SETTLE_DAYS
from billing.models import Invoice, InvoiceDetail, SettlementItem
from billing.sync.sums import compare_months, sum_up_details, sum_up_month
from portal.core.clock import business_day_began, now
from portal.core.labels import listed
from portal.sync.calendar import month_of
from portal.sync.resource_helpers import period_of, records_in, records_of, sentence
from portal.sync.resources import PARTNER, RESOURCES, Answer, Change, Line, Resource, Target
from portal.sync.retry import patiently
from portal.sync.store import DOES_NOT_FIT, keep_part, misfit
from portal.sync.upsert import merge, unfit
from portal.vendor import client
from portal.vendor.client import PartnerApi, all_pages

# A year, and the month before it to compare with.
MONTHS = 13
# So many shares are held at a time, and written with as few statements as one.
SHARES_AT_ONCE = 1_000


def describe(records: Sequence[client.InvoiceDetail]) -> list[Line]:
    """Say whose shares there are, and of how many lines."""
    lines = []
    for record in records:
        count = len(record.settlement_items or ())
        words = ngettext("%(count)s settlement item", "%(count)s settlement items", count) % {"count": f"{count:,}"}
        name = record.customer_name or record.domain or str(record.domain_id)
        lines.append(Line(f"share {record.domain_id}", name, listed((record.customer_code or "", words))))
    return lines or [Line("shares", _("Invoice details"), _("None"))]


def _read(api: PartnerApi, target: Target) -> Answer:
    """
    Read all pages of a month. They grow with the customers, so many at once are kept before more are read.

    A customer may stand on two pages, as customers come and go between them; the later page was asked later.
    """
    month, read_at = month_of(target.period), now()
    ask = partial(api.billing.list_invoice_details, year=month.year, month=month.month)
    shares: dict[int, client.InvoiceDetail] = {}
    kept, moved, problems = set[int](), 0, list[str]()
    for page in all_pages("listInvoiceDetails", lambda cursor: patiently(partial(ask, cursor=cursor))):
        if len(shares) >= SHARES_AT_ONCE:
            try:
                part = Answer(list(shares.values()), period=target.period)
                moved += keep_part(INVOICE_DETAILS, part, read_at=read_at)
            except DOES_NOT_FIT as error:
                problems.append(misfit(error))
            kept |= shares.keys()
            shares.clear()
        fitting, misfits = _fitting(month, page.items)
        shares |= fitting
        problems += [*map(sentence, page.malformed), *misfits]
    return Answer(list(shares.values()), problems, kept=kept, moved=moved)


def _fitting(month: date, records: Sequence[client.InvoiceDetail]) -> tuple[dict[int, client.InvoiceDetail], list[str]]:
    """Return the shares that can be kept, by customer, and what is wrong with the others or with lines of theirs."""
    fitting: dict[int, client.InvoiceDetail] = {}
    problems: list[str] = []
    for record in records:
        if problem := unfit(share := _row(month, record)):
            problems.append(f"InvoiceDetail {record.domain_id}: {problem}")
            continue
        fitting[share.domain_id] = record
        problems += [
            f"InvoiceDetail {share.domain_id}, line {line.place}: {problem}"
            for line in _lines(share, record)
            if (problem := unfit(line))
        ]
    return fitting, problems


def _store(answers: Mapping[int, Answer], read_at: datetime) -> Sequence[Change]:
    """Write shares, and with the last of them what is gone."""
    month, answer = month_of(period_of(answers)), answers[PARTNER]
    shares = [(_row(month, record), record) for _domain_id, record in records_in(answers, client.InvoiceDetail)]
    here = {row.domain_id for row, _record in shares}
    absent = _of_month(month) - here.union(answer.kept) if answer.is_complete else set()
    changes = merge(
        InvoiceDetail,
        [row for row, _record in shares],
        key=("month", "domain_id"),
        among={"month": month, "domain_id__in": here | absent},
        complete_for={PARTNER} if answer.is_complete else (),
        owner=None,
        read_at=read_at,
    )
    # Writing has given the rows that changed their numbers; the lines of the others are as they were.
    changed = [(row, record) for row, record in shares if row.pk]
    _store_lines(changed, read_at)
    if changes:
        sum_up_details([row for row, _record in changed])
        sum_up_month(month)
        compare_months(month)
    return changes


def _of_month(month: date) -> set[int]:
    """Return the customers that have a share."""
    return set(InvoiceDetail.objects.current().filter(month=month).values_list("domain_id", flat=True))


def _store_lines(shares: Sequence[tuple[InvoiceDetail, client.InvoiceDetail]], read_at: datetime) -> None:
    lines = [line for row, record in shares for line in _lines(row, record)]
    refused = {line.detail_id for line in lines if unfit(line)}
    merge(
        SettlementItem,
        [line for line in lines if line.detail_id not in refused or not unfit(line)],
        key=("detail_id", "place"),
        among={"detail_id__in": [row.pk for row, _record in shares]},
        complete_for={row.pk for row, record in shares if _lists_all_lines(record)} - refused,
        owner="detail_id",
        read_at=read_at,
    )


def _lists_all_lines(record: client.InvoiceDetail) -> bool:
    return record.settlement_items is not None and not record.settlement_items.malformed


def _row(month: date, record: client.InvoiceDetail) -> InvoiceDetail:
    return InvoiceDetail(
        month=month,
        domain_id=record.domain_id,  # type: ignore[misc]  # where it is absent, `unfit` tells
        domain=record.domain or "",
        customer_name=record.customer_name or "",
        customer_code=record.customer_code or "",
        raw=record.raw,
    )


def _lines(share: InvoiceDetail, record: client.InvoiceDetail) -> Iterator[SettlementItem]:
    items = record.settlement_items
    if items is None:
        return
    unreadable = {malformed.position for malformed in items.malformed}
    places = (place for place in range(len(items) + len(unreadable)) if place not in unreadable)
    for place, item in zip(places, items, strict=True):
        yield SettlementItem(
            detail=share,
            place=place,
            subscription_id=item.subscription_id,
            item_type=item.item_type or "",
            start_date=item.start_date,
            end_date=item.end_date,
            item_id=item.item_id or "",
            sub_item_id=item.sub_item_id or "",
            plan=item.plan or "",
            license_count=item.license_count,
            member_count=item.member_count,
            quantity=item.quantity,
            status="" if item.status is None else str(item.status),
            amount=_amount(item.raw.get(AMOUNT_MEMBER)),
            raw=item.raw,
        )


def _amount(value: Any) -> Decimal | None:
    """Return an amount where the member that is supposed to hold it does; a guess must not make a line unreadable."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def _cached(domain_id: int) -> Sequence[client.InvoiceDetail]:
    return records_of(client.InvoiceDetail, InvoiceDetail.objects.of_customer(domain_id).current())


def _periods(_today: date) -> Sequence[str]:
    """The months that have an invoice, as LINE WORKS names them: which month it means by that is on no page."""
    invoices = Invoice.objects.current().filter(invoice_month__isnull=False)
    months = invoices.order_by("-year", "-invoice_month").values_list("year", "invoice_month").distinct()
    return [f"{year:04}-{month:02}" for year, month in months[:MONTHS]]


def _due_since(periods: Collection[str], _moment: datetime) -> Mapping[str, datetime]:
    """Once the invoice appeared or changed, then daily for a while: no page says that both come at once."""
    months = Invoice.objects.filter(invoice_month__isnull=False).values_list("year", "invoice_month")
    changed = {f"{year:04}-{month:02}": latest for year, month, latest in months.annotate(Max("changed_at")).order_by()}
    settled = timedelta(days=DETAILS_SETTLE_DAYS)
    return {period: max(changed[period], min(business_day_began(), changed[period] + settled)) for period in periods}


INVOICE_DETAILS = RESOURCES.declare(
    Resource(
        name="invoice_details",
        title=gettext_lazy("Invoice details"),
        operation="listInvoiceDetails",
        record=client.InvoiceDetail,
        read=_read,
        store=_store,
        cached=_cached,
        describe=describe,
        every_customer=False,
        periods=_periods,
        due_since=_due_since,
        patient=True,
    )
)
