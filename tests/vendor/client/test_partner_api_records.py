"""Records: tolerant in what is received, strict in what is sent."""

import pickle
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from portal.vendor.client import (
    Customer,
    DomainType,
    Listing,
    Locale,
    MalformedRecord,
    NewPreOrder,
    Plan,
    PreOrder,
    ProductId,
    Record,
    SchemaSurprise,
    Subscription,
    SubscriptionStatus,
)
from portal.vendor.client._reading import Reader
from tests.support.vendor_json import Json, customer, pre_order, subscription, without


def read(kind: type[Record], *rows: Any) -> tuple[Listing[Any], list[SchemaSurprise]]:
    """Read rows; return what came of them and what was new."""
    surprises: list[SchemaSurprise] = []
    return Reader(surprises.append).listing(kind, rows), surprises


def test_a_customer_is_typed_and_keeps_its_json() -> None:
    raw = customer()
    (listing, surprises) = read(Customer, raw)
    (found,) = listing
    assert (found.domain_id, found.tenant_id) == (10000001, 300000001)
    assert found.locale is Locale.JA_JP
    assert found.domain_type is DomainType.DOMAIN
    assert found.enable_active_domain is True
    assert found.administrator.private_email == "hanako@example.net"
    assert found.partnership.customer_code == "C-17"
    assert found.raw == raw
    assert found.administrator.raw == raw["administrator"]
    assert surprises == []


def test_a_subscription_is_typed() -> None:
    ((found,), surprises) = read(Subscription, subscription())
    assert found.plan is Plan.ANNUAL_LICENSE
    assert found.plan_start_date == date(2025, 2, 15)
    assert found.status is SubscriptionStatus.ACTIVE
    assert found.renewal.license_count == 10
    assert surprises == []


def test_what_may_be_absent_or_null_is_none() -> None:
    null = {"productId": None, "administrator": None, "partnership": None}
    for raw in (customer() | null, without(customer(), *null)):
        ((found,), surprises) = read(Customer, raw)
        assert (found.product_id, found.administrator, found.partnership) == (None, None, None)
        assert surprises == []
    free = subscription() | {"planEndDate": None, "licenseCount": None, "renewal": None}
    ((found,), _) = read(Subscription, free)
    assert (found.plan_end_date, found.license_count, found.renewal) == (None, None, None)


def test_unknown_values_are_kept_and_reported() -> None:
    raw = subscription(plan="WEEKLY") | {"renewal": {"subscriptionId": 501, "type": "ASK"}}
    ((found,), surprises) = read(Subscription, raw)
    assert found.plan == "WEEKLY"
    assert isinstance(found.plan, Plan)
    assert not found.plan.known
    assert surprises == [
        SchemaSurprise("value", "Subscription", "plan", "WEEKLY"),
        SchemaSurprise("value", "Subscription", "renewal.type", "ASK"),
    ]


def test_unknown_fields_are_kept_and_reported() -> None:
    raw = customer(seats=5) | {"partnership": {"status": "TRANSFER_READY", "since": "2020"}}
    ((found,), surprises) = read(Customer, raw)
    assert found.raw["seats"] == 5
    assert surprises == [
        SchemaSurprise("field", "Customer", "partnership.since", "2020"),
        SchemaSurprise("field", "Customer", "seats", 5),
    ]


def test_an_open_value_behaves_like_its_text() -> None:
    assert Plan("MONTHLY") is Plan.MONTHLY
    weekly = Plan("WEEKLY")
    assert (weekly, str(weekly), f"{weekly}", hash(weekly)) == ("WEEKLY", "WEEKLY", "WEEKLY", hash("WEEKLY"))
    assert {"WEEKLY": 1}[weekly] == 1
    assert pickle.loads(pickle.dumps(weekly)) == weekly  # noqa: S301  # our own bytes
    assert Locale("ja_JP").known
    assert not Locale("JA_JP").known, "a name isn't a value"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"domainId": "ten"}, "domainId"),
        ({"domainId": None}, "domainId"),
        ({"locale": 7}, "locale"),
        ({"administrator": {"id": "a", "lastName": "b"}}, "administrator.privateEmail"),
        ({"partnership": []}, "partnership"),
    ],
)
def test_a_malformed_record_costs_the_others_nothing(changes: Json, field: str) -> None:
    bad = customer(2) | changes
    listing, _ = read(Customer, customer(1), bad, customer(3))
    assert [found.domain_id for found in listing] == [1, 3]
    (malformed,) = listing.malformed
    assert (malformed.record, malformed.field, malformed.position) == ("Customer", field, 1)
    assert malformed.raw is bad
    assert malformed.why.startswith(f"{field}: ")


@pytest.mark.parametrize("raw", [None, 7, "text", [], [customer()]])
def test_a_row_that_is_no_object_is_malformed(raw: Any) -> None:
    listing, _ = read(Customer, raw)
    assert listing == []
    assert [(bad.field, bad.raw) for bad in listing.malformed] == [("", raw)]


@pytest.mark.parametrize("day", [20250215, 1739577600, "15.02.2025", "", "2025-02-30", True, 1.5])
def test_a_day_is_never_guessed(day: Any) -> None:
    listing, _ = read(PreOrder, pre_order(applyDate=day))
    assert [bad.field for bad in listing.malformed] == ["applyDate"]


@pytest.mark.parametrize("kind", [Customer, Subscription, PreOrder])
def test_every_required_field_is_required(kind: type[Record]) -> None:
    whole = {Customer: customer(), Subscription: subscription(), PreOrder: pre_order()}[kind]
    required = {field.alias for field in kind.model_fields.values() if field.is_required()}
    for name in whole:
        listing, _ = read(kind, without(whole, name))
        faults = [bad.field for bad in listing.malformed]
        assert faults == ([name] if name in required else []), name


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
NEW_FIELDS = st.dictionaries(st.text().map("new ".__add__), JSON_VALUES, max_size=4)


@given(extra=NEW_FIELDS, inside=NEW_FIELDS, texts=st.lists(st.text(), min_size=6, max_size=6))
def test_new_fields_and_values_never_stop_a_reading(extra: Json, inside: Json, texts: list[str]) -> None:
    locale, domain_type, product, plan, status, renewal = texts
    raw_customer = customer(locale=locale, domainType=domain_type, productId=product) | extra
    raw_customer["administrator"] |= inside
    raw_subscription = subscription(plan=plan, status=status, productId=product) | extra
    raw_subscription["renewal"] |= {"type": renewal} | inside
    raw_order = pre_order(plan=plan, productId=product) | extra
    for kind, raw in ((Customer, raw_customer), (Subscription, raw_subscription), (PreOrder, raw_order)):
        listing, surprises = read(kind, raw)
        assert listing.malformed == []
        assert listing[0].raw == raw
        assert {s.field for s in surprises if s.kind == "field"} >= extra.keys()
    customers, _ = read(Customer, raw_customer)
    assert (customers[0].locale, customers[0].domain_type) == (locale, domain_type)


@given(rows=st.lists(JSON_VALUES | st.just(customer()), max_size=4))
def test_any_json_ends_as_a_record_or_as_malformed(rows: list[Any]) -> None:
    listing, _ = read(Customer, *rows)
    assert len(listing) + len(listing.malformed) == len(rows)
    assert all(isinstance(bad, MalformedRecord) for bad in listing.malformed)


def test_a_record_is_frozen() -> None:
    ((found,), _) = read(PreOrder, pre_order())
    with pytest.raises(ValidationError):
        found.license_count = 11


def test_a_body_holds_what_was_given_and_no_more() -> None:
    day = date(2025, 2, 15)
    plain = NewPreOrder(apply_date=day, product_id=ProductId.ADV)
    assert plain.to_vendor() == {"applyDate": "2025-02-15", "productId": "ADV"}
    assert plain.plan is None
    null = NewPreOrder(apply_date=day, product_id=ProductId.ADV, plan=Plan.MONTHLY, license_count=None)
    assert null.to_vendor() == plain.to_vendor() | {"plan": "MONTHLY", "licenseCount": None}
    assert NewPreOrder.model_validate(null.to_vendor()) == null


@pytest.mark.parametrize(
    "changes",
    [
        {"plan": None},
        {"plan": "TRIAL"},
        {"plan": "WEEKLY"},
        {"product_id": "STD_T"},
        {"product_id": "NEVER_HEARD_OF"},
        {"license_count": 0},
        {"license_count": "10"},
        {"license_count": True},
        {"apply_date": datetime(2025, 2, 15, 9, 0)},  # noqa: DTZ001  # a time of day is the fault, not its zone
        {"apply_date": 1739577600},
        {"memo": "not documented"},
    ],
)
def test_a_body_the_vendor_doesnt_document_cant_be_made(changes: Json) -> None:
    good = {"apply_date": date(2025, 2, 15), "product_id": "STD", "plan": "ANNUAL_LICENSE", "license_count": 10}
    assert NewPreOrder.model_validate(good).license_count == 10
    with pytest.raises(ValidationError):
        NewPreOrder.model_validate(good | changes)
