"""The words between the HTTP server and the operations: a call, its answer, an operation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from .errors import not_exist
from .state import State


@dataclass(frozen=True, slots=True)
class Call:
    """
    One call of one operation, after its token and its limit were checked.

    `operation` is the name under which effects go into the ledger. `writes` tells that the operation may change
    something. `repeat_row` asks the customers listing to begin with the row that ended the page before.
    """

    state: State
    operation: str
    today: date
    path: Mapping[str, str]
    query: Mapping[str, str]
    raw_query: str = ""
    body: object = None
    writes: bool = False
    repeat_row: bool = False

    def record_effect(self, domain_id: int, what: Mapping[str, object]) -> None:
        """Write into the ledger what this call changed, in the transaction of the change."""
        self.state.record_effect(self.operation, domain_id, what)


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful answer; `body` None means none is sent."""

    status: int
    body: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """One of the vendor's operations: its operationId, where it is served, and the function that does it."""

    id: str
    method: str
    path: str
    do: Callable[[Call], Answer]
    has_body: bool = False

    @property
    def writes(self) -> bool:
        """Every operation that isn't a GET lists the scope `partner` alone."""
        return self.method != "GET"


def path_id(call: Call, name: str, resource: str) -> int:
    """
    Read a whole number from the path.

    Raises:
        Refusal: 404, as whatever can't be an id can't exist either.
    """
    value = call.path[name]
    if not (value.isascii() and value.isdigit() and len(value) <= 18):
        raise not_exist(resource, value)
    return int(value)
