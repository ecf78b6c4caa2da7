"""Codes that Partnerdesk does not know, anywhere in what was read: the rules refuse or go on, and never fail."""

import random
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from portal.operations.chains import chain
from portal.operations.commands import COMMANDS, Command
from portal.operations.snapshots import Snapshot
from portal.sync.resources import RESOURCES
from tests.options import states as of_options
from tests.subscriptions import states as of_subscriptions
from tests.support import vendor_json
from tests.support.examples import LONG

TODAY = date(2026, 1, 15)
UNKNOWN = "XQ99"
CODES = ("productId", "plan", "optionProductId", "subOptionId", "type", "status", "salesChannel", "domainType")
TASK_TYPES = ("APPLY", "START_PAID_SERVICE", "MODIFY", "CHANGE_QUANTITY", "CANCEL")
WISHES_OF_EACH = 16 if LONG else 6
# It writes a customer's details, which hold none of these codes.
KINDS = sorted(write.kind for write in COMMANDS if write.kind != "updateCustomer")

# What a request may hold, by the field's name; every list has what is there and what is not.
VALUES: dict[str, list[Any]] = {
    "subscription_id": [501, 502],
    "pre_order_id": [901, 7],
    "option_product_id": ["DRV", "ACV2", "SSTG2", UNKNOWN],
    "sub_option_id": ["DRV100", "ACV210", "SSTG201", UNKNOWN, None],
    "product_id": ["STD", "ADV", "STD_T", UNKNOWN, None],
    "plan": ["MONTHLY", "ANNUAL_LICENSE", UNKNOWN, None],
    "type": [*TASK_TYPES, "ADD_LICENSE", "STAY", "CHANGE", UNKNOWN],
    "apply_date": [TODAY + timedelta(days=days) for days in (1, 17, 31)],
    "license_count": [1, 25, None],
    "quantity": [1, 5, None],
    "add_license_count": [1, 25],
    "max_member_count": [5, None],
    "withdrawal_date": [TODAY + timedelta(days=31), None],
    "domain": ["tsubame", "tsubame.example"],
    "company_name": ["つばめ運輸"],
    "phone_number": ["03-1234-5678"],
    "time_zone": ["Asia/Tokyo"],
    "locale": ["ja_JP"],
    "partner_code": ["A1B2"],
}


def whole_states() -> Iterator[Snapshot]:
    """Customers that have something of everything, paid, on trial and in grace; one for each task of an option."""
    for task_type in TASK_TYPES:
        for base in (of_options.paid(), of_options.trial()):
            held = () if task_type == "APPLY" else (of_options.held("DRV100"), of_options.on_trial("SSTG201"))
            state = of_options.state(
                base,
                options=held,
                # The second begins with the pre-order.
                tasks=(of_options.task("DRV100", task_type), of_options.task("ACV201", subscriptionId=901)),
                renewals=(vendor_json.option_renewal(optionProductId="DRV", subOptionId="DRV100"),),
                reservations=({"subscriptionId": 501, "type": "START_PAID_SERVICE", "applyDate": "2026-02-01"},),
                pre_orders=(vendor_json.pre_order(applyDate="2026-02-01"),),
            )
            others = of_subscriptions.state(base).by_resource
            missing = {resource.name: () for resource in RESOURCES}
            yield Snapshot({**missing, **others, **state.by_resource}, day=TODAY)


def with_unknown(state: Snapshot) -> Iterator[tuple[str, Snapshot]]:
    """Return the state with each of its codes replaced by an unknown one, one at a time."""
    for name, records in state.by_resource.items():
        for place, record in enumerate(records):
            for member in CODES:
                if isinstance(record.raw.get(member), str):
                    changed = list(records)
                    changed[place] = type(record).from_vendor({**record.raw, member: UNKNOWN})
                    yield f"{name}.{member}", state.with_records(RESOURCES[name], changed)


# Only what is about options differs with the type of their task.
STATES = [
    (name, state)
    for number, whole in enumerate(whole_states())
    for name, state in with_unknown(whole)
    if number < 2 or name.startswith("option")
]


def wishes(write: Command[Any]) -> list[BaseModel]:
    """Return requests of a kind, of values that are there and that are not."""
    pick = random.Random(write.kind)  # noqa: S311  no secret
    found = []
    for _try in range(WISHES_OF_EACH):
        asked = {name: pick.choice(VALUES[name]) for name in write.request.model_fields if name in VALUES}
        given = {name: value for name, value in asked.items() if value is not None}
        for wish in (asked, given):
            with suppress(ValidationError):
                found.append(write.request.model_validate(wish))
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_no_rule_fails_over_an_unknown_code(kind: str) -> None:
    write = COMMANDS[kind]
    asked = wishes(write)
    assert asked
    for name, state in STATES:
        for wish in asked:
            try:
                verdict = write.evaluate(state, wish, TODAY)
                assert [str(said) for said in (*verdict.problems, *verdict.consequences)] or verdict.allowed
                write.summary(state, wish)
                write.licenses_added(state, wish)
                if verdict.allowed:
                    after = write.projected_state(state, wish)
                    after.lines(write.compare_all_fields)
                    write.took_effect(state, after, wish)
            except Exception as error:
                error.add_note(f"{name} is unknown; asked for: {wish!r}")
                raise


@pytest.mark.parametrize("kind", ["updatePreOrder", "deletePreOrder", "updateReservation", "deleteReservation"])
def test_no_bundle_fails_over_an_unknown_code_of_what_goes_along(kind: str) -> None:
    write = COMMANDS[kind]
    assert write.linked_change is not None
    taken = 0
    for name, state in STATES:
        for wish in wishes(write):
            things = write.linked_change.find(state, wish.model_dump())
            taken += len(things)
            try:
                links = list(chain(state, write.with_linked(wish, things), TODAY))
            except Exception as error:
                error.add_note(f"{name} is unknown; asked for: {wish!r}")
                raise
            assert len(links) == len(things) + 1
    assert taken
