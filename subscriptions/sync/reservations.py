"""Resource: the scheduled change of each subscription; read subscription by subscription."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import partial

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal.core.labels import listed, word_for
from portal.sync.resource_helpers import merge_of_customers, read_parts, records_in, records_of
from portal.sync.resources import RESOURCES, Answer, Change, Line, Resource, Target
from portal.vendor import client
from portal.vendor.client import PartnerApi
from subscriptions.models import Reservation, Subscription
from subscriptions.summary import note_scheduled
from subscriptions.sync.subscriptions import SUBSCRIPTIONS


def describe(records: Sequence[client.Reservation]) -> list[Line]:
    """Return what is scheduled for each subscription."""
    lines = [
        Line(
            f"reservation {record.subscription_id}",
            _("Scheduled change of subscription %(id)s") % {"id": record.subscription_id},
            task_words(record),
        )
        for record in records
    ]
    return lines or [Line("reservations", _("Scheduled changes of subscriptions"), _("None"))]


def task_words(record: client.Reservation) -> str:
    """Return what is scheduled, and when."""
    return _("%(task)s, on %(date)s") % {"task": _task(record), "date": date_format(record.apply_date)}


def _task(record: client.Reservation) -> str:
    words = [word_for("reservation", record.type)]
    words += [word_for("product", record.product_id)] if record.product_id else []
    words += [word_for("short_plan", record.plan)] if record.plan else []
    if record.license_count:
        count = record.license_count
        words.append(ngettext("%(count)s license", "%(count)s licenses", count) % {"count": f"{count:,}"})
    return listed(words)


def _read(api: PartnerApi, target: Target) -> Answer:
    return read_parts(target, partial(api.subscriptions.get_reservation, target.domain_id))


def _store(answers: Mapping[int, Answer], read_at: datetime) -> Sequence[Change]:
    rows = [
        Reservation(
            customer_id=domain_id,
            subscription_id=record.subscription_id,
            type=record.type,
            apply_date=record.apply_date,
            product_id=record.product_id or "",
            plan=record.plan or "",
            license_count=record.license_count,
            raw=record.raw,
        )
        for domain_id, record in records_in(answers, client.Reservation)
    ]
    changes = merge_of_customers(Reservation, rows, answers, read_at, key=("subscription_id",))
    if changes:
        note_scheduled({change.domain_id for change in changes})
    return changes


def _cached(domain_id: int) -> Sequence[client.Reservation]:
    return records_of(client.Reservation, Reservation.objects.of_customer(domain_id).current())


def _parts_of(subscriptions: Sequence[client.Subscription]) -> tuple[int, ...]:
    return tuple(sorted(record.subscription_id for record in subscriptions))


def _parts(domain_ids: Collection[int]) -> Mapping[int, tuple[int, ...]]:
    rows = Subscription.objects.current().filter(customer_id__in=list(domain_ids)).order_by("subscription_id")
    numbers: defaultdict[int, tuple[int, ...]] = defaultdict(tuple)
    for domain_id, subscription_id in rows.values_list("customer_id", "subscription_id"):
        numbers[domain_id] += (subscription_id,)
    return numbers


def _events(records: Sequence[client.Reservation]) -> Iterable[date]:
    return (record.apply_date for record in records)


RESERVATIONS = RESOURCES.declare(
    Resource(
        name="reservations",
        title=gettext_lazy("Scheduled changes of subscriptions"),
        operation="getReservation",
        key="subscriptionId",
        record=client.Reservation,
        read=_read,
        store=_store,
        cached=_cached,
        table=Reservation,
        describe=describe,
        events=_events,
        after=SUBSCRIPTIONS.name,
        parts_of=_parts_of,
        parts=_parts,
        patient=True,
    )
)
