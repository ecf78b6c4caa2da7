"""Fields of vendor records in words: labels, codes, days, figures, and what was never heard of."""

from typing import Any

import pytest

from portal.core.field_labels import fields_of


def texts(record: dict[str, Any]) -> dict[str, str]:
    return {field.label: field.text for field in fields_of(record).values()}


@pytest.mark.parametrize(
    ("record", "label", "text"),
    [
        ({"productId": "ADV"}, "Product", "Advanced"),
        ({"plan": "MONTHLY"}, "Plan", "monthly"),
        ({"status": "SUSPENDED_TRIALEND"}, "Status", "Trial ended, grace"),
        ({"status": "SUSPENDED_WITHDRAWAL"}, "Status", "Suspended, to be deleted"),
        ({"renewal": {"type": "STAY"}}, "At renewal", "Renews as it is"),
        ({"type": "ADD_LICENSE"}, "What happens", "Licenses are added"),
        ({"type": "CHANGE_QUANTITY"}, "What happens", "Quantity changes"),
        ({"subOptionId": "SSTG203"}, "Size of the option", "10 TB"),
        ({"paymentStatus": "UNPAID"}, "Payment", "Unpaid"),
        ({"licenseCount": 1200}, "Licenses", "1,200"),
        ({"enableActiveDomain": False}, "Domain proved", "No"),
        ({"planEndDate": "2026-01-31"}, "Until", "31 Jan 2026"),
        ({"planEndDate": "2026-02-31"}, "Until", "2026-02-31"),  # no calendar has it
        ({"planEndDate": None}, "Until", "–"),
        ({"plan": "WEEKLY_X"}, "Plan", "WEEKLY_X"),
        ({"subscriptionId": 1234567}, "Subscription", "1234567"),  # a number that is no figure
        ({"lockReason": {"code": "R7"}}, "lockReason.code", "R7"),
        ({"notHandledApps": ["a", "b"]}, "notHandledApps", "a, b"),
        ({"notHandledApps": []}, "notHandledApps", "None"),
        ({"settlementItems": [{"plan": "ANNUAL"}]}, "settlementItems.1.plan", "annual"),
        ({"renewal": {}}, "At renewal", "–"),
    ],
)
def test_a_field_is_said_in_words_where_there_are_some(record: dict[str, Any], label: str, text: str) -> None:
    assert texts(record) == {label: text}


def test_what_only_the_vendor_has_a_name_for_is_marked() -> None:
    fields = fields_of({"plan": "MONTHLY", "lockReason": "x"})
    assert {path: field.is_raw for path, field in fields.items()} == {"plan": False, "lockReason": True}
