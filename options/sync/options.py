"""Resources: options of each customer, and their scheduled changes."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from operator import attrgetter

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from options.labels import none_at_all, option_words
from options.models import OptionOrder, OptionProduct
from portal.core.labels import listed, word_for
from portal.sync.resource_helpers import answer_of, merge_of_customers, records_in, records_of
from portal.sync.resources import RESOURCES, Answer, Change, Line, Resource, Target
from portal.vendor import client
from portal.vendor.client import PartnerApi

# An option has no number of its own: customer and option name it, in every path.
_KEY = ("option_product_id",)


def describe_options(records: Sequence[client.OptionProduct]) -> list[Line]:
    """Say each option in words."""
    lines = [
        Line(
            f"option {record.option_product_id}",
            word_for("option", record.option_product_id),
            listed(
                (
                    option_words(record.option_product_id, record.sub_option_id, record.quantity),
                    # The size of a trial says it already.
                    "" if record.plan == "TRIAL" else word_for("short_plan", record.plan),
                    _("until %(date)s") % {"date": date_format(record.plan_end_date)},
                )
            ),
        )
        for record in records
    ]
    return lines or [Line("options", _("Options"), none_at_all())]


def describe_orders(records: Sequence[client.OptionProductOrder]) -> list[Line]:
    """Say each scheduled task in words."""
    lines = [
        Line(
            f"option order {record.option_product_id}",
            _("Scheduled change of %(option)s") % {"option": word_for("option", record.option_product_id)},
            _("%(task)s, on %(date)s")
            % {
                "task": listed(
                    (
                        word_for("option_task", record.type),
                        option_words(record.option_product_id, record.sub_option_id, record.quantity),
                    )
                ),
                "date": date_format(record.apply_date),
            },
        )
        for record in records
    ]
    return lines or [Line("option orders", _("Scheduled option changes"), none_at_all())]


def _read_options(api: PartnerApi, target: Target) -> Answer:
    return answer_of(api.options.list_option_products(target.domain_id), attrgetter(*_KEY))


def _read_orders(api: PartnerApi, target: Target) -> Answer:
    return answer_of(api.options.list_option_product_orders(target.domain_id), attrgetter(*_KEY))


def _store_options(answers: Mapping[int, Answer], read_at: datetime) -> Sequence[Change]:
    rows = [
        OptionProduct(
            customer_id=domain_id,
            option_product_id=record.option_product_id,
            sub_option_id=record.sub_option_id,
            subscription_id=record.subscription_id,
            plan=record.plan,
            quantity=record.quantity,
            applied_at=record.applied_time,
            start_date=record.plan_start_date,
            end_date=record.plan_end_date,
            raw=record.raw,
        )
        for domain_id, record in records_in(answers, client.OptionProduct)
    ]
    return merge_of_customers(OptionProduct, rows, answers, read_at, key=_KEY)


def _store_orders(answers: Mapping[int, Answer], read_at: datetime) -> Sequence[Change]:
    rows = [
        OptionOrder(
            customer_id=domain_id,
            option_product_id=record.option_product_id,
            sub_option_id=record.sub_option_id,
            subscription_id=record.subscription_id,
            type=record.type,
            quantity=record.quantity,
            apply_date=record.apply_date,
            raw=record.raw,
        )
        for domain_id, record in records_in(answers, client.OptionProductOrder)
    ]
    return merge_of_customers(OptionOrder, rows, answers, read_at, key=_KEY)


def _cached_options(domain_id: int) -> Sequence[client.OptionProduct]:
    return records_of(client.OptionProduct, OptionProduct.objects.of_customer(domain_id).current())


def _cached_orders(domain_id: int) -> Sequence[client.OptionProductOrder]:
    return records_of(client.OptionProductOrder, OptionOrder.objects.of_customer(domain_id).current())


def _ends(records: Sequence[client.OptionProduct]) -> Iterable[date]:
    """The day after a term or a trial, on which an option renews or ends."""
    return (record.plan_end_date + timedelta(days=1) for record in records)


def _apply_dates(records: Sequence[client.OptionProductOrder]) -> Iterable[date]:
    return (record.apply_date for record in records)


OPTIONS = RESOURCES.declare(
    Resource(
        name="options",
        title=gettext_lazy("Options"),
        operation="listOptionProducts",
        key="optionProductId",
        record=client.OptionProduct,
        read=_read_options,
        store=_store_options,
        cached=_cached_options,
        table=OptionProduct,
        describe=describe_options,
        events=_ends,
    )
)
OPTION_ORDERS = RESOURCES.declare(
    Resource(
        name="option_orders",
        title=gettext_lazy("Scheduled option changes"),
        operation="listOptionProductOrders",
        key="optionProductId",
        record=client.OptionProductOrder,
        read=_read_orders,
        store=_store_orders,
        cached=_cached_orders,
        table=OptionOrder,
        describe=describe_orders,
        events=_apply_dates,
    )
)
