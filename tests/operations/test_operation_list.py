"""The list of requests: its groups and their counts, requests with one step and with several in one order."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal.core.clock import now
from portal.operations.filters import GROUP_NAMES
from portal.operations.models import BundleStep, Operation
from portal.operations.states import BundleState, State
from tests.support.orders import stored, stored_bundle
from tests.support.portal import People, SignIn

# The groups as people read them, written a second time on purpose.
GROUPS: dict[str, set[str]] = {
    "": {*map(str, State), *map(str, BundleState)} - {"proposed"},
    "person": {"unknown", "undecided"},
    "stopped": {"stopped"},
    "approval": {"awaiting_approval"},
    "returned": {"returned"},
    "unassigned": {"unassigned"},
    "waiting": {"queued", "sending", "accepted", "running"},
    "done": {"succeeded"},
    "not_done": {"refused", "not_applied", "stale", "rejected", "canceled"},
}


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_lists_exactly_its_states_and_its_count_agrees(group: str, people: People, sign_in: SignIn) -> None:
    # Another number of each state, so that no count agrees by chance.
    expected = 0
    for number, state in enumerate(State, start=1):
        # All of them together have to fit on the page.
        count = number if group else 1
        expected += count * (str(state) in GROUPS[group])
        for place in range(count):
            stored(state, domain_id=number * 100 + place)
    for bundle_state in BundleState:
        expected += bundle_state in GROUPS[group]
        stored_bundle(bundle_state)

    page = sign_in(people.support).get(reverse("operations:list"), {"group": group, "rows": "100"})

    counts = {tab.key: tab.count for tab in page.context["tabs"]}
    assert {row.request.state for row in page.context["lines"]} == GROUPS[group]
    assert page.context["page"].paginator.count == expected
    assert counts[group or "all"] == expected
    assert page.context["tabs"].current.key == (group or "all")


def test_every_state_but_that_of_drafts_is_in_one_group() -> None:
    grouped = [state for name, states in GROUPS.items() if name for state in states]

    assert sorted(grouped) == sorted({*map(str, State), *map(str, BundleState)} - {"proposed"})
    assert {name for name, _words in GROUP_NAMES} == GROUPS.keys() - {""}


def test_both_kinds_stand_in_one_order_and_each_is_found_by_its_number(people: People, sign_in: SignIn) -> None:
    browser, moment = sign_in(people.support), now()
    oldest = stored(State.SUCCEEDED, proposed_at=moment - timedelta(hours=3))
    between = stored_bundle(BundleState.SUCCEEDED, proposed_at=moment - timedelta(hours=2))
    latest = stored(State.SUCCEEDED, proposed_at=moment - timedelta(hours=1))

    def refs(**query: str) -> list[str]:
        return [row.request.ref for row in browser.get(reverse("operations:list"), query).context["lines"]]

    assert refs() == [latest.ref, between.ref, oldest.ref]
    assert refs(q=between.ref) == [between.ref]
    assert refs(q=latest.ref) == [latest.ref]
    assert refs(group="done", q="nobody") == []


def test_a_step_shows_as_its_request_and_by_itself_only_while_its_outcome_is_unknown(
    people: People, sign_in: SignIn
) -> None:
    browser, bundle, step = sign_in(people.support), stored_bundle(BundleState.RUNNING), stored(State.UNKNOWN)
    BundleStep.objects.filter(bundle=bundle, number=1).update(operation=step)

    def listed(group: str) -> list[str]:
        answer = browser.get(reverse("operations:list"), {"group": group})
        shown = [row.request.ref for row in answer.context["lines"]]
        assert {tab.key: tab.count for tab in answer.context["tabs"]}[group or "all"] == len(shown)
        return shown

    assert listed("") == [bundle.ref]
    assert listed("waiting") == [bundle.ref]
    assert listed("person") == [step.ref]
    Operation.objects.filter(pk=step.pk).update(state=State.NOT_APPLIED)
    assert listed("not_done") == []


def test_one_that_stopped_needs_a_look_until_another_goes_on_from_it(people: People, sign_in: SignIn) -> None:
    browser = sign_in(people.support)
    stopped, gone_on = stored_bundle(BundleState.STOPPED), stored_bundle(BundleState.STOPPED)
    came_to_nothing = stored_bundle(BundleState.CANCELED, continues=stopped)
    stored_bundle(BundleState.SUCCEEDED, continues=gone_on)

    def listed(group: str) -> set[str]:
        return {row.request.ref for row in browser.get(reverse("operations:list"), {"group": group}).context["lines"]}

    assert listed("stopped") == {stopped.ref}
    assert listed("not_done") == {gone_on.ref, came_to_nothing.ref}


def test_many_rows_take_as_many_queries_as_few(people: People, sign_in: SignIn) -> None:
    browser = sign_in(people.support)

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert browser.get(reverse("operations:list")).status_code == 200
        return len(caught)

    stored(State.SUCCEEDED)
    stored_bundle(BundleState.SUCCEEDED)
    queries()
    few = queries()
    for _number in range(5):
        stored(State.SUCCEEDED)
        stored_bundle(BundleState.SUCCEEDED)

    assert queries() == few
