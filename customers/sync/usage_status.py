"""Resource: the usage status of each customer: users, limits, platform cancellation."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import UsageStatus
from portal.core.labels import word_for
from portal.sync.resource_helpers import merge_of_customers, records_in, records_of
from portal.sync.resources import RESOURCES, Answer, Change, Line, Resource, Target
from portal.vendor import client
from portal.vendor.client import PartnerApi


def describe(records: Sequence[client.UsageStatus]) -> list[Line]:
    """Return how a customer stands, and what is scheduled about it."""
    return [line for record in records for line in _lines(record)]


def _lines(record: client.UsageStatus) -> Iterable[Line]:
    yield Line("status", _("Customer status"), word_for("customer_status", record.status))
    yield Line("members", _("Number of users"), "–" if record.member_count is None else f"{record.member_count:,}")
    yield Line("limit", _("Maximum number of users"), _limit(record.max_member_count))
    if record.renewal:
        words = {"limit": _limit(record.renewal.max_member_count), "date": date_format(record.renewal.apply_date)}
        yield Line("scheduled limit", _("Scheduled maximum number of users"), _("%(limit)s, from %(date)s") % words)
    if record.withdrawal_date:
        yield Line("withdrawal", _("Platform cancellation"), date_format(record.withdrawal_date))


def _limit(count: int | None) -> str:
    return _("No limit") if count is None else f"{count:,}"


def _read(api: PartnerApi, target: Target) -> Answer:
    return Answer([api.customers.get_usage_status(target.domain_id)])


def _store(answers: Mapping[int, Answer], read_at: datetime) -> Sequence[Change]:
    rows = [_row(domain_id, record) for domain_id, record in records_in(answers, client.UsageStatus)]
    return merge_of_customers(UsageStatus, rows, answers, read_at)


def _row(domain_id: int, record: client.UsageStatus) -> UsageStatus:
    scheduled = record.renewal
    return UsageStatus(
        customer_id=domain_id,
        status=record.status or "",
        member_count=record.member_count,
        member_limit=record.max_member_count,
        withdrawal_date=record.withdrawal_date,
        next_limit_date=scheduled.apply_date if scheduled else None,
        next_limit=scheduled.max_member_count if scheduled else None,
        raw=record.raw,
    )


def _cached(domain_id: int) -> Sequence[client.UsageStatus]:
    return records_of(client.UsageStatus, UsageStatus.objects.of_customer(domain_id).current())


def _events(records: Sequence[client.UsageStatus]) -> Iterable[date]:
    for record in records:
        if record.withdrawal_date:
            yield record.withdrawal_date
        if record.renewal:
            yield record.renewal.apply_date


USAGE_STATUS = RESOURCES.declare(
    Resource(
        name="usage_status",
        title=gettext_lazy("Usage status"),
        operation="getUsageStatus",
        record=client.UsageStatus,
        read=_read,
        store=_store,
        cached=_cached,
        table=UsageStatus,
        describe=describe,
        # Members come and go all day; what is ordered does not depend on how many there are just now.
        compared=("status", "maxMemberCount", "withdrawalDate", "renewal"),
        volatile_fields=("memberCount",),
        events=_events,
    )
)
