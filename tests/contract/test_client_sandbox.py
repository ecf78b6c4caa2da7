"""
The client against the sandbox, operation by operation, over real HTTP.

The sandbox is held to the contract meanwhile, see tests/support/checked_sandbox.py: a request or an answer that the
contract does not know ends a case here.
"""

from collections.abc import Iterator
from typing import Any, get_args, get_origin, get_type_hints

import pytest

from portal.dev.sandbox.inferred import AMOUNT_MEMBER
from portal.dev.sandbox.runtime import OPERATIONS as HANDLERS
from portal.vendor.client import GROUPS, OPERATIONS, Listing, Page, SchemaSurprise
from tests.support import contract
from tests.support.clients import client_of
from tests.support.sandbox import Sandbox

from .client_cases import CASES, TODAY, Desk

# LINE WORKS's page shows that a line of settlement holds its money, and not under which name.
NOT_IN_THE_CONTRACT = {"listInvoiceDetails": {f"settlementItems.{AMOUNT_MEMBER}"}}


@pytest.fixture(scope="module")
def process() -> Iterator[Sandbox]:
    with Sandbox.start(customers=20, business_date=TODAY) as sandbox:
        yield sandbox
        assert sandbox.errors() == ""


@pytest.fixture
def sandbox(process: Sandbox) -> Sandbox:
    process.reset()
    return process


@pytest.fixture
def surprises() -> list[SchemaSurprise]:
    """What the client met that it didn't know."""
    return []


@pytest.fixture
def desk(sandbox: Sandbox, surprises: list[SchemaSurprise]) -> Desk:
    return Desk(client_of(sandbox, on_surprise=surprises.append), sandbox)


def test_each_operation_of_the_contract_has_a_method_a_handler_and_a_case() -> None:
    documented = contract.operations()

    assert set(documented) == set(OPERATIONS)
    assert set(documented) == {handler.id for handler in HANDLERS}
    assert set(documented) == set(CASES)


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_method_and_handler_have_the_address_of_the_contract(operation: str) -> None:
    documented, method = contract.operations()[operation], OPERATIONS[operation]
    [handler] = [handler for handler in HANDLERS if handler.id == operation]

    assert (method.http_method, method.path) == (documented.method, documented.path)
    names = [contract.in_the_words_of_the_contract({part[1:-1]: ""})[0][0] for part in _parameters(handler.path)]
    in_their_words = handler.path
    for part, name in zip(_parameters(handler.path), names, strict=True):
        in_their_words = in_their_words.replace(part, f"{{{name}}}")
    assert (handler.method, in_their_words) == (documented.method, documented.path)
    assert {parameter.name for parameter in method.parameters if parameter.place == "query"} == documented.query


def _parameters(path: str) -> list[str]:
    return [part for part in path.split("/") if part.startswith("{")]


@pytest.mark.parametrize("operation", sorted(CASES))
def test_an_operation_does_what_it_is_asked(
    desk: Desk, sandbox: Sandbox, surprises: list[SchemaSurprise], operation: str
) -> None:
    result = CASES[operation](desk)

    assert desk.last == operation, "the case ends with another operation"
    _check_type(operation, result)
    assert {surprise.field for surprise in surprises} == NOT_IN_THE_CONTRACT.get(operation, set())
    new = sandbox.ledger()[desk.effects_before :]
    if not OPERATIONS[operation].changes:
        assert new == []
        return
    assert [effect["operation"] for effect in new] == [operation]
    if desk.domain_id is not None:
        assert new[0]["domainId"] == desk.domain_id


def _check_type(operation: str, result: Any) -> None:
    """See that the answer is of the type that the method promises, and that every record in it could be read."""
    offered = OPERATIONS[operation]
    promised = get_type_hints(getattr(GROUPS[offered.group], offered.method_name))["return"]
    kind = get_origin(promised) or promised
    assert isinstance(result, kind)
    if kind in (Listing, Page):
        rows = result.items if kind is Page else result
        assert rows, "the case reads a list without anything in it"
        [kind_of_row] = get_args(promised)
        assert all(isinstance(row, kind_of_row) for row in rows)
        assert result.malformed == []
