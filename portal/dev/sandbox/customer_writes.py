"""
Operations that make and change customers.

Vendor pages `partner-customer-create`, `partner-customer-update-patch`; of PUT only the method, the address and the
title are known, so its body is that of PATCH (ours).
"""

from typing import Any

from . import customer_fields as read
from .call import Answer, Call, Operation
from .contracts import unpaid_subscription
from .customers import check_advanced, customer_of, existing_customer, save_customer
from .domain_names import check_free, is_by_works, kind_of, new_name
from .fields import boolean, members, read_body
from .rules import Source, rule
from .state import State
from .withdrawal import delete_customer

STARTING_PRODUCTS = ("FR", "STD_T", "ADV_T")
# Tenants are numbered apart from customers; which numbers the vendor gives is unknown.
TENANT_ID_OFFSET = -100_000_000

_CREATE, _PATCH = "partner-customer-create", "partner-customer-update-patch"

PRODUCT = rule("cust.create.product", "A customer can be created with FR, STD_T or ADV_T, with no paid plan.", _CREATE)
NO_PRODUCT = rule(
    "cust.create.withoutproduct", "A customer can be created without a product, and be given one later.", _CREATE
)
PARTNERSHIP = rule(
    "cust.create.partnership",
    "Of the partnership, creating sets enablePartnerProfileDisplay alone, true unless told.",
    _CREATE,
)
EDITABLE = rule(
    "cust.update.editable", "Domain, product and administrator of a customer can't be changed by an update.", _PATCH
)
PATCH_KEEPS = rule(
    "cust.patch.keeps",
    "PATCH changes the members that are sent, those of the partnership too, and keeps the others.",
    "api-call",
    _PATCH,
)
PUT_REPLACES = rule(
    "cust.put.replaces",
    "PUT replaces: a partnership or a member of it that is left out is lost, or falls back to its default.",
    "api-call",
)
PUT_NEEDS = rule(
    "cust.put.required",
    "PUT needs companyName, phoneNumber, timeZone and locale, as no customer is without them.",
    "api-call",
    source=Source.DEDUCED,
)

_BASICS = {
    "companyName": read.company_name,
    "phoneNumber": read.phone_number,
    "timeZone": read.time_zone,
    "locale": read.locale,
}
_DISPLAY = {"enablePartnerProfileDisplay": boolean}
_PARTNERSHIP = {"customerCode": read.customer_code, **_DISPLAY, "memo": read.memo}
_SHOWN_TO_CUSTOMER = {"enablePartnerProfileDisplay": True}  # the documented default


def create_customer(call: Call) -> Answer:
    """createCustomer: add a customer, with a Free or Trial subscription or without any."""
    wanted = read_body(
        call.body,
        required={"domain": new_name, **_BASICS},
        optional={
            "productId": _starting_product,
            "administrator": read.administrator,
            "partnership": _new_partnership,
        },
    )
    check_free(call.state, wanted["domain"])
    product_id = wanted.pop("productId", None)
    domain_id = next_domain_id(call.state)
    call.state.add_customers([_new_record(domain_id, wanted)])
    members_so_far = 1 if "administrator" in wanted else 0
    call.state.add_platforms([{"domain_id": domain_id, "member_count": members_so_far, "accepted_terms": 0}])
    if product_id is not None:
        check_advanced(call.state, domain_id, product_id)
        call.state.add_subscription(unpaid_subscription(domain_id, product_id, call.today))
    return _changed(call, domain_id, status=201)


def update_customer(call: Call) -> Answer:
    """updateCustomer: replace what can be changed of a customer."""
    domain_id = existing_customer(call)
    _check_editable(call.body)
    if isinstance(call.body, dict):
        for name in _BASICS:
            if name not in call.body:
                raise PUT_NEEDS.broken("MISSING_PARAMETER", f"{name} is required")
    wanted = read_body(
        call.body, required=_BASICS, optional={"partnership": members(required={}, optional=_PARTNERSHIP)}
    )
    record = customer_of(call.state, domain_id)
    replaced = _SHOWN_TO_CUSTOMER | wanted.pop("partnership", {})
    if "status" in record.get("partnership", {}):
        replaced["status"] = record["partnership"]["status"]  # no caller's to set, so none's to lose
    save_customer(call.state, domain_id, record | wanted | {"partnership": replaced})
    return _changed(call, domain_id)


def patch_customer(call: Call) -> Answer:
    """patchCustomer: change some of what can be changed of a customer."""
    domain_id = existing_customer(call)
    _check_editable(call.body)
    wanted = read_body(
        call.body, required={}, optional={**_BASICS, "partnership": members(required={}, optional=_PARTNERSHIP)}
    )
    record = customer_of(call.state, domain_id)
    if not wanted:
        return Answer(200, record)
    partnership = record.get("partnership", {}) | wanted.pop("partnership", {})
    save_customer(call.state, domain_id, record | wanted | {"partnership": partnership})
    return _changed(call, domain_id)


_CUSTOMER = "/partners/customers/{domain_id}"
OPERATIONS = (
    Operation("createCustomer", "POST", "/partners/customers", create_customer, has_body=True),
    Operation("updateCustomer", "PUT", _CUSTOMER, update_customer, has_body=True),
    Operation("patchCustomer", "PATCH", _CUSTOMER, patch_customer, has_body=True),
    Operation("deleteCustomer", "DELETE", _CUSTOMER, delete_customer),
)


def next_domain_id(state: State) -> int:
    """Give the domainId of the next new customer; none is ever given out twice."""
    query = """
        SELECT max(300000000, coalesce((SELECT max(domain_id) FROM customers), 0),
                   coalesce((SELECT max(domain_id) FROM departed), 0)) + 1"""
    return int(state.db.execute(query).fetchone()[0])


def _new_record(domain_id: int, wanted: dict[str, Any]) -> dict[str, Any]:
    kind = kind_of(wanted["domain"])
    return {
        "tenantId": domain_id + TENANT_ID_OFFSET,
        "domainId": domain_id,
        **wanted,
        "enableActiveMxrecord": False,
        "enableActiveDomain": is_by_works(wanted["domain"]),
        "domainType": kind,
        "partnership": _SHOWN_TO_CUSTOMER | wanted.get("partnership", {}),
    }


def _changed(call: Call, domain_id: int, *, status: int = 200) -> Answer:
    record = customer_of(call.state, domain_id)
    call.record_effect(domain_id, record)
    return Answer(status, record)


def _starting_product(name: str, value: object) -> str:
    if not isinstance(value, str) or value not in STARTING_PRODUCTS:
        raise PRODUCT.broken("INVALID_PARAMETER", f"{name}: must be one of {', '.join(STARTING_PRODUCTS)}")
    return value


def _new_partnership(name: str, value: object) -> dict[str, Any]:
    if isinstance(value, dict) and value.keys() - _DISPLAY.keys():
        raise PARTNERSHIP.broken("INVALID_PARAMETER", f"{name}: only enablePartnerProfileDisplay can be set at first")
    return dict(members(required={}, optional=_DISPLAY)(name, value))


def _check_editable(body: object) -> None:
    fixed = {"domain", "productId", "administrator"}.intersection(body) if isinstance(body, dict) else set()
    if fixed:
        raise EDITABLE.broken("INVALID_PARAMETER", f"{min(fixed)}: can't be changed by an update")
