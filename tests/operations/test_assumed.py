"""What a projection assumes: shown as estimated, and told apart from what something else moved."""

from datetime import date, timedelta
from typing import Any

import pytest

import options.commands.projection
import subscriptions.commands.contract
from customers.models import Customer
from options.rules.options import OptionAdd
from portal.operations.commands import COMMANDS
from portal.operations.comparison import Evidence, side_by_side
from portal.operations.display import facts_from, finding_in_words
from portal.operations.models import Operation
from portal.operations.presentation import evidence
from portal.operations.recording import recorded
from portal.operations.snapshots import Snapshot
from portal.operations.states import State
from portal.vendor.client import Subscription
from subscriptions.rules.contract import SubscriptionAdd
from subscriptions.rules.conversion import Conversion
from subscriptions.sync.subscriptions import SUBSCRIPTIONS
from tests.support.orders import ask, order, rest
from tests.support.portal import PAID_MONTHLY, TRIAL_OF_A_GROUP, WITHOUT_CONTRACT, People, ReadIn, SignIn

BLAMING = "Changed by something else"


@pytest.fixture
def wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have Partnerdesk assume lengths that are not the sandbox's, as it would if its guesses were wrong."""

    def a_month(day: date) -> date:
        return day + timedelta(days=29)

    monkeypatch.setattr(subscriptions.commands.contract, "end_of_term", a_month)
    monkeypatch.setattr(subscriptions.commands.contract, "end_of_trial", a_month)
    monkeypatch.setattr(options.commands.projection, "end_of_option_trial", lambda _base, day: day)


def told(operation: Operation) -> list[tuple[str, str]]:
    # The worker's assumptions are right: what it wrote down is written anew with the wrong ones.
    facts = facts_from(recorded(operation))
    return [(fact.label, fact.tells) for fact in facts if fact.changes or fact.tells != "Unchanged"]


@pytest.mark.usefixtures("worker", "wrong")
@pytest.mark.parametrize(
    ("product", "plan", "tells"), [("STD_T", "TRIAL", "Differs from the estimate"), ("FR", "FREE", "As requested")]
)
def test_a_new_subscription_shows_once_with_what_was_not_as_assumed(
    product: str, plan: str, tells: str, people: People, read_in: ReadIn
) -> None:
    wish = SubscriptionAdd(product_id=product, plan=plan)
    operation = rest(order(people.account_manager, read_in(WITHOUT_CONTRACT), wish, COMMANDS["addSubscription"]))

    number = Customer.objects.get(pk=WITHOUT_CONTRACT).subscriptions.get().subscription_id
    rows = [(label, said) for label, said in told(operation) if "ubscription" in label and label != "Subscriptions"]
    assert operation.state == State.SUCCEEDED
    assert rows == [(f"Subscription {number}", tells)]
    assert BLAMING not in dict(told(operation)).values()


@pytest.mark.usefixtures("worker", "wrong")
def test_a_conversion_whose_term_is_another_is_not_put_down_to_something_else(people: People, read_in: ReadIn) -> None:
    customer = read_in(TRIAL_OF_A_GROUP)
    number = customer.subscriptions.get().subscription_id
    wish = Conversion(subscription_id=number, plan="MONTHLY")

    operation = rest(order(people.account_manager, customer, wish, COMMANDS["convertSubscriptionToPaid"]))

    assert (f"Subscription {number}", "Differs from the estimate") in told(operation)
    assert BLAMING not in dict(told(operation)).values()


@pytest.mark.usefixtures("worker", "wrong")
def test_an_option_whose_trial_lasts_otherwise_is_not_put_down_to_something_else(
    people: People, read_in: ReadIn
) -> None:
    wish = OptionAdd(option_product_id="DRV", sub_option_id="DRV_PS_T")

    operation = rest(order(people.account_manager, read_in(PAID_MONTHLY), wish, COMMANDS["addOptionProduct"]))

    assert operation.state == State.SUCCEEDED
    assert "Differs from the estimate" in dict(told(operation)).values()
    assert BLAMING not in dict(told(operation)).values()


def test_the_review_says_which_days_are_estimated(people: People, read_in: ReadIn, sign_in: SignIn) -> None:
    customer = read_in(TRIAL_OF_A_GROUP)
    number = customer.subscriptions.get().subscription_id
    wish = Conversion(subscription_id=number, plan="MONTHLY")
    operation = ask(people.account_manager, customer, wish, COMMANDS["convertSubscriptionToPaid"])

    estimated = {fact.label for fact in evidence(operation) if fact.is_estimated}
    page = sign_in(people.account_manager).get(operation.get_absolute_url()).content.decode()

    assert estimated == {f"Subscription {number}", f"Renewal settings of subscription {number}"}
    assert "estimated" in page


def test_what_is_not_assumed_is_not_estimated(people: People, read_in: ReadIn) -> None:
    operation = ask(people.account_manager, read_in(WITHOUT_CONTRACT))

    assert not any(fact.is_estimated for fact in evidence(operation))


RAW = {
    "domainId": 1, "subscriptionId": 7, "productId": "STD", "plan": "ANNUAL_LICENSE", "licenseCount": 10,
    "status": "ACTIVE", "planStartDate": "2026-01-15", "planEndDate": "2027-01-14",
}  # fmt: skip


def readings(**changes: Any) -> Snapshot:
    return Snapshot({SUBSCRIPTIONS.name: (Subscription.from_vendor(RAW | changes),)})


def laid(after: Snapshot, *, was_seen: bool) -> Evidence:
    before = readings(planEndDate="2026-02-01", plan="MONTHLY", licenseCount=None)
    expected = readings().assuming(SUBSCRIPTIONS, "planEndDate", key=7)
    [fact] = side_by_side(before, expected, after, {}, was_seen=was_seen)
    return fact


@pytest.mark.parametrize(
    ("changes", "was_seen", "tells"),
    [
        ({}, True, "As requested"),
        ({"planEndDate": "2026-02-14"}, True, "Differs from the estimate"),
        ({"planEndDate": "2026-02-14"}, False, BLAMING),
        ({"licenseCount": 11}, True, BLAMING),
        ({"licenseCount": 11, "planEndDate": "2026-02-14"}, True, BLAMING),
    ],
)
def test_only_what_was_assumed_and_seen_is_put_down_to_the_assumption(
    changes: dict[str, Any], was_seen: bool, tells: str
) -> None:
    fact = laid(readings(**changes), was_seen=was_seen)

    assert (finding_in_words(fact.finding), fact.is_estimated) == (tells, True)
