"""What nobody went on with ends by itself, and keeps no secret forever."""

from datetime import timedelta

import pytest

from portal.core.clock import now
from portal.operations import recovery
from portal.operations.models import Answer, Attempt, Bundle, Operation
from portal.operations.request_secrets import request_with_secrets, seal_secrets
from portal.operations.states import BundleState
from tests.support import orders
from tests.support.portal import People, SignIn

DAY = timedelta(days=1)


def kept(state: str, age: timedelta, domain_id: int) -> Operation:
    """Return an operation with a sealed password that has been in a state for some time."""
    sealed = seal_secrets({"administrator.password": "pass-1234"})
    return orders.stored(
        state,
        domain_id=domain_id,
        encrypted_secrets=sealed,
        state_at=now() - age,
        sent_at=None,
        next_try_at=now() + DAY,
    )


@pytest.mark.parametrize(
    ("state", "age", "what"),
    [
        ("awaiting_approval", 14 * DAY, "not approved in time"),
        ("returned", 14 * DAY, "not submitted again in time"),
        ("unassigned", 14 * DAY, "not taken over in time"),
    ],
)
def test_what_nobody_went_on_with_is_cancelled_and_its_password_erased(
    state: str, age: timedelta, what: str, people: People, sign_in: SignIn
) -> None:
    old = kept(state, age + timedelta(minutes=1), 300_000_006)
    draft = orders.stored_bundle("proposed", domain_id=300_000_005, state_at=now() - age - timedelta(minutes=1))
    bundle_state = state if state in BundleState.values else "running"
    bundle = orders.stored_bundle(bundle_state, domain_id=300_000_004, state_at=now() - age - timedelta(minutes=1))

    recovery.sweep()
    recovery.sweep()

    old.refresh_from_db()
    assert (old.state, old.encrypted_secrets, [event.what for event in old.events.all()]) == ("canceled", None, [what])
    bundle = Bundle.objects.get(pk=bundle.pk)
    ended = list(bundle.events.values_list("what", flat=True))[-1]
    assert (bundle.state, ended) == (("canceled", what) if bundle_state == state else ("running", "stopped"))
    assert not Bundle.objects.filter(pk=draft.pk).exists()
    assert (Attempt.objects.count(), Answer.objects.count()) == (0, 0)
    assert "Canceled before sending: not " in sign_in(people.finance).get(old.get_absolute_url()).content.decode()


@pytest.mark.parametrize(("state", "age"), [("proposed", DAY), ("awaiting_approval", 14 * DAY), ("queued", 30 * DAY)])
def test_what_somebody_may_still_go_on_with_keeps_what_the_call_needs(state: str, age: timedelta, db: None) -> None:
    young = kept(state, age - timedelta(minutes=1), 300_000_006)
    bundle = orders.stored_bundle(
        "proposed" if state == "queued" else state, domain_id=300_000_005, state_at=now() - min(age, DAY) / 2
    )

    recovery.sweep()

    young.refresh_from_db()
    assert (young.state, young.events.count()) == (state, 0)
    assert request_with_secrets(young)["administrator"] == {"password": "pass-1234"}
    assert Bundle.objects.get(pk=bundle.pk).state == bundle.state
