"""The client against the sandbox: whole journeys, and each fault the sandbox knows."""

from collections.abc import Iterator
from datetime import date

import pytest

from portal.vendor.client import (
    Customer,
    NewPreOrder,
    NoClearAnswer,
    NotSent,
    PartnerApi,
    PartnerApiError,
    Plan,
    ProductId,
    Refused,
    RefusedKind,
    SchemaSurprise,
    Timeouts,
)
from tests.support.clients import client_of
from tests.support.sandbox import Sandbox

TODAY = "2026-01-15"
ORDER = NewPreOrder(apply_date=date(2026, 1, 20), product_id=ProductId.STD, plan=Plan.ANNUAL_LICENSE, license_count=3)
CUSTOMERS = 70


@pytest.fixture(scope="module")
def process() -> Iterator[Sandbox]:
    with Sandbox.start(customers=CUSTOMERS, business_date=TODAY) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(process: Sandbox) -> Iterator[Sandbox]:
    process.reset()
    process.limits(0)
    yield process
    process.clear_faults()


def connect(sandbox: Sandbox, surprises: list[SchemaSurprise] | None = None, **changes: float) -> PartnerApi:
    on_surprise = None if surprises is None else surprises.append
    return client_of(sandbox, timeouts=Timeouts(**changes), on_surprise=on_surprise)


@pytest.fixture
def surprises() -> list[SchemaSurprise]:
    return []


@pytest.fixture
def api(sandbox: Sandbox, surprises: list[SchemaSurprise]) -> PartnerApi:
    return connect(sandbox, surprises)


def all_customers(api: PartnerApi) -> list[Customer]:
    return [found for page in api.customers.pages_of_customers() for found in page.items]


def orderable(api: PartnerApi, sandbox: Sandbox) -> int:
    """A customer for which the sandbox takes the order, and which has no pre-order yet."""
    for found in all_customers(api):
        if api.subscriptions.list_pre_orders(found.domain_id):
            continue
        try:
            (order,) = api.subscriptions.add_pre_order(found.domain_id, ORDER)
        except Refused:
            continue
        api.subscriptions.delete_pre_order(found.domain_id, order.pre_order_id)
        return found.domain_id
    raise AssertionError("the sandbox has no customer that takes an order")


def effects(sandbox: Sandbox, domain_id: int) -> list[str]:
    return [effect["operation"] for effect in sandbox.ledger(domain_id)]


def test_everything_the_sandbox_holds_is_read_without_a_surprise(
    api: PartnerApi, sandbox: Sandbox, surprises: list[SchemaSurprise]
) -> None:
    pages = list(api.customers.pages_of_customers())
    customers = [found for page in pages for found in page.items]
    assert [len(page.items) for page in pages] == [30, 30, 10]
    assert [page.malformed for page in pages] == [[], [], []]
    assert len({found.domain_id for found in customers}) == CUSTOMERS
    for found in customers[:20]:
        subscriptions = api.subscriptions.list_subscriptions(found.domain_id)
        orders = api.subscriptions.list_pre_orders(found.domain_id)
        assert subscriptions.malformed == orders.malformed == []
        assert all(subscription.domain_id == found.domain_id for subscription in subscriptions)
    assert api.customers.get_customer(customers[0].domain_id).raw.items() >= customers[0].raw.items()
    assert surprises == []
    assert sandbox.calls()["token"] == 1


def test_a_pre_order_from_start_to_end(api: PartnerApi, sandbox: Sandbox) -> None:
    domain_id = orderable(api, sandbox)
    (added,) = api.subscriptions.add_pre_order(domain_id, ORDER)
    assert (added.apply_date, added.product_id, added.license_count) == (ORDER.apply_date, ProductId.STD, 3)
    assert api.subscriptions.list_pre_orders(domain_id) == [added]
    (moved,) = api.subscriptions.update_pre_order(domain_id, added.pre_order_id, date(2026, 2, 1))
    assert (moved.pre_order_id, moved.apply_date) == (added.pre_order_id, date(2026, 2, 1))
    api.subscriptions.delete_pre_order(domain_id, added.pre_order_id)
    assert api.subscriptions.list_pre_orders(domain_id) == []
    assert effects(sandbox, domain_id)[-3:] == ["addPreOrder", "updatePreOrder", "deletePreOrder"]


def test_the_sandbox_refuses_and_says_why(api: PartnerApi, sandbox: Sandbox) -> None:
    domain_id = orderable(api, sandbox)
    before = effects(sandbox, domain_id)
    too_early = ORDER.model_copy(update={"apply_date": date.fromisoformat(TODAY)})
    with pytest.raises(Refused) as caught:
        api.subscriptions.add_pre_order(domain_id, too_early)
    assert caught.value.status == 400
    assert caught.value.code
    with pytest.raises(Refused) as caught:
        api.customers.get_customer(1)
    assert caught.value.kind is RefusedKind.NOT_FOUND
    with pytest.raises(Refused):
        api.subscriptions.delete_pre_order(domain_id, 999_999_999)
    assert effects(sandbox, domain_id) == before


# What a caller is told, and whether the order was nevertheless taken.
FAULTS: list[tuple[str, type[PartnerApiError], bool]] = [
    ("error_400", Refused, False),
    ("error_500", NoClearAnswer, False),
    ("error_503", NoClearAnswer, False),
    ("too_many", NotSent, False),
    ("html", NoClearAnswer, False),
    ("html_after", NoClearAnswer, True),
    ("truncated_json", NoClearAnswer, True),
    ("empty", NoClearAnswer, True),
    ("cut_before", NoClearAnswer, False),
    ("cut_after", NoClearAnswer, True),
    ("hang", NoClearAnswer, False),
]


@pytest.mark.parametrize(("fault", "error", "taken"), FAULTS, ids=[fault for fault, _, _ in FAULTS])
def test_a_fault_is_told_as_what_it_means(
    sandbox: Sandbox, fault: str, error: type[PartnerApiError], taken: bool
) -> None:
    domain_id = orderable(connect(sandbox), sandbox)
    before = effects(sandbox, domain_id)
    api = connect(sandbox, read=1.0) if fault == "hang" else connect(sandbox)
    sandbox.fault("addPreOrder", fault, seconds=30)
    sandbox.reset_calls()
    with pytest.raises(error):
        api.subscriptions.add_pre_order(domain_id, ORDER)
    assert sandbox.calls()["addPreOrder"] == 1, "never repeated"
    sandbox.clear_faults()
    assert effects(sandbox, domain_id) == before + (["addPreOrder"] if taken else [])
    assert len(api.subscriptions.list_pre_orders(domain_id)) == int(taken)


def test_one_401_is_healed_and_a_second_is_told(api: PartnerApi, sandbox: Sandbox) -> None:
    domain_id = orderable(api, sandbox)
    sandbox.fault("addPreOrder", "unauthorized")
    (added,) = api.subscriptions.add_pre_order(domain_id, ORDER)
    api.subscriptions.delete_pre_order(domain_id, added.pre_order_id)
    sandbox.fault("addPreOrder", "unauthorized", count=2)
    with pytest.raises(Refused) as caught:
        api.subscriptions.add_pre_order(domain_id, ORDER)
    assert caught.value.kind is RefusedKind.UNAUTHORIZED
    assert api.subscriptions.list_pre_orders(domain_id) == []


@pytest.mark.parametrize(
    "fault", ["error_500", "error_503", "html", "cut_before", "cut_after", "truncated_json", "empty"]
)
def test_a_fault_of_the_token_endpoint_means_not_sent(api: PartnerApi, sandbox: Sandbox, fault: str) -> None:
    sandbox.fault("token", fault)
    sandbox.reset_calls()
    with pytest.raises(NotSent):
        api.customers.list_customers()
    assert sandbox.calls()["listCustomers"] == 0


def test_what_is_new_in_an_answer_is_reported(
    api: PartnerApi, sandbox: Sandbox, surprises: list[SchemaSurprise]
) -> None:
    sandbox.fault("listCustomers", "unknown_value")
    assert api.customers.list_customers().malformed == []
    assert [surprise.kind for surprise in surprises] == ["value"]
    surprises.clear()
    sandbox.fault("listCustomers", "extra_field")
    assert api.customers.list_customers().malformed == []
    assert {surprise.kind for surprise in surprises} == {"field"}


def test_one_bad_record_of_a_page_is_set_apart(api: PartnerApi, sandbox: Sandbox) -> None:
    sandbox.fault("listCustomers", "missing_field")
    page = api.customers.list_customers()
    assert (len(page.items), len(page.malformed)) == (29, 1)
    assert page.malformed[0].position == 0


def test_rows_given_twice_are_handed_on_twice(api: PartnerApi, sandbox: Sandbox) -> None:
    sandbox.fault("listCustomers", "duplicate_row")
    customers = all_customers(api)
    assert len({found.domain_id for found in customers}) == CUSTOMERS
    assert len(customers) > CUSTOMERS


def test_a_repeated_cursor_ends_the_listing_with_an_error(api: PartnerApi, sandbox: Sandbox) -> None:
    sandbox.fault("listCustomers", "repeat_cursor", count=0)
    with pytest.raises(NoClearAnswer, match="repeated a cursor"):
        all_customers(api)
    assert sandbox.calls()["listCustomers"] < 5


def test_the_rate_limit_is_told_with_the_time_to_wait(api: PartnerApi, sandbox: Sandbox) -> None:
    sandbox.limits(2, 60)
    for _ in range(2):
        api.customers.list_customers(count=1)
    with pytest.raises(NotSent) as caught:
        api.customers.list_customers(count=1)
    assert caught.value.retry_after is not None
    assert 0 < caught.value.retry_after <= 60
    assert caught.value.exchange is not None
    assert caught.value.exchange.rate_limits is not None
    assert caught.value.exchange.rate_limits.limit == 2
