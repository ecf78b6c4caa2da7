"""Resource: the daily use of options, by month."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from operator import attrgetter

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from options.labels import none_at_all, option_words
from options.models import OptionUsage
from portal.sync import pruning
from portal.sync.calendar import month_of, months_until, since_metered
from portal.sync.pruning import Prunable
from portal.sync.resource_helpers import answer_of, merge_of_customers, period_of, records_in, records_of
from portal.sync.resources import RESOURCES, Answer, Change, Line, Resource, Target
from portal.vendor import client
from portal.vendor.client import PartnerApi

MONTHS = 2
_KEY = ("used_date", "product_group_id", "option_product_id", "sub_option_id", "plan")


def describe(records: Sequence[client.OptionProductUsage]) -> list[Line]:
    """Say of the latest day what was used."""
    latest = max((record.used_date for record in records), default=None)
    lines = [
        Line(
            f"option usage {record.option_product_id} {record.sub_option_id} {record.plan}",
            date_format(record.used_date),
            option_words(record.option_product_id, record.sub_option_id, record.quantity),
        )
        for record in records
        if record.used_date == latest
    ]
    return lines or [Line("option usages", _("Option usage"), none_at_all())]


def _read(api: PartnerApi, target: Target) -> Answer:
    month = month_of(target.period)
    listing = api.options.list_option_product_usages(target.domain_id, year=month.year, month=month.month)
    return answer_of(listing, attrgetter(*_KEY))


def _store(answers: Mapping[int, Answer], read_at: datetime) -> Sequence[Change]:
    month = month_of(period_of(answers))
    rows = [
        OptionUsage(
            customer_id=domain_id,
            month=month,
            used_date=record.used_date,
            product_group_id=record.product_group_id,
            option_product_id=record.option_product_id,
            sub_option_id=record.sub_option_id,
            plan=record.plan,
            member_count=record.member_count,
            license_count=record.license_count,
            quantity=record.quantity,
            usage_count=record.usage_count,
            raw=record.raw,
        )
        for domain_id, record in records_in(answers, client.OptionProductUsage)
    ]
    return merge_of_customers(OptionUsage, rows, answers, read_at, key=("month", *_KEY), among={"month": month})


def _cached(domain_id: int) -> Sequence[client.OptionProductUsage]:
    return records_of(client.OptionProductUsage, OptionUsage.objects.of_customer(domain_id).current())


pruning.declare(
    Prunable(
        "daily usage of options",
        OptionUsage,
        pruning.METERING,
        lambda floor: OptionUsage.objects.filter(used_date__lt=floor.day),
    )
)


def _periods(today: date) -> Sequence[str]:
    return months_until(today, MONTHS)


OPTION_USAGES = RESOURCES.declare(
    Resource(
        name="option_usages",
        title=gettext_lazy("Option usage"),
        operation="listOptionProductUsages",
        record=client.OptionProductUsage,
        read=_read,
        store=_store,
        cached=_cached,
        describe=describe,
        periods=_periods,
        due_since=since_metered,
    )
)
