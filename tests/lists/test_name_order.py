"""Every list that sorts by customer takes no notice of the legal form."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client
from pytest_django import Settings

from billing.models import CheckDifference, MonthCheck
from customers.models import Customer
from customers.sync.usage_status import USAGE_STATUS
from portal.core.clock import now
from portal.operations.states import BundleState, State
from portal.sync.models import DetectedChange
from portal.sync.resources import Answer
from portal.sync.store import keep
from portal.vendor import client
from tests.support.billing import MONTH, detail, item, keep_details
from tests.support.orders import stored, stored_bundle
from tests.support.portal import People, SignIn
from tests.support.rows import keep_contracts, keep_customers, keep_options
from tests.support.vendor_json import customer, option, subscription, usage_status

# As they are sorted; by the whole name う comes first, and え before あ.
NAMES = ("株式会社あおば", "㈲いろは", "うみ Co., Ltd.", "医療法人えのき", "(株)おおぞら")
BEFORE = ("customers", "0001_initial")


@pytest.fixture
def book(db: None, settings: Settings, tmp_path: Any) -> None:
    """Customers of these names, each with something in every list."""
    file = tmp_path / "today"
    file.write_text("2026-01-15")
    settings.BUSINESS_DATE_FILE = str(file)
    for number, name in enumerate(sorted(NAMES), start=1):
        keep_customers(customer(number, companyName=name, domain=f"d{number}.example.jp"))
        keep_contracts(number, subscriptions=[subscription(number)])
        keep_options(number, options=[option()])
        keep(USAGE_STATUS, {number: Answer([client.UsageStatus.from_vendor(usage_status(number))])}, read_at=now())
        DetectedChange.objects.create(
            domain_id=number, resource="subscriptions", key=f"{number}", before={"licenseCount": 1},
            after={"licenseCount": 2}, read_before_at=datetime(2026, 1, 1, tzinfo=UTC),
            read_at=datetime(2026, 1, 2, tzinfo=UTC), cause="outside",
        )  # fmt: skip
    keep_details(MONTH, *(detail(number, item(5), customerName=name) for number, name in enumerate(sorted(NAMES), 1)))


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("/customers/?", "name"),
        ("/subscriptions/?", "name"),
        ("/options/?", "name"),
        ("/upcoming/?", "customer"),
        ("/renewals/?owner=all&", "name"),
        ("/sync/changes/?", "customer"),
        ("/billing/usage/?", "name"),
        ("/billing/invoices/2026-11/?", "name"),
    ],
)
def test_the_legal_form_does_not_count(people: People, sign_in: SignIn, address: str, key: str) -> None:
    browser = sign_in(people.finance if "invoices" in address else people.support)
    assert in_order(browser, f"{address}sort={key}") == list(NAMES)
    assert in_order(browser, f"{address}sort=-{key}") == list(reversed(NAMES))


def test_it_does_not_count_for_requests(db: None, people: People, sign_in: SignIn) -> None:
    for number, name in enumerate(sorted(NAMES)):
        if number == 2:
            stored_bundle(BundleState.STOPPED, customer_name=name)
        else:
            stored(State.REFUSED, customer_name=name)
    browser = sign_in(people.support)
    assert in_order(browser, "/requests/?sort=customer") == list(NAMES)
    assert in_order(browser, "/requests/?sort=-customer") == list(reversed(NAMES))


@pytest.mark.usefixtures("book")
def test_it_does_not_count_for_differences_of_an_invoice(people: People, sign_in: SignIn) -> None:
    run = MonthCheck.objects.create(month=date(2025, 11, 1), asked_by_id=1, asked_by_name="高橋 健")
    for row in Customer.objects.all():
        CheckDifference.objects.create(
            check_run=run, number=row.pk, key=f"{row.pk}", domain_id=row.pk, customer_name=row.company_name,
            kind="quantity", first_day=run.month, last_day=run.month, is_explained=False,
        )  # fmt: skip
    browser = sign_in(people.finance)
    assert in_order(browser, "/billing/differences/?view=all&sort=name") == list(NAMES)


def test_names_that_differ_by_nothing_else_are_sorted_by_number(db: None, people: People, sign_in: SignIn) -> None:
    names = ["有限会社あおば", "あおば株式会社", "アオバ"]
    keep_customers(
        *(customer(number, companyName=name, domain=f"d{number}.jp") for number, name in enumerate(names, start=1))
    )
    assert in_order(sign_in(people.support), "/customers/", names) == names


def test_who_has_no_name_is_sorted_by_its_domain(db: None, people: People, sign_in: SignIn) -> None:
    names = ["kaze.example.jp", "sora.example.jp", "umi.example.jp"]
    keep_customers(
        customer(1, companyName=names[1], domain="a.example.jp"),
        customer(2, companyName="", domain=names[2]),
        customer(3, companyName="", domain=names[0]),
    )
    assert in_order(sign_in(people.support), "/customers/", names) == names


def test_a_name_may_be_longer_than_what_an_index_holds(db: None) -> None:
    name = "".join(chr(0x4E00 + place % 5_000) for place in range(5_000))
    [row] = keep_customers(customer(1, companyName=name))
    assert row.company_name == name
    assert row.sort_name == name[:200]


def test_requests_that_were_there_before_are_sorted_as_well(transactional_db: None) -> None:
    requests = stored(State.REFUSED, customer_name="株式会社ひかり"), stored_bundle(BundleState.STOPPED)
    MigrationExecutor(connection).migrate([("operations", "0002_approval_levels")])
    again = MigrationExecutor(connection)
    again.migrate(again.loader.graph.leaf_nodes())
    for request in requests:
        request.refresh_from_db()
    assert [request.sort_name for request in requests] == ["ヒカリ", "ツバメ運輸"]


@pytest.fixture
def earlier_customers(transactional_db: None) -> Iterator[Any]:
    """The model as it was, with its table; afterwards all migrations are applied again."""
    executor = MigrationExecutor(connection)
    executor.migrate([BEFORE])
    yield executor.loader.project_state([BEFORE]).apps.get_model("customers", "Customer")
    again = MigrationExecutor(connection)
    again.migrate(again.loader.graph.leaf_nodes())


def test_customers_that_were_there_before_are_sorted_as_well(earlier_customers: Any) -> None:
    for number, name in enumerate(("株式会社ひかり", ""), start=1):
        earlier_customers.objects.create(
            domain_id=number, tenant_id=number, company_name=name, domain="hikari.example.jp", domain_type="DOMAIN",
            enable_active_domain=True, enable_active_mxrecord=True, search_text="", search_pieces=[], raw={},
            changed_at=now(),
        )  # fmt: skip
    executor = MigrationExecutor(connection)
    executor.migrate([("customers", "0002_sort_name")])
    assert list(Customer.objects.order_by("pk").values_list("sort_name", flat=True)) == ["ヒカリ", "hikariexamplejp"]


def in_order(browser: Client, address: str, names: Any = NAMES) -> list[str]:
    """Return the names in the table of a page, in their order."""
    answer = browser.get(address)
    assert answer.status_code == 200, address
    table = answer.content.decode().partition('id="table"')[2].partition("<tbody>")[2].partition("</tbody>")[0]
    found = {table.find(name): name for name in names if name in table}
    return [found[place] for place in sorted(found)]
