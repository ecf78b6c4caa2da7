"""
Partnerdesk's rules and the sandbox state LINE WORKS's rules of options twice; here they check each other.

Whatever the rules allow the sandbox accepts, and then shows what the preview has promised, word for word; whatever a
documented rule forbids it refuses. What only rules of ours forbid is left out: LINE WORKS may see it otherwise.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import requests
from hypothesis import assume, event, given
from hypothesis import strategies as st
from pydantic import BaseModel

from options.catalogue import OPTIONS
from options.commands.option_orders import ADD_ORDER, CHANGE_ORDER, DELETE_ORDER
from options.commands.options import ADD_OPTION, ADD_QUANTITY, CANCEL_OPTION, CONVERT_OPTION, UPGRADE_OPTION
from options.commands.renewals import SET_RENEWAL
from options.forms import choices
from options.rules import option_orders, order_windows
from options.rules.option_orders import OptionOrderAdd, OptionOrderChange, OptionOrderDelete
from options.rules.options import OptionAdd, OptionCancel, OptionConvert, OptionQuantityAdd, OptionUpgrade
from options.rules.order_windows import TASK_TYPES
from options.rules.renewals import OptionRenewalSet
from portal.core.clock import business_today
from portal.operations.commands import Command
from portal.operations.snapshots import Snapshot
from portal.sync.fetch import all_targets, in_order
from portal.sync.resources import Resource
from portal.vendor.client import Record
from portal.vendor.connection.api import partner_api
from portal.vendor.ratelimit import Priority
from tests.options.situations import SCHEDULED, SITUATIONS, USING
from tests.support.examples import made_up
from tests.support.orders import day
from tests.support.sandbox import Sandbox

examples = made_up(16)
situations = st.sampled_from(sorted(SITUATIONS))
DAY = timedelta(days=1)
USED = ("SSTG2", "DRV", "ACV2", "ACV3", "CST_S", "BCT")
SIZES = [size.code for option in OPTIONS.values() for size in option.sizes if option.code in USED]
codes = st.sampled_from([*USED, "QTA_O1"])
sizes = st.sampled_from(SIZES)
quantities = st.one_of(st.none(), st.none(), st.sampled_from([-1, 0, 1, 2, 47, 48, 50, 51, 10**9]))

# The edges of every window: tomorrow, the subscription's own task, the ends of contracts and trials and the day after.
days = st.one_of(
    st.sampled_from([-1, 0, 1, 2, 7, 8, 9, 14, 15, 17, 20, 30, 31, 32, 44, 45, 60, 61]).map(day),
    st.integers(-5, 400).map(day),
)

PLACES = {
    "addOptionProduct": ("POST", "option-products"),
    "cancelOptionProduct": ("DELETE", "option-products/{optionProductId}"),
    "upgradeOptionProduct": ("POST", "option-products/{optionProductId}/upgrade"),
    "convertOptionProductToPaid": ("POST", "option-products/{optionProductId}/paid-service"),
    "addOptionProductQuantity": ("PATCH", "option-products/{optionProductId}/add-quantity"),
    "updateOptionProductRenewal": ("PATCH", "option-products/{optionProductId}/renewal"),
    "addOptionProductOrder": ("POST", "option-product-orders"),
    "updateOptionProductOrder": ("PATCH", "option-product-orders/{optionProductId}"),
    "deleteOptionProductOrder": ("DELETE", "option-product-orders/{optionProductId}"),
}


def option_of(size: str) -> str:
    """Return the option that a size is of."""
    return next(code for code in USED if size.startswith(code))


def takes_quantity(code: str, task_type: str) -> bool:
    """Return whether a task of an option names a quantity."""
    return OPTIONS[code].most is not None and task_type in option_orders.OF_A_QUANTITY


class Vendor:
    """The sandbox, spoken to plainly: no record of Partnerdesk's stands between the wish and the wire."""

    def __init__(self, sandbox: Sandbox, session: requests.Session) -> None:
        self._sandbox = sandbox
        self._session = session
        self._api = partner_api(Priority.PEOPLE)
        self._domain_id = 0

    def state(self, situation: str, write: Command[Any]) -> Snapshot:
        """Make a situation out of a fresh sandbox, and read what a write is judged by."""
        self._sandbox.reset()
        self._domain_id = SITUATIONS[situation](self._sandbox)
        return self._read(write)

    def agrees(self, situation: str, write: Command[Any], wish: BaseModel) -> None:
        """Judge a wish in a situation, make the call, and compare."""
        before = self.state(situation, write)
        verdict = write.evaluate(before, wish, business_today())
        forbidden = [problem.rule.id for problem in verdict.problems if not problem.rule.ours]

        accepted = self._accepts(write.kind, wish)

        if verdict.allowed:
            event("allowed")
            assert accepted, "the sandbox refused what the rules allow"
            after = self._read(write)
            assert write.took_effect(before, after, wish)
            assert not write.took_effect(before, before, wish)
            assert set(write.projected_state(before, wish).lines()) == set(after.lines())
        elif forbidden:
            event("forbidden")
            assert not accepted, f"the sandbox accepted what {forbidden} forbid"
        else:
            event("left out")

    def _read(self, write: Command[Any]) -> Snapshot:
        """Read past the cache."""
        records: dict[Resource, list[Record]] = {}
        for resource in in_order(write.resources):
            records[resource] = []
            for target in all_targets(resource, self._domain_id, told_by=records):
                records[resource] += resource.read(self._api, target).records
        return Snapshot({resource.name: tuple(found) for resource, found in records.items()})

    def _accepts(self, kind: str, wish: BaseModel) -> bool:
        method, below = PLACES[kind]
        body = wish.model_dump(mode="json", by_alias=True, exclude_none=True)
        path = below.format(**body)
        if "{" in below:
            body.pop("optionProductId")
        url = f"{self._sandbox.api_url}/partners/customers/{self._domain_id}/{path}"
        answer = self._session.request(method, url, json=body if method != "DELETE" else None, timeout=30)
        assert answer.ok or 400 <= answer.status_code < 500, answer.text
        return answer.ok


@pytest.fixture
def vendor(db: None, vendor_settings: None, sandbox: Sandbox) -> Iterator[Vendor]:
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {sandbox.get_token()}"
        yield Vendor(sandbox, session)


@examples
@given(situation=situations, size=sizes, quantity=quantities)
def test_adding(vendor: Vendor, situation: str, size: str, quantity: int | None) -> None:
    given_quantity = quantity or (1 if size.startswith("CST") and quantity is None else quantity)
    wish = OptionAdd(option_product_id=option_of(size), sub_option_id=size, quantity=given_quantity)
    vendor.agrees(situation, ADD_OPTION, wish)


@examples
@given(situation=situations, code=codes)
def test_cancelling(vendor: Vendor, situation: str, code: str) -> None:
    code = USING.get(situation, code)
    vendor.agrees(situation, CANCEL_OPTION, OptionCancel(option_product_id=code))


@examples
@given(situation=st.sampled_from([*USING, "nothing", "standard"]), size=sizes, choice=st.integers(0, 7))
def test_upgrading(vendor: Vendor, situation: str, size: str, choice: int) -> None:
    if situation in USING and choice < 7:
        of_option = OPTIONS[USING[situation]].sizes
        size = of_option[choice % len(of_option)].code
    vendor.agrees(situation, UPGRADE_OPTION, OptionUpgrade(option_product_id=option_of(size), sub_option_id=size))


@examples
@given(
    situation=st.sampled_from([name for name in SITUATIONS if "trial" in name or name == "archive"]),
    size=st.sampled_from(["ACV201", "ACV301", "DRV01", "DRV_PS", "DRV_PA"]),
)
def test_converting(vendor: Vendor, situation: str, size: str) -> None:
    vendor.agrees(situation, CONVERT_OPTION, OptionConvert(option_product_id=option_of(size), sub_option_id=size))


@examples
@given(
    situation=st.sampled_from(["CX Talk", "CX Talk at its most", "storage", "nothing"]),
    code=st.sampled_from(["CST_S", "CST_S", "SSTG2"]),
    quantity=st.sampled_from([-1, 0, 1, 46, 47, 48, 10**9]),
)
def test_more(vendor: Vendor, situation: str, code: str, quantity: int) -> None:
    vendor.agrees(situation, ADD_QUANTITY, OptionQuantityAdd(option_product_id=code, quantity=quantity))


@examples
@given(situation=situations, task_type=st.sampled_from(TASK_TYPES), size=sizes, at=days, quantity=quantities)
def test_scheduling(vendor: Vendor, situation: str, task_type: str, size: str, at: date, quantity: int | None) -> None:
    wish = OptionOrderAdd(
        option_product_id=option_of(size),
        type=task_type,
        apply_date=at,
        sub_option_id=size if task_type not in ("CANCEL", "CHANGE_QUANTITY") else None,
        quantity=quantity,
    )
    vendor.agrees(situation, ADD_ORDER, wish)


@examples
@given(
    situation=situations,
    edge=st.sampled_from(["before", "first", "last", "after"]),
    choice=st.integers(0, 6),
    data=st.data(),
)
def test_scheduling_at_the_edges_of_the_window(
    vendor: Vendor, situation: str, edge: str, choice: int, data: st.DataObject
) -> None:
    """Whatever the forms offer is accepted, on the first legal day and on the last; the days beside them are not."""
    state, today = vendor.state(situation, ADD_ORDER), business_today()
    legal = [
        (code, task_type)
        for code in USED
        for task_type in TASK_TYPES
        if not option_orders.against_scheduling(state, code, task_type, today)
    ]
    assume(legal)
    code, task_type = data.draw(st.sampled_from(legal))
    window = order_windows.days_of(state, code, task_type, today)
    assert window, "it is offered, and there is a day for it"
    first, last = window
    sizes = choices.possible_sizes(state, code, task_type)
    wish = OptionOrderAdd(
        option_product_id=code,
        type=task_type,
        apply_date={"before": first - DAY, "first": first, "last": last, "after": last + DAY}[edge],
        sub_option_id=sizes[choice % len(sizes)] if sizes else None,
        quantity=choices.least_quantity(state, code, task_type) if takes_quantity(code, task_type) else None,
    )
    vendor.agrees(situation, ADD_ORDER, wish)


@examples
@given(situation=st.sampled_from(sorted(SCHEDULED)), at=days, size=st.one_of(st.none(), sizes))
def test_changing_what_is_scheduled(vendor: Vendor, situation: str, at: date, size: str | None) -> None:
    code = SCHEDULED[situation]
    wish = OptionOrderChange(
        option_product_id=code, apply_date=at, sub_option_id=size if size and size.startswith(code) else None
    )
    vendor.agrees(situation, CHANGE_ORDER, wish)


@examples
@given(situation=st.sampled_from([*SCHEDULED, "storage", "nothing"]))
def test_deleting_what_is_scheduled(vendor: Vendor, situation: str) -> None:
    vendor.agrees(situation, DELETE_ORDER, OptionOrderDelete(option_product_id=SCHEDULED.get(situation, "SSTG2")))


@examples
@given(
    situation=st.sampled_from(sorted(USING)),
    renewal=st.sampled_from(["STAY", "CHANGE", "CHANGE", "CHANGE"]),
    size=st.one_of(st.none(), sizes),
    choice=st.integers(1, 7),
    quantity=quantities,
)
def test_setting_the_renewal(
    vendor: Vendor, situation: str, renewal: str, size: str | None, choice: int, quantity: int | None
) -> None:
    code = USING[situation]
    of_option = [each.code for each in OPTIONS[code].sizes]
    wish = OptionRenewalSet(
        option_product_id=code,
        type=renewal,
        sub_option_id=size if size is None or choice == 7 else of_option[choice % len(of_option)],
        quantity=quantity if code == "CST_S" or choice == 7 else None,
    )
    vendor.agrees(situation, SET_RENEWAL, wish)
