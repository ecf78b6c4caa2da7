"""
Commands: the kinds of change that LINE WORKS allows, each declared once by its app.

The engine owns what is the same for all of them: review, confirmation, claim, the check for changes since the review,
sending and verification. A new command is a declaration, a form, a rule and a test.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from pydantic import BaseModel, ConfigDict

from portal.core.rules import Problem, Rule, Verdict
from portal.operations.derived_effects import Derived
from portal.operations.snapshots import Details, Snapshot
from portal.sync.resources import RESOURCES, Resource
from portal.vendor.client import Customer, PartnerApi

if TYPE_CHECKING:
    from portal.operations.models import Operation

Request = TypeVar("Request", bound=BaseModel)
# What stands for the domainId of a change that is about no customer yet.
NO_CUSTOMER = 0


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
        expected: the readings as they should be then.
    """

    words: str
    expected: Snapshot


@dataclass(frozen=True)
class Command(Generic[Request]):
    """
    One kind of change.

    Args:
        kind: LINE WORKS's operationId; where one operation of LINE WORKS's is several changes to people, with a word of
            ours behind a dot.
        title: for people, a verb with its object.
        icon: its picture.
        permission: who may ask for it.
        request: the type of what is asked for, by LINE WORKS's names of the parameters besides domainId and of the
            body's members, so that it can also be asked for by hand. Where LINE WORKS wants a secret it takes text.
        judge: the rules: (state, request, today) → verdict.
        reads: the names of the resources that are read before sending and again afterwards; an app of a layer above may
            declare them. With nothing to read, a clear answer counts as done, and without one a person decides.
        send: makes the call, once, with what ``completed`` returned; of the customer by domainId, or of
            ``NO_CUSTOMER``.
        took_effect: whether two readings, before and after, show that it happened.
        expected: the readings as they should be afterwards, for the preview.
        summary: one line that says what was asked for.
        completed: what is sent, from the reading before sending and the request, where LINE WORKS has to be given more
            than was asked for; the request itself if not declared. What it takes from the reading must be among what
            the stale check compares.
        compare_all_fields: return the resources, by name, of which the request depends on every field, so that any
            change in them makes it stale.
        ends_customer: whether it is meant to leave LINE WORKS without the customer: to be told that there is none is
            then what was to be seen.
        find: where the change is about no customer yet, reads by the domain name that it is about which customers have
            it by now; once it is seen, the operation is that customer's.
        outcome: which of several things happened, from the readings before and after, where LINE WORKS decides that.
        is_destructive: it takes away what cannot be had again; for some requests only, if it is a function of them. The
            approval policy can ask for a second person for all that is grave.
        licenses_added: how many licenses more the customer holds by it, from the state before and the request. The
            approval policy can ask for a second person above a number of them.
        undo: the change that takes this one back, by its kind, from the readings before and after; None where the
            vendor offers no way back. A bundle that stopped half-way is put back by these.
        derived: what else may change along with it. That is read too once the effect is seen, so that the next order is
            judged by it, and is no news from outside.
    """

    kind: str
    title: str | Promise
    icon: str
    permission: str
    request: type[Request]
    judge: Callable[[Snapshot, Request, date], Verdict]
    reads: tuple[str, ...]
    send: Callable[[PartnerApi, int, Any], object]
    took_effect: Callable[[Snapshot, Snapshot, Request], bool]
    expected: Callable[[Snapshot, Request], Snapshot]
    summary: Callable[[Snapshot, Request], str]
    completed: Callable[[Snapshot, Request], BaseModel] = _as_asked_for
    compare_all_fields: Details = field(default_factory=dict)
    ends_customer: bool = False
    find: Callable[[PartnerApi, str], Sequence[Customer]] | None = None
    outcome: Callable[[Snapshot, Snapshot], Outcome] | None = None
    is_destructive: bool | Callable[[Request], bool] = False
    licenses_added: Callable[[Snapshot, Request], int] = _adds_none
    undo: Callable[[Snapshot, Snapshot, Request], tuple[str, BaseModel] | None] = _has_no_way_back
    derived: tuple[Derived, ...] = ()

    def takes_away(self, request: Request) -> bool:
        """Return whether a request takes away what cannot be had again."""
        return self.is_destructive(request) if callable(self.is_destructive) else self.is_destructive

    def changes_nothing(self, state: Snapshot, request: Request) -> bool:
        """Return whether a state shows the effect of a request already, so that no reading can verify it."""
        if not self.reads or not self.took_effect(state, state, request):
            return False
        return not self.expected(state, request).changed_since(state, compare_all_fields=self.compare_all_fields)

    @property
    def operation(self) -> str:
        """LINE WORKS's operationId."""
        return self.kind.partition(".")[0]

    @property
    def resources(self) -> tuple[Resource, ...]:
        """What is read before sending and again afterwards."""
        return tuple(RESOURCES[name] for name in self.reads)


class Writes:
    """All declared writes by kind."""

    def __init__(self) -> None:
        self._writes: dict[str, Command[Any]] = {}

    def declare(self, write: Command[Request]) -> Command[Request]:
        """Enter a write; kinds are unique."""
        if write.kind in self._writes:
            raise ValueError(f"two writes are called {write.kind}")
        self._writes[write.kind] = write
        return write

    def __contains__(self, kind: object) -> bool:
        return kind in self._writes

    def __getitem__(self, kind: str) -> Command[Any]:
        return self._writes[kind]

    def __iter__(self) -> Iterator[Command[Any]]:
        return iter(self._writes.values())


COMMANDS = Writes()


def write_of(operation: "Operation") -> Command[Any]:
    """Return the command of an operation; of a kind that Partnerdesk no longer offers, one that refuses."""
    return COMMANDS[operation.kind] if operation.kind in COMMANDS else _retired(operation.kind)


class _AnyRequest(BaseModel):
    """A request whose form is no longer known."""

    model_config = ConfigDict(frozen=True, extra="allow", hide_input_in_errors=True)


@cache
def _retired(kind: str) -> Command[_AnyRequest]:
    """Old operations of the kind can be looked at and settled; none is sent any more."""
    not_offered = Rule("operation.retired", _("The portal does not offer this kind of change any more."), page="")
    return Command(
        kind=kind,
        title=kind,
        icon="archive",
        permission="operations.settle_operation",
        request=_AnyRequest,
        judge=lambda _state, _request, _today: Verdict(problems=(Problem(not_offered),)),
        reads=(),
        send=_send_nothing,
        took_effect=lambda _before, _after, _request: False,
        expected=lambda state, _request: state,
        summary=lambda _state, _request: "",
    )


def _send_nothing(_api: PartnerApi, _domain_id: int, _request: BaseModel) -> object:
    raise NotImplementedError("a kind of change that is not offered is refused before it is sent")
