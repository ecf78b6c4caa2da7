"""The groups of the list of requests: what each lists, and that its count says the same."""

import pytest
from django.urls import reverse

from portal.operations.filters import GROUP_NAMES
from portal.operations.models import Operation
from portal.operations.states import State
from tests.support.orders import stored
from tests.support.portal import People, SignIn

# The groups as people read them, written a second time on purpose.
GROUPS: dict[str, set[str]] = {
    "": {str(state) for state in State},
    "person": {"unknown", "undecided"},
    "approval": {"awaiting_approval"},
    "unassigned": {"unassigned"},
    "waiting": {"queued", "sending", "accepted"},
    "proposed": {"proposed"},
    "done": {"succeeded"},
    "not_done": {"refused", "not_applied", "stale", "canceled"},
}


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_lists_exactly_its_states_and_its_count_agrees(group: str, people: People, sign_in: SignIn) -> None:
    # Another number of each state, so that no count agrees by chance.
    for number, state in enumerate(State, start=1):
        for place in range(number):
            stored(state, domain_id=number * 100 + place)

    page = sign_in(people.support).get(reverse("operations:list"), {"group": group})

    counts = {name: count for name, _words, count in page.context["groups"]}
    listed = page.context["page"].paginator.object_list
    assert {operation.state for operation in listed} == GROUPS[group]
    assert counts.get(group, Operation.objects.count()) == len(listed)
    assert len(listed) == Operation.objects.filter(state__in=GROUPS[group]).count()


def test_every_state_is_in_one_group() -> None:
    grouped = [state for name, states in GROUPS.items() if name for state in states]

    assert sorted(grouped) == sorted(str(state) for state in State)
    assert {name for name, _words in GROUP_NAMES} == GROUPS.keys() - {""}
