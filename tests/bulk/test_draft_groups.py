"""The page of a bulk request: groups of rows, warnings that somebody includes, corrected cells, mixed files."""

import io
from typing import Any

import pytest
from django.db import Error, transaction
from django.test import Client
from openpyxl import load_workbook

from customers.models import UsageStatus
from portal.bulk import presentation, runner, uploads
from portal.bulk.models import CellCorrection, Import, ImportRow
from portal.celery import app
from portal.core.clock import now
from portal.operations.models import Operation
from portal.sync.models import Reading
from portal.sync.resources import RESOURCES
from subscriptions.models import Subscription
from tests.bulk.files import table, upload
from tests.support import vendor_json
from tests.support.languages import speak
from tests.support.portal import People, SignIn
from tests.support.rows import keep_contracts, keep_customers

FIRST, SECOND, THIRD = 10_000_001, 10_000_002, 10_000_003
RENEWAL = ("Customer", "Subscription", "At renewal")
REASON = "年度更新"


@pytest.fixture(autouse=True)
def _the_day(settings: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("clock") / "today"
    file.write_text("2026-01-15")
    settings.BUSINESS_DATE_FILE = str(file)


@pytest.fixture(autouse=True)
def no_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "send_task", lambda *_args, **_kwargs: None)


@pytest.fixture
def book(db: None) -> None:
    """Three customers of which all was read; the third has two subscriptions."""
    for pk, name, numbers in (
        (FIRST, "青葉会", [501]),
        (SECOND, "つばめ運輸", [502]),
        (THIRD, "ひかり物流", [503, 504]),
    ):
        keep_customers(vendor_json.customer(pk, domain=f"d{pk}.example.com", companyName=name))
        keep_contracts(pk, subscriptions=[vendor_json.subscription(number) for number in numbers])
        names = {resource.name for resource in RESOURCES.of_customer()}
        Reading.objects.bulk_create(
            [Reading(domain_id=pk, resource=name, read_at=now(), tried_at=now()) for name in names],
            ignore_conflicts=True,
        )


@pytest.fixture
def browser(people: People, sign_in: SignIn, book: None) -> Client:
    return sign_in(people.account_manager)


def row(draft: Import, number: int) -> ImportRow:
    return draft.rows.get(number=number)


def correct(browser: Client, draft: Import, number: int, **cells: str) -> ImportRow:
    answer = browser.post(f"{draft.get_absolute_url()}rows/{number}/correct/", cells)
    assert answer.status_code == 302
    assert answer["Location"] == f"{draft.get_absolute_url()}#row-{number}"
    return row(draft, number)


def renewals(browser: Client) -> Import:
    """A file with a harmful row, one that is blocked, and one without a warning."""
    return upload(
        browser,
        table([FIRST, "", "CANCEL"], [THIRD, "", "CANCEL"], [SECOND, "", "CHANGE"], header=RENEWAL),
        kind="updateRenewal",
    )


def test_rows_stand_in_groups_with_their_counts(browser: Client) -> None:
    draft = renewals(browser)
    harmful = row(draft, 2)
    assert (harmful.state, harmful.is_warned, harmful.is_included) == ("ready", True, False)
    html = browser.get(draft.get_absolute_url()).content.decode()
    heads = [part.split("</th>")[0] for part in html.split('scope="rowgroup">')[1:]]
    assert heads[0] == 'Check <span class="pd-n">1 · warnings: sent only if you include them</span>'
    assert heads[1].startswith('Blocked <span class="pd-n">')
    assert html.index('id="row-2"') < html.index('id="row-3"')
    speak(browser, "ja")
    assert "注意あり" in browser.get(draft.get_absolute_url()).content.decode()


def test_a_harmful_row_is_sent_only_if_somebody_includes_it(browser: Client, people: People) -> None:
    draft = upload(browser, table([FIRST, "", "CANCEL"], [SECOND, "", "CANCEL"], header=RENEWAL), kind="updateRenewal")
    answer = browser.post(f"{draft.get_absolute_url()}run/", {"reason": REASON})
    assert answer.status_code == 422
    assert "Every row has a warning. Include at least one of them." in answer.content.decode()
    assert not Operation.objects.exists()

    browser.post(f"{draft.get_absolute_url()}rows/3/include/", {"included": "yes"})
    assert browser.post(f"{draft.get_absolute_url()}run/", {"reason": REASON}).status_code == 302
    runner.advance(draft.pk)

    assert [operation.domain_id for operation in Operation.objects.all()] == [SECOND]
    assert (row(draft, 2).state, row(draft, 3).state) == ("ready", "requested")


def test_a_pause_is_announced_also_where_every_row_has_a_warning(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = upload(browser, table([FIRST, "", "CANCEL"], [SECOND, "", "CANCEL"], header=RENEWAL), kind="updateRenewal")
    assert "then pauses for your check" not in browser.get(draft.get_absolute_url()).content.decode()
    monkeypatch.setattr(presentation, "FIRST", 1)
    assert "Sends the first row, then pauses for your check." in browser.get(draft.get_absolute_url()).content.decode()


def test_all_warnings_can_be_included_at_once(browser: Client) -> None:
    draft = upload(browser, table([FIRST, "", "CANCEL"], [SECOND, "", "CANCEL"], header=RENEWAL), kind="updateRenewal")
    assert browser.post(f"{draft.get_absolute_url()}run/", {"reason": REASON, "warned": "on"}).status_code == 302
    runner.advance(draft.pk)
    assert Operation.objects.count() == 2


def test_who_included_a_row_need_not_do_it_again_after_another_check(browser: Client) -> None:
    draft = upload(browser, table([FIRST, "", "CANCEL"], header=RENEWAL), kind="updateRenewal")
    browser.post(f"{draft.get_absolute_url()}rows/2/include/", {"included": "yes"})
    browser.post(f"{draft.get_absolute_url()}check/")
    assert row(draft, 2).is_included
    browser.post(f"{draft.get_absolute_url()}rows/2/include/", {"included": "no"})
    assert not row(draft, 2).is_included


def test_what_a_row_could_mean_can_be_chosen(browser: Client) -> None:
    draft = upload(browser, table([THIRD, "CANCEL"], header=("Customer", "At renewal")), kind="updateRenewal")
    blocked = row(draft, 2)
    assert blocked.state == "wrong"
    html = browser.get(draft.get_absolute_url()).content.decode()
    assert 'name="subscription_id" value="503"' in html
    assert 'name="subscription_id" value="504"' in html

    correct(browser, draft, 2, subscription_id="504")
    assert row(draft, 2).state == "checking"
    uploads.take_corrections(draft.pk)

    corrected = row(draft, 2)
    assert corrected.state == "ready"
    assert corrected.request is not None
    assert corrected.request["subscriptionId"] == 504
    draft.refresh_from_db()
    assert draft.header == ["Customer", "At renewal", "subscription_id"]


def test_a_corrected_cell_is_judged_again_and_stays_on_record(browser: Client, people: People) -> None:
    draft = upload(browser, table([999, "", "CANCEL"], [SECOND, "", "CANCEL"], header=RENEWAL), kind="updateRenewal")
    assert row(draft, 2).state == "wrong"

    assert correct(browser, draft, 2, customer=str(FIRST), subscription_id="", type="CANCEL").state == "checking"
    uploads.take_corrections(draft.pk)

    assert (row(draft, 2).state, row(draft, 2).domain_id) == ("ready", FIRST)
    [kept] = CellCorrection.objects.all()
    assert (kept.what, kept.details) == ("customer", {"before": "999", "after": str(FIRST)})
    assert (kept.by_id, kept.by_name) == (people.account_manager.pk, str(people.account_manager))
    html = browser.get(draft.get_absolute_url()).content.decode()
    assert f"Customer: 999 → {FIRST}" in html
    with pytest.raises(Error, match="Cannot update or delete"), transaction.atomic():
        CellCorrection.objects.update(by_name="x")


def test_a_correction_frees_the_row_that_it_met(browser: Client) -> None:
    header = ("Customer", "Subscription", "Number of licenses to add")
    draft = upload(browser, table([FIRST, 501, 5], [FIRST, 501, 6], header=header), kind="addLicenses")
    assert {each.state for each in draft.rows.all()} == {"wrong"}
    correct(browser, draft, 3, customer=str(SECOND), subscription_id="502")
    uploads.take_corrections(draft.pk)
    assert {each.state for each in draft.rows.all()} == {"ready"}


def test_what_is_the_same_changes_nothing(browser: Client) -> None:
    draft = upload(browser, table([FIRST, "", "CANCEL"], header=RENEWAL), kind="updateRenewal")
    assert correct(browser, draft, 2, customer=str(FIRST), type=" CANCEL ").state == "ready"
    assert not CellCorrection.objects.exists()


def test_a_message_that_was_lost_does_not_leave_a_row_unchecked(browser: Client) -> None:
    draft = upload(browser, table([999, "", "CANCEL"], header=RENEWAL), kind="updateRenewal")
    correct(browser, draft, 2, customer=str(FIRST))
    uploads.sweep()
    assert row(draft, 2).state == "ready"


@pytest.mark.parametrize("role", ["support", "finance"])
def test_who_may_only_read_corrects_and_includes_nothing(
    browser: Client, people: People, sign_in: SignIn, role: str
) -> None:
    draft = upload(browser, table([FIRST, "", "CANCEL"], header=RENEWAL), kind="updateRenewal")
    reader = sign_in(getattr(people, role))
    before = ImportRow.objects.values().get()
    for what, data in (("correct", {"type": "STAY"}), ("include", {"included": "yes"})):
        assert reader.post(f"{draft.get_absolute_url()}rows/2/{what}/", data).status_code == 403
    assert ImportRow.objects.values().get() == before
    assert not CellCorrection.objects.exists()
    html = reader.get(draft.get_absolute_url()).content.decode()
    assert "/rows/2/" not in html


def test_nothing_is_corrected_while_a_draft_runs(browser: Client) -> None:
    draft = upload(browser, table([FIRST, "", "CANCEL"], [SECOND, "", "CANCEL"], header=RENEWAL), kind="updateRenewal")
    browser.post(f"{draft.get_absolute_url()}run/", {"reason": REASON, "warned": "on"})
    before = list(ImportRow.objects.order_by("pk").values())
    for what, data in (("correct", {"type": "STAY"}), ("include", {"included": "no"})):
        answer = browser.post(f"{draft.get_absolute_url()}rows/2/{what}/", data, follow=True)
        assert "Nothing was changed" in answer.content.decode()
    assert list(ImportRow.objects.order_by("pk").values()) == before
    assert not CellCorrection.objects.exists()


def test_one_file_mixes_requests_by_a_column(browser: Client) -> None:
    header = ("Request", "Customer", "At renewal", "Number of licenses to add", "Colour")
    draft = upload(
        browser,
        table(
            ["Edit renewal settings", FIRST, "CANCEL", "", "red"],
            ["addLicenses", SECOND, "", 5, ""],
            ["ライセンス追加", FIRST, "", 5, ""],
            ["addLicenses", SECOND, "CANCEL", 6, ""],
            ["Paint", SECOND, "", 6, ""],
            ["", FIRST, "", "", "blue"],
            ["", FIRST, "CANCEL", "", ""],
            header=header,
        ),
        kind="",
    )
    assert (draft.kind, draft.ignored) == ("", ["Colour"])
    states = [(each.kind, each.state) for each in draft.rows.all()]
    assert states[:4] == [
        ("updateRenewal", "ready"), ("addLicenses", "ready"), ("addLicenses", "ready"), ("addLicenses", "wrong"),
    ]  # fmt: skip
    assert states[4:] == [("", "wrong"), ("", "unchanged"), ("", "wrong")]
    html = browser.get(draft.get_absolute_url()).content.decode()
    assert "Several types of request" in html
    assert "“At renewal” can’t be set here." in html
    assert "There is no such request." in html
    assert "Enter what is requested." in html


def test_a_mixed_file_needs_the_column_that_says_what(browser: Client) -> None:
    draft = upload(browser, table([FIRST, "CANCEL"], header=("Customer", "At renewal")), kind="")
    assert draft.state == "refused"
    assert "Required columns are missing: “Request”." in browser.get(draft.get_absolute_url()).content.decode()


def test_rows_of_a_mixed_file_run(browser: Client) -> None:
    header = ("Request", "Customer", "At renewal", "Number of licenses to add")
    lines = [["updateRenewal", FIRST, "CANCEL", ""], ["addLicenses", SECOND, "", 5]]
    draft = upload(browser, table(*lines, header=header), kind="")
    assert browser.post(f"{draft.get_absolute_url()}run/", {"reason": REASON, "warned": "on"}).status_code == 302
    runner.advance(draft.pk)
    kinds = {operation.kind: operation.domain_id for operation in Operation.objects.all()}
    assert kinds == {"updateRenewal": FIRST, "addLicenses": SECOND}


KINDS = ["updateRenewal", "addLicenses", "cancelSubscription", "addReservation", "upgradeSubscription"]


def workbook(browser: Client, kind: str) -> bytes:
    keys = Subscription.objects.values_list("pk", flat=True)
    address = f"/requests/bulk/selection/subscriptions/{kind}/workbook.xlsx"
    answer = browser.get(address, {"id": list(keys)})
    assert answer.status_code == 200
    return answer.content


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("to", ["kind", "mixed"])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_workbook_that_nobody_filled_in_asks_for_nothing(browser: Client, kind: str, to: str, language: str) -> None:
    speak(browser, language)
    content = workbook(browser, kind)
    speak(browser, "en")
    draft = upload(browser, content, kind=kind if to == "kind" else "", name="a.xlsx")
    assert draft.state == "checked"
    assert [each.state for each in draft.rows.all()] == ["unchanged"] * 4
    assert draft.ignored == []
    html = browser.get(draft.get_absolute_url()).content.decode()
    assert 'No change <span class="pd-n">4 · nothing is requested</span>' in html
    browser.post(f"{draft.get_absolute_url()}run/", {"reason": REASON, "warned": "on", "again": "on"})
    runner.advance(draft.pk)
    assert not Operation.objects.exists()


def test_a_workbook_that_is_filled_in_is_taken(browser: Client) -> None:
    book = load_workbook(io.BytesIO(workbook(browser, "updateRenewal")))
    sheet, values = book.worksheets
    heads = [cell.value for cell in sheet[1]]
    assert heads[:3] == ["Request", "Customer", "Subscription"]
    assert {"Customer (now)", "Plan (now)", "Contract end (now)"} <= set(heads)
    assert [cell.value for cell in values[1]] == ["Request", "At renewal", "Plan", "Contract type"]
    assert {str(rule.sqref) for rule in sheet.data_validations.dataValidation} >= {"A2:A5"}
    numbers = [line[2].value for line in sheet.iter_rows(min_row=2)]
    place = heads.index("At renewal") + 1
    sheet.cell(2, place).value = "Does not renew" if values["B4"].value == "Does not renew" else values["B4"].value
    content = io.BytesIO()
    book.save(content)

    draft = upload(browser, content.getvalue(), kind="", name="a.xlsx")

    assert [each.state for each in draft.rows.all()] == ["ready", "unchanged", "unchanged", "unchanged"]
    request = row(draft, 2).request
    assert request is not None
    assert str(request["subscriptionId"]) == numbers[0]


def test_a_workbook_holds_no_formula(browser: Client) -> None:
    UsageStatus.objects.all().delete()
    keep_customers(vendor_json.customer(FIRST, domain=f"d{FIRST}.example.com", companyName="=1+1"))
    sheet = load_workbook(io.BytesIO(workbook(browser, "updateRenewal"))).worksheets[0]
    assert {cell.data_type for line in sheet.iter_rows() for cell in line} <= {"s", "n"}
    assert "'=1+1" in {cell.value for line in sheet.iter_rows() for cell in line}


def test_a_workbook_of_nothing_leads_back(browser: Client, people: People, sign_in: SignIn) -> None:
    address = "/requests/bulk/selection/subscriptions/updateRenewal/workbook.xlsx"
    answer = browser.get(address, {"id": 1}, follow=True)
    assert "Nothing is selected." in answer.content.decode()
    assert sign_in(people.support).get(address, {"id": 1}).status_code == 403
