"""Resource: the renewal settings of each option; read option by option."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from options.labels import none_at_all, option_words
from options.models import OptionProduct, OptionRenewal
from options.sync.options import OPTIONS
from portal.core.labels import listed, word_for
from portal.sync.resource_helpers import merge_of_customers, read_parts, records_of
from portal.sync.resources import RESOURCES, Answer, Change, Line, Resource, Target
from portal.vendor import client
from portal.vendor.client import RENEWABLE_OPTIONS, OptionProductId, PartnerApi


def describe(records: Sequence[client.OptionProductRenewal]) -> list[Line]:
    """Return what happens to each option at contract end."""
    lines = [
        Line(
            f"option renewal {record.option_product_id}",
            _("Renewal settings of %(option)s") % {"option": word_for("option", record.option_product_id)},
            listed(
                (
                    word_for("renewal", record.type),
                    option_words(record.option_product_id, record.sub_option_id, record.quantity),
                )
            ),
        )
        for record in records
    ]
    return lines or [Line("option renewals", _("Renewal settings of options"), none_at_all())]


def _read(api: PartnerApi, target: Target) -> Answer:
    return read_parts(target, partial(api.options.get_option_product_renewal, target.domain_id))


def _store(answers: Mapping[int, Answer], read_at: datetime) -> Sequence[Change]:
    rows = [
        _row(domain_id, record, str(part))
        for domain_id, answer in answers.items()
        for record, part in zip(answer.records, answer.parts, strict=True)
        if isinstance(record, client.OptionProductRenewal)
    ]
    return merge_of_customers(OptionRenewal, rows, answers, read_at, key=("option_product_id",))


def _row(domain_id: int, record: client.OptionProductRenewal, asked: str) -> OptionRenewal:
    return OptionRenewal(
        customer_id=domain_id,
        # The pages do not promise that the answer repeats what was asked.
        option_product_id=asked,
        sub_option_id=record.sub_option_id or "",
        subscription_id=record.subscription_id,
        type=record.type or "",
        quantity=record.quantity,
        raw=record.raw,
    )


def _cached(domain_id: int) -> Sequence[client.OptionProductRenewal]:
    return records_of(client.OptionProductRenewal, OptionRenewal.objects.of_customer(domain_id).current())


def _parts_of(options: Sequence[client.OptionProduct]) -> tuple[OptionProductId, ...]:
    return tuple(sorted(record.option_product_id for record in options if _has_renewal(record.option_product_id)))


def _parts(domain_ids: Collection[int]) -> Mapping[int, tuple[OptionProductId, ...]]:
    rows = OptionProduct.objects.current().filter(customer_id__in=list(domain_ids)).order_by("option_product_id")
    codes: defaultdict[int, tuple[OptionProductId, ...]] = defaultdict(tuple)
    for domain_id, code in rows.values_list("customer_id", "option_product_id"):
        if _has_renewal(option := OptionProductId(code)):
            codes[domain_id] += (option,)
    return codes


def _has_renewal(option: OptionProductId) -> bool:
    """Options bought for one month have no renewal; whether one that nobody knows has, only LINE WORKS can tell."""
    return option in RENEWABLE_OPTIONS or not option.known


OPTION_RENEWALS = RESOURCES.declare(
    Resource(
        name="option_renewals",
        title=gettext_lazy("Renewal settings of options"),
        operation="getOptionProductRenewal",
        key="optionProductId",
        record=client.OptionProductRenewal,
        read=_read,
        store=_store,
        cached=_cached,
        table=OptionRenewal,
        describe=describe,
        after=OPTIONS.name,
        parts_of=_parts_of,
        parts=_parts,
        patient=True,
    )
)
