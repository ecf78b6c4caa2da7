"""
Customers of Online Direct, and how one of them comes over to the partner.

Vendor pages `partner-potential-customers-{get,transfer}`. How long a transfer takes is documented nowhere; here it goes
by the real time, as the business date has no seconds.
"""

import json
import time
from datetime import date
from typing import Any

from .call import Answer, Call, Operation
from .catalogue import PRODUCTS, Group, Kind
from .contracts import paid_subscription, unpaid_subscription
from .customers import customer_of, save_customer
from .errors import invalid, missing, not_exist
from .fields import boolean, read_body, text
from .inferred import TRANSFER_READY_SECONDS, TRANSFER_SECONDS
from .rules import Rule, Source, rule
from .state import State, to_json

TRANSFER_READY = "TRANSFER_READY"
STARTED, COMPLETED = "clock:startTransfer", "clock:completeTransfer"  # the ledger's names for what follows a transfer

_GET, _TRANSFER = "partner-potential-customers-get", "partner-potential-customers-transfer"

READ_CODE = rule(
    "cust.potential.code", "Reading an Online Direct customer needs the partner code that it has issued.", _GET
)
TRANSFER_CODE = rule(
    "cust.transfer.code", "Taking over an Online Direct customer needs the partner code that it has issued.", _TRANSFER
)
LATER = rule(
    "cust.transfer.later", "A transfer is accepted first; the customer is the partner's some time later.", _TRANSFER
)
ONCE = rule(
    "cust.transfer.once",
    "A customer whose transfer is under way can't be transferred again.",
    _TRANSFER,
    source=Source.DEDUCED,
)
READY = rule(
    "cust.transfer.ready",
    "Shortly before a transfer is done the customer can be read, TRANSFER_READY and without its subscriptions.",
    "partner-customer-get",
    source=Source.DEDUCED,
)
PRODUCTS_COME = rule(
    "cust.transfer.products",
    "A customer brings its subscriptions along; their terms begin on the day of the transfer.",
    _TRANSFER,
    source=Source.DEDUCED,
)
DISPLAY = rule(
    "cust.transfer.display",
    "A transfer that leaves enablePartnerProfileDisplay out means true, as creating a customer does.",
    _TRANSFER,
    source=Source.DEDUCED,
)


def get_potential_customer(call: Call) -> Answer:
    """getPotentialCustomer: what an Online Direct customer uses, before it is taken over."""
    for name in call.query:
        if name != "partnerCode":
            raise invalid(name, "no such parameter")
    if "partnerCode" not in call.query:
        raise missing("partnerCode")
    record = _find(call, call.query["partnerCode"], READ_CODE)
    customer = record["customer"]
    product_ids = [contract["productId"] for contract in record["contracts"]]
    of_works = [product_id for product_id in product_ids if PRODUCTS[product_id].group is Group.WORKS]
    return Answer(
        200,
        {
            "tenantId": customer["tenantId"],
            "domainId": customer["domainId"],
            "domain": customer["domain"],
            "productId": of_works[0] if of_works else None,
            "productIds": product_ids,
            "notHandledApps": record["notHandledApps"],
        },
    )


def transfer_potential_customer(call: Call) -> Answer:
    """transferPotentialCustomer: take an Online Direct customer over, which takes a while."""
    wanted = read_body(call.body, required={"partnerCode": text}, optional={"enablePartnerProfileDisplay": boolean})
    record = _find(call, wanted["partnerCode"], TRANSFER_CODE)
    domain = call.path["domain"]
    if call.state.db.execute("SELECT moves_at FROM potentials WHERE domain = ?", (domain,)).fetchone()[0] is not None:
        raise ONCE.broken("CONFLICT", "the transfer is under way", status=409)
    is_shown = wanted.get("enablePartnerProfileDisplay", True)
    record["customer"]["partnership"] = {"enablePartnerProfileDisplay": is_shown}
    call.state.db.execute(
        "UPDATE potentials SET moves_at = ?, record = ? WHERE domain = ?",
        (time.time() + TRANSFER_SECONDS, to_json(record), domain),
    )
    call.record_effect(record["customer"]["domainId"], {"domain": domain, "enablePartnerProfileDisplay": is_shown})
    return Answer(202)


_POTENTIAL = "/partners/potential-customers/{domain}"
OPERATIONS = (
    Operation("getPotentialCustomer", "GET", _POTENTIAL, get_potential_customer),
    Operation(
        "transferPotentialCustomer", "POST", f"{_POTENTIAL}/transfer", transfer_potential_customer, has_body=True
    ),
)


def advance_transfers(state: State, today: date) -> None:
    """Bring the accepted transfers on as far as the time has come; outside of any transaction."""
    now = time.time()
    due = state.db.execute(
        "SELECT domain, record, moves_at FROM potentials WHERE moves_at <= ? ORDER BY moves_at",
        (now + TRANSFER_READY_SECONDS,),
    ).fetchall()
    if not due:
        return
    with state.transaction():
        for domain, text_of_record, moves_at in due:
            record = json.loads(text_of_record)
            _start(state, record)
            if moves_at <= now:
                _complete(state, domain, record, today)


def list_potentials(state: State) -> list[dict[str, Any]]:
    """Give the Online Direct customers with their partner codes, which such a customer would tell the partner."""
    rows = state.db.execute(
        "SELECT domain, json_extract(record, '$.customer.companyName'), partner_code, moves_at IS NOT NULL"
        " FROM potentials ORDER BY domain"
    )
    return [
        {"domain": domain, "companyName": company_name, "partnerCode": partner_code, "isMoving": bool(is_moving)}
        for domain, company_name, partner_code, is_moving in rows
    ]


def _find(call: Call, partner_code: str, code_rule: Rule) -> dict[str, Any]:
    query = "SELECT record, partner_code FROM potentials WHERE domain = ?"
    row = call.state.db.execute(query, (call.path["domain"],)).fetchone()
    if row is None:
        raise not_exist("POTENTIAL_CUSTOMER", call.path["domain"])
    if row[1] != partner_code:
        raise code_rule.broken("INVALID_PARTNER_CODE", "partnerCode: not the one that this customer has issued")
    return dict(json.loads(row[0]))


def _start(state: State, record: dict[str, Any]) -> None:
    customer = record["customer"]
    domain_id = customer["domainId"]
    if state.db.execute("SELECT 1 FROM customers WHERE domain_id = ?", (domain_id,)).fetchone():
        return
    state.add_customers([customer | {"partnership": {"status": TRANSFER_READY, **customer["partnership"]}}])
    state.add_platforms([{"domain_id": domain_id, "member_count": record["members"]}])
    state.record_effect(STARTED, domain_id, customer_of(state, domain_id))


def _complete(state: State, domain: str, record: dict[str, Any], today: date) -> None:
    domain_id = record["customer"]["domainId"]
    for contract in record["contracts"]:
        state.add_subscription(_subscription(domain_id, contract, today))
    arrived = customer_of(state, domain_id)
    del arrived["partnership"]["status"]
    save_customer(state, domain_id, arrived)
    state.db.execute("DELETE FROM potentials WHERE domain = ?", (domain,))
    state.record_effect(COMPLETED, domain_id, customer_of(state, domain_id))


def _subscription(domain_id: int, contract: dict[str, Any], start: date) -> dict[str, Any]:
    product_id = contract["productId"]
    if PRODUCTS[product_id].kind is Kind.PAID:
        return paid_subscription(domain_id, product_id, contract["plan"], contract["licenseCount"], start)
    return unpaid_subscription(domain_id, product_id, start)
