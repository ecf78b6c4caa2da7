"""Resource: the upgrade domain of each customer."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import UpgradeDomain
from portal.core.labels import listed
from portal.sync.resource_helpers import merge_of_customers, none_if_missing, records_in, records_of
from portal.sync.resources import RESOURCES, Answer, Change, Line, Resource, Target
from portal.vendor import client
from portal.vendor.client import PartnerApi


def describe(records: Sequence[client.UpgradeDomain]) -> list[Line]:
    """Return which domain is to be proved."""
    label = _("Upgrade domain")
    lines = [
        Line(
            "upgrade domain",
            label,
            listed((record.domain or "–", _("verified") if record.is_active_domain else _("Not verified"))),
        )
        for record in records
    ]
    return lines or [Line("upgrade domain", label, _("None"))]


def _read(api: PartnerApi, target: Target) -> Answer:
    record = none_if_missing(lambda: api.customers.get_upgrade_domain(target.domain_id))
    return Answer([] if record is None else [record])


def _store(answers: Mapping[int, Answer], read_at: datetime) -> Sequence[Change]:
    rows = [_row(domain_id, record) for domain_id, record in records_in(answers, client.UpgradeDomain)]
    return merge_of_customers(UpgradeDomain, rows, answers, read_at)


def _row(domain_id: int, record: client.UpgradeDomain) -> UpgradeDomain:
    mail = record.mx_record_value
    return UpgradeDomain(
        customer_id=domain_id,
        domain=record.domain or "",
        is_active=record.is_active_domain,
        cname_host=record.cname_host or "",
        cname_target=record.cname_target or "",
        txt_host=record.txt_host or "",
        txt_value=record.txt_token or "",
        mx_host=record.mx_record_host or "",
        mx_priority_10=(mail.priority10 if mail else "") or "",
        mx_priority_20=(mail.priority20 if mail else "") or "",
        raw=record.raw,
    )


def _cached(domain_id: int) -> Sequence[client.UpgradeDomain]:
    return records_of(client.UpgradeDomain, UpgradeDomain.objects.of_customer(domain_id).current())


UPGRADE_DOMAIN = RESOURCES.declare(
    Resource(
        name="upgrade_domain",
        title=gettext_lazy("Upgrade domain"),
        operation="getUpgradeDomain",
        record=client.UpgradeDomain,
        read=_read,
        store=_store,
        cached=_cached,
        table=UpgradeDomain,
        describe=describe,
    )
)
