"""
The portal's rules and the sandbox state the vendor's rules of options twice; here they check each other.

Whatever the rules allow the sandbox accepts, and then shows what the preview has promised, word for word; whatever a
documented rule forbids it refuses. What only rules of ours forbid is left out: the vendor may see it otherwise.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from options.catalogue import OPTIONS
from options.rules_now import OptionAdd, OptionCancel, OptionConvert, OptionQuantityAdd, OptionUpgrade
from options.services_now import ADD_OPTION, ADD_QUANTITY, CANCEL_OPTION, CONVERT_OPTION, UPGRADE_OPTION
from portal.access.vendor import partner_api
from portal.clock import business_today
from portal.operations.readings import Readings
from portal.operations.writes import Write
from portal.pace import Lane
from portal.partner_api import PartnerApi, Record
from portal.sync.reading import all_targets, in_order
from portal.sync.resources import Resource
from tests.options.situations import SITUATIONS
from tests.support.sandbox import Sandbox

examples = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
situations = st.sampled_from(sorted(SITUATIONS))
USED = ("SSTG2", "DRV", "ACV2", "ACV3", "CST_S", "BCT")
SIZES = [size.code for option in OPTIONS.values() for size in option.sizes if option.code in USED]
codes = st.sampled_from([*USED, "QTA_O1"])
sizes = st.sampled_from(SIZES)
quantities = st.one_of(st.none(), st.none(), st.sampled_from([-1, 0, 1, 2, 47, 48, 50, 51, 10**9]))

PLACES = {
    "addOptionProduct": ("POST", "option-products"),
    "cancelOptionProduct": ("DELETE", "option-products/{optionProductId}"),
    "upgradeOptionProduct": ("POST", "option-products/{optionProductId}/upgrade"),
    "convertOptionProductToPaid": ("POST", "option-products/{optionProductId}/paid-service"),
    "addOptionProductQuantity": ("PATCH", "option-products/{optionProductId}/add-quantity"),
}


def option_of(size: str) -> str:
    """Answer the option that a size is of."""
    return next(code for code in USED if size.startswith(code))


def read(api: PartnerApi, write: Write[Any], domain_id: int) -> Readings:
    """Read what a write is judged by, past the cache."""
    records: dict[Resource, list[Record]] = {}
    for resource in in_order(write.resources):
        records[resource] = []
        for target in all_targets(resource, domain_id, told_by=records):
            records[resource] += resource.read(api, target).records
    return Readings({resource.name: tuple(found) for resource, found in records.items()})


class Vendor:
    """The sandbox, spoken to plainly: no record of the portal's stands between the wish and the wire."""

    def __init__(self, sandbox: Sandbox, session: requests.Session) -> None:
        self._sandbox = sandbox
        self._session = session

    def agrees(self, situation: str, write: Write[Any], wish: BaseModel) -> None:
        """Judge a wish in a situation, make the call, and compare."""
        self._sandbox.reset()
        domain_id = SITUATIONS[situation](self._sandbox)
        api = partner_api(Lane.PEOPLE)
        before = read(api, write, domain_id)
        verdict = write.judge(before, wish, business_today())
        forbidden = [problem.rule.id for problem in verdict.problems if not problem.rule.ours]

        accepted = self._accepts(write.kind, domain_id, wish)

        if verdict.allowed:
            event("allowed")
            assert accepted, "the sandbox refused what the rules allow"
            after = read(api, write, domain_id)
            assert write.took_effect(before, after, wish)
            assert not write.took_effect(before, before, wish)
            assert set(write.expected(before, wish).lines()) == set(after.lines())
        elif forbidden:
            event("forbidden")
            assert not accepted, f"the sandbox accepted what {forbidden} forbid"
        else:
            event("left out")

    def _accepts(self, kind: str, domain_id: int, wish: BaseModel) -> bool:
        method, below = PLACES[kind]
        body = wish.model_dump(mode="json", by_alias=True, exclude_none=True)
        path = below.format(**body)
        if "{" in below:
            body.pop("optionProductId")
        url = f"{self._sandbox.api_url}/partners/customers/{domain_id}/{path}"
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
    vendor.agrees(situation, CANCEL_OPTION, OptionCancel(option_product_id=code))


@examples
@given(situation=situations, size=sizes)
def test_upgrading(vendor: Vendor, situation: str, size: str) -> None:
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
