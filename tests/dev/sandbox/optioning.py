"""Steps with options that tests of the sandbox take."""

from typing import Any

from .conftest import Api
from .subscribing import done

Option = dict[str, Any]


def options_path(domain_id: int, option_id: object = None, below: str = "") -> str:
    """Give the address of a customer's options, of one of them, or of something below it."""
    address = f"/customers/{domain_id}/option-products"
    return address if option_id is None else f"{address}/{option_id}{below}"


def orders_path(domain_id: int, option_id: object = None) -> str:
    """Give the address of a customer's option tasks, or of one of them."""
    address = f"/customers/{domain_id}/option-product-orders"
    return address if option_id is None else f"{address}/{option_id}"


def wanted(sub_option_id: str, **more: object) -> dict[str, Any]:
    """Make the body that names an option by its sub option."""
    return {"optionProductId": option_of(sub_option_id), "subOptionId": sub_option_id, **more}


def option_of(sub_option_id: str) -> str:
    """Give the option that a sub option is of, by the prefixes of the contract."""
    return next(name for name in ("ACV2", "ACV3", "SSTG2", "DRV", "BCT", "CST_S", "CST_M") if name in sub_option_id)


def take(api: Api, domain_id: int, sub_option_id: str, **more: object) -> Option:
    """Add an option today."""
    return done(api, "POST", options_path(domain_id), wanted(sub_option_id, **more), 201)


def options(api: Api, domain_id: int) -> list[Option]:
    """List a customer's options."""
    return list(done(api, "GET", options_path(domain_id))["optionProducts"])


def held(api: Api, domain_id: int) -> list[str]:
    """List the sub options that a customer has."""
    return [option["subOptionId"] for option in options(api, domain_id)]


def order(api: Api, domain_id: int, kind: str, apply_date: str, sub_option_id: str, **more: object) -> Option:
    """Schedule something for an option."""
    body = wanted(sub_option_id, type=kind, applyDate=apply_date, **more)
    return done(api, "POST", orders_path(domain_id), body, 201)


def orders(api: Api, domain_id: int) -> list[Option]:
    """List what is scheduled for a customer's options."""
    return list(done(api, "GET", orders_path(domain_id))["optionProductOrders"])


def option_renewal(api: Api, domain_id: int, option_id: str, **changes: object) -> Option:
    """Read what becomes of an option at renewal, or set it."""
    address = options_path(domain_id, option_id, "/renewal")
    return done(api, "PATCH", address, changes) if changes else done(api, "GET", address)


def invoice_details(api: Api, year: int, month: int, count: int | None = None) -> list[dict[str, Any]]:
    """Read a month's part of every customer, page by page."""
    query: dict[str, str] = {"year": str(year), "month": str(month)}
    if count is not None:
        query["count"] = str(count)
    found: list[dict[str, Any]] = []
    while True:
        answer = api("GET", "/invoice-details", params=query)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += page["invoiceDetails"]
        if "nextCursor" not in page["responseMetaData"]:
            return found
        query["cursor"] = page["responseMetaData"]["nextCursor"]


def settlement_items(api: Api, domain_id: int, year: int, month: int) -> list[dict[str, Any]]:
    """Read what one customer has on the invoice of a month."""
    for detail in invoice_details(api, year, month):
        if detail["domainId"] == domain_id:
            return list(detail["settlementItems"])
    return []
