"""
Faults on order: what can go wrong between a client and the vendor, when, and how often.

A fault belongs to one operation, to "*" (every operation of the API) or to "token" (the token endpoint, which
"*" leaves out). It strikes `count` times, 0 for ever, each call with `probability`. Three strike no call: the clock
meets `skip_apply_date` and `lose_apply_date`, and `refuse_connection` shuts the port at once, for `seconds`.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from .errors import Refusal, bad_request, too_many_requests, unauthorized

TOKEN = "token"  # noqa: S105  the name of an endpoint
EVERY_OPERATION = "*"

LATENCY = "latency"  # the work is done at once, its answer comes `seconds` later
HANG = "hang"  # no work, no answer, until `seconds` have passed or the client leaves; then the connection is cut
TOO_MANY = "too_many"  # back in `seconds`
HTML = "html"
CUT_BEFORE = "cut_before"
HTML_AFTER = "html_after"
TRUNCATED_JSON = "truncated_json"
EMPTY = "empty"
WRONG_CONTENT_TYPE = "wrong_content_type"  # the answer, as text/plain
CUT_AFTER = "cut_after"
FORGET_AFTER = "forget_after"
UNKNOWN_VALUE = "unknown_value"
EXTRA_FIELD = "extra_field"
MISSING_FIELD = "missing_field"
DUPLICATE_ROW = "duplicate_row"
REPEAT_CURSOR = "repeat_cursor"
TOKEN_EXPIRED = "token_expired"  # noqa: S105  from this call on, for every access token
TOKEN_REVOKED = "token_revoked"  # noqa: S105  refresh tokens too
SKIP_APPLY_DATE = "skip_apply_date"  # the clock passes over what the operation scheduled; it happens a day later
LOSE_APPLY_DATE = "lose_apply_date"  # what the operation scheduled vanishes on its day, and nothing happens
REFUSE_CONNECTION = "refuse_connection"

# These answer in place of the operation, which does nothing.
REFUSALS: dict[str, Callable[[], Refusal]] = {
    "error_400": lambda: bad_request("a fault was ordered"),
    "error_500": lambda: Refusal(500, "INTERNAL_SERVER_ERROR", "a fault was ordered"),
    "error_503": lambda: Refusal(503, "SERVICE_UNAVAILABLE", "a fault was ordered"),
    TOO_MANY: too_many_requests,
    "unauthorized": lambda: unauthorized("a fault was ordered", error="invalid_token"),
}
INSTEAD = frozenset({HANG, HTML, CUT_BEFORE, *REFUSALS})
# These need a page that was reached by a cursor.
OF_NEXT_PAGES = frozenset({DUPLICATE_ROW, REPEAT_CURSOR})
PAGED = frozenset({"listCustomers", "listInvoiceDetails"})
OF_TOKENS = frozenset({TOKEN_EXPIRED, TOKEN_REVOKED})
AFTERWARDS = frozenset(
    {
        HTML_AFTER, TRUNCATED_JSON, EMPTY, WRONG_CONTENT_TYPE, CUT_AFTER, FORGET_AFTER, UNKNOWN_VALUE, EXTRA_FIELD,
        MISSING_FIELD,
    }
)  # fmt: skip
OF_THE_CLOCK = frozenset({SKIP_APPLY_DATE, LOSE_APPLY_DATE})
OF_NO_CALL = OF_THE_CLOCK | {REFUSE_CONNECTION}
NAMES = frozenset({LATENCY}) | INSTEAD | AFTERWARDS | OF_NEXT_PAGES | OF_TOKENS | OF_NO_CALL


@dataclass(slots=True)
class Fault:
    """One order. `left` None means for ever; `seconds` counts for latency, hang, too_many and refuse_connection.

    `domain_id` is for what the clock meets: the one customer that is meant, None for whichever comes first.
    """

    operation: str
    name: str
    left: int | None
    probability: float
    seconds: float | None
    chance: random.Random = field(default_factory=random.Random, repr=False)
    domain_id: int | None = None

    def strikes(self, operation: str, *, on_next_page: bool = False) -> bool:
        """Say whether it strikes what the operation does, and count it if so."""
        if self.left == 0 or not self._concerns(operation):
            return False
        if self.name in OF_NEXT_PAGES and not on_next_page:
            return False
        if self.probability < 1 and self.chance.random() >= self.probability:
            return False
        if self.left is not None:
            self.left -= 1
        return True

    def _concerns(self, operation: str) -> bool:
        return self.operation == operation or (self.operation == EVERY_OPERATION and operation != TOKEN)

    def as_json(self) -> dict[str, object]:
        """Describe the order to the control interface; a count of 0 means for ever there."""
        told: dict[str, object] = {
            "operation": self.operation,
            "fault": self.name,
            "count": self.left or 0,
            "probability": self.probability,
            "seconds": self.seconds,
        }
        return told if self.domain_id is None else told | {"domainId": self.domain_id}


@dataclass(frozen=True, slots=True)
class Struck:
    """What befalls one call: at most one fault by name, and a delay in seconds on top."""

    name: str | None = None
    seconds: float | None = None
    delay: float = 0.0


NOTHING = Struck()


class Faults:
    """The orders in force. Chance is drawn from `seed`, so that a run can be repeated."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._ordered = 0
        self._orders: list[Fault] = []

    def add(
        self,
        operation: str,
        name: str,
        *,
        count: int = 1,
        probability: float = 1.0,
        seconds: float | None = None,
        seed: int | None = None,
        domain_id: int | None = None,
    ) -> Fault:
        """Order a fault: `count` 0 for ever; `seed` replaces the one drawn from the sandbox's own."""
        self._ordered += 1
        chance = random.Random(f"{self._seed}:{self._ordered}" if seed is None else seed)  # noqa: S311  no secret
        fault = Fault(operation, name, count or None, probability, seconds, chance, domain_id)
        self._orders.append(fault)
        return fault

    def clear(self) -> None:
        """Withdraw every order."""
        self._orders.clear()
        self._ordered = 0

    def in_force(self) -> list[Fault]:
        """Give the orders that can still strike, oldest first."""
        return list(self._orders)

    def draw(self, operation: str, *, on_next_page: bool = False) -> Struck:
        """Decide what befalls a call. Delays add up; of other orders the oldest strikes, the rest wait."""
        if not self._orders:
            return NOTHING
        name, seconds, delay = None, None, 0.0
        for fault in self._orders:
            if fault.name in OF_NO_CALL or (fault.name != LATENCY and name is not None):
                continue
            if not fault.strikes(operation, on_next_page=on_next_page):
                continue
            if fault.name == LATENCY:
                delay += fault.seconds or 0.0
            else:
                name, seconds = fault.name, fault.seconds
        self._forget_spent()
        return Struck(name, seconds, delay)

    def skips(self, operation: str, domain_id: int) -> bool:
        """Say whether the clock passes over something that this operation has scheduled, and count it if so."""
        return self._meets(SKIP_APPLY_DATE, operation, domain_id)

    def loses(self, operation: str, domain_id: int) -> bool:
        """Say whether something that this operation has scheduled vanishes on its day, and count it if so."""
        return self._meets(LOSE_APPLY_DATE, operation, domain_id)

    def _meets(self, name: str, operation: str, domain_id: int) -> bool:
        met = any(
            fault.name == name and fault.domain_id in (None, domain_id) and fault.strikes(operation)
            for fault in self._orders
        )
        self._forget_spent()
        return met

    def _forget_spent(self) -> None:
        self._orders = [fault for fault in self._orders if fault.left != 0]
