"""
The writes that the portal offers, each declared once by the app of its domain.

The engine owns what is the same for all of them: minting the operation, preview, confirmation, the claim, the check
for moved state, sending, reading back, settling. A new write is a declaration, a form, a rule and a test.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

from django.utils.functional import Promise
from pydantic import BaseModel

from portal.operations.readings import Readings
from portal.partner_api import PartnerApi
from portal.rulebook import Verdict
from portal.sync.resources import RESOURCES, Resource

Request = TypeVar("Request", bound=BaseModel)
# What stands for the domainId of a change that is about no customer yet.
NO_CUSTOMER = 0


@dataclass(frozen=True)
class Write(Generic[Request]):
    """
    One kind of change.

    Args:
        kind: the vendor's operationId.
        title: for people, a verb with its object.
        icon: its picture.
        permission: who may ask for it.
        request: the type of what is asked for, by the vendor's names of the parameters besides domainId and of the
            body's members, so that it can also be asked for by hand. Where the vendor wants a secret it takes text.
        judge: the rules: (state, request, today) → verdict.
        reads: the names of the resources that are read before sending and again afterwards; an app of a layer above may
            declare them. With nothing to read, a clear answer counts as done, and without one a person decides.
        send: makes the call, once; of the customer by domainId, or of ``NO_CUSTOMER``.
        took_effect: whether two readings, before and after, show that it happened.
        expected: the readings as they should be afterwards, for the preview.
        summary: one line that says what was asked for.
    """

    kind: str
    title: str | Promise
    icon: str
    permission: str
    request: type[Request]
    judge: Callable[[Readings, Request, date], Verdict]
    reads: tuple[str, ...]
    send: Callable[[PartnerApi, int, Request], object]
    took_effect: Callable[[Readings, Readings, Request], bool]
    expected: Callable[[Readings, Request], Readings]
    summary: Callable[[Readings, Request], str]

    @property
    def resources(self) -> tuple[Resource, ...]:
        """What is read before sending and again afterwards."""
        return tuple(RESOURCES[name] for name in self.reads)


class Writes:
    """All declared writes by kind."""

    def __init__(self) -> None:
        self._writes: dict[str, Write[Any]] = {}

    def declare(self, write: Write[Request]) -> Write[Request]:
        """Enter a write; kinds are unique."""
        if write.kind in self._writes:
            raise ValueError(f"two writes are called {write.kind}")
        self._writes[write.kind] = write
        return write

    def __contains__(self, kind: object) -> bool:
        return kind in self._writes

    def __getitem__(self, kind: str) -> Write[Any]:
        return self._writes[kind]

    def __iter__(self) -> Iterator[Write[Any]]:
        return iter(self._writes.values())


WRITES = Writes()
