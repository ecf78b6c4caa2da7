"""Every operation over real HTTP: the exact request, the answer read, and what other answers mean."""

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from pydantic import ValidationError

from portal.vendor.client import (
    OPERATIONS,
    READ_ONLY_GRANT,
    Customer,
    CustomerDeletion,
    NoClearAnswer,
    NotSent,
    OptionProductId,
    PartnerApi,
    Refused,
    RefusedKind,
    SchemaSurprise,
    raw_answer,
)
from tests.support import contract
from tests.support.answers import ScriptedServer, answer, token

from .case import Case
from .cases import CASES
from .cases_customers import PASSWORD, PASSWORD_IN_BASE64
from .conftest import Connect

each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.operation)
changing = [case for case in CASES if OPERATIONS[case.operation].http_method != "GET"]
with_body = [case for case in CASES if case.answer is not None]
without_body = [case for case in CASES if case.answer is None]


def parameters_of(case: Case) -> tuple[dict[str, str], dict[str, str]]:
    """The values in path and query of a case's request, by LINE WORKS's names."""
    address = urlsplit(case.request.partition(" ")[2])
    pattern = re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", OPERATIONS[case.operation].path)
    found = re.fullmatch(pattern, address.path)
    assert found
    in_path = {name: unquote(value) for name, value in found.groupdict().items()}
    return in_path, dict(parse_qsl(address.query, strict_parsing=bool(address.query)))


def test_every_operation_of_the_contract_has_a_method_and_a_case() -> None:
    assert set(OPERATIONS) == set(contract.operations()) == {case.operation for case in CASES}
    assert len(CASES) == len(OPERATIONS) == 53


@each_case
def test_each_operation_asks_as_documented_and_reads_the_answer(
    api: PartnerApi, vendor: ScriptedServer, surprises: list[SchemaSurprise], case: Case
) -> None:
    vendor.then(answer(case.status, case.answer))
    result = case.call(api)
    (call,) = vendor.calls
    assert f"{call.method} {call.path.removeprefix('/v1.0')}" == case.request
    assert (call.json if call.body else None) == case.sent
    assert call.headers.get("Content-Type") == ("application/json" if case.sent else None)
    assert raw_answer(result) == (case.answer if case.outcome is None else case.outcome)
    assert getattr(result, "malformed", []) == []
    assert surprises == []


@each_case
def test_what_is_asked_and_answered_here_is_what_the_contract_says(
    api: PartnerApi, vendor: ScriptedServer, case: Case
) -> None:
    """Judged by a library that isn't ours."""
    vendor.then(answer(case.status, case.answer))
    case.call(api)
    in_path, query = parameters_of(case)
    asked = contract.Asked(case.operation, tuple(in_path.items()), tuple(query.items()), vendor.calls[0].body)
    contract.check_request(asked)
    contract.check_answer(case.operation, case.status, json.dumps(case.answer).encode() if case.answer else b"")


@each_case
def test_each_operation_can_be_called_by_the_vendors_names(api: PartnerApi, vendor: ScriptedServer, case: Case) -> None:
    vendor.then(answer(case.status, case.answer))
    in_path, query = parameters_of(case)
    body = case.sent
    if case.operation == "createCustomer" and body:
        body = body | {"administrator": body["administrator"] | {"password": PASSWORD}}
    result = OPERATIONS[case.operation].call(api, in_path | query, body)
    (call,) = vendor.calls
    assert f"{call.method} {call.path.removeprefix('/v1.0')}" == case.request
    assert (call.json if call.body else None) == case.sent
    assert raw_answer(result) == (case.answer if case.outcome is None else case.outcome)


@each_case
def test_a_grant_for_reading_reaches_what_reads(connect: Connect, vendor: ScriptedServer, case: Case) -> None:
    vendor.then_token(token("read-only-token", scope="partner.read"))
    vendor.then(answer(case.status, case.answer))
    api = connect(scope="partner.read")
    if case not in changing:
        case.call(api)
        assert len(vendor.calls) == 1
        return
    with pytest.raises(Refused) as caught:
        case.call(api)
    assert caught.value.code == READ_ONLY_GRANT
    assert vendor.received == []


@each_case
def test_a_refusal_and_a_failure_are_told_apart(api: PartnerApi, vendor: ScriptedServer, case: Case) -> None:
    vendor.then(answer(409, {"code": "SOMETHING_NEW", "description": "nicht so"}), answer(429), answer(500))
    with pytest.raises(Refused) as refused:
        case.call(api)
    assert (refused.value.kind, refused.value.code) == (RefusedKind.CONFLICT, "SOMETHING_NEW")
    assert (refused.value.operation, refused.value.description) == (case.operation, "nicht so")
    with pytest.raises(NotSent):
        case.call(api)
    with pytest.raises(NoClearAnswer):
        case.call(api)
    assert len(vendor.calls) == 3, "nothing is repeated by itself"


@pytest.mark.parametrize("case", with_body, ids=lambda case: case.operation)
def test_a_promised_body_is_trusted_with_200_and_201_alone(api: PartnerApi, vendor: ScriptedServer, case: Case) -> None:
    vendor.then(answer(200, case.answer), answer(201, case.answer), answer(202, case.answer), answer(204))
    assert raw_answer(case.call(api)) == raw_answer(case.call(api)) == case.answer
    for status in (202, 204):
        with pytest.raises(NoClearAnswer) as caught:
            case.call(api)
        assert caught.value.status == status


@pytest.mark.parametrize("case", without_body, ids=lambda case: case.operation)
def test_without_a_body_only_documented_statuses_are_trusted(
    api: PartnerApi, vendor: ScriptedServer, case: Case
) -> None:
    documented = contract.operations()[case.operation].statuses
    for status in (200, 201, 202, 203, 204):
        vendor.then(answer(status))
        if status in documented:
            case.call(api)
            continue
        with pytest.raises(NoClearAnswer, match="without a body is promised"):
            case.call(api)
    assert documented <= {202, 204}


@pytest.mark.parametrize("body", ["<p>maintenance</p>", "{"])
def test_a_status_that_is_promised_bare_isnt_trusted_with_a_page(
    api: PartnerApi, vendor: ScriptedServer, body: str
) -> None:
    vendor.then(answer(202, body))
    with pytest.raises(NoClearAnswer):
        api.customers.delete_customer(7)


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [(204, None, CustomerDeletion.GONE), (202, None, CustomerDeletion.PENDING), (202, {}, CustomerDeletion.PENDING)],
)
def test_a_deleted_customer_is_gone_or_waits(
    api: PartnerApi, vendor: ScriptedServer, status: int, body: Any, outcome: CustomerDeletion
) -> None:
    vendor.then(answer(status, body))
    assert api.customers.delete_customer(7) is outcome


FINDS: dict[str, Callable[[PartnerApi], Any]] = {
    "reservation": lambda api: api.subscriptions.find_reservation(7, 501),
    "renewal": lambda api: api.subscriptions.find_renewal(7, 501),
    "option order": lambda api: api.options.find_option_product_order(7, OptionProductId.BCT),
}


@pytest.mark.parametrize("find", FINDS.values(), ids=FINDS.keys())
def test_not_found_is_none_unless_it_is_about_something_else(
    api: PartnerApi, vendor: ScriptedServer, find: Any
) -> None:
    for body in (None, {"code": "NOT_FOUND"}, {"code": "RESERVATION_NOT_EXIST"}):
        vendor.then(answer(404, body))
        assert find(api) is None
    for status, code in ((404, "CUSTOMER_NOT_EXIST"), (404, "SUBSCRIPTION_NOT_EXIST"), (400, "NOT_FOUND")):
        vendor.then(answer(status, {"code": code}))
        with pytest.raises(Refused, match=code):
            find(api)


def test_what_is_found_is_what_is_got(api: PartnerApi, vendor: ScriptedServer) -> None:
    cases = {case.operation: case for case in CASES}
    names = ("getReservation", "getRenewal", "getOptionProductOrder")
    vendor.then(*[answer(200, cases[name].answer) for name in names])
    assert [raw_answer(find(api)) for find in FINDS.values()] == [cases[name].answer for name in names]


BAD_PIECES = ["", ".", "..", "...", "a/b", "a\\b", "a\nb", "a\x00b", "../7"]


@pytest.mark.parametrize("piece", BAD_PIECES)
def test_a_text_that_could_name_something_else_gets_into_no_path(
    api: PartnerApi, vendor: ScriptedServer, piece: str
) -> None:
    for ask in (
        lambda: api.customers.get_potential_customer(piece, partner_code="x"),
        lambda: api.options.get_option_product_order(7, OptionProductId(piece)),
        lambda: api.options.get_option_product_renewal(7, OptionProductId(piece)),
    ):
        with pytest.raises(ValueError, match="can't be empty"):
            ask()
    assert vendor.received == []


def test_an_option_never_heard_of_can_be_looked_at_and_not_changed(api: PartnerApi, vendor: ScriptedServer) -> None:
    cases = {case.operation: case for case in CASES}
    vendor.then(answer(200, cases["getOptionProductOrder"].answer))
    api.options.get_option_product_order(7, OptionProductId("NEW OPTION"))
    assert vendor.calls[0].path.endswith("/option-product-orders/NEW%20OPTION")
    with pytest.raises(ValueError, match="no option that LINE WORKS documents"):
        api.options.delete_option_product_order(7, OptionProductId("NEW OPTION"))
    assert len(vendor.calls) == 1


@pytest.mark.parametrize("piece", ["7", 7.0, None])
@pytest.mark.parametrize("operation", ["getCustomer", "getSubscription", "deletePreOrder"])
def test_nothing_but_a_number_gets_into_the_path_of_an_id(
    api: PartnerApi, vendor: ScriptedServer, operation: str, piece: object
) -> None:
    asked = OPERATIONS[operation]
    method = getattr(getattr(api, asked.group), asked.method_name)
    with pytest.raises(TypeError):
        method(*[piece for _ in asked.parameters])
    assert vendor.received == []


@pytest.mark.parametrize(
    ("operation", "parameters", "body"),
    [
        ("getCustomer", {}, None),
        ("getCustomer", {"domainId": "seven"}, None),
        ("getCustomer", {"domainId": "7", "memo": "x"}, None),
        ("getCustomer", {"domainId": "7"}, {}),
        ("addPreOrder", {"domainId": "7"}, None),
        ("addPreOrder", {"domainId": "7"}, {"applyDate": "2025-02-15", "productId": "STD", "memo": "x"}),
        ("updatePreOrder", {"domainId": "7", "preOrderId": "1"}, {"applyDate": "soon"}),
        ("listCustomers", {"orderBy": "domain asc"}, None),
        ("listCustomers", {"count": 31}, None),
        ("listInvoiceDetails", {"year": 2025, "month": 13}, None),
        ("listInvoiceDetails", {"year": 2025, "month": 1, "count": 21}, None),
        ("listInvoiceDetails", {"year": 2025, "month": 1, "count": 0}, None),
        ("listCustomerUsages", {"domainId": 7, "year": 2025, "month": 0}, None),
        ("listCustomerUsages", {"domainId": 7, "year": 2025, "month": 1, "productGroupId": "NEW"}, None),
        ("listOptionProductUsages", {"domainId": 7, "year": 2025, "month": 13}, None),
        ("convertOptionProductToPaid", {"domainId": 7, "optionProductId": "BCT"}, {"subOptionId": "DRV01"}),
        ("convertOptionProductToPaid", {"domainId": 7, "optionProductId": "ACV2"}, {"subOptionId": "DRV01"}),
        ("upgradeOptionProduct", {"domainId": 7, "optionProductId": "BCT"}, {"subOptionId": "SSTG202"}),
        ("updateOptionProductRenewal", {"domainId": 7, "optionProductId": "QTA_O1"}, {"type": "STAY"}),
        ("updateOptionProductRenewal", {"domainId": 7, "optionProductId": "BCT"}, {"subOptionId": "SSTG201"}),
        ("updateOptionProductOrder", {"domainId": 7, "optionProductId": "BCT"}, {"subOptionId": "SSTG201"}),
    ],
)
def test_what_the_vendor_doesnt_document_isnt_sent(
    api: PartnerApi, vendor: ScriptedServer, operation: str, parameters: dict[str, Any], body: Any
) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011  # each for a reason of its own
        OPERATIONS[operation].call(api, parameters, body)
    assert str(caught.value)
    assert vendor.received == []


def test_a_password_given_to_the_table_is_repeated_in_no_error(api: PartnerApi) -> None:
    administrator = {"password": PASSWORD, "lastName": "x" * 81, "unknown": PASSWORD}
    with pytest.raises(ValidationError) as caught:
        OPERATIONS["createCustomer"].call(api, {}, {"administrator": administrator, "memo": PASSWORD})
    shown = f"{caught.value!s} {caught.value!r} {caught.value.errors()} {caught.value.json()}"
    assert PASSWORD not in shown
    assert PASSWORD_IN_BASE64 not in shown
    assert "administrator.lastName" in shown


def test_all_pages_of_an_invoice_are_read_in_order(api: PartnerApi, vendor: ScriptedServer) -> None:
    detail = next(case.answer for case in CASES if case.operation == "listInvoiceDetails")
    assert detail
    vendor.then(answer(200, detail | {"responseMetaData": {"nextCursor": "a/="}}), answer(200, detail))
    pages = list(api.billing.pages_of_invoice_details(year=2025, month=2))
    assert [page.is_last for page in pages] == [False, True]
    assert [call.path.partition("?")[2] for call in vendor.calls] == [
        "year=2025&month=2&count=20",
        "year=2025&month=2&count=20&cursor=a%2F%3D",
    ]


def test_a_name_may_be_verified_again_and_changes_nothing() -> None:
    verify = OPERATIONS["verifyDomain"]
    assert (verify.http_method, verify.scope, verify.changes) == ("POST", "partner", False)
    for name, operation in OPERATIONS.items():
        if name != "verifyDomain":
            assert operation.changes is (operation.http_method != "GET"), name


def test_a_record_that_cant_be_read_names_itself_and_the_field(api: PartnerApi, vendor: ScriptedServer) -> None:
    vendor.then(answer(201, {"tenantId": 1}))
    with pytest.raises(NoClearAnswer, match=f"{Customer.__name__} can't be read at 'domainId'"):
        next(case for case in CASES if case.operation == "createCustomer").call(api)
