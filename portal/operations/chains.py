"""
The steps of a request and how the rules judge them: one of an operation, several of a multi-step request.

Whoever confirms, approves, cancels or shows a request asks here, and need not know which of the two it is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied

from portal.accounts.models import User
from portal.core.clock import business_today
from portal.core.rules import Verdict
from portal.operations.approvals import Part
from portal.operations.commands import Command, Step, write_of, write_of_step
from portal.operations.models import AnyRequest, Bundle, BundleStep
from portal.operations.snapshots import Snapshot
from portal.sync.resources import Resource


class NotAllowed(Exception):
    """The rules stand against a request; nothing was stored."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__("; ".join(str(problem) for problem in verdict.problems))
        self.verdict = verdict


@dataclass(frozen=True)
class Link:
    """One step in its place: the state in which its turn will come, if all goes well, and what the rules say then."""

    step: Step
    state: Snapshot
    verdict: Verdict

    @property
    def part(self) -> Part:
        """What the approval policy is asked about it."""
        return Part(self.step.write, self.state, self.step.request)


def chain(seen: Snapshot, steps: Sequence[Step], today: date) -> Iterator[Link]:
    """Judge each step in the state that the steps before it should leave behind."""
    state = seen
    for place, step in enumerate(steps):
        if place:
            before = steps[place - 1]
            state = before.write.projected_state(state, before.request)
        yield Link(step, state, step.write.evaluate(state, step.request, today))


def steps_of(submission: AnyRequest) -> list[Step]:
    """Return the steps of a request, in their order."""
    if isinstance(submission, Bundle):
        return [step_from(stored) for stored in submission.steps.all()]
    return [_step(write_of(submission), submission.request)]


def step_from(stored: BundleStep) -> Step:
    """Read a step of a multi-step request as it was stored."""
    return _step(write_of_step(stored), stored.request)


def links_of(submission: AnyRequest) -> list[Link]:
    """Judge the steps of a request once more, by what was seen and today."""
    return list(chain(Snapshot.from_json(submission.baseline), steps_of(submission), business_today()))


def resources_of(steps: Sequence[Step]) -> list[Resource]:
    """Return all that the steps read; each of them reads it, so that the next one sees what it left behind."""
    return list({resource.name: resource for step in steps for resource in step.write.resources}.values())


def problems_of(verdict: Verdict) -> dict[str, Any]:
    """Return what stood against a request, in the form in which the timeline keeps it."""
    return {"problems": [problem.to_json() for problem in verdict.problems]}


def may_request(person: User, submission: AnyRequest) -> bool:
    """Return whether a person has the permission for every step of a request."""
    return all(person.has_perm(step.write.permission) for step in steps_of(submission))


def require(person: User, *permissions: str) -> None:
    """Raise PermissionDenied unless a person has all of some permissions."""
    for permission in permissions:
        if not person.has_perm(permission):
            raise PermissionDenied(f"This needs the permission {permission}.")


def require_all(person: User, steps: Sequence[Step]) -> None:
    """Raise PermissionDenied unless a person has the permissions for all of some steps."""
    require(person, *(step.write.permission for step in steps))


def _step(write: Command[Any], request: Any) -> Step:
    return Step(write, write.request.model_validate(request))
