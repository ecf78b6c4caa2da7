"""
The fields of a draft that stand on its review: its days and numbers.

Changing one makes the draft anew, at the same address and with all else as it was asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.forms import BoundField
from django.http import QueryDict
from pydantic import ValidationError

from portal.accounts.models import User
from portal.core.clock import business_today
from portal.operations.chains import steps_of
from portal.operations.command_forms import CommandForm, DayField, Situation, WholeNumberField
from portal.operations.commands import COMMANDS, Command, Step, is_retired
from portal.operations.models import AnyRequest, Bundle
from portal.operations.proposals import asked_by, propose_form
from portal.operations.quick_picks import QuickPick
from portal.operations.snapshots import what_is_cached
from portal.operations.states import State
from portal.sync.resources import RESOURCES

# The button of a day posts under this and the name of its field.
USE = "use_"


@dataclass(frozen=True)
class ReviewField:
    """A field on the review, and the days that people mostly want instead of the one that is chosen."""

    bound: BoundField
    picks: Sequence[QuickPick] = ()

    @property
    def is_number(self) -> bool:
        """Whether it takes a number."""
        return isinstance(self.bound.field, WholeNumberField)

    @property
    def free(self) -> QuickPick | None:
        """The day on which no penalty applies, if it is another one and can be chosen."""
        return next((pick for pick in self.picks if pick.is_free), None)


@dataclass(frozen=True)
class Reworked:
    """
    What became of a draft whose fields were posted.

    Args:
        form: with what stands against it; None where there is nothing to edit.
        is_changed: whether the draft is another one now, which nobody has reviewed yet.
    """

    form: CommandForm | None = None
    is_changed: bool = False

    @property
    def failed(self) -> bool:
        """Whether something stands against what was posted; the draft is as it was."""
        return self.form is not None and bool(self.form.errors)


@dataclass(frozen=True)
class Editable:
    """
    A draft and what of it can be changed on its review.

    Args:
        submission: the draft.
        command: whose form it was asked for with.
        step: the one that was asked for; others go along with it.
        ids: what of the customer it is about.
        situation: of its form.
        things: what goes along.
        values: what stands in each field of its form, as asked for.
        names: the fields that are shown.
    """

    submission: AnyRequest
    command: Command[Any]
    step: Step
    ids: Mapping[str, Any]
    situation: Situation
    things: Sequence[Any]
    values: Mapping[str, Any]
    names: Sequence[str]

    def form(self, posted: QueryDict | None = None) -> CommandForm:
        """Return the form of the draft, with what was posted for the fields that are shown."""
        form = _form(self.command, self.step, self.situation)
        if posted is None:
            return form
        given = dict(self.values)
        for name in self.names:
            if USE + name in posted:
                given[name] = posted[USE + name]
            elif name in posted:
                given[name] = form.fields[name].widget.value_from_datadict(posted, {}, name)
        return _form(self.command, self.step, self.situation, given)

    def is_complete(self) -> bool:
        """Return whether the form asks for just what was asked for, so that nothing else changes with a field."""
        form = _form(self.command, self.step, self.situation, self.values)
        if not form.is_valid():
            return set(form.errors) <= set(self.names)
        try:
            return self._asks_for_the_same(form)
        except ValidationError:
            return False

    def _asks_for_the_same(self, form: CommandForm) -> bool:
        write, asked = asked_by(self.command, form, self.ids)
        return write is self.step.write and _json(asked) == _json(self.step.request)

    def fields(self, form: CommandForm) -> list[ReviewField]:
        """Return the shown fields, which belong to the form below the effects."""
        found = []
        for name in self.names:
            bound = form[name]
            bound.field.widget.attrs |= {"form": "submit"}
            bound.field.widget.attrs.pop("autofocus", None)
            picks = bound.field.picks if isinstance(bound.field, DayField) else ()
            chosen = str(bound.value())
            found.append(ReviewField(bound, [pick for pick in picks if pick.date.isoformat() != chosen]))
        return found

    def rework(self, posted: QueryDict, by: User) -> Reworked:
        """Make the draft anew if another value was posted; nothing is sent."""
        if not any(name in posted or USE + name in posted for name in self.names):
            return Reworked()
        form = self.form(posted)
        if not form.is_valid():
            return Reworked(form)
        try:
            if self._asks_for_the_same(form):
                return Reworked()
        except ValidationError:
            pass  # It is told at the form.
        made = propose_form(
            self.command,
            form,
            domain_id=self.situation.domain_id,
            customer_name=self.submission.customer_name,
            ids=self.ids,
            things=self.things,
            by=by,
            also_asked=self.submission.also_asked_ids,
        )
        return Reworked(form, is_changed=made is not None)


def editable_of(submission: AnyRequest) -> Editable | None:
    """
    Return what of a draft can be changed on its review.

    Returns:
        None where it has no such field, is no draft any more, is about no customer yet, or the customer or what it is
        about is gone.
    """
    command, step = _asked_with(submission)
    if command is None or step is None or submission.domain_id is None or submission.state != State.PROPOSED:
        return None
    linked, fields = command.linked_change, command.form_on_pages.base_fields.values()
    if not any(isinstance(field, DayField | WholeNumberField) for field in fields):
        return None
    names = dict.fromkeys([*command.reads, *(linked.reads if linked else ())])
    cached = what_is_cached(submission.domain_id, [RESOURCES[name] for name in names])
    state = cached.part(command.reads)
    ids = {name: getattr(step.request, name) for name in command.ids}
    target = command.find_target(cached, ids)
    if state is None or target is None:
        return None
    situation = Situation(state, target, business_today(), submission.domain_id)
    things = linked.find(cached, ids) if linked and isinstance(submission, Bundle) else ()
    form = _form(command, step, situation)
    values = {name: form[name].value() for name in form.fields}
    shown = [name for name in form.fields if _is_shown(form, name, values)]
    editable = Editable(submission, command, step, ids, situation, things, values, shown)
    return editable if shown and editable.is_complete() else None


def _asked_with(submission: AnyRequest) -> tuple[Command[Any] | None, Step | None]:
    """
    Return the command whose form a draft was asked for with, and the step that was asked for.

    Of the rest of a request that stopped there is none. The day of a form may have made another command of it.
    """
    kind = submission.thing.partition(" ")[0]
    if kind not in COMMANDS:
        return None, None
    steps = [step for step in steps_of(submission) if not is_retired(step.write)]
    found = [step for step in steps if step.write.kind == kind]
    if not found and COMMANDS[kind].page_form and not isinstance(submission, Bundle):
        found = steps
    return COMMANDS[kind], found[0] if len(found) == 1 else None


def _form(
    command: Command[Any], step: Step, situation: Situation, given: Mapping[str, Any] | None = None
) -> CommandForm:
    form = command.form_on_pages
    return form(given, initial=dict(form.refill(step.request)), situation=situation)


def _is_shown(form: CommandForm, name: str, values: Mapping[str, Any]) -> bool:
    return isinstance(form.fields[name], DayField | WholeNumberField) and _is_asked_for(form, name, values)


def _is_asked_for(form: CommandForm, name: str, values: Mapping[str, Any]) -> bool:
    other, wanted = form.needs.get(name, ("", ()))
    return not other or (str(values.get(other)) in wanted and _is_asked_for(form, other, values))


def _json(request: Any) -> Any:
    return request.model_dump(mode="json", by_alias=True, exclude_unset=True)
