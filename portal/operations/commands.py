"""
Commands: the kinds of change that LINE WORKS allows, each declared once by its app.

The engine owns what is the same for all of them: review, confirmation, claim, the check for changes since the review,
sending and verification. Pages, menus, the check at start and the tests that go through every form follow from the
declaration. A new command is a declaration, a form, a rule and a test.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any, Generic, TypeVar

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from pydantic import BaseModel, RootModel, ValidationError

from portal.core.rules import Problem, Rule, Verdict
from portal.operations.approval_topics import Topic
from portal.operations.command_forms import CommandForm, CommandTarget
from portal.operations.derived_effects import DerivedEffect
from portal.operations.intents import Intent
from portal.operations.linked_changes import LinkedChange
from portal.operations.models import SCHEMA_VERSION, BundleStep, Operation
from portal.operations.snapshots import Details, Snapshot
from portal.sync.resources import RESOURCES, Resource
from portal.vendor.client import Customer, PartnerApi

Request = TypeVar("Request", bound=BaseModel)
# What stands for the domainId of a change that is about no customer yet.
NO_CUSTOMER = 0
# The query parameter of a form that names the operation whose request it is filled in with.
REPEATED = "repeats"


def _the_customer(_state: Snapshot) -> Sequence[CommandTarget]:
    return (CommandTarget(),)


def _no_problem(_state: Snapshot, _target: CommandTarget, _today: date) -> Sequence[Problem]:
    return ()


def _adds_none(_state: Snapshot, _request: BaseModel) -> int:
    return 0


def _as_asked_for(_before: Snapshot, request: BaseModel) -> BaseModel:
    return request


def _has_no_way_back(_before: Snapshot, _after: Snapshot, _request: BaseModel) -> None:
    return None


@dataclass(frozen=True)
class Outcome:
    """
    Which of several things LINE WORKS has done.

    Args:
        words: a sentence that says so.
        projected_state: the readings as they should be then.
    """

    words: str
    projected_state: Snapshot


@dataclass(frozen=True)
class Command(Generic[Request]):
    """
    One kind of change.

    Args:
        kind: the operationId of LINE WORKS; where one operation is several changes to people, with a word of ours after
            a dot.
        title: for people, a verb with its object.
        label: on a button, one or two words.
        row_label: the same in the row of the very thing that it is about; ``label`` if not given.
        description: what it does, a sentence for the menu and the form.
        icon: its picture.
        permission: who may ask for it.
        intent: the group of the request menu that offers it.
        topic: the line of the approval policy that it comes under; for some requests another one, if it is a function
            of them.
        group: where it is offered: the resource whose rows it is about, or ``customer``, or a part of its pages.
        url_name: of its form, with the app's namespace.
        path: of its form below the customer's URL, with the ids of its target; by itself where it is about no customer
            yet.
        targets: what of a state it can be about: the customer itself, or each of its subscriptions.
        preconditions: the problems that stand in its way whatever is filled in; with any of them it is shown, with the
            reason, and cannot be asked for.
        form: what it is asked with; one without fields is asked for by pressing a button.
        page_form: the same with a day on pages, which decides which command it becomes; see ``CommandForm.becomes``.
        bulk_description: what it does in a bulk request, which knows no such day; ``description`` if not given.
        request: the type of what is asked for, by the API's names of the parameters besides domainId and of the body's
            members, so that it can also be asked for by hand. Where LINE WORKS wants a secret it takes text.
        reads: the names of the resources that are read before sending and again afterwards; an app of a layer above may
            declare them. With nothing to read, a clear answer counts as done, and without one a person decides.
        evaluate: the rules: (state, request, today) → verdict.
        compare_all_fields: return the resources, by name, of which the request depends on every field, so that any
            change in them makes it stale.
        completed: what is sent, from the reading before sending and the request, where LINE WORKS has to be given more
            than was asked for; the request itself if not declared. What it takes from the reading must be among what
            the stale check compares.
        send: makes the call, once, with what ``completed`` returned; of the customer by domainId, or of
            ``NO_CUSTOMER``.
        took_effect: whether two readings, before and after, show that it happened.
        projected_state: the readings as they should be afterwards, for the review.
        summary: one line that says what was asked for.
        is_destructive: it takes away what cannot be had again; for some requests only, if it is a function of them.
        ends_customer: whether it is meant to leave LINE WORKS without the customer: to be told that there is none is
            then what was to be seen.
        find_customers: where the change is about no customer yet, reads by the domain name that it is about which
            customers have it by now; once it is seen, the operation is that customer's.
        outcome: which of several things happened, from the readings before and after, where LINE WORKS decides that.
        licenses_added: how many licenses more the customer holds by it, from the state before and the request. The
            approval policy has a line for more than a number of them.
        undo: the change that takes this one back, by its kind, from the readings before and after; None where
            LINE WORKS offers no way back. A bundle that stopped half-way is put back by these.
        offered_below: the kind of a lesser command; it is offered below that one's form, under its label, not in menus.
        linked_change: what can be changed along with it, in one bundle.
        derived_effects: what else LINE WORKS may change along with it. That is read too once the effect is seen, so
            that the next request is judged by it, and is no news from outside.
    """

    kind: str
    intent: Intent
    topic: Topic | Callable[[Request], Topic]
    title: str | Promise
    label: str | Promise
    description: str | Promise
    icon: str
    permission: str
    url_name: str
    path: str
    form: type[CommandForm]
    request: type[Request]
    reads: tuple[str, ...]
    evaluate: Callable[[Snapshot, Request, date], Verdict]
    send: Callable[[PartnerApi, int, Any], object]
    took_effect: Callable[[Snapshot, Snapshot, Request], bool]
    projected_state: Callable[[Snapshot, Request], Snapshot]
    summary: Callable[[Snapshot, Request], str]
    row_label: str | Promise = ""
    group: str = "customer"
    targets: Callable[[Snapshot], Sequence[CommandTarget]] = _the_customer
    preconditions: Callable[[Snapshot, CommandTarget, date], Sequence[Problem]] = _no_problem
    compare_all_fields: Details = field(default_factory=dict)
    completed: Callable[[Snapshot, Request], BaseModel] = _as_asked_for
    is_destructive: bool | Callable[[Request], bool] = False
    ends_customer: bool = False
    find_customers: Callable[[PartnerApi, str], Sequence[Customer]] | None = None
    outcome: Callable[[Snapshot, Snapshot], Outcome] | None = None
    licenses_added: Callable[[Snapshot, Request], int] = _adds_none
    undo: Callable[[Snapshot, Snapshot, Request], tuple[str, BaseModel] | None] = _has_no_way_back
    offered_below: str = ""
    page_form: type[CommandForm] | None = None
    bulk_description: str | Promise = ""
    linked_change: LinkedChange | None = None
    derived_effects: tuple[DerivedEffect, ...] = ()

    @property
    def operation(self) -> str:
        """The operationId of LINE WORKS."""
        return self.kind.partition(".")[0]

    @property
    def resources(self) -> tuple[Resource, ...]:
        """What is read before sending and again afterwards."""
        return tuple(RESOURCES[name] for name in self.reads)

    @property
    def is_onboarding(self) -> bool:
        """Whether it is about no customer yet, but about a domain name."""
        return self.find_customers is not None

    @property
    def is_always_destructive(self) -> bool:
        """Whether every request of it takes away what cannot be had again."""
        return self.is_destructive is True

    @property
    def form_on_pages(self) -> type[CommandForm]:
        """What it is asked with on a page."""
        return self.page_form or self.form

    @property
    def description_in_bulk(self) -> str | Promise:
        """What each row of a bulk request does, a sentence."""
        return self.bulk_description or self.description

    @property
    def has_no_fields(self) -> bool:
        """Whether there is nothing to fill in, so that pressing a button asks for it."""
        return not self.form.base_fields

    @property
    def ids(self) -> list[str]:
        """Return the names of the ids in its path."""
        parts = (part for part in self.path.split("/") if part.startswith("<"))
        return [part.strip("<>").partition(":")[2] for part in parts]

    def takes_away(self, request: Request) -> bool:
        """Return whether a request takes away what cannot be had again."""
        return self.is_destructive(request) if callable(self.is_destructive) else self.is_destructive

    def topic_of(self, request: Request) -> Topic:
        """Return the line of the approval policy that a request comes under."""
        return self.topic(request) if callable(self.topic) else self.topic

    def changes_nothing(self, state: Snapshot, request: Request) -> bool:
        """Return whether a state shows the effect of a request already, so that no reading can verify it."""
        if not self.reads or not self.took_effect(state, state, request):
            return False
        return not self.projected_state(state, request).changed_since(state, compare_all_fields=self.compare_all_fields)

    def find_target(self, state: Snapshot, ids: Mapping[str, Any]) -> CommandTarget | None:
        """Return what the ids of a URL name, if the customer has it."""
        return next((target for target in self.targets(state) if target.ids == dict(ids)), None)

    def address(self, domain_id: int, ids: Mapping[str, Any] | None = None) -> str:
        """Return the URL of its form."""
        whose = {} if self.is_onboarding else {"domain_id": domain_id}
        return reverse(self.url_name, kwargs=whose | dict(ids or {}))

    def ask_again(self, domain_id: int, request: BaseModel, *, repeated: int) -> str:
        """Return the URL of its form, filled in with the same request; it names the operation that it repeats."""
        asked = dict(self.form.refill(request))
        ids = {name: asked.pop(name) for name in self.ids if name in asked}
        wish = {name: value for name, value in asked.items() if name in self.form.base_fields}
        query = urlencode(wish | {REPEATED: repeated}, doseq=True)
        return f"{self.address(domain_id, ids)}?{query}"

    def with_linked(self, request: Request, things: Sequence[Any]) -> list["Step"]:
        """Return the steps of a bundle: this one, and what goes along, before or after it."""
        step, linked = Step(self, request), self.linked_change
        if linked is None:
            return [step]
        other = COMMANDS[linked.kind]
        others = [Step(other, other.request.model_validate(linked.payload(thing, request))) for thing in things]
        return [*others, step] if linked.goes_first else [step, *others]


@dataclass(frozen=True)
class Step:
    """One change of a bundle: of what kind, and what is asked for."""

    write: Command[Any]
    request: BaseModel


@dataclass(frozen=True)
class CommandLink:
    """
    One command on a customer's page.

    Args:
        command: which.
        address: of its form.
        target: what it is about.
        reasons: why it cannot be asked for now; none if it can.
        is_read_only: whether the person may not request it at all.
        is_direct: whether there is nothing to choose, so that it leads straight to the review.
    """

    command: Command[Any]
    address: str
    target: CommandTarget = field(default_factory=CommandTarget)
    reasons: Sequence[str] = ()
    is_read_only: bool = False
    is_direct: bool = False

    @property
    def label(self) -> str | Promise:
        """What its button says."""
        return self.target.label or self.command.label

    @property
    def description(self) -> str | Promise:
        """What it does, a sentence."""
        return self.target.description or self.command.description


class Commands:
    """All commands by kind, in the order in which menus offer them."""

    def __init__(self) -> None:
        self._commands: dict[str, Command[Any]] = {}

    def register(self, *commands: Command[Any]) -> None:
        """
        Add commands.

        Raises:
            ValueError: one of that kind is there already.
        """
        for command in commands:
            if command.kind in self._commands:
                raise ValueError(f"two commands are called {command.kind}")
            self._commands[command.kind] = command

    def of(self, namespace: str) -> list[Command[Any]]:
        """Return the commands of an app, by the namespace of their URLs."""
        return [command for command in self if command.url_name.partition(":")[0] == namespace]

    def __contains__(self, kind: object) -> bool:
        return kind in self._commands

    def __getitem__(self, kind: str) -> Command[Any]:
        return self._commands[kind]

    def __iter__(self) -> Iterator[Command[Any]]:
        return iter(self._commands.values())


COMMANDS = Commands()


# Not in the rulebook: no page of LINE WORKS states it.
NOT_OFFERED = Rule("operation.retired", _("Partnerdesk no longer offers this type of request."), page="")


def write_of(operation: Operation) -> Command[Any]:
    """Return the command of an operation; one that refuses if nobody here understands its row any more."""
    snapshots = [operation.baseline, operation.before, operation.after]
    return _understood(operation.kind, operation.request, snapshots, operation.schema_version)


def write_of_step(stored: BundleStep) -> Command[Any]:
    """Return the same for a step of a bundle."""
    bundle = stored.bundle
    return _understood(stored.kind, stored.request, [bundle.baseline], bundle.schema_version)


def write_called(kind: str) -> Command[Any]:
    """Return a command by its kind; of a kind that Partnerdesk no longer offers, one that refuses."""
    return COMMANDS[kind] if kind in COMMANDS else _retired(kind)


def is_retired(command: Command[Any]) -> bool:
    """Tell whether a command only stands in for one that is gone."""
    return command.request is _AnyRequest


def _understood(kind: str, request: Any, snapshots: Sequence[Any], schema_version: int) -> Command[Any]:
    """Return the command of a row if its request and all that was read for it still fit their types."""
    command = write_called(kind)
    try:
        command.request.model_validate(request)
    except ValidationError:
        return _retired(kind)
    read = [Snapshot.from_json(kept) for kept in snapshots if kept]
    fits = schema_version <= SCHEMA_VERSION and all(snapshot.is_complete for snapshot in read)
    return command if fits else _retired(kind)


class _AnyRequest(RootModel[Any]):
    """A request whose form is no longer known."""


@cache
def _retired(kind: str) -> Command[_AnyRequest]:
    """Old operations of the kind can be looked at and settled; none is sent any more."""
    return Command(
        kind=kind,
        intent=Intent.DATA,
        topic=Topic.CUSTOMER,
        title=kind,
        label="",
        description="",
        icon="archive",
        permission="operations.settle_operation",
        url_name="",
        path="",
        form=CommandForm,
        request=_AnyRequest,
        reads=(),
        evaluate=lambda _state, _request, _today: Verdict(problems=(Problem(NOT_OFFERED),)),
        send=_send_nothing,
        took_effect=lambda _before, _after, _request: False,
        projected_state=lambda state, _request: state,
        summary=lambda _state, _request: "",
    )


def _send_nothing(_api: PartnerApi, _domain_id: int, _request: BaseModel) -> object:
    raise NotImplementedError("a kind of change that is not offered is refused before it is sent")
