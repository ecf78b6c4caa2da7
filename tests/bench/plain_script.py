"""
The straightforward script that a resync is measured against: one customer after the other, one call for each resource,
``update_or_create`` for each row.

It asks for no turn, keeps no history and compares nothing. What it writes is the same rows, from the same answers;
only the reseller's own invoices, a handful of calls in all, it leaves out.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from http import HTTPStatus
from typing import Any
from urllib.parse import quote_plus

import requests
from django.db.models import Field, Model

from billing.models import CustomerUsage
from customers.models import Customer, UpgradeDomain, UsageStatus
from options.models import OptionOrder, OptionProduct, OptionRenewal, OptionUsage
from portal.core.clock import business_today, now
from portal.sync.calendar import month_of, months_until
from subscriptions.models import PreOrder, Reservation, Subscription
from tests.support.sandbox import Sandbox

MONTHS = 2
Raw = dict[str, Any]


@dataclass(frozen=True)
class Table:
    """
    One resource of a customer and its table.

    Args:
        path: below the customer's; with ``{part}`` for what is read record by record.
        within: the name of the list in the answer; empty where the answer is the record itself.
        key: the columns that tell a customer's rows apart, each with LINE WORKS's name for it.
        columns: the others.
        part: the table whose records are asked for one by one, and by which of their fields.
        monthly: whether it is asked for month by month.
        unfilled: values of columns that the script has no use for, and the table insists on.
    """

    model: type[Model]
    path: str
    within: str
    key: Mapping[str, str]
    columns: Mapping[str, str]
    part: tuple[type[Model], str] | None = None
    monthly: bool = False
    unfilled: Mapping[str, Any] = field(default_factory=dict)
    fields: Mapping[str, "Field[Any, Any]"] = field(init=False)

    def __post_init__(self) -> None:
        by_name = {column.attname: column for column in self.model._meta.concrete_fields}
        object.__setattr__(self, "fields", by_name)

    def take(self, raw: Raw, names: Mapping[str, str]) -> Raw:
        """Return columns out of a record."""
        return {column: _fitting(self.fields[column], _at(raw, path)) for column, path in names.items()}


CUSTOMERS = Table(
    Customer, "", "customers", {"domain_id": "domainId"},
    {
        "tenant_id": "tenantId", "company_name": "companyName", "domain": "domain", "domain_type": "domainType",
        "phone_number": "phoneNumber", "time_zone": "timeZone", "locale": "locale",
        "enable_active_domain": "enableActiveDomain", "enable_active_mxrecord": "enableActiveMxrecord",
        "administrator_name": "administrator.lastName", "administrator_email": "administrator.privateEmail",
        "administrator_login": "administrator.id", "administrator_phone": "administrator.cellphone",
        "partnership_status": "partnership.status", "customer_code": "partnership.customerCode",
        "shows_partner_profile": "partnership.enablePartnerProfileDisplay", "memo": "partnership.memo",
    },
    unfilled={"search_pieces": []},
)  # fmt: skip
OF_CUSTOMER = (
    Table(
        UsageStatus, "usage-status", "", {},
        {
            "status": "status", "member_count": "memberCount", "member_limit": "maxMemberCount",
            "withdrawal_date": "withdrawalDate", "next_limit_date": "renewal.applyDate",
            "next_limit": "renewal.maxMemberCount",
        },
    ),
    Table(
        UpgradeDomain, "upgrade-domain", "", {},
        {
            "domain": "domain", "is_active": "isActiveDomain", "cname_host": "cnameHost",
            "cname_target": "cnameTarget", "txt_host": "txtHost", "txt_value": "txtToken", "mx_host": "mxRecordHost",
            "mx_priority_10": "mxRecordValue.priority10", "mx_priority_20": "mxRecordValue.priority20",
        },
    ),
    Table(
        Subscription, "subscriptions", "subscriptions", {"subscription_id": "subscriptionId"},
        {
            "product_id": "productId", "plan": "plan", "status": "status", "start_date": "planStartDate",
            "end_date": "planEndDate", "license_count": "licenseCount", "license_assignment": "licenseAssignType",
            "renewal_type": "renewal.type", "renewal_product_id": "renewal.productId", "renewal_plan": "renewal.plan",
            "renewal_license_count": "renewal.licenseCount",
        },
    ),
    Table(
        Reservation, "subscriptions/{part}/reservation", "", {"subscription_id": "subscriptionId"},
        {
            "type": "type", "apply_date": "applyDate", "product_id": "productId", "plan": "plan",
            "license_count": "licenseCount",
        },
        part=(Subscription, "subscriptionId"),
    ),
    Table(
        PreOrder, "subscriptions/pre-orders", "subscriptionPreOrders", {"pre_order_id": "preOrderId"},
        {"product_id": "productId", "plan": "plan", "apply_date": "applyDate", "license_count": "licenseCount"},
    ),
    Table(
        OptionProduct, "option-products", "optionProducts", {"option_product_id": "optionProductId"},
        {
            "sub_option_id": "subOptionId", "subscription_id": "subscriptionId", "plan": "plan",
            "quantity": "quantity", "applied_at": "appliedTime", "start_date": "planStartDate",
            "end_date": "planEndDate",
        },
    ),
    Table(
        OptionRenewal, "option-products/{part}/renewal", "", {"option_product_id": "optionProductId"},
        {"sub_option_id": "subOptionId", "subscription_id": "subscriptionId", "type": "type", "quantity": "quantity"},
        part=(OptionProduct, "optionProductId"),
    ),
    Table(
        OptionOrder, "option-product-orders", "optionProductOrders", {"option_product_id": "optionProductId"},
        {
            "sub_option_id": "subOptionId", "subscription_id": "subscriptionId", "type": "type",
            "quantity": "quantity", "apply_date": "applyDate",
        },
    ),
    Table(
        OptionUsage, "option-product-usages", "optionProductUsages",
        {
            "used_date": "usedDate", "product_group_id": "productGroupId", "option_product_id": "optionProductId",
            "sub_option_id": "subOptionId", "plan": "plan",
        },
        {
            "member_count": "memberCount", "license_count": "licenseCount", "quantity": "quantity",
            "usage_count": "usageCount",
        },
        monthly=True,
    ),
    Table(
        CustomerUsage, "usages", "usages",
        {"used_date": "usedDate", "product_group_id": "productGroupId", "product_id": "productId", "plan": "plan"},
        {
            "status": "status", "license_count": "licenseCount", "member_count": "memberCount",
            "member_limit": "maxMemberCount",
        },
        monthly=True,
    ),
)  # fmt: skip
TABLES = [table.model._meta.db_table for table in (CUSTOMERS, *OF_CUSTOMER)]


def run(sandbox: Sandbox) -> int:
    """Read everything into the tables; return how many customers there are."""
    with requests.Session() as session:
        session.trust_env = False
        session.headers["Authorization"] = f"Bearer {sandbox.get_token()}"
        customers = f"{sandbox.api_url}/partners/customers"

        def ask(path: str) -> Raw | None:
            answer = session.get(customers + path, timeout=60)
            if answer.status_code == HTTPStatus.NOT_FOUND:
                return None
            answer.raise_for_status()
            body: Raw = answer.json()
            return body

        listed = list(_listing(ask))
        for customer in listed:
            _save(CUSTOMERS, customer, {})
            _read(customer["domainId"], ask)
    return len(listed)


def _listing(ask: Callable[[str], Raw | None]) -> Iterator[Raw]:
    page = ask("?count=30")
    while page:
        yield from page["customers"]
        cursor = page["responseMetaData"].get("nextCursor")
        page = ask(f"?count=30&cursor={quote_plus(cursor)}") if cursor else None


def _read(domain_id: int, ask: Callable[[str], Raw | None]) -> None:
    found: dict[type[Model], list[Raw]] = {}
    for table in OF_CUSTOMER:
        records = found.setdefault(table.model, [])
        for query, fixed in _months() if table.monthly else [("", {})]:
            for part in _parts(table, found):
                path = f"/{domain_id}/{table.path.format(part=part)}{query}"
                for raw in _records(table, ask(path)):
                    records.append(raw)
                    _save(table, raw, {"customer_id": domain_id, **fixed})


def _parts(table: Table, found: Mapping[type[Model], Sequence[Raw]]) -> list[Any]:
    if table.part is None:
        return [None]
    model, name = table.part
    return [raw[name] for raw in found[model]]


def _months() -> Iterator[tuple[str, dict[str, date]]]:
    for period in months_until(business_today(), MONTHS):
        month = month_of(period)
        yield f"?year={month.year}&month={month.month}", {"month": month}


def _records(table: Table, answer: Raw | None) -> list[Raw]:
    if answer is None:
        return []
    return list(answer[table.within]) if table.within else [answer]


def _save(table: Table, raw: Raw, fixed: Mapping[str, Any]) -> None:
    values = {**table.take(raw, table.columns), **table.unfilled, "raw": raw, "changed_at": now()}
    table.model._default_manager.update_or_create(**table.take(raw, table.key), **fixed, defaults=values)


def _at(raw: Raw, path: str) -> Any:
    value: Any = raw
    for name in path.split("."):
        value = value.get(name) if value else None
    return value


def _fitting(column: "Field[Any, Any]", value: Any) -> Any:
    """What is absent is an empty text where the column takes no null."""
    return "" if value is None and not column.null else value
