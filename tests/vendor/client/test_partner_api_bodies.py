"""Bodies: what LINE WORKS's prose allows, what absent and null mean, and a password that shows nowhere."""

import json
import pickle
import traceback
from base64 import b64decode
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from portal.vendor.client import (
    OPERATIONS,
    Body,
    CustomerChange,
    Locale,
    NewAdministrator,
    NewCustomer,
    NewOptionProduct,
    OptionProductId,
    OptionProductOrderChange,
    OptionRenewalChange,
    PartnershipChange,
    Secret,
    SubOptionId,
    UsageStatusChange,
)
from portal.vendor.client._bodies import NULLABLE
from tests.support.vendor_json import Json

from .cases import CASES
from .cases_customers import PASSWORD, PASSWORD_IN_BASE64, whole_customer

ADMINISTRATOR: Json = {"last_name": "山田", "password": PASSWORD, "id": "admin", "private_email": "a@example.net"}
CUSTOMER: Json = {
    "domain": "example.com",
    "company_name": "Example",
    "phone_number": "03",
    "time_zone": "Asia/Tokyo",
    "locale": "ja_JP",
}
SENT = [(case.operation, case.sent) for case in CASES if case.sent]


def body_of(operation: str, sent: Json) -> Body:
    """The body that an operation sends, made from its JSON."""
    kind = OPERATIONS[operation].body
    assert kind
    clear = (
        sent | {"administrator": sent["administrator"] | {"password": PASSWORD}} if "administrator" in sent else sent
    )
    return kind.model_validate(clear)


def fault(make: Any) -> str:
    """The words of the error that making a body ends in."""
    with pytest.raises(ValidationError) as caught:
        make()
    return str(caught.value)


@pytest.mark.parametrize(("operation", "sent"), SENT)
def test_null_is_sent_where_it_is_documented_and_refused_elsewhere(operation: str, sent: Json) -> None:
    body = body_of(operation, sent)
    for name, field in type(body).model_fields.items():
        given_null = {each: getattr(body, each) for each in body.model_fields_set} | {name: None}
        if NULLABLE in field.metadata:
            assert type(body).model_validate(given_null).to_vendor()[str(field.alias)] is None
        else:
            assert str(field.alias) in fault(lambda given_null=given_null: type(body).model_validate(given_null))


@pytest.mark.parametrize(("operation", "sent"), SENT)
def test_what_isnt_given_isnt_sent(operation: str, sent: Json) -> None:
    body = body_of(operation, sent)
    assert body.to_vendor() == sent
    required = {name for name, field in type(body).model_fields.items() if field.is_required()}
    least = {name: getattr(body, name) for name in required}
    if least:
        assert set(type(body).model_validate(least).to_vendor()) == {
            type(body).model_fields[name].alias for name in required
        }
    assert "somethingNew" in fault(lambda: type(body).model_validate(sent | {"somethingNew": 1}))


@pytest.mark.parametrize(
    "kind", [CustomerChange, PartnershipChange, UsageStatusChange, OptionRenewalChange, OptionProductOrderChange]
)
def test_a_change_of_nothing_cant_be_made(kind: type[Body]) -> None:
    """LINE WORKS would take it, and some of its changes have effects of their own."""
    assert "nothing to change" in fault(kind)


def test_both_ways_to_leave_the_usage_status_alone_are_told_apart() -> None:
    assert UsageStatusChange(max_member_count=None).to_vendor() == {"maxMemberCount": None}
    both = UsageStatusChange(max_member_count=10, withdrawal_date=date(2025, 12, 31))
    assert both.to_vendor() == {"maxMemberCount": 10, "withdrawalDate": "2025-12-31"}


@pytest.mark.parametrize("phone", ["03-0000-0000", "+81*3#", "0,P1T2", ""])
def test_a_phone_number_of_the_listed_characters(phone: str) -> None:
    assert CustomerChange(phone_number=phone).to_vendor() == {"phoneNumber": phone}


@pytest.mark.parametrize("phone", ["03 0000", "(03)0000", "p", "03\n", "０３", "x"])  # noqa: RUF001  # full width on purpose
def test_a_phone_number_of_other_characters(phone: str) -> None:
    assert "phoneNumber" in fault(lambda: CustomerChange(phone_number=phone))


def test_a_customer_code_is_counted_in_bytes() -> None:
    for fits in ("x" * 200, "社" * 66 + "xx"):
        assert PartnershipChange(customer_code=fits).customer_code == fits
    for too_long in ("x" * 201, "社" * 67):
        assert "longer than 200 bytes" in fault(lambda code=too_long: PartnershipChange(customer_code=code))


@pytest.mark.parametrize("option", OptionProductId)
def test_a_sub_option_belongs_to_its_option(option: OptionProductId) -> None:
    for sub_option in SubOptionId:
        make = {"option_product_id": option, "sub_option_id": sub_option}
        if sub_option.value.startswith(option.value):
            NewOptionProduct.model_validate(make)
        else:
            assert "no sub option of" in fault(lambda make=make: NewOptionProduct.model_validate(make))


@pytest.mark.parametrize("name", ["山田", "O(Brien)", "a!@&()-_+[]{},.b", "ジョン・スミス", "Anne Marie", "x" * 80])
def test_a_name_of_listed_characters(name: str) -> None:
    assert NewAdministrator.model_validate(ADMINISTRATOR | {"last_name": name}).last_name == name


@pytest.mark.parametrize("name", ["a/b", "a\\b", "<b>", "a\nb", 'a"b', "a'b", "a;b", "x" * 81])
def test_a_name_of_other_characters(name: str) -> None:
    assert "lastName" in fault(lambda: NewAdministrator.model_validate(ADMINISTRATOR | {"last_name": name}))


def test_both_names_share_their_80_characters() -> None:
    fits = ADMINISTRATOR | {"last_name": "x" * 50, "first_name": "y" * 30}
    assert NewAdministrator.model_validate(fits).to_vendor()["firstName"] == "y" * 30
    assert "80 characters together" in fault(lambda: NewAdministrator.model_validate(fits | {"first_name": "y" * 31}))


GOOD_PASSWORDS = [
    "aaB11c22",
    "a1b2c3d4",
    "aabbcc11",
    "aB3!!!!!",
    "ab12cd34ef56gh78ij90",
    PASSWORD,
    "a1ab12.!",
    "89a:b1c2",
]
BAD_PASSWORDS = {
    "short": "a1b2c3d",
    "long": "ab12cd34ef56gh78ij90k",
    "letters alone": "acegikmo",
    "digits alone": "13579135",
    "no letter": "13!57!91",
    "no digit": "ac!eg!ik",
    "the same three": "aaab1c2d",
    "the same three in both cases": "aAab1c2d",
    "three digits that follow": "a1b2c123",
    "three letters that follow": "abc1d2f3",
    "three that go backwards": "cba1d2f3",
    "a blank": "a1b2 c3d4",
    "a line": "a1b2c3d4\n",
    "another script": "a1b2c3d4社",
    "empty": "",
}


@pytest.mark.parametrize("password", GOOD_PASSWORDS)
def test_a_password_goes_out_in_base64(password: str) -> None:
    sent = NewAdministrator.model_validate(ADMINISTRATOR | {"password": Secret(password)}).to_vendor()
    assert b64decode(sent["password"], validate=True).decode() == password


@pytest.mark.parametrize("password", BAD_PASSWORDS.values(), ids=BAD_PASSWORDS.keys())
def test_a_password_against_the_rules(password: str) -> None:
    said = fault(lambda: NewAdministrator.model_validate(ADMINISTRATOR | {"password": Secret(password)}))
    assert "administrator" not in said
    assert "password" in said
    assert len(password) < 5 or password not in said


def shown(error: ValidationError) -> str:
    """Everything that an error shows to whoever looks at it, and all that hangs on it."""
    chain: list[BaseException] = [error]
    while further := chain[-1].__cause__ or chain[-1].__context__:
        chain.append(further)
    texts = [repr(each) + str(each) + repr(vars(each)) for each in chain]
    return "\n".join([*texts, repr(error.errors()), error.json(), "".join(traceback.format_exception(error))])


SECRETS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=12, max_size=20).map("Q7#".__add__)
WRONG = st.sampled_from(["lastName", "id", "privateEmail", "unknown", "password", "firstName"])


@settings(max_examples=60, deadline=None)
@given(password=SECRETS, wrong=st.sets(WRONG, min_size=1), wrapped=st.booleans(), nested=st.booleans())
def test_no_error_repeats_a_password(password: str, wrong: set[str], wrapped: bool, nested: bool) -> None:
    """Whatever else is wrong with what it was given with, and however long or well made it is itself."""
    given_password: Any = Secret(password) if wrapped else password
    administrator = ADMINISTRATOR | {"password": given_password} | dict.fromkeys(wrong, 7)
    administrator |= {"password": given_password * 3} if "password" in wrong and not wrapped else {}
    kind: type[Body] = NewCustomer if nested else NewAdministrator
    around = CUSTOMER | {"administrator": administrator, "memo": given_password}
    with pytest.raises(ValidationError) as caught:
        kind.model_validate(around if nested else administrator)
    assert password not in shown(caught.value)
    assert json.dumps(password)[1:-1] not in shown(caught.value)


def test_a_body_shows_no_password() -> None:
    customer = whole_customer()
    for text in (repr(customer), str(customer), f"{customer!s:}", repr(customer.model_dump()), repr(vars(customer))):
        assert PASSWORD not in text
        assert PASSWORD_IN_BASE64 not in text
        assert "**********" in text
    assert customer.to_vendor()["administrator"]["password"] == PASSWORD_IN_BASE64
    assert customer.secrets == (PASSWORD,)
    assert pickle.loads(pickle.dumps(customer)) == customer  # noqa: S301  # our own bytes


def test_a_customer_without_administrator_has_no_secret() -> None:
    assert NewCustomer.model_validate(CUSTOMER | {"locale": Locale.EN_US}).secrets == ()
    assert CustomerChange(company_name="x").secrets == ()
