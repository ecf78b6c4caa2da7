"""Spoiled answers, of every operation of the contract, and the contract that notices each."""

import json
from typing import Any

import pytest

from portal.dev.sandbox.spoil import spoil
from tests.support import contract

# Their answers hold no field with listed values; of the second, only values that LINE WORKS may add to at any time.
WITHOUT_LISTED_VALUES = frozenset({"createUpgradeDomain", "getUpgradeDomain"})
ANSWERED = sorted(one for one in contract.operations() if contract.example_answer(one) is not None)


def example(operation: str) -> dict[str, Any]:
    answer = contract.example_answer(operation)
    assert answer is not None
    return answer


def check(operation: str, body: dict[str, Any]) -> None:
    [status, *_] = sorted(contract.operations()[operation].statuses)
    contract.check_answer(operation, status, json.dumps(body).encode())


@pytest.mark.parametrize("operation", ANSWERED)
def test_a_made_up_answer_is_good(operation: str) -> None:
    check(operation, example(operation))


@pytest.mark.parametrize("operation", sorted(set(ANSWERED) - WITHOUT_LISTED_VALUES))
def test_an_unknown_value_is_in_a_field_of_listed_values(operation: str) -> None:
    body = example(operation)

    spoil("unknown_value", body, asked_cursor=None)

    with pytest.raises(contract.ContractError, match="NEVER_HEARD_OF"):
        check(operation, body)


@pytest.mark.parametrize("operation", ANSWERED)
def test_an_extra_field_is_none_of_the_contract(operation: str) -> None:
    body = example(operation)

    spoil("extra_field", body, asked_cursor=None)

    with pytest.raises(contract.ContractError, match="neverHeardOf"):
        check(operation, body)


@pytest.mark.parametrize("operation", ANSWERED)
def test_one_field_is_missing(operation: str) -> None:
    body = example(operation)
    before = json.dumps(body)

    spoil("missing_field", body, asked_cursor=None)

    assert before.count(":") - json.dumps(body).count(":") >= 1
    if marks_fields_as_required(operation):
        with pytest.raises(contract.ContractError, match="required"):
            check(operation, body)


def marks_fields_as_required(operation: str) -> bool:
    """Whether the contract insists on a field of the record that the answer is about."""
    body = example(operation)
    listed = [rows for rows in body.values() if isinstance(rows, list) and rows and isinstance(rows[0], dict)]
    record = listed[0][0] if listed else body
    for name in list(record):
        value = record.pop(name)
        try:
            check(operation, body)
        except contract.ContractError:
            return True
        record[name] = value
    return False


def test_a_record_without_values_of_its_own_is_spoiled_inside() -> None:
    body = {"invoiceDetails": [{"domainId": 1, "settlementItems": [{"itemType": "PRODUCT"}, {"itemType": "PENALTY"}]}]}

    spoil("unknown_value", body, asked_cursor=None)

    assert body["invoiceDetails"][0]["settlementItems"] == [{"itemType": "NEVER_HEARD_OF"}, {"itemType": "PENALTY"}]


def test_an_answer_with_nothing_to_spoil_stays_as_it_is() -> None:
    body: dict[str, Any] = {"subscriptions": []}

    spoil("unknown_value", body, asked_cursor=None)
    spoil("missing_field", body, asked_cursor=None)

    assert body == {"subscriptions": []}
