"""
Partnerdesk's rules and the sandbox state LINE WORKS's rules twice, apart from each other; here they check each other.

In made-up situations, whatever the rules allow the sandbox accepts, and whatever they forbid it refuses; and whatever
it accepts leaves behind just what ``expected`` promised. Left out are the rules that the sandbox does not know.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from hypothesis import event, given
from hypothesis import strategies as st

from portal.operations.commands import Command
from portal.operations.snapshots import Snapshot
from portal.sync.fetch import in_order
from portal.sync.resources import Target
from portal.vendor.connection.api import partner_api
from portal.vendor.ratelimit import Priority
from subscriptions.commands.contract import ADD, ADD_LICENSES, CANCEL, CONVERT, UPGRADE
from subscriptions.commands.renewals import SET_RENEWAL
from subscriptions.commands.reservations import DELETE_RESERVATION, MOVE_RESERVATION, RESERVE
from subscriptions.rules.contract import SubscriptionAdd
from tests.subscriptions.states import TODAY, AtVendor, tomorrow
from tests.support.examples import made_up
from tests.support.portal import WITHOUT_CONTRACT, WITHOUT_CONTRACT_OF_A_GROUP
from tests.support.sandbox import Sandbox

# The rules are stricter than LINE WORKS here, as a request must change something and contradict itself in nothing.
STRICTER_RENEWALS = {"sub.renewal.same", "sub.renewal.stay", "sub.renewal.staysso", "sub.renewal.cancel"}
APART = STRICTER_RENEWALS | {"sub.reservation.otherday"}
# What cannot be read off LINE WORKS's answers, so that the rules can only warn of it.
ONLY_THE_VENDOR_KNOWS = "sub.add.aftertrial"

SITUATIONS: dict[str, Callable[[AtVendor], object]] = {
    "paid": lambda vendor: vendor.paid().option("DRV01").option("SSTG201"),
    "paid, licenses scheduled": lambda vendor: vendor.paid().reserve("ADD_LICENSE", tomorrow(20), licenseCount=7),
    "paid, Advanced set for the renewal": lambda vendor: vendor.paid().of(
        "updateRenewal", {"type": "CHANGE", "productId": vendor.highest, "licenseCount": 20}
    ),
    "paid, not renewed": lambda vendor: vendor.paid().of("updateRenewal", {"type": "CANCEL"}),
    "monthly, to end": lambda vendor: vendor.paid("MONTHLY").reserve("CANCEL", tomorrow(30)),
    "trial": lambda vendor: vendor.start("STD_T", "TRIAL").option("ACV200").option("DRV00"),
    "trial, to become paid": lambda vendor: vendor.start("STD_T", "TRIAL").reserve(
        "START_PAID_SERVICE", tomorrow(9), plan="MONTHLY"
    ),
    "free": lambda vendor: vendor.start("FR", "FREE"),
    "Roger": lambda vendor: vendor.start("ROG_STD_T", "TRIAL_LICENSE", licenseCount=3),
    "AiNote": lambda vendor: vendor.start("NTA_FR", "FREE"),
    "ended": lambda vendor: vendor.start("STD_T", "TRIAL").of("cancelSubscription"),
}
customers = st.sampled_from([WITHOUT_CONTRACT, WITHOUT_CONTRACT, WITHOUT_CONTRACT_OF_A_GROUP])
days = st.one_of(st.integers(1, 60).map(tomorrow), st.sampled_from([-1, 0, 1, 60, 61, 364, 365, 366]).map(tomorrow))
plans = st.sampled_from(
    ["MONTHLY", "ANNUAL_LICENSE", "ANNUAL_LICENSE", "ANNUAL_PREPAY_LICENSE", "ANNUAL", "TRIAL", "FREE"]
)
products = st.sampled_from([None, None, "STD", "ADV", "STD_T", "ADV_T", "ROG_STD", "NTA_TM", "FR"])
counts = st.sampled_from([None, None, 1, 25, 60, 0, -1, 999_990, 1_000_000, 1_000_001])
kinds = st.sampled_from(["START_PAID_SERVICE", "ADD_LICENSE", "CANCEL", "CANCEL", "CHANGE"])
renewals = st.sampled_from(["STAY", "CHANGE", "CHANGE", "CHANGE", "CANCEL"])
_CONTRACT = {"plan": plans, "product_id": products, "license_count": counts}
_MAYBE = {**_CONTRACT, "plan": plans | st.none()}

# write → the method and address below the subscription, and how its wishes are made up.
ASKED: dict[str, tuple[Command[Any], str, str, dict[str, st.SearchStrategy[Any]]]] = {
    "licenses": (
        ADD_LICENSES,
        "POST",
        "/add-license-count",
        {"add_license_count": counts.filter(lambda count: count is not None)},
    ),
    "convert": (CONVERT, "POST", "/paid-service", _CONTRACT),
    "upgrade": (UPGRADE, "POST", "/upgrade", {"product_id": st.sampled_from(["ADV", "ADV_T"])}),
    "cancel": (CANCEL, "DELETE", "", {}),
    "reserve": (
        RESERVE,
        "POST",
        "/reservation",
        {"type": kinds, "apply_date": days, **_CONTRACT, "plan": plans | st.none()},
    ),
    "move": (MOVE_RESERVATION, "PATCH", "/reservation", {"apply_date": days}),
    "delete": (DELETE_RESERVATION, "DELETE", "/reservation", {}),
    "renew": (SET_RENEWAL, "PATCH", "/renewal", {"type": renewals, **_MAYBE}),
}
examples = made_up(12)


class Vendor:
    """The sandbox, spoken to plainly: no record of Partnerdesk's stands between the wish and the wire."""

    def __init__(self, sandbox: Sandbox, session: requests.Session) -> None:
        self._sandbox = sandbox
        self._session = session
        self._api = partner_api(Priority.PEOPLE)

    def enter(self, situation: str, domain_id: int) -> AtVendor:
        """Bring a customer into a situation, on a fresh sandbox."""
        self._sandbox.reset()
        at_vendor = AtVendor(self._sandbox, domain_id)
        SITUATIONS[situation](at_vendor)
        return at_vendor

    def state(self, write: Command[Any], domain_id: int) -> Snapshot:
        """Read what the rules of a write are asked about."""
        records: dict[str, Any] = {}
        for resource in in_order(write.resources):
            parts = resource.parts_of(records[resource.after]) if resource.parts_of and resource.after else ()
            records[resource.name] = resource.read(self._api, Target(domain_id, parts=tuple(parts))).records
        return Snapshot({name: tuple(records[name]) for name in write.reads}, day=TODAY)

    def refusal(self, method: str, domain_id: int, below: str, body: dict[str, Any]) -> str | None:
        """Make a call: answer the sandbox's rule that refuses it, or None."""
        url = f"{self._sandbox.api_url}/partners/customers/{domain_id}/subscriptions{below}"
        answer = self._session.request(method, url, json=body or None, timeout=30)
        assert answer.ok or 400 <= answer.status_code < 500, answer.text
        event("allowed" if answer.ok else "forbidden")
        return None if answer.ok else answer.headers.get("X-Sandbox-Rule", "a field")


@pytest.fixture
def vendor(db: None, vendor_settings: None, sandbox: Sandbox) -> Iterator[Vendor]:
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {sandbox.get_token()}"
        yield Vendor(sandbox, session)


@pytest.mark.parametrize("name", ASKED)
def test_changing(name: str, vendor: Vendor) -> None:
    write, method, address, fields = ASKED[name]

    @examples
    @given(
        situation=st.sampled_from([each for each in SITUATIONS if each != "ended"]),
        domain_id=customers,
        fields=st.fixed_dictionaries(fields),
    )
    def check(situation: str, domain_id: int, fields: dict[str, Any]) -> None:
        number = vendor.enter(situation, domain_id).subscription_id
        wish = {"subscription_id": number, **{name: value for name, value in fields.items() if value is not None}}
        agree(vendor, write, write.request.model_validate(wish), method, domain_id, f"/{number}{address}")

    check()


@examples
@given(
    situation=st.sampled_from(list(SITUATIONS)),
    domain_id=customers,
    product=products.filter(lambda product: product is not None),
    plan=plans | st.sampled_from(["TRIAL", "FREE", "FREE_LICENSE"]),
    count=counts,
)
def test_adding(vendor: Vendor, situation: str, domain_id: int, product: str, plan: str, count: int | None) -> None:
    vendor.enter(situation, domain_id)
    wish = {"product_id": product, "plan": plan, **({} if count is None else {"license_count": count})}
    agree(vendor, ADD, SubscriptionAdd.model_validate(wish), "POST", domain_id, "")


def agree(vendor: Vendor, write: Command[Any], wish: Any, method: str, domain_id: int, below: str) -> None:
    """Judge a wish, send it plainly, and see that both say the same; and what was promised of one that is accepted."""
    before = vendor.state(write, domain_id)
    problems = [problem.rule.id for problem in write.evaluate(before, wish, TODAY).problems]
    body = wish.model_dump(mode="json", by_alias=True, exclude_unset=True)
    body.pop("subscriptionId", None)

    refused_by = vendor.refusal(method, domain_id, below, body)

    if set(problems) & APART or refused_by == ONLY_THE_VENDOR_KNOWS:
        event("apart")
        return
    assert bool(problems) == (refused_by is not None), (problems, refused_by)
    if refused_by is None:
        after = vendor.state(write, domain_id)
        assert write.took_effect(before, after, wish)
        assert not write.took_effect(before, before, wish)
        assert facts(after) == facts(write.projected_state(before, wish))


def facts(readings: Snapshot) -> list[str]:
    """Return the readings in words, but for the numbers that only LINE WORKS can give."""
    return sorted(line.text for line in readings.lines())
