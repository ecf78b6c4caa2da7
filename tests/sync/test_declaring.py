"""What the declarations share: what counts as none, reading by parts, and what fits into a table."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from billing.models import Invoice, InvoiceDetail, SettlementItem
from customers.models import UsageStatus
from portal.sync.models import VendorRow
from portal.sync.resource_helpers import answer_of, none_if_missing, read_parts
from portal.sync.resources import Target
from portal.sync.retry import TRIES_OF_A_READ, patiently
from portal.sync.upsert import unfit
from portal.vendor.client import Listing, MalformedRecord, NoClearAnswer, NotSent, Refused, Subscription
from tests.support.vendor_json import subscription

RECORD = Subscription.from_vendor(subscription(501))
OTHER = Subscription.from_vendor(subscription(502))


def refused(status: int, code: str) -> Refused:
    return Refused("getReservation", status=status, code=code, description="")


def no_answer(status: int | None) -> NoClearAnswer:
    return NoClearAnswer("getReservation", "nonsense", status=status)


class Vendor:
    """Return each part with what was told, an error or a record; counts the questions."""

    def __init__(self, **answers: Subscription | Exception) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def get(self, part: str) -> Subscription:
        self.asked.append(part)
        answer = self.answers[part]
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.mark.parametrize("code", ["NOT_FOUND", "RESERVATION_NOT_EXIST", "UPGRADE_DOMAIN_NOT_EXIST"])
def test_the_common_codes_of_404_say_that_there_is_none(code: str) -> None:
    vendor = Vendor(a=refused(404, code))
    assert none_if_missing(lambda: vendor.get("a")) is None


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (404, ""),
        (404, "PAGE_IS_AWAY"),
        (404, "CUSTOMER_NOT_EXIST"),
        (404, "SUBSCRIPTION_NOT_EXIST"),
        (404, "OPTION_PRODUCT_NOT_EXIST"),
        (400, "NOT_FOUND"),
        (403, "ACCESS_DENIED"),
        (410, "DELETED"),
    ],
)
def test_anything_else_stays_an_error(status: int, code: str) -> None:
    vendor = Vendor(a=refused(status, code))
    with pytest.raises(Refused):
        none_if_missing(lambda: vendor.get("a"))


def test_a_part_may_have_no_record() -> None:
    answer = read_parts(Target(1, parts=("a", "b")), Vendor(a=refused(404, "NOT_FOUND"), b=RECORD).get)
    assert (answer.records, answer.parts, answer.is_complete) == ([RECORD], ["b"], True)


def test_no_parts_are_a_whole_answer_of_nothing() -> None:
    assert read_parts(Target(1), Vendor().get).is_complete


@pytest.mark.parametrize(
    "error", [refused(404, "SUBSCRIPTION_NOT_EXIST"), refused(400, "INVALID_PARAMETER"), no_answer(200)]
)
def test_a_part_that_goes_wrong_costs_only_itself(error: Exception) -> None:
    answer = read_parts(Target(1, parts=("a", "b")), Vendor(a=error, b=RECORD).get)
    assert (answer.records, answer.parts, answer.is_complete) == ([RECORD], ["b"], False)
    [problem] = answer.malformed
    assert problem.startswith("a: getReservation")


def test_when_every_part_goes_wrong_nothing_was_read() -> None:
    with pytest.raises(Refused):
        read_parts(Target(1, parts=("a", "b")), Vendor(a=no_answer(200), b=refused(404, "CUSTOMER_NOT_EXIST")).get)


@pytest.mark.parametrize(
    "error", [no_answer(500), no_answer(None), refused(403, "FORBIDDEN"), NotSent("getReservation", "no connection")]
)
def test_trouble_that_is_no_matter_of_a_part_ends_the_reading(error: Exception) -> None:
    with pytest.raises(type(error)):
        read_parts(Target(1, parts=("a", "b")), Vendor(a=RECORD, b=error).get)


def test_a_part_without_a_clear_answer_is_asked_for_again_and_the_others_are_not() -> None:
    vendor = Vendor(a=RECORD, b=no_answer(502))
    with pytest.raises(NoClearAnswer):
        read_parts(Target(1, parts=("a", "b")), vendor.get)
    assert vendor.asked == ["a", *["b"] * TRIES_OF_A_READ]


def test_patience_ends_with_the_first_answer() -> None:
    errors: list[Exception] = [no_answer(500), NotSent("getReservation", "no connection")]

    def ask() -> str:
        if errors:
            raise errors.pop()
        return "answer"

    assert patiently(ask) == "answer"


def test_a_refusal_is_not_asked_for_again() -> None:
    vendor = Vendor(a=refused(400, "BAD_REQUEST"))
    with pytest.raises(Refused):
        patiently(lambda: vendor.get("a"))
    assert vendor.asked == ["a"]


def test_a_record_listed_twice_is_one() -> None:
    answer = answer_of(Listing([RECORD, OTHER, RECORD]), lambda record: record.subscription_id)
    assert (list(answer.records), answer.is_complete) == ([RECORD, OTHER], True)


def test_two_records_of_one_key_are_not_lost_without_a_word() -> None:
    changed = Subscription.from_vendor(subscription(501, licenseCount=99))
    answer = answer_of(Listing([RECORD, changed]), lambda record: record.subscription_id)
    assert list(answer.records) == [RECORD]
    assert answer.malformed == ["Subscription: 501 is listed twice, with different contents"]


def test_what_could_not_be_read_makes_an_answer_less_than_whole() -> None:
    malformed = MalformedRecord("Subscription", "plan", "plan: Field required", {})
    answer = answer_of(Listing([RECORD], [malformed]), lambda record: record.subscription_id)
    assert answer.malformed == ["Subscription.plan: plan: Field required"]


def invoice(**changes: Any) -> Invoice:
    return Invoice(**{"year": 2025, "invoice_no": 1, "raw": {}} | changes)


@pytest.mark.parametrize(
    ("row", "named"),
    [
        (invoice(invoice_no=None), "invoice_no is absent"),
        (invoice(invoice_no=2**63), "invoice_no"),
        (invoice(invoice_month=13), "invoice_month"),
        (invoice(tax_rate=Decimal(-1)), "tax_rate"),
        (invoice(total_amount=Decimal(10**17)), "total_amount"),
        (InvoiceDetail(month=date(2025, 12, 1), raw={}), "domain_id is absent"),
        (SettlementItem(place=0, quantity=-1, raw={}), "quantity"),
        (UsageStatus(member_count=-1, raw={}), "member_count"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_a_table_would_refuse_is_told_without_asking_it(row: VendorRow, named: str) -> None:
    assert named in unfit(row)


def test_what_fits_is_left_alone() -> None:
    assert unfit(invoice(invoice_month=12, total_amount=Decimal("79640.5"))) == ""
