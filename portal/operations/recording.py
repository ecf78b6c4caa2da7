"""
Writes down how a request is to be shown, in each language, while the code that it was made with is there to say it.

That is when it is made, and whenever something is verified. See ``portal.operations.display`` for what is read of it.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from portal.core.clock import business_today
from portal.core.stored_text import in_each_language
from portal.operations.chains import Link, links_of
from portal.operations.commands import Outcome, is_retired, write_of
from portal.operations.comparison import Evidence, side_by_side
from portal.operations.models import AnyRequest, Bundle, BundleStep, Operation
from portal.operations.priced import estimates_of
from portal.operations.snapshots import Snapshot
from portal.operations.states import BundleState, State


def recorded(operation: Operation, day: date | None = None) -> dict[str, Any]:
    """
    Return what is to be kept of an operation for its pages; what is kept already if its kind is retired.

    Args:
        operation: with the readings that there are of it.
        day: the business day on which it is asked for; by its timeline unless told.
    """
    write = write_of(operation)
    if is_retired(write):
        return dict(operation.display)
    day = day or _day_of(operation)
    request = write.request.model_validate(operation.request)
    before = replace(Snapshot.from_json(operation.before or operation.baseline), day=day)
    seen = Snapshot.from_json(operation.baseline)
    after = Snapshot.from_json(operation.after) if operation.after else None
    was_seen = after is not None and write.took_effect(before, after, request)

    def outcome() -> Outcome | None:
        """Return which of several things LINE WORKS has done, where it decides that and the order is done."""
        if write.outcome is None or after is None or operation.state != State.SUCCEEDED:
            return None
        return write.outcome(before, after)

    def evidence() -> list[Evidence]:
        done = outcome()
        expected = done.projected_state if done else write.projected_state(before, request)
        return side_by_side(before, expected, after, write.compare_all_fields, was_seen=was_seen)

    return {
        "title": in_each_language(lambda: str(write.title)),
        "summary": in_each_language(lambda: write.summary(seen, request)),
        "outcome": in_each_language(lambda: done.words if (done := outcome()) else ""),
        "facts": facts_in_each_language(evidence),
        "is_read_back": bool(write.reads),
        "price": _price(operation, seen, write.projected_state(seen, request)),
    }


def keep_display(submission: AnyRequest) -> None:
    """Write down anew how a request is shown, with what was read of it, or of its steps, since."""
    if isinstance(submission, Bundle):
        steps = list(submission.steps.select_related("operation"))
        submission.display = recorded_bundle(submission, links_of(submission), steps)
    else:
        submission.display = recorded(submission)
    type(submission)._default_manager.filter(pk=submission.pk).update(display=submission.display)


def recorded_bundle(bundle: Bundle, links: Sequence[Link], steps: Sequence[BundleStep] = ()) -> dict[str, Any]:
    """
    Return what is to be kept of a bundle for its pages: its steps, and what all of them together change.

    Args:
        bundle: as it is now.
        links: its steps, judged one after the other.
        steps: the same as they are stored, with their operations; none before they are stored.
    """
    if any(is_retired(link.step.write) for link in links):
        return dict(bundle.display)
    details = {name: way for link in links for name, way in link.step.write.compare_all_fields.items()}
    read = [step.operation.after for step in steps if step.operation and step.operation.after]
    before, last = Snapshot.from_json(bundle.baseline), links[-1]
    after = Snapshot.from_json(read[-1]) if read else None

    def evidence() -> list[Evidence]:
        expected = last.step.write.projected_state(last.state, last.step.request)
        return side_by_side(before, expected, after, details, was_seen=bundle.state == BundleState.SUCCEEDED)

    return {
        "steps": [_step(link) for link in links],
        "facts": facts_in_each_language(evidence),
        "price": _price(bundle, before, last.step.write.projected_state(last.state, last.step.request)),
    }


def _price(submission: AnyRequest, before: Snapshot, expected: Snapshot) -> dict[str, Any] | None:
    """Return what a request costs, as it was estimated when it was made: later prices change nothing of that."""
    if submission.display:
        kept: dict[str, Any] | None = submission.display.get("price")
        return kept
    [estimate] = estimates_of([(before, expected)])
    return estimate.to_json() if estimate else None


def _step(link: Link) -> dict[str, Any]:
    step = link.step
    return {
        "title": in_each_language(lambda: str(step.write.title)),
        "summary": in_each_language(lambda: step.write.summary(link.state, step.request)),
    }


def facts_in_each_language(compare: Callable[[], Sequence[Evidence]]) -> list[dict[str, Any]]:
    """Return facts with their texts by language, in the order of the first of them."""
    by_language = in_each_language(lambda: {evidence.key: evidence for evidence in compare()})
    first = next(iter(by_language.values()))
    return [
        {
            "key": key,
            **{
                column: {code: getattr(found[key], column) for code, found in by_language.items() if key in found}
                for column in ("label", "before", "expected", "after")
            },
            "finding": evidence.finding,
            "changes": evidence.changes,
            "is_estimated": evidence.is_estimated,
        }
        for key, evidence in first.items()
    ]


def _day_of(operation: Operation) -> date:
    """Return the business day on which it was sent, or asked for; today if its timeline was not kept that far."""
    days = operation.events.filter(details__has_key="day").order_by("pk").values_list("details__day", flat=True)
    day = days.last()
    return date.fromisoformat(day) if day else business_today()
