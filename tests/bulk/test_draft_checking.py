"""What the rules say of each row of a file: at the row, at the column, the same as on the order's page."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from customers.models import Customer
from portal.bulk.columns import columns_of, kinds
from portal.bulk.judging import told
from portal.bulk.models import ImportRow
from portal.core.clock import now
from portal.core.labels import word_for
from portal.core.stored_text import said_in_language
from portal.operations.models import Operation
from portal.operations.services import propose
from portal.operations.snapshots import from_cache, from_cache_of
from portal.sync.models import Reading
from portal.sync.resources import RESOURCES
from subscriptions.commands.pre_orders import ADD_PRE_ORDER
from subscriptions.rules.pre_orders import PreOrderAdd
from tests.bulk.files import HEADER, table, upload, wish
from tests.bulk.files import book as workbook
from tests.support import vendor_json
from tests.support.portal import People, SignIn
from tests.support.rows import keep_contracts, keep_customers

FIRST, SECOND, UNREAD = 10_000_001, 10_000_002, 10_000_003


@pytest.fixture(autouse=True)
def _the_day(settings: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("clock") / "today"
    file.write_text("2026-01-15")
    settings.BUSINESS_DATE_FILE = str(file)


@pytest.fixture
def book(db: None) -> list[Customer]:
    """Two customers that were read, and one that was not; two of them have the same code."""
    customers = keep_customers(
        vendor_json.customer(FIRST, domain="first.example.com", companyName="青葉会"),
        vendor_json.customer(SECOND, domain="second.example.com", companyName="つばめ運輸"),
        vendor_json.customer(UNREAD, domain="third.example.com"),
    )
    for pk in (FIRST, SECOND):
        keep_contracts(pk, pre_orders=[vendor_json.pre_order(pk, applyDate="2026-02-10")])
    return customers


@pytest.fixture
def browser(people: People, sign_in: SignIn, book: list[Customer]) -> Client:
    return sign_in(people.account_manager)


def faults(row: ImportRow) -> list[tuple[str, str]]:
    return [(kept["at"] or kept.get("finding", {}).get("at", ""), told(kept)) for kept in row.problems]


def test_rows_are_taken_by_number_by_domain_and_by_code(browser: Client) -> None:
    draft = upload(browser, table(wish(FIRST), wish("second.example.com"), wish("C-17")))
    first, second, third = draft.rows.all()
    assert (first.state, first.domain_id, first.customer_name) == ("ready", FIRST, "青葉会")
    assert (second.state, second.domain_id) == ("ready", SECOND)
    several = "Several customers match: 青葉会 (10000001), つばめ運輸 (10000002)"
    assert [(at, words.startswith(several)) for at, words in faults(third)] == [("customer", True)]


def test_a_number_of_one_customer_that_is_the_code_of_another_names_both(browser: Client) -> None:
    Customer.objects.filter(pk=SECOND).update(customer_code=str(FIRST))
    [row] = upload(browser, table(wish(FIRST))).rows.all()
    assert (row.state, row.domain_id) == ("wrong", None)
    assert "青葉会 (10000001), つばめ運輸 (10000002)" in faults(row)[0][1]


@pytest.mark.parametrize(
    "key",
    ["010000001", "10_000_001", "10000001.0", "١٠٠٠٠٠٠١", "10,000,001"],  # noqa: RUF001  digits of another script
)
def test_what_only_resembles_a_number_names_no_customer(browser: Client, key: str) -> None:
    [row] = upload(browser, table(wish(key))).rows.all()
    assert faults(row) == [("customer", "No customer found.")]


def test_wide_digits_and_capitals_name_a_customer(browser: Client) -> None:
    rows = upload(browser, table(wish("１００００００１"), wish("Second.Example.com"))).rows.all()  # noqa: RUF001
    assert [row.domain_id for row in rows] == [FIRST, SECOND]


def test_typed_cells_of_a_workbook_are_not_taken_for_other_values(browser: Client) -> None:
    lines = [wish(FIRST, licenses=licenses) for licenses in (10.0, True, 10.5, date(2026, 2, 1))]
    float_, *others = upload(browser, workbook(list(HEADER), *lines), name="a.xlsx").rows.all()
    assert float_.request is not None
    assert float_.request["licenseCount"] == 10
    assert [[at for at, _words in faults(row)] for row in others] == [["license_count"]] * 3


@pytest.mark.parametrize(
    ("line", "at", "says"),
    [
        (wish(4), "customer", "No customer found."),
        (wish(""), "customer", "No customer found."),
        (wish(UNREAD), "customer", "hasn’t been synced"),
        (wish(FIRST, product="Gold"), "product_id", "Choose Standard or Advanced."),
        (wish(FIRST, plan=""), "plan", "required"),
        (wish(FIRST, licenses="ten"), "license_count", "whole number"),
        (wish(FIRST, licenses=""), "license_count", "Enter a number of licenses"),
        (wish(FIRST, plan="MONTHLY"), "license_count", "Leave it empty"),
        (wish(FIRST, day="soon"), "apply_date", "YYYY-MM-DD"),
        (wish(FIRST, day="2026-06-01"), "apply_date", "Choose a start date"),
        (wish(FIRST, licenses="=5+5"), "license_count", "looks like a formula"),
        (wish("@SUM(A1)"), "customer", "looks like a formula"),
    ],
)
def test_a_problem_stands_at_its_row_and_column(browser: Client, line: list[object], at: str, says: str) -> None:
    draft = upload(browser, table(wish(SECOND), line))
    good, bad = draft.rows.all()
    assert good.state == "ready"
    assert (bad.state, bad.number, bad.operation) == ("wrong", 3, None)
    assert any(place == at and says in words for place, words in faults(bad)), faults(bad)
    page = browser.get(draft.get_absolute_url()).content.decode()
    assert says in page
    assert not Operation.objects.exists()


@pytest.mark.usefixtures("japanese")
def test_a_row_is_judged_like_the_form_on_the_page(browser: Client, people: People) -> None:
    with translation.override("ja"):
        in_japanese = word_for("plan", "ANNUAL_LICENSE")
    draft = upload(browser, table(wish(FIRST, day="2026/2/1", product="std", plan=in_japanese)))
    [row] = draft.rows.all()
    request = PreOrderAdd.model_validate(row.request)
    operation = propose(
        ADD_PRE_ORDER, domain_id=FIRST, customer_name="青葉会", request=request, by=people.account_manager
    )
    assert row.consequences == operation.consequences
    assert row.request == operation.request
    assert row.request["applyDate"] == "2026-02-01"
    page = browser.get(draft.get_absolute_url()).content.decode()
    assert said_in_language(row.summary) in page
    assert "Nothing changes until then." in page


def test_what_a_row_is_about_needs_no_name_where_there_is_one(browser: Client) -> None:
    content = table(
        [FIRST, "", "2026-02-20"], [SECOND, FIRST, "2026-02-20"], header=("customer", "Pre-order", "Start date")
    )
    one, another = upload(browser, content, kind="updatePreOrder").rows.all()
    assert one.request == {"preOrderId": FIRST, "applyDate": "2026-02-20"}
    assert faults(another) == [("pre_order_id", "The customer has nothing that matches.")]


@pytest.mark.parametrize(
    ("header", "says"),
    [
        (("Customer", "Plan", "Contract type"), "Required columns are missing: “Start date”."),
        ((*HEADER[:-1], "product_id"), "appears twice"),
    ],
)
def test_wrong_columns_are_refused(browser: Client, header: tuple[str, ...], says: str) -> None:
    content = table([*wish(FIRST), ""][: len(header)], header=header)
    draft = upload(browser, content)
    assert (draft.state, draft.rows.count()) == ("refused", 0)
    assert says in browser.get(draft.get_absolute_url()).content.decode()


def test_a_column_that_is_none_of_the_change_is_named_and_not_used(browser: Client) -> None:
    draft = upload(browser, table([*wish(FIRST), "red"], header=(*HEADER, "Colour")))
    [row] = draft.rows.all()
    assert (row.state, faults(row)) == ("ready", [])
    page = browser.get(draft.get_absolute_url()).content.decode()
    assert "are ignored: “Colour”" in page


def test_a_line_that_cannot_be_read_is_blocked_and_the_others_stay(browser: Client) -> None:
    draft = upload(browser, table(wish(FIRST), [*wish(SECOND), "one", "more"]))
    good, bad = draft.rows.all()
    assert (good.state, bad.state) == ("ready", "wrong")
    assert faults(bad) == [("", "This row has more cells than the header.")]
    browser.post(f"{draft.get_absolute_url()}check/")
    bad.refresh_from_db()
    assert bad.state == "wrong"


def test_a_problem_that_was_kept_in_one_language_is_still_told(browser: Client) -> None:
    draft = upload(browser, table(wish(FIRST), wish(SECOND, licenses="=5+5")))
    row = draft.rows.get(number=3)
    row.problems = [{"at": "", "words": "No such plan."}]
    row.save(update_fields=["problems"])

    page = browser.get(draft.get_absolute_url(), headers={"accept-language": "ja"})

    assert page.status_code == 200
    assert "No such plan." in page.content.decode()


def test_the_same_wish_counts_once_in_a_file(browser: Client) -> None:
    draft = upload(browser, table(wish(FIRST), wish("first.example.com", plan="ANNUAL_LICENSE", note="again")))
    first, twin = draft.rows.all()
    assert (first.state, twin.state, twin.same_as) == ("ready", "twice", first)
    assert "Same as row 2." in browser.get(draft.get_absolute_url()).content.decode()


def test_rows_that_ask_for_different_things_of_the_same_name_each_other(browser: Client) -> None:
    draft = upload(browser, table(wish(FIRST), wish(SECOND), wish("first.example.com", licenses=20)))
    first, other, second = draft.rows.all()
    words = "Row {} of this file has a different request for the same item. Keep only one of them."
    assert (first.state, faults(first)) == ("wrong", [("", words.format(4))])
    assert (second.state, faults(second)) == ("wrong", [("", words.format(2))])
    assert other.state == "ready"


def test_rows_about_different_things_of_one_customer_do_not_meet(browser: Client) -> None:
    numbers = (FIRST, FIRST + 100)
    keep_contracts(FIRST, pre_orders=[vendor_json.pre_order(pk, applyDate="2026-02-10") for pk in numbers])
    lines = [[FIRST, pk, "2026-02-12"] for pk in numbers]
    draft = upload(browser, table(*lines, header=("customer", "Pre-order", "Start date")), kind="updatePreOrder")
    assert [(row.state, faults(row)) for row in draft.rows.all()] == [("ready", [])] * 2


def test_every_kind_has_a_template_that_can_be_uploaded(browser: Client) -> None:
    commands = list(kinds())
    assert {"addPreOrder", "updatePreOrder", "deletePreOrder"} <= {command.kind for command in commands}
    for command in commands:
        path = f"/requests/bulk/kinds/{command.kind}/"
        assert browser.get(path).status_code == 200
        header = browser.get(f"{path}template.csv").content.decode("utf-8-sig").strip()
        assert browser.get(f"{path}template.xlsx").content.startswith(b"PK")
        assert len(header.split(",")) >= len(columns_of(command))
        draft = upload(browser, f"{header}\n{FIRST}\n".encode(), kind=command.kind)
        assert draft.rows.count() == 1, command.kind


def test_a_kind_that_there_is_not_is_nowhere(browser: Client) -> None:
    assert browser.get("/requests/bulk/kinds/getCustomer/").status_code == 404


def test_many_states_at_once_are_those_of_one_by_one(book: list[Customer]) -> None:
    resources = [resource for resource in RESOURCES.of_customer() if resource.table is not None]
    read = [resource for resource in resources if resource.name in ("customer", "subscriptions", "pre_orders")]
    many = from_cache_of([FIRST, SECOND, UNREAD], read)
    assert many == {pk: from_cache(pk, read) for pk in (FIRST, SECOND)}
    with CaptureQueriesContext(connection) as queries:
        from_cache_of([FIRST, SECOND, UNREAD], resources)
    assert len(queries) <= 1 + len(resources)


def test_the_number_of_queries_does_not_grow_with_the_rows(browser: Client) -> None:
    counts = []
    for lines in (1, 40):
        content = table(*(wish(FIRST) for _number in range(lines)))
        with CaptureQueriesContext(connection) as queries:
            upload(browser, content)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def all_was_read(domain_id: int) -> None:
    """Say of every part of a customer that it was read, and nothing found where nothing is kept."""
    names = {resource.name for resource in RESOURCES.of_customer()}
    Reading.objects.bulk_create(
        [Reading(domain_id=domain_id, resource=name, read_at=now(), tried_at=now()) for name in names],
        ignore_conflicts=True,
    )


@pytest.mark.parametrize("cells", [{}, {"memo": "", "enable_partner_profile_display": ""}])
def test_what_is_left_out_stays_as_the_customer_has_it(browser: Client, cells: dict[str, str]) -> None:
    all_was_read(FIRST)
    line = {"customer": FIRST, "customer_code": "K-1"} | cells

    draft = upload(browser, table(list(line.values()), header=list(line)), kind="patchCustomer")

    (row,) = draft.rows.all()
    assert (row.state, faults(row)) == ("ready", [])
    assert row.request == {"partnership": {"customerCode": "K-1", "enablePartnerProfileDisplay": True}}


def test_a_no_is_not_left_out(browser: Client) -> None:
    all_was_read(FIRST)
    line = {"customer": FIRST, "enable_partner_profile_display": "no"}

    draft = upload(browser, table(list(line.values()), header=list(line)), kind="patchCustomer")

    assert draft.rows.get().request == {"partnership": {"enablePartnerProfileDisplay": False}}


def test_what_is_neither_yes_nor_no_is_not_taken_for_a_no(browser: Client) -> None:
    all_was_read(FIRST)
    line = {"customer": FIRST, "enable_partner_profile_display": "maybe"}

    draft = upload(browser, table(list(line.values()), header=list(line)), kind="patchCustomer")

    assert faults(draft.rows.get()) == [("enable_partner_profile_display", "Enter yes or no.")]
