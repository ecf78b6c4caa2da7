"""LINE WORKS's JSON as its pages show it, to build answers from."""

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


def reservation(subscription_id: int = 501, **changes: Any) -> Json:
    """A scheduled addition of licenses."""
    return {
        "subscriptionId": subscription_id,
        "type": "ADD_LICENSE",
        "applyDate": "2025-08-11",
        "plan": "ANNUAL_LICENSE",
        "productId": "STD",
        "licenseCount": 100,
    } | changes


def usage_status(domain_id: int = 10000001, **changes: Any) -> Json:
    """The usage status of a customer with a limit and a scheduled change of it."""
    return {
        "domainId": domain_id,
        "status": "ACTIVE",
        "memberCount": 8,
        "maxMemberCount": 10,
        "withdrawalDate": None,
        "renewal": {"applyDate": "2025-02-15", "maxMemberCount": 100},
    } | changes


def upgrade_domain(**changes: Any) -> Json:
    """A domain with what to enter in its DNS."""
    return {
        "domain": "example.com",
        "isActiveDomain": False,
        "cnameHost": "works",
        "cnameTarget": "cname.example.net",
        "txtHost": "@",
        "txtToken": "works-domain-verification=1234567",
        "mxRecordHost": "@",
        "mxRecordValue": {"priority10": "mx1.example.net", "priority20": "mx2.example.net"},
    } | changes


def option(**changes: Any) -> Json:
    """Shared Storage of 5 TB."""
    return {
        "subscriptionId": 501,
        "optionProductId": "SSTG2",
        "subOptionId": "SSTG202",
        "appliedTime": "2025-02-15T09:00:00.000+09:00",
        "quantity": 1,
        "plan": "ANNUAL_LICENSE",
        "planStartDate": "2025-02-15",
        "planEndDate": "2026-02-14",
    } | changes


def option_renewal(**changes: Any) -> Json:
    """An option that is renewed as it is."""
    return {
        "subscriptionId": 501,
        "optionProductId": "SSTG2",
        "subOptionId": "SSTG202",
        "type": "STAY",
        "quantity": None,
    } | changes


def option_order(**changes: Any) -> Json:
    """An option to be added later."""
    return {
        "subscriptionId": 501,
        "optionProductId": "SSTG2",
        "subOptionId": "SSTG202",
        "type": "APPLY",
        "quantity": None,
        "applyDate": "2025-03-01",
    } | changes


def option_usage(**changes: Any) -> Json:
    """One day of an option."""
    return {
        "productGroupId": "WORKS",
        "optionProductId": "ACV2",
        "subOptionId": "ACV201",
        "usedDate": "2025-02-01",
        "plan": "ANNUAL_LICENSE",
        "memberCount": 1,
        "licenseCount": 1,
        "quantity": None,
        "usageCount": None,
    } | changes


def usage(**changes: Any) -> Json:
    """One day of a product."""
    return {
        "productGroupId": "WORKS",
        "usedDate": "2025-02-01",
        "productId": "STD",
        "plan": "MONTHLY",
        "licenseCount": 0,
        "memberCount": 8,
        "maxMemberCount": 10,
        "status": "ACTIVE",
    } | changes


def invoice(**changes: Any) -> Json:
    """An invoice, with the year as LINE WORKS's example prints it."""
    return {
        "invoiceNo": 2084426021,
        "invoiceYear": 20201,
        "invoiceMonth": 8,
        "partnerName": "Partner company",
        "usedAmount": 62400,
        "optionPlusAmount": 10000,
        "taxRate": 10,
        "usedTaxAmount": 6240,
        "optionPlusTaxAmount": 1000,
        "penaltyAmount": 0,
        "totalAmount": 79640,
        "paymentStatus": "UNPAID",
        "paidTime": None,
        "issuedTime": "2025-09-01T00:00:00Z",
    } | changes


def settlement_item(**changes: Any) -> Json:
    """A line of an invoice's detail, as far as its fields are known."""
    return {
        "subscriptionId": 501,
        "itemType": "PRODUCT",
        "startDate": "2025-02-01",
        "endDate": "2025-02-28",
        "itemId": "STD",
        "plan": "MONTHLY",
        "licenseCount": 0,
        "memberCount": 8,
        "quantity": None,
        "status": "ACTIVE",
    } | changes


def invoice_detail(domain_id: int = 10000001, **changes: Any) -> Json:
    """A customer's share of an invoice, of two lines."""
    return {
        "domainId": domain_id,
        "domain": "example.com",
        "customerName": "ワークス商事株式会社",
        "customerCode": "C-17",
        "settlementItems": [settlement_item(), settlement_item(itemType="SUMMARY")],
    } | changes
