"""Fields of vendor records in words: labels, codes, days, figures, and what was never heard of."""

from typing import Any

import pytest

from portal.core.field_labels import fields_of


def texts(record: dict[str, Any]) -> dict[str, str]:
    return {field.label: field.text for field in fields_of(record).values()}


@pytest.mark.parametrize(
    ("record", "label", "text"),
    [
        ({"productId": "ADV"}, "Plan", "Advanced"),
        ({"plan": "MONTHLY"}, "Contract type", "Monthly contract, postpay"),
        ({"status": "SUSPENDED_TRIALEND"}, "Status", "Suspended (Trial ended)"),
        ({"status": "SUSPENDED_WITHDRAWAL"}, "Status", "Suspended (pending cancellation)"),
        ({"renewal": {"type": "STAY"}}, "Renewal settings", "Renew under the same conditions"),
        ({"type": "ADD_LICENSE"}, "Type", "Add licenses"),
        ({"type": "CHANGE_QUANTITY"}, "Type", "Change quantity"),
        ({"subOptionId": "SSTG203"}, "Sub option", "10 TB"),
        ({"paymentStatus": "UNPAID"}, "Payment status", "Unpaid"),
        ({"licenseCount": 1200}, "Number of licenses", "1,200"),
        ({"enableActiveDomain": False}, "Domain ownership verification", "Not verified"),
        ({"planEndDate": "2026-01-31"}, "End date", "31 Jan 2026"),
        ({"planEndDate": "2026-02-31"}, "End date", "2026-02-31"),  # no calendar has it
        ({"planEndDate": None}, "End date", "–"),
        ({"plan": "WEEKLY_X"}, "Contract type", "WEEKLY_X"),
        ({"subscriptionId": 1234567}, "Subscription ID", "1234567"),  # a number that is no figure
        ({"lockReason": {"code": "R7"}}, "lockReason.code", "R7"),
        ({"notHandledApps": ["a", "b"]}, "notHandledApps", "a, b"),
        ({"notHandledApps": []}, "notHandledApps", "None"),
        ({"settlementItems": [{"plan": "ANNUAL"}]}, "settlementItems.1.plan", "Annual contract, monthly"),
        ({"renewal": {}}, "Renewal settings", "–"),
    ],
)
def test_a_field_is_said_in_words_where_there_are_some(record: dict[str, Any], label: str, text: str) -> None:
    assert texts(record) == {label: text}


def test_what_only_the_vendor_has_a_name_for_is_marked() -> None:
    fields = fields_of({"plan": "MONTHLY", "lockReason": "x"})
    assert {path: field.is_raw for path, field in fields.items()} == {"plan": False, "lockReason": True}
