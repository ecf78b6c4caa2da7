"""The records against the vendor's contract: same fields, same required ones, no value missing."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from portal.partner_api import (
    PAID_PLANS,
    PAID_PRODUCTS,
    Body,
    Customer,
    CustomerAdministrator,
    CustomerPartnership,
    DomainType,
    LicenseAssignType,
    Locale,
    NewPreOrder,
    OpenEnum,
    PartnerStatus,
    Plan,
    PreOrder,
    ProductId,
    Record,
    Renewal,
    RenewalType,
    Subscription,
    SubscriptionStatus,
)
from portal.partner_api._bodies_subscriptions import PreOrderChange

CONTRACT = Path(__file__).parents[1] / "contract" / "openapi.yaml"


@pytest.fixture(scope="module")
def schemas() -> dict[str, Any]:
    schemas: dict[str, Any] = yaml.safe_load(CONTRACT.read_text(encoding="utf-8"))["components"]["schemas"]
    return schemas


@pytest.mark.parametrize(
    ("kind", "schema"),
    [
        (Customer, "Customer"),
        (CustomerAdministrator, "CustomerAdministrator"),
        (CustomerPartnership, "CustomerPartnership"),
        (Subscription, "Subscription"),
        (Renewal, "Renewal"),
        (PreOrder, "PreOrder"),
        (NewPreOrder, "PreOrderAddRequest"),
    ],
)
def test_fields_are_those_of_the_contract(schemas: dict[str, Any], kind: type[Record | Body], schema: str) -> None:
    fields = kind.model_fields.values()
    assert {field.alias for field in fields} == set(schemas[schema]["properties"])
    required = {field.alias for field in fields if field.is_required()}
    assert required == set(schemas[schema].get("required", []))


def test_a_change_of_a_pre_order_sends_its_one_field(schemas: dict[str, Any]) -> None:
    """The contract doesn't mark it as required; without it the call would change nothing."""
    fields = {field.alias for field in PreOrderChange.model_fields.values()}
    assert fields == set(schemas["PreOrderUpdateRequest"]["properties"])


@pytest.mark.parametrize(
    ("kind", "where"),
    [
        (ProductId, "ProductId"),
        (ProductId, "FamilyProductId"),
        (Plan, "Plan"),
        (RenewalType, "RenewalType"),
        (DomainType, "DomainType"),
        (Locale, "Locale"),
        (SubscriptionStatus, "Subscription.status"),
        (LicenseAssignType, "Subscription.licenseAssignType"),
        (PartnerStatus, "CustomerPartnership.status"),
    ],
)
def test_values_are_those_of_the_contract(schemas: dict[str, Any], kind: type[OpenEnum], where: str) -> None:
    name, _, field = where.partition(".")
    schema = schemas[name]["properties"][field] if field else schemas[name]
    assert {value.value for value in kind} == values(schema)


def test_what_can_be_ordered_is_what_the_contract_lists(schemas: dict[str, Any]) -> None:
    assert {product.value for product in PAID_PRODUCTS} == values(schemas["PaidProductId"])
    assert {plan.value for plan in PAID_PLANS} == values(schemas["PaidPlan"])


def values(schema: dict[str, Any]) -> set[str]:
    """All values a schema mentions, those of the Japanese page and of the other product groups included."""
    groups = schema.get("x-enum-jp-other-groups", {}).values()
    listed = schema.get("enum", []) + schema.get("x-extensible-enum", [])
    return set(listed).union(*groups)
