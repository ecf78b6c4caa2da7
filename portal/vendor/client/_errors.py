"""Errors of calls, by what to do next. The tree is in the package's docstring."""

import copyreg
import re
from enum import StrEnum
from typing import Any

from ._exchange import Exchange


class PartnerApiError(Exception):
    """
    A call to LINE WORKS that didn't bring its answer.

    Attributes:
        operation: LINE WORKS's operationId.
        reason: what happened, for people; holds no secret.
        exchange: what was sent and what came; None when no HTTP call was made.
    """

    def __init__(self, operation: str, reason: str, *, exchange: Exchange | None = None) -> None:
        super().__init__(f"{operation}: {reason}")
        self.operation = operation
        self.reason = reason
        self.exchange = exchange

    def __reduce__(self) -> tuple[Any, ...]:
        # The default would call the class with the message alone, which no class here accepts.
        return copyreg.__newobj__, (type(self), *self.args), self.__dict__  # type: ignore[attr-defined]


class RefusedKind(StrEnum):
    """Why LINE WORKS said no, as far as its status and code tell."""

    INVALID = "invalid"
    LIMIT = "limit"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not found"
    ALREADY_EXISTS = "already exists"
    CONFLICT = "conflict"
    DELETED = "deleted"
    READ_ONLY = "read only"
    OTHER = "other"


READ_ONLY_GRANT = "READ_ONLY_GRANT"
"""The code of a refusal of our own: a write was asked for and the grant allows reading alone."""

_KIND_BY_CODE = {
    "LIMIT_EXCEEDED": RefusedKind.LIMIT,
    "OUT_OF_RANGE": RefusedKind.LIMIT,
    "NOT_FOUND": RefusedKind.NOT_FOUND,
    "ALREADY_EXIST": RefusedKind.ALREADY_EXISTS,
    "DELETED": RefusedKind.DELETED,
    READ_ONLY_GRANT: RefusedKind.READ_ONLY,
}
_KIND_BY_TEMPLATE = (
    # INVALID_PARAMETER is a code of its own, about no resource.
    (re.compile(r"INVALID_(?P<resource>(?!PARAMETER$).+)"), RefusedKind.INVALID),
    (re.compile(r"(?P<resource>.+)_NOT_EXIST"), RefusedKind.NOT_FOUND),
    (re.compile(r"(?P<resource>.+)_ALREADY_EXIST"), RefusedKind.ALREADY_EXISTS),
)
_KIND_BY_STATUS = {
    400: RefusedKind.INVALID,
    401: RefusedKind.UNAUTHORIZED,
    403: RefusedKind.FORBIDDEN,
    404: RefusedKind.NOT_FOUND,
    409: RefusedKind.CONFLICT,
    410: RefusedKind.DELETED,
}


class Refused(PartnerApiError):
    """
    LINE WORKS said no: nothing happened, and asking again brings the same answer.

    Attributes:
        status: the HTTP status; None when the call was refused here, before it was sent.
        code: LINE WORKS's code, empty when the answer held none.
        description: LINE WORKS's words, for people; empty when there were none.

    Vendor page: error-codes
    """

    def __init__(
        self,
        operation: str,
        *,
        status: int | None,
        code: str,
        description: str,
        exchange: Exchange | None = None,
    ) -> None:
        words = " ".join(str(part) for part in (status, code, description and f"({description})") if part)
        super().__init__(operation, f"refused: {words}", exchange=exchange)
        self.status = status
        self.code = code
        self.description = description

    @property
    def kind(self) -> RefusedKind:
        """Why it was refused: by the code where it says more than the status, else by the status."""
        if self.code in _KIND_BY_CODE:
            return _KIND_BY_CODE[self.code]
        for template, kind in _KIND_BY_TEMPLATE:
            if template.fullmatch(self.code):
                return kind
        return _KIND_BY_STATUS.get(self.status or 0, RefusedKind.OTHER)

    @property
    def resource(self) -> str | None:
        """The RESOURCE of codes like `INVALID_{RESOURCE}` or `{RESOURCE}_NOT_EXIST`, None for other codes."""
        for template, _ in _KIND_BY_TEMPLATE:
            if match := template.fullmatch(self.code):
                return match["resource"]
        return None


class NotSent(PartnerApiError):
    """
    LINE WORKS never took the call up: nothing happened, and asking again later is safe.

    Attributes:
        retry_after: seconds to wait first, None when nobody told.
    """

    def __init__(
        self,
        operation: str,
        reason: str,
        *,
        retry_after: float | None = None,
        exchange: Exchange | None = None,
    ) -> None:
        super().__init__(operation, reason, exchange=exchange)
        self.retry_after = retry_after


class GrantEnded(NotSent):
    """
    There is no grant to call with, and a program can't get one: a person must sign in at LINE WORKS again.

    Asking again is safe as after any NotSent, and of use once somebody has signed in.
    """


class NoClearAnswer(PartnerApiError):
    """
    The call left and no answer that can be trusted came back: it may have happened. Read before anything
    else.

    Attributes:
        status: the HTTP status if one arrived, else None.
    """

    def __init__(
        self, operation: str, reason: str, *, status: int | None = None, exchange: Exchange | None = None
    ) -> None:
        super().__init__(operation, reason, exchange=exchange)
        self.status = status
