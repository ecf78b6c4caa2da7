"""Each rule of customers to be, by itself: what it lets pass, what it stops, and what follows."""

from datetime import date
from typing import Any

import pytest

from customers.rules import onboarding
from customers.rules.onboarding import CustomerCreate, CustomerTransfer
from portal.core.rules import Verdict, Weight
from portal.operations.snapshots import Snapshot
from portal.vendor import client
from tests.support.vendor_json import customer

TODAY = date(2026, 1, 15)
FREE_NAME = Snapshot({"customer": []}, day=TODAY)
TAKEN = Snapshot({"customer": [client.Customer.from_vendor(customer(companyName="ひかり"))]}, day=TODAY)
ADMIN = {"last_name": "山田", "first_name": "太郎", "password": "***", "id": "yamada", "private_email": "y@example.com"}


def create(state: Snapshot = FREE_NAME, **wish: Any) -> Verdict:
    asked = {
        "domain": "hikari.example", "company_name": "ひかり", "phone_number": "03-1", "time_zone": "Asia/Tokyo",
        "locale": "ja_JP", **wish,
    }  # fmt: skip
    return onboarding.create(state, CustomerCreate.model_validate(asked), TODAY)


def problems(verdict: Verdict) -> list[tuple[str, str]]:
    return [(problem.rule.id, problem.at) for problem in verdict.problems]


def consequences(verdict: Verdict) -> dict[str, Weight]:
    assert verdict.allowed, problems(verdict)
    return {consequence.rule.id: consequence.weight for consequence in verdict.consequences}


def test_a_customer_with_nothing_can_be_made() -> None:
    assert consequences(create()) == {
        "cust.create.made": Weight.NOTE, "cust.create.withoutproduct": Weight.NOTE, "cust.create.noadmin": Weight.CARE,
        "cust.create.prove": Weight.NOTE, "cust.create.final": Weight.CARE,
    }  # fmt: skip


def test_a_customer_with_a_product_and_an_administrator_can_be_made() -> None:
    verdict = create(product_id="ADV_T", administrator=ADMIN)
    assert consequences(verdict) == {
        "cust.create.made": Weight.NOTE, "cust.create.begins": Weight.NOTE, "cust.create.productgoes": Weight.NOTE,
        "cust.create.admin": Weight.NOTE, "cust.create.prove": Weight.NOTE, "cust.create.final": Weight.CARE,
    }  # fmt: skip
    said = [str(consequence) for consequence in verdict.consequences]
    assert "ひかり is added as a customer under hikari.example." in said
    assert any(sentence.startswith("yamada can administer LINE WORKS") for sentence in said)


@pytest.mark.parametrize(
    ("domain", "proved"),
    [("hikari", False), ("hikari.by-works.com", False), ("hikari.example", True), ("hikari.co.jp", True)],
)
def test_only_a_domain_of_their_own_is_to_be_proved(domain: str, proved: bool) -> None:
    assert ("cust.create.prove" in consequences(create(domain=domain))) is proved


@pytest.mark.parametrize("product", ["FR", "STD_T", "ADV_T", None])
def test_it_begins_with_free_or_a_trial_or_nothing(product: str | None) -> None:
    assert create(product_id=product).allowed


@pytest.mark.parametrize("product", ["STD", "ADV", "", "FREE"])
def test_it_begins_with_nothing_else(product: str) -> None:
    assert problems(create(product_id=product)) == [("cust.create.product", "product_id")]


def test_the_advanced_trial_needs_a_domain_and_the_standard_one_does_not() -> None:
    assert problems(create(domain="hikari", product_id="ADV_T")) == [("cust.create.advanced", "product_id")]
    assert create(domain="hikari", product_id="STD_T").allowed


@pytest.mark.parametrize("domain", ["ab", "a.b", "a" * 22, "a-b.c-d", "1.2"])
def test_names_that_can_be_had(domain: str) -> None:
    assert create(domain=domain).allowed


@pytest.mark.parametrize(
    ("domain", "rule"),
    [
        ("a", "length"), ("", "length"), ("a" * 23, "length"), ("Ab", "characters"), ("a--b", "characters"),
        ("-ab", "characters"), ("ab-", "characters"), ("a..b", "characters"), ("a_b", "characters"),
    ],
)  # fmt: skip
def test_names_that_cannot(domain: str, rule: str) -> None:
    assert problems(create(domain=domain)) == [(f"cust.domain.{rule}", "domain")]


def test_a_name_that_somebody_has_is_taken_for_both() -> None:
    verdict = create(TAKEN)
    assert problems(verdict) == [("cust.domain.free", "domain")]
    assert "ひかり already uses this" in str(verdict.problems[0])
    moved = CustomerTransfer(domain="hikari.example", partner_code="P-1")
    assert problems(onboarding.transfer(TAKEN, moved, TODAY)) == [("cust.domain.free", "domain")]


def test_a_transfer_comes_later_and_has_no_way_back() -> None:
    verdict = onboarding.transfer(FREE_NAME, CustomerTransfer(domain="hikari.example", partner_code="P-1"), TODAY)
    assert consequences(verdict) == {
        "cust.transfer.later": Weight.CARE, "cust.transfer.final": Weight.CARE, "cust.transfer.comes": Weight.NOTE,
    }  # fmt: skip


@pytest.mark.parametrize(
    "given",
    [
        {"last_name": "山" * 40, "first_name": "太" * 40},
        {"last_name": "山" * 80, "first_name": None},
        {"id": "ab"}, {"id": "a" * 40}, {"private_email": "a.b@c.d.example"},
    ],
)  # fmt: skip
def test_an_administrator_may_be_called_so(given: dict[str, str | None]) -> None:
    assert create(administrator=ADMIN | given).allowed


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"last_name": "山" * 41, "first_name": "太" * 40}, ("cust.admin.namelength", "last_name")),
        ({"first_name": "太;郎"}, ("cust.admin.namecharacters", "last_name")),
        ({"id": "a"}, ("cust.admin.id", "login")),
        ({"id": "a" * 41}, ("cust.admin.id", "login")),
        ({"private_email": "nobody"}, ("cust.admin.mail", "private_email")),
        ({"private_email": "a@b"}, ("cust.admin.mail", "private_email")),
    ],
)
def test_and_not_so(given: dict[str, str], problem: tuple[str, str]) -> None:
    assert problems(create(administrator=ADMIN | given)) == [problem]


@pytest.mark.parametrize("password", ["Cedar7!!", "Cedar7!!!", "Cedar7#$%", "Cedar7)('"])
def test_only_letters_and_digits_make_a_row_in_a_password(password: str) -> None:
    assert onboarding.password_problems(password) == []


@pytest.mark.parametrize("name", ["a/b", "/", ".", ".."])
def test_some_names_cannot_stand_in_an_address(name: str) -> None:
    assert not onboarding.stands_in_an_address(name)
    assert onboarding.stands_in_an_address("a.b")
