"""Records and lists of values against LINE WORKS's contract, field by field."""

import inspect
from typing import get_args

import pytest

from portal.vendor.client import (
    Customer,
    CustomerAdministrator,
    CustomerPartnership,
    CustomerStatus,
    CustomerUsage,
    DomainType,
    Invoice,
    InvoiceDetail,
    LicenseAssignType,
    Locale,
    MxRecords,
    OpenEnum,
    OptionProduct,
    OptionProductId,
    OptionProductOrder,
    OptionProductRenewal,
    OptionProductUsage,
    OptionRenewalType,
    OptionTaskType,
    PartnerStatus,
    PaymentStatus,
    Plan,
    PotentialCustomer,
    PreOrder,
    ProductGroupId,
    ProductId,
    Record,
    Renewal,
    RenewalType,
    Reservation,
    ReservationType,
    SettlementItem,
    SettlementItemType,
    SubOptionId,
    Subscription,
    SubscriptionStatus,
    UpgradeDomain,
    UsageStatus,
    UsageStatusRenewal,
    VerifiedDomain,
)
from tests.support import contract

from . import schemas

RECORDS = [
    (VerifiedDomain, "VerifyDomainResponse"),
    (Customer, "Customer"),
    (CustomerAdministrator, "CustomerAdministrator"),
    (CustomerPartnership, "CustomerPartnership"),
    (UpgradeDomain, "UpgradeDomain"),
    (MxRecords, "UpgradeDomain.mxRecordValue"),
    (PotentialCustomer, "PotentialCustomer"),
    (UsageStatus, "UsageStatus"),
    (UsageStatusRenewal, "UsageStatusRenewal"),
    (Subscription, "Subscription"),
    (Renewal, "Renewal"),
    (PreOrder, "PreOrder"),
    (Reservation, "Reservation"),
    (OptionProduct, "OptionProduct"),
    (OptionProductRenewal, "OptionProductRenewal"),
    (OptionProductOrder, "OptionProductOrder"),
    (OptionProductUsage, "OptionProductUsage"),
    (CustomerUsage, "Usage"),
    (CustomerUsage, "CustomerUsage"),
    (Invoice, "Invoice"),
    (InvoiceDetail, "InvoiceDetail"),
    (SettlementItem, "SettlementItem"),
]

VALUES = [
    (ProductId, "FamilyProductId"),
    (ProductId, "ProductId"),
    (Plan, "Plan"),
    (RenewalType, "RenewalType"),
    (ReservationType, "ReservationType"),
    (DomainType, "DomainType"),
    (Locale, "Locale"),
    (SubscriptionStatus, "Subscription.status"),
    (LicenseAssignType, "Subscription.licenseAssignType"),
    (PartnerStatus, "CustomerPartnership.status"),
    (CustomerStatus, "CustomerStatus"),
    (ProductGroupId, "ProductGroupId"),
    (ProductGroupId, "ProductGroupIdFilter"),
    (OptionProductId, "OptionProductId"),
    (SubOptionId, "SubOptionId"),
    (OptionTaskType, "ScheduledOptionTaskType"),
    (OptionRenewalType, "OptionRenewalType"),
    (SettlementItemType, "SettlementItemType"),
    (PaymentStatus, "PaymentStatus"),
]


@pytest.mark.parametrize(("kind", "schema"), RECORDS)
def test_records_are_those_of_the_contract(kind: type[Record], schema: str) -> None:
    documented = schemas.named(schema)
    assert {field.alias for field in kind.model_fields.values()} == set(documented["properties"])
    required = {field.alias for field in kind.model_fields.values() if field.is_required()}
    assert required == set(documented.get("required", []))


def test_every_schema_of_an_answer_has_a_record() -> None:
    covered = {schema for _, schema in RECORDS}
    lists = {"ErrorResponse", "CommonError", "ResponseMetaData"}
    for name, schema in contract.document()["components"]["schemas"].items():
        if schema.get("type") == "object" and not name.endswith(("Request", "List")):
            assert name in covered | lists | {"CustomerCreateAdministrator", "CustomerCreatePartnership"} | {
                "CustomerPatchPartnership"
            }, name


@pytest.mark.parametrize(("kind", "schema"), VALUES)
def test_values_are_those_of_the_contract(kind: type[OpenEnum], schema: str) -> None:
    assert {value.value for value in kind} >= schemas.values(schemas.named(schema))


@pytest.mark.parametrize("kind", list(dict.fromkeys(kind for kind, _ in VALUES)), ids=lambda kind: kind.__name__)
def test_no_value_is_made_up(kind: type[OpenEnum]) -> None:
    listed = set().union(*(schemas.values(schemas.named(schema)) for each, schema in VALUES if each is kind))
    assert {value.value for value in kind} == listed


@pytest.mark.parametrize(("kind", "schema"), RECORDS)
def test_a_list_of_values_in_a_record_holds_those_of_its_field(kind: type[Record], schema: str) -> None:
    for field in kind.model_fields.values():
        for inner in (field.annotation, *get_args(field.annotation)):
            if inspect.isclass(inner) and issubclass(inner, OpenEnum):
                documented = schemas.named(f"{schema}.{field.alias}")
                documented = schemas.whole(documented.get("items", documented))
                assert schemas.values(documented) <= {value.value for value in inner}, field.alias
