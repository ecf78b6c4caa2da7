"""Resource: the usage history of each customer, by month."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from operator import attrgetter

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from billing.models import CustomerUsage
from portal.core.labels import listed, word_for
from portal.sync import pruning
from portal.sync.calendar import month_of, months_until, since_metered
from portal.sync.pruning import Prunable
from portal.sync.resource_helpers import answer_of, merge_of_customers, period_of, records_in, records_of
from portal.sync.resources import RESOURCES, Answer, Change, Line, Resource, Target
from portal.vendor import client
from portal.vendor.client import PartnerApi

MONTHS = 2
_KEY = ("used_date", "product_group_id", "product_id", "plan")


def describe(records: Sequence[client.CustomerUsage]) -> list[Line]:
    """Say of the latest day what was used."""
    latest = max((record.used_date for record in records), default=None)
    lines = [
        Line(
            f"usage {record.product_group_id} {record.product_id} {record.plan}",
            date_format(record.used_date),
            listed((word_for("product", record.product_id), word_for("short_plan", record.plan), *_counts(record))),
        )
        for record in records
        if record.used_date == latest
    ]
    return lines or [Line("usages", _("Usage history"), _("None"))]


def _counts(record: client.CustomerUsage) -> list[str]:
    words = []
    if record.member_count is not None:
        count = record.member_count
        words.append(ngettext("%(count)s user", "%(count)s users", count) % {"count": f"{count:,}"})
    if record.license_count:
        count = record.license_count
        words.append(ngettext("%(count)s license", "%(count)s licenses", count) % {"count": f"{count:,}"})
    return words


def _read(api: PartnerApi, target: Target) -> Answer:
    month = month_of(target.period)
    listing = api.billing.list_customer_usages(target.domain_id, year=month.year, month=month.month)
    return answer_of(listing, attrgetter(*_KEY))


def _store(answers: Mapping[int, Answer], read_at: datetime) -> Sequence[Change]:
    month = month_of(period_of(answers))
    rows = [
        CustomerUsage(
            customer_id=domain_id,
            month=month,
            used_date=record.used_date,
            product_group_id=record.product_group_id,
            product_id=record.product_id,
            plan=record.plan,
            status=record.status,
            license_count=record.license_count,
            member_count=record.member_count,
            member_limit=record.max_member_count,
            raw=record.raw,
        )
        for domain_id, record in records_in(answers, client.CustomerUsage)
    ]
    return merge_of_customers(CustomerUsage, rows, answers, read_at, key=("month", *_KEY), among={"month": month})


def _cached(domain_id: int) -> Sequence[client.CustomerUsage]:
    return records_of(client.CustomerUsage, CustomerUsage.objects.of_customer(domain_id).current())


pruning.declare(
    Prunable(
        "daily usage",
        CustomerUsage,
        pruning.METERING,
        lambda floor: CustomerUsage.objects.filter(used_date__lt=floor.day),
    )
)


def _periods(today: date) -> Sequence[str]:
    return months_until(today, MONTHS)


USAGES = RESOURCES.declare(
    Resource(
        name="usages",
        title=gettext_lazy("Usage history"),
        operation="listCustomerUsages",
        record=client.CustomerUsage,
        read=_read,
        store=_store,
        cached=_cached,
        describe=describe,
        periods=_periods,
        due_since=since_metered,
    )
)
