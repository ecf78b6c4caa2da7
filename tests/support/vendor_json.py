"""The vendor's JSON as its pages show it, to build answers from."""

from typing import Any

Json = dict[str, Any]


def customer(domain_id: int = 10000001, **changes: Any) -> Json:
    """A customer with every field the contract knows."""
    return {
        "tenantId": 300000001,
        "domainId": domain_id,
        "domain": "example.com",
        "productId": "STD",
        "companyName": "ワークス商事株式会社",
        "phoneNumber": "03-0000-0000",
        "timeZone": "Asia/Tokyo",
        "locale": "ja_JP",
        "enableActiveMxrecord": False,
        "enableActiveDomain": True,
        "domainType": "DOMAIN",
        "administrator": {
            "lastName": "山田",
            "firstName": "花子",
            "id": "admin",
            "privateEmail": "hanako@example.net",
            "cellphone": "090-0000-0000",
            "countryCode": "+81",
        },
        "partnership": {
            "status": "TRANSFER_READY",
            "customerCode": "C-17",
            "enablePartnerProfileDisplay": True,
            "memo": "要確認",
        },
    } | changes


def subscription(subscription_id: int = 501, **changes: Any) -> Json:
    """A paid subscription with its renewal."""
    return {
        "domainId": 10000001,
        "subscriptionId": subscription_id,
        "productId": "STD",
        "plan": "ANNUAL_LICENSE",
        "planStartDate": "2025-02-15",
        "planEndDate": "2026-02-14",
        "licenseAssignType": "NONE",
        "licenseCount": 10,
        "status": "ACTIVE",
        "renewal": {
            "subscriptionId": subscription_id,
            "type": "STAY",
            "productId": "STD",
            "plan": "ANNUAL_LICENSE",
            "licenseCount": 10,
        },
    } | changes


def pre_order(pre_order_id: int = 901, **changes: Any) -> Json:
    """A pre-order."""
    return {
        "preOrderId": pre_order_id,
        "productId": "STD",
        "applyDate": "2025-02-15",
        "plan": "ANNUAL_LICENSE",
        "licenseCount": 10,
    } | changes


def without(record: Json, *fields: str) -> Json:
    """The record without some of its fields."""
    return {name: value for name, value in record.items() if name not in fields}
