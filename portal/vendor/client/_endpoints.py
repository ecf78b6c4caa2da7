"""
Declare an operation beside the method that offers it: name, HTTP method, path.

    @endpoint("getCustomer", "GET", "/partners/customers/{domainId}")
    def get_customer(self, domain_id: int) -> Customer:
        return self._one(Customer, self._ask("getCustomer", domainId=domain_id))

The table of all operations (`_operations.py`) is read off these notes, so that it can't differ from the code.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import index
from string import Formatter
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from ._bodies import Body
from ._pages import Page
from ._reading import Listing, Reader, Record
from ._shapes import next_cursor, one, rows
from ._transport import Answer, Call, Transport

F = TypeVar("F", bound=Callable[..., Any])
R = TypeVar("R", bound=Record)

QueryValue = str | int | None

# Path variables that hold text; every other one is a whole number. Vendor page: partner
_TEXT_IN_PATHS = frozenset({"domain", "optionProductId"})


@dataclass(frozen=True)
class Endpoint:
    """
    One operation on the wire.

    Attributes:
        operation: LINE WORKS's operationId.
        method: the HTTP method.
        path: the path below the API's base address, with LINE WORKS's names in braces.
        body: the kind of body it takes.
        changes: whether it changes anything at LINE WORKS.
        empty_statuses: the statuses that are promised without a body; none when a body is promised.
    """

    operation: str
    method: str
    path: str
    body: type[Body] | None
    changes: bool
    empty_statuses: frozenset[int]

    @property
    def path_names(self) -> tuple[str, ...]:
        """LINE WORKS's names of the variables in the path, in order."""
        return tuple(name for _, name, _, _ in Formatter().parse(self.path) if name)

    def address(self, pieces: Mapping[str, int | str], query: Mapping[str, QueryValue]) -> str:
        """
        Return path and query for a call. Query values of None are left out; a blank becomes %20.

        Raises:
            TypeError: a piece that is a number on the wire isn't a whole number.
            ValueError: a text can't stand in a path.
        """
        path = self.path.format_map({name: _piece(name, value) for name, value in pieces.items()})
        given = {name: value for name, value in query.items() if value is not None}
        return f"{path}?{urlencode(given, quote_via=quote, safe='')}" if given else path


ENDPOINTS: dict[str, Endpoint] = {}
"""Every operation that a method offers, by operationId."""


def endpoint(
    operation: str,
    method: str,
    path: str,
    *,
    body: type[Body] | None = None,
    changes: bool | None = None,
    empty: tuple[int, ...] = (),
) -> Callable[[F], F]:
    """
    Note that the decorated method offers this operation; the method itself stays as it is.

    Args: as of `Endpoint`; `changes` is true for everything but GET unless told.
    """
    noted = Endpoint(operation, method, path, body, method != "GET" if changes is None else changes, frozenset(empty))

    def note(function: F) -> F:
        ENDPOINTS[operation] = noted
        function.__dict__["endpoint"] = noted
        return function

    return note


class Group:
    """A group of operations: asks, and reads what comes back."""

    def __init__(self, transport: Transport, reader: Reader) -> None:
        self._transport = transport
        self._reader = reader

    def _ask(
        self,
        operation: str,
        *,
        query: Mapping[str, QueryValue] | None = None,
        body: Body | None = None,
        **pieces: int | str,
    ) -> Answer:
        asked = ENDPOINTS[operation]
        return self._transport.ask(
            Call(
                operation=operation,
                method=asked.method,
                path=asked.address(pieces, query or {}),
                body=body.to_vendor() if body else None,
                empty_statuses=asked.empty_statuses,
                secrets=body.secrets if body else (),
            )
        )

    def _one(self, kind: type[R], answer: Answer) -> R:
        return one(self._reader, answer, kind)

    def _listing(self, kind: type[R], answer: Answer, key: str) -> Listing[R]:
        listing = self._reader.listing(kind, rows(answer, key))
        listing.raw = answer.body
        return listing

    def _page(self, kind: type[R], answer: Answer, key: str) -> Page[R]:
        listing = self._reader.listing(kind, rows(answer, key))
        return Page(list(listing), listing.malformed, next_cursor(answer), answer.body)


def _piece(name: str, value: int | str) -> str:
    if name not in _TEXT_IN_PATHS:
        return str(index(value))  # type: ignore[arg-type]  # index() is there to refuse what isn't a whole number
    if not isinstance(value, str):
        raise TypeError(f"{name} is text, not {type(value).__name__}")
    # An encoded slash or dot is decoded by some servers on the way, and then names another resource.
    if not value.strip(".") or not value.isprintable() or set(value) & set("/\\"):
        raise ValueError(f"{name} can't be empty, dots alone, or hold a slash or a control character")
    return quote(value, safe="")
