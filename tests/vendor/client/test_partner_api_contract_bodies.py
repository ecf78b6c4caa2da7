"""Operations and request bodies against LINE WORKS's contract, field by field and limit by limit."""

import inspect
from collections.abc import Iterator
from typing import Annotated, Any, get_args

import pytest
from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from portal.vendor.client import (
    GROUPS,
    NULLABLE,
    OPERATIONS,
    PAID_PLANS,
    PAID_PRODUCTS,
    Body,
    OpenEnum,
    OptionProductId,
)
from portal.vendor.client import _values as value_lists
from portal.vendor.client._option_renewals import RENEWABLE_OPTIONS
from portal.vendor.client._options import CONVERTIBLE_OPTIONS
from tests.support import contract

from . import schemas

# Required here and not in the contract. Without it the call would change nothing, or what it changes isn't told,
# or, for the customer that PUT replaces, something would be lost.
REQUIRED_HERE = {
    "changeDomain": {"domain"},
    "createUsageStatusRenewal": {"maxMemberCount"},
    "updateCustomer": {"companyName", "phoneNumber", "timeZone", "locale", "partnership"},
    "updateCustomer.partnership": {"customerCode", "enablePartnerProfileDisplay", "memo"},
    "updatePreOrder": {"applyDate"},
    "updateReservation": {"applyDate"},
    "addOptionProductQuantity": {"quantity"},
    "addOptionProductOrder": {"optionProductId", "type", "applyDate"},
}

Described = tuple[str, type[Body], schemas.Schema]

LISTS = [kind for _, kind in inspect.getmembers(value_lists, inspect.isclass) if issubclass(kind, OpenEnum)]
EVERY_VALUE = sorted({value.value for kind in LISTS for value in kind})


def bodies() -> Iterator[Described]:
    """Every body with its schema, those inside others included, named by operation and field."""
    for name, operation in OPERATIONS.items():
        if operation.body and (schema := schemas.body_of(name)):
            yield from _with_inner(name, operation.body, schema)


def _with_inner(
    name: str, kind: type[Body], schema: schemas.Schema
) -> Iterator[tuple[str, type[Body], schemas.Schema]]:
    yield name, kind, schema
    for field in kind.model_fields.values():
        for inner in (field.annotation, *get_args(field.annotation)):
            if inspect.isclass(inner) and issubclass(inner, Body):
                alias = str(field.alias)
                yield from _with_inner(f"{name}.{alias}", inner, schemas.properties(schema)[alias])


def fields() -> Iterator[Any]:
    """Every field of every body with its schema, except those that are bodies themselves."""
    for name, kind, schema in bodies():
        for field in kind.model_fields.values():
            alias = str(field.alias)
            inner = schemas.properties(schema)[alias]
            if schemas.types(inner) != {"object"}:
                yield pytest.param(field, inner, id=f"{name}.{alias}")


def accepts(field: FieldInfo, value: Any) -> bool:
    """Whether a field of a body takes a value that isn't None."""
    kind: Any = Annotated[field.annotation, field.alias, *field.metadata]
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("name", OPERATIONS)
def test_operations_are_those_of_the_contract(name: str) -> None:
    ours, documented = OPERATIONS[name], schemas.operation(name)
    assert (ours.http_method, ours.path) == (contract.operations()[name].method, contract.operations()[name].path)
    parameters = {one["name"]: one for one in documented["parameters"]}
    assert [one.name for one in ours.parameters if one.place == "path"] == [
        one["name"] for one in documented["parameters"] if one["in"] == "path"
    ]
    assert {one.name: (one.place, one.required) for one in ours.parameters} == {
        one["name"]: (one["in"], one["required"]) for one in parameters.values()
    }
    assert (ours.body is None) is (schemas.body_of(name) is None)
    assert schemas.scopes(name) == {"partner", ours.scope}


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_method_is_named_after_its_operation_and_tells_what_it_needs(name: str) -> None:
    operation = OPERATIONS[name]
    assert operation.method_name == "".join(f"_{c.lower()}" if c.isupper() else c for c in name)
    told = getattr(GROUPS[operation.group], operation.method_name).__doc__
    assert "Raises:" in told
    assert "Vendor page" in told
    assert f"Scope: {operation.scope}" in told
    if operation.changes:
        assert "NoClearAnswer: it may have happened; `" in told, "where to look"
    for parameter in operation.parameters:
        assert f"{parameter.argument}: " in told or "Args: as of" in told


@pytest.mark.parametrize(("name", "kind", "schema"), list(bodies()))
def test_bodies_are_those_of_the_contract(name: str, kind: type[Body], schema: schemas.Schema) -> None:
    documented = schemas.properties(schema)
    assert {field.alias for field in kind.model_fields.values()} == set(documented)
    required = {field.alias for field in kind.model_fields.values() if field.is_required()}
    assert required == set(schema.get("required", [])) | REQUIRED_HERE.get(name, set())
    nullable = {field.alias for field in kind.model_fields.values() if NULLABLE in field.metadata}
    assert nullable == {alias for alias, inner in documented.items() if "null" in schemas.types(inner)}


@pytest.mark.parametrize(("field", "schema"), list(fields()))
def test_a_field_takes_the_documented_values_and_no_others(field: FieldInfo, schema: schemas.Schema) -> None:
    allowed = schemas.values(schema)
    if allowed:
        assert {value for value in EVERY_VALUE if accepts(field, value)} == allowed
        assert not accepts(field, "NEVER_HEARD_OF")
        assert not accepts(field, "")


@pytest.mark.parametrize(("field", "schema"), list(fields()))
def test_a_field_keeps_the_documented_limits(field: FieldInfo, schema: schemas.Schema) -> None:
    kinds = schemas.types(schema)
    wrong = {"integer": ["1", 1.5, True], "string": [1, True, []], "boolean": ["true", 1, "yes"]}
    for kind in kinds - {"null"}:
        assert not any(accepts(field, value) for value in wrong[kind]), "of another type"
    if "integer" in kinds:
        most = schema.get("maximum")
        assert not accepts(field, 0)
        assert accepts(field, 1)
        if most:
            assert accepts(field, most)
            assert not accepts(field, most + 1)
    if schema.get("format") == "date":
        assert accepts(field, "2025-02-15")
        assert not any(accepts(field, value) for value in ("15.02.2025", "2025-02-15T00:00:00Z", "20250215"))
    elif schema.get("contentEncoding") != "base64" and "string" in kinds and not schemas.values(schema):
        for length, fits in ((schema.get("minLength"), -1), (schema.get("maxLength"), 1)):
            if length:
                assert accepts(field, "0" * length)
                assert not accepts(field, "0" * (length + fits))


def test_what_can_be_ordered_is_what_the_contract_lists() -> None:
    assert {product.value for product in PAID_PRODUCTS} == schemas.values(schemas.named("PaidProductId"))
    assert {plan.value for plan in PAID_PLANS} == schemas.values(schemas.named("PaidPlan"))


@pytest.mark.parametrize("name", [name for name, operation in OPERATIONS.items() if operation.changes])
def test_what_can_be_changed_is_what_the_contract_lists(name: str) -> None:
    listed = {
        one["name"]: schemas.values(schemas.whole(one["schema"])) for one in schemas.operation(name)["parameters"]
    }
    allowed = {
        "convertOptionProductToPaid": CONVERTIBLE_OPTIONS,
        "updateOptionProductRenewal": RENEWABLE_OPTIONS,
    }.get(name, set(OptionProductId))
    # The page of add-quantity wasn't seen, so the contract lists none for it: every documented option is let through.
    if documented := listed.get("optionProductId"):
        assert {option.value for option in allowed} == documented
