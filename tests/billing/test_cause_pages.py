"""Causes that people choose: of one difference, of several from the list, and none of what is signed off."""

import csv
import io
import json
from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from billing.checking import evidence, runner
from billing.models import CheckCause, CheckDifference, MonthCheck, SignOff
from billing.views import causes
from portal.accounts.roles import Role
from portal.core.clock import business_zone
from tests.support.billing import ANNUAL, bill, detail, item, keep_details, keep_invoices, meter, summary
from tests.support.languages import speak
from tests.support.portal import People, SignIn
from tests.support.prices import keep_prices, price
from tests.support.rows import keep_customers
from tests.support.vendor_json import customer

pytestmark = pytest.mark.django_db

MONTH = date(2026, 10, 1)
PAGE, LIST = "/billing/check/2026-10/", "/billing/differences/"
CAUSE = f"{LIST}cause/"
FILTER = "view=all&month=2026-10&state=unexplained"
REPORTED = {"choice": "reported", "note": "連絡済み"}


@pytest.fixture
def found(people: People) -> list[CheckDifference]:
    """Customers 1 to 5 have 11 to 15 licenses billed of 10, and customer 6 has an adjustment."""
    keep_prices(people.finance, price("STD", "ANNUAL_LICENSE", 600, 450))
    shares = []
    for number in range(1, 7):
        keep_customers(customer(number, companyName=f"株式会社{number}"))
        meter(number, 10)
        licenses = 10 + number % 6
        items = [item(licenses * 450, licenseCount=licenses, **ANNUAL), summary(licenses * 450)]
        items += [item(-500, "ADJUSTMENT", itemId="")] if number == 6 else []
        shares.append(detail(number, *items, customerName=f"株式会社{number}"))
    keep_details("2026-10", *shares)
    keep_invoices(2026, bill("2026-10", usedAmount=75 * 450))
    check(people)
    return list(CheckDifference.objects.undecided().order_by("domain_id"))


def check(people: People) -> MonthCheck:
    run = runner.start(MONTH, by=people.finance)
    runner.run(run.pk)
    return run


def sign(browser: Client) -> None:
    browser.post(f"{PAGE}sign-off/", {"note": "", "seen": MonthCheck.objects.latest_of(MONTH).pk})  # type: ignore[union-attr]  # there is one


def text(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status
    return " ".join(answer.content.decode().split())


def test_all_that_the_filter_finds_gets_one_cause(finance: Client, found: list[CheckDifference]) -> None:
    listed = text(finance.get(f"{LIST}?{FILTER}&select=all"))
    assert f'href="{CAUSE}?view=all&amp;month=2026-10&amp;state=unexplained&amp;select=all"' in listed
    page = text(finance.get(f"{CAUSE}?{FILTER}&select=all"))
    assert "5 differences get this cause. Together they come to +¥6,750." in page
    answer = finance.post(f"{CAUSE}?{FILTER}&select=all", {"count": 5, **REPORTED})
    assert answer["Location"] == f"{LIST}?{FILTER}"
    assert "Cause saved for 5 differences." in text(finance.get(PAGE))
    assert not CheckDifference.objects.undecided().exists()
    assert {(cause.key, cause.choice, cause.note) for cause in CheckCause.objects.all()} == {
        (row.key, "reported", "連絡済み") for row in found
    }
    sign(finance)
    assert SignOff.objects.exists()


def test_some_rows_get_one_cause_and_what_takes_none_is_left_out(finance: Client, found: list[CheckDifference]) -> None:
    adjustment = CheckDifference.objects.get(is_explained=True)
    query = f"{FILTER}&id={found[0].pk}&id={found[1].pk}&id={adjustment.pk}"
    page = text(finance.get(f"{CAUSE}?{query}"))
    assert "3 differences selected" in page
    assert "2 differences get this cause." in page
    assert "1 is explained by the check and is left out." in page
    assert finance.post(f"{CAUSE}?{query}", {"count": 3, **REPORTED})["Location"] == f"{LIST}?{FILTER}"
    assert {row.pk for row in CheckDifference.objects.exclude(decision="")} == {found[0].pk, found[1].pk}
    adjustment.refresh_from_db()
    assert adjustment.decision == ""
    again = text(finance.get(f"{CAUSE}?id={found[0].pk}"))
    assert "1 of them has a cause already." in again


@pytest.mark.parametrize(
    ("query", "data", "status", "words"),
    [
        ("", REPORTED, 422, "Nothing is selected."),
        ("id=999999", REPORTED, 422, "Nothing is selected."),
        ("select=all&month=abc", REPORTED, 422, "The filter isn’t valid."),
        (f"{FILTER}&select=all", {"count": 4, **REPORTED}, 409, "The selection has changed. Nothing was saved."),
        (f"{FILTER}&select=all", {"count": 5, "choice": ""}, 422, "Choose a cause."),
        (f"{FILTER}&select=all", {"count": 5, "choice": "other"}, 422, "Nothing was saved."),
        (f"{FILTER}&select=all", {"count": 5, **REPORTED, "note": "x" * 501}, 422, "Nothing was saved."),
        ("select=all&state=explained", {"count": 1, **REPORTED}, 422, "The check explains all of these"),
    ],
)
def test_what_is_refused_stores_nothing(
    finance: Client, found: list[CheckDifference], query: str, data: dict[str, Any], status: int, words: str
) -> None:
    assert words in text(finance.post(f"{CAUSE}?{query}", data), status)
    assert not CheckCause.objects.exists()


def test_too_many_at_a_time_are_refused(
    finance: Client, found: list[CheckDifference], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(causes, "MOST", 4)
    answer = finance.post(f"{CAUSE}?{FILTER}&select=all", {"count": 5, **REPORTED})
    assert "At most 4 differences get a cause at a time." in text(answer, 422)
    assert not CheckCause.objects.exists()


def test_many_causes_cost_the_same_queries(
    finance: Client, found: list[CheckDifference], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(24) as few:
        finance.post(f"{CAUSE}?id={found[0].pk}", {"count": 1, **REPORTED})
    with django_assert_max_num_queries(len(few)):
        finance.post(f"{CAUSE}?select=all&{FILTER}", {"count": 4, **REPORTED})
    assert CheckCause.objects.count() == 5


def test_who_may_not_sign_selects_nothing(people: People, sign_in: SignIn, found: list[CheckDifference]) -> None:
    Group.objects.get(name=Role.FINANCE).permissions.remove(Permission.objects.get(codename="sign_off"))
    browser = sign_in(people.finance)
    assert "type=checkbox" not in text(browser.get(f"{LIST}?{FILTER}")).partition("<tbody>")[2]
    assert browser.post(f"{CAUSE}?{FILTER}&select=all", {"count": 5, **REPORTED}).status_code == 403
    assert not CheckCause.objects.exists()


def test_a_row_of_the_list_opens_its_own_form(finance: Client, found: list[CheckDifference]) -> None:
    least = found[0]
    assert f'href="{PAGE}?difference={least.pk}#worst"' in text(finance.get(f"{LIST}?{FILTER}"))
    assert f"differences/{least.pk}/" not in text(finance.get(PAGE))
    page = text(finance.get(f"{PAGE}?difference={least.pk}"))
    assert "Selected difference" in page
    assert page.count("Save cause") == page.count(f'action="{PAGE}differences/{least.pk}/"') == 1
    answer = finance.post(f"{PAGE}differences/{least.pk}/", {"opened": "1", **REPORTED})
    assert answer["Location"] == f"{PAGE}?difference={least.pk}#worst"
    # The note that is there is filled in, so that another cause doesn't lose it.
    assert 'value="連絡済み"' in text(finance.get(answer["Location"]))


@pytest.mark.parametrize("number", ["0", "999999999", "abc", "9" * 30, ""])
def test_a_difference_that_there_is_not_opens_the_page_as_ever(
    finance: Client, found: list[CheckDifference], number: str
) -> None:
    assert "Look at these 3 first" in text(finance.get(f"{PAGE}?difference={number}"))


def test_causes_of_a_signed_off_check_stay_as_they_are(
    finance: Client, people: People, found: list[CheckDifference]
) -> None:
    finance.post(f"{CAUSE}?{FILTER}&select=all", {"count": 5, **REPORTED})
    sign(finance)
    page = text(finance.get(PAGE))
    assert "Save cause" not in page
    assert "To change a cause, check the month again, choose the cause and sign off again." in page
    one = f"{PAGE}differences/{found[0].pk}/"
    finance.post(one, {"choice": "accepted", "note": ""})
    assert "Nothing was saved. This check is signed off." in text(finance.get(PAGE))
    several = finance.post(f"{CAUSE}?select=all&month=2026-10&view=all", {"count": 6, "choice": "accepted"})
    assert "This check is signed off." in text(several, 422)
    assert CheckCause.objects.count() == 5
    assert set(CheckDifference.objects.exclude(decision="").values_list("decision", flat=True)) == {"reported"}

    check(people)
    page = text(finance.get(PAGE))
    assert "is newer than the one that was signed off" in page
    assert "Save cause" in page
    again = CheckDifference.objects.get(domain_id=1)
    finance.post(f"{PAGE}differences/{again.pk}/", {"choice": "accepted", "note": "別の原因"})
    sign(finance)
    assert SignOff.objects.count() == 2
    assert "is newer than the one that was signed off" not in text(finance.get(PAGE))


def test_the_list_shows_the_largest_differences_first_and_leads_back(
    finance: Client, found: list[CheckDifference]
) -> None:
    CheckDifference.objects.filter(pk=found[1].pk).update(yen=-99_999)
    page = text(finance.get(f"{LIST}?{FILTER}"))
    rows = page.partition("<tbody>")[2].split("<th scope=row>")[1:]
    assert [f"株式会社{number}" in row for number, row in zip((2, 5, 4, 3, 1), rows, strict=True)] == [True] * 5
    assert "<span>Month</span> <b>October 2026</b>" in page
    assert f'<a href="{PAGE}">Check of October 2026</a>' in page
    assert 'type="month" name="month" value="2026-10"' in page
    assert 'href="/billing/check/">Check of the latest month' in text(finance.get(f"{LIST}?view=all"))


@pytest.mark.usefixtures("japanese")
def test_the_page_of_several_is_japanese(people: People, sign_in: SignIn, found: list[CheckDifference]) -> None:
    page = text(speak(sign_in(people.finance), "ja").get(f"{CAUSE}?{FILTER}&select=all"))
    assert "差異5件にこの原因を付けます。" in page
    assert "差異の合計は+6,750円です。" in page


def test_the_file_says_who_chose_which_cause_when_and_why(
    finance: Client, people: People, found: list[CheckDifference]
) -> None:
    finance.post(f"{CAUSE}?id={found[0].pk}", {"count": 1, **REPORTED})
    answer: Any = finance.get(f"{LIST}?{FILTER.replace('unexplained', 'decided')}&export=csv")
    [row] = csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig")))
    cause = CheckCause.objects.get()
    assert (row["Note"], row["Cause chosen by"]) == ("連絡済み", str(people.finance))
    assert row["Cause chosen at"].startswith(f"{cause.at.astimezone(business_zone()):%Y-%m-%d}")
    assert (row["Period from"], row["Period to"]) == ("2026-10-01", "2026-10-31")
    answer = finance.get(f"{LIST}?{FILTER}&export=csv")
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert [(row["Note"], row["Cause chosen by"], row["Cause chosen at"]) for row in rows] == [("", "", "")] * 4


def test_evidence_names_its_fields_and_earlier_evidence_stays_readable(
    people: People, found: list[CheckDifference]
) -> None:
    text = MonthCheck.objects.get().evidence.text
    kept = json.loads(text)
    assert kept["version"] == 2
    for name, fields in kept["fields"].items():
        assert {len(each) for customer in kept["customers"] for each in customer[name]} == {len(fields)}
    earlier = json.dumps(
        {"causes": [], "check": {name: kept[name] for name in kept if name != "fields"} | {"version": 1}}
    )
    assert evidence.lines_in(earlier) == evidence.lines_in(evidence.signed(text, []))
