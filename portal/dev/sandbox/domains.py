"""
Operations on domains: whether a name can be had, proof of ownership, and from a group name to a domain.

Vendor pages `partner-customer-verify-domain`, `partner-customer-activate`,
`partner-customer-upgrade-domain-{get,create,delete}`, `partner-customer-change-domain-post`.
"""

from dataclasses import dataclass
from typing import Any

from .call import Answer, Call, Operation
from .customers import customer_of, existing_customer, save_customer
from .domain_names import (
    DOMAIN,
    GROUP,
    check_free,
    dns_values,
    domain_name,
    is_by_works,
    kind_of,
    new_name,
)
from .fields import read_body
from .rules import Source, rule
from .state import State

_ACTIVATE, _CHANGE = "partner-customer-activate", "partner-customer-change-domain-post"
_GET, _CREATE, _DELETE = (f"partner-customer-upgrade-domain-{verb}" for verb in ("get", "create", "delete"))

TERMS = rule("cust.activate.terms", "A customer can be activated once it has accepted the terms of service.", _ACTIVATE)
DNS = rule(
    "cust.activate.dns", "A domain of the customer's own is activated once its DNS is set.", "partner", _ACTIVATE
)
OF_GROUP = rule(
    "cust.activate.domain",
    "A customer with a group name is activated without DNS, as there is no ownership to prove.",
    _ACTIVATE,
    source=Source.DEDUCED,
)
FROM_GROUP = rule(
    "cust.upgradedomain.group", "Only a customer with a group name registers a domain to upgrade to.", _CREATE
)
ONE = rule(
    "cust.upgradedomain.one",
    "A customer has one domain registered to upgrade to; another needs that one deleted.",
    _CREATE,
    source=Source.DEDUCED,
)
NOT_NEEDED = rule(
    "cust.upgradedomain.byworks",
    "A by-works domain is not registered before the change, as there is nothing to prove.",
    "partner",
    source=Source.DEDUCED,
)
EXISTS = rule(
    "cust.upgradedomain.exists",
    "DNS values can be read of a domain that is registered to upgrade to, or of the customer's own; only the former can"
    " be deleted.",
    _GET,
    _DELETE,
)
CHANGE_GROUP = rule("cust.changedomain.group", "Only a group name can be changed to a domain.", _CHANGE)
CHANGE_REGISTERED = rule(
    "cust.changedomain.registered",
    "Outside by-works a domain has to be registered to upgrade to before a group name is changed to it.",
    _CHANGE,
)
CHANGE_DNS = rule(
    "cust.changedomain.dns",
    "The DNS of a registered domain has to be set before a group name is changed to it.",
    "partner",
)


@dataclass(frozen=True, slots=True)
class _Platform:
    upgrade_domain: str | None
    has_dns: bool
    accepted_terms: bool


def verify_domain(call: Call) -> Answer:
    """verifyDomain: whether a name can be given to a new customer, and of which kind it is. Changes nothing."""
    name = read_body(call.body, required={"domain": new_name})["domain"]
    check_free(call.state, name, status=400)  # the page lists no other failure
    return Answer(200, {"domain": name, "type": kind_of(name)})


def activate_customer(call: Call) -> Answer:
    """activateCustomer: prove the ownership of the customer's domain, after which it can be used."""
    domain_id = existing_customer(call)
    record, platform = customer_of(call.state, domain_id), _platform(call.state, domain_id)
    if not platform.accepted_terms:
        raise TERMS.broken("FORBIDDEN", "the customer has not accepted the terms of service", status=403)
    is_group = record["domainType"] == GROUP
    if not (is_group or platform.has_dns or record["enableActiveDomain"] or is_by_works(record["domain"])):
        raise DNS.broken("INVALID_DOMAIN", f"the DNS of {record['domain']} does not hold the values yet")
    if is_group:
        save_customer(call.state, domain_id, record | {"enableActiveDomain": True})
        call.record_effect(domain_id, customer_of(call.state, domain_id))
    elif not record["enableActiveDomain"]:
        _use_domain(call.state, domain_id, record, record["domain"])
        call.record_effect(domain_id, customer_of(call.state, domain_id))
    return Answer(200, customer_of(call.state, domain_id))


def get_upgrade_domain(call: Call) -> Answer:
    """getUpgradeDomain: the DNS values to set, and whether they are seen."""
    domain_id = existing_customer(call)
    found = _to_prove(call.state, domain_id)
    if found is None:
        raise EXISTS.broken("UPGRADE_DOMAIN_NOT_EXIST", "no domain is registered", status=404)
    return Answer(200, found)


def create_upgrade_domain(call: Call) -> Answer:
    """createUpgradeDomain: register the domain that is to take the place of a group name."""
    domain_id = existing_customer(call)
    wanted = read_body(call.body, required={"domain": domain_name})["domain"]
    if customer_of(call.state, domain_id)["domainType"] == DOMAIN:
        raise FROM_GROUP.broken("CONFLICT", "the customer has a domain already", status=409)
    if _platform(call.state, domain_id).upgrade_domain is not None:
        raise ONE.broken("UPGRADE_DOMAIN_ALREADY_EXIST", "a domain is registered already", status=409)
    if is_by_works(wanted):
        raise NOT_NEEDED.broken("INVALID_DOMAIN", "a by-works domain is changed to without being registered")
    check_free(call.state, wanted)
    _set_upgrade_domain(call.state, domain_id, wanted)
    registered = _to_prove(call.state, domain_id) or {}
    call.record_effect(domain_id, registered)
    return Answer(201, registered)


def delete_upgrade_domain(call: Call) -> Answer:
    """deleteUpgradeDomain: give up the domain registered to upgrade to."""
    domain_id = existing_customer(call)
    registered = _platform(call.state, domain_id).upgrade_domain
    if registered is None:
        raise EXISTS.broken("UPGRADE_DOMAIN_NOT_EXIST", "no domain is registered", status=404)
    _set_upgrade_domain(call.state, domain_id, None)
    call.record_effect(domain_id, {"domain": registered})
    return Answer(204)


def change_domain(call: Call) -> Answer:
    """changeDomain: put a domain in the place of a group name."""
    domain_id = existing_customer(call)
    wanted = read_body(call.body, required={"domain": domain_name})["domain"]
    record, platform = customer_of(call.state, domain_id), _platform(call.state, domain_id)
    if record["domainType"] == DOMAIN:
        raise CHANGE_GROUP.broken("INVALID_DOMAIN", "the customer has a domain already")
    if not is_by_works(wanted):
        if platform.upgrade_domain != wanted:
            raise CHANGE_REGISTERED.broken("INVALID_DOMAIN", f"{wanted} is not registered to upgrade to")
        if not platform.has_dns:
            raise CHANGE_DNS.broken("INVALID_DOMAIN", f"the DNS of {wanted} does not hold the values yet")
    check_free(call.state, wanted, but_for=domain_id)
    _set_upgrade_domain(call.state, domain_id, None)
    _use_domain(call.state, domain_id, record, wanted)
    call.record_effect(domain_id, customer_of(call.state, domain_id))
    return Answer(204)


_CUSTOMER = "/partners/customers/{domain_id}"
OPERATIONS = (
    Operation("verifyDomain", "POST", "/partners/customers/verify-domain", verify_domain, has_body=True),
    Operation("activateCustomer", "POST", f"{_CUSTOMER}/activate", activate_customer),
    Operation("getUpgradeDomain", "GET", f"{_CUSTOMER}/upgrade-domain", get_upgrade_domain),
    Operation("createUpgradeDomain", "POST", f"{_CUSTOMER}/upgrade-domain", create_upgrade_domain, has_body=True),
    Operation("deleteUpgradeDomain", "DELETE", f"{_CUSTOMER}/upgrade-domain", delete_upgrade_domain),
    Operation("changeDomain", "POST", f"{_CUSTOMER}/change-domain", change_domain, has_body=True),
)


def _platform(state: State, domain_id: int) -> _Platform:
    query = "SELECT upgrade_domain, has_dns, accepted_terms FROM platforms WHERE domain_id = ?"
    upgrade_domain, has_dns, accepted_terms = state.db.execute(query, (domain_id,)).fetchone()
    return _Platform(upgrade_domain, bool(has_dns), bool(accepted_terms))


def _to_prove(state: State, domain_id: int) -> dict[str, Any] | None:
    """Give the record of the domain registered to upgrade to, or else of the customer's own, outside by-works."""
    platform = _platform(state, domain_id)
    domain, is_active = platform.upgrade_domain, platform.has_dns
    if domain is None:
        record = customer_of(state, domain_id)
        domain, is_active = record["domain"], record["enableActiveDomain"]
        if kind_of(domain) == GROUP or is_by_works(domain):
            return None
    return {"domain": domain, "isActiveDomain": is_active, **dns_values(domain_id, domain)}


def _set_upgrade_domain(state: State, domain_id: int, domain: str | None) -> None:
    # Whatever DNS was set, it was set for another domain.
    state.db.execute("UPDATE platforms SET upgrade_domain = ?, has_dns = 0 WHERE domain_id = ?", (domain, domain_id))


def _use_domain(state: State, domain_id: int, record: dict[str, Any], domain: str) -> None:
    """Put a proven domain into use. The DNS values hold MX records too, so with a domain of its own mail is on."""
    changes = {"domain": domain, "domainType": DOMAIN, "enableActiveDomain": True}
    if not is_by_works(domain):
        changes["enableActiveMxrecord"] = True
    save_customer(state, domain_id, record | changes)
