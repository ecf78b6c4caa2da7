"""Why something was in force from a day on: each step within a month, by an id with values, and who is known for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from billing.assumptions import per_of
from billing.rules.check_facts import OPTION_PRODUCT, Force, Key, Known, Values, by_licenses, is_billed
from portal.core.catalogue import UPGRADES
from portal.operations.priced import Per

Cause = Mapping[str, Any]

METERING = "metering"
_NUMBERS = {Per.LICENSE: "licenses", Per.USER: "users", Per.CONTRACT: "quantity"}


@dataclass(frozen=True, slots=True)
class Step:
    """From a day on something else was in force."""

    key: Key
    day: date
    before: Force | None
    after: Force | None


def cause_of(step: Step, known: Sequence[Known]) -> Cause:
    """Return the cause of a step, with the request or the detected change that it comes from, where one is known."""
    found = source_of(step, known)
    if found is None:
        return {**_what(step), "source": METERING}
    about = {"resource": found.resource, "row": found.row} if found.row else {}
    return {**_what(step), "source": found.source, "number": found.number, "ref": found.ref, **about}


def source_of(step: Step, known: Sequence[Known]) -> Known | None:
    """
    Return the change that led to a step: of the right day, with the right values, the latest.

    What is metered at midnight shows on the day after. A customer's plan decides how many of its options are billed.
    Of several changes between two days of metering the last one counts.
    """
    fitting = [
        change
        for change in known
        if _is_of(change, step)
        and change.last >= step.day - timedelta(days=1)
        and (change.first is None or change.first <= step.day)
        and _agrees(change, change.after, step.after, step)
    ]
    exact = [change for change in fitting if _agrees(change, change.before, step.before, step)]
    return max(exact or fitting, key=lambda change: (change.source != "due", change.last, change.number), default=None)


def _is_of(change: Known, step: Step) -> bool:
    return change.key == step.key or (_is_only_in_number(step) and change.key.item_type != OPTION_PRODUCT)


def _is_only_in_number(step: Step) -> bool:
    if step.before is None or step.after is None or step.key.item_type != OPTION_PRODUCT:
        return False
    return step.before._replace(units=0) == step.after._replace(units=0)


def _agrees(change: Known, values: Values | None, force: Force | None, step: Step) -> bool:
    if force is None:
        # A trial is not billed, so what became paid may have been there before.
        return values is None or not is_billed(values.plan)
    if values is None or values.plan != force.plan:
        return False
    if values.number is not None and by_licenses(force.plan) and values.number != force.units:
        return False
    if change.key != step.key:
        return True
    return values.item_id == force.item_id and values.sub_item_id == force.sub_item_id


def _what(step: Step) -> dict[str, Any]:
    before, after, day = step.before, step.after, step.day.isoformat()
    is_option = step.key.item_type == OPTION_PRODUCT
    if before is None or after is None:
        there = after or before
        kind = ("option_added" if after else "option_canceled") if is_option else ("started" if after else "ended")
        return {"id": kind, "day": day, **(_named(there) if there else {})}
    if before.item_id != after.item_id:
        is_upgrade = UPGRADES.get(before.item_id) == after.item_id
        return {
            "id": "upgrade" if is_upgrade else "plan_changed",
            "day": day,
            "from": before.item_id,
            "to": after.item_id,
            "count": after.units,
        }
    if before.sub_item_id != after.sub_item_id:
        return {"id": "option_changed", "day": day, "from": before.sub_item_id, "to": after.sub_item_id}
    if before.plan != after.plan:
        return {"id": "contract_changed", "day": day, "from": before.plan, "to": after.plan}
    more = after.units - before.units
    of = _NUMBERS[per_of(after.sub_item_id or after.item_id, after.plan)]
    return {"id": f"{of}_{'more' if more > 0 else 'fewer'}", "day": day, "count": abs(more), "to": after.units}


def _named(force: Force) -> dict[str, Any]:
    return {"item": force.item_id, "sub": force.sub_item_id, "count": force.units}
