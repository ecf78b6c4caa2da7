"""Tokens, and the interface of the store that keeps them."""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from pydantic import SecretStr

from ._assumptions import WRITE_SCOPE

Secret = SecretStr
"""A text that prints as asterisks; `get_secret_value()` gives it away."""

RENEW_BEFORE_END = timedelta(seconds=60)
"""A token this near its end is renewed first: it must outlive the call, and clocks differ a little."""

REFRESH_LIFE = timedelta(days=90)
"""Life of a refresh token, counted from its issue and not from its last use. Vendor page: auth-oauth"""


@dataclass(frozen=True)
class Token:
    """
    An access token, and for a user account what renews it.

    Attributes:
        access_token: the secret itself.
        expires_at: when it ends (UTC).
        scope: what was granted, separated by spaces; may be narrower than what was asked for.
        refresh_token: what a user account renews it with. None for a service account, and once LINE WORKS has
            turned it down.
        refresh_issued_at: when the refresh token was issued (UTC). A renewal without rotation keeps it.
    """

    access_token: Secret
    expires_at: datetime
    scope: str
    refresh_token: Secret | None = None
    refresh_issued_at: datetime | None = None

    @property
    def can_write(self) -> bool:
        """Whether the grant covers changes."""
        return WRITE_SCOPE in self.scope.split()

    @property
    def refresh_ends_at(self) -> datetime | None:
        """When a person has to sign in again at the latest; None without a refresh token."""
        return self.refresh_issued_at + REFRESH_LIFE if self.refresh_token and self.refresh_issued_at else None

    def is_fresh(self, now: datetime) -> bool:
        """Whether the token lasts for another minute at least."""
        return now < self.expires_at - RENEW_BEFORE_END

    def ended(self, now: datetime) -> "Token":
        """Return what is left of it once LINE WORKS has turned its refresh token down: nothing usable."""
        return replace(self, refresh_token=None, expires_at=min(self.expires_at, now))


class TokenStore(Protocol):
    """
    Where the token is kept, shared by all who use the same account. What it raises passes through.
    """

    def load(self) -> Token | None:
        """
        Return the token last saved, None when there is none.

        A store may answer from memory; to whoever holds `lock()` it answers what is true now.
        """
        ...

    def save(self, token: Token) -> None:
        """Keep `token` in place of the one before. It is not used before this has returned."""
        ...

    def lock(self) -> AbstractContextManager[None]:
        """
        Return what is held while a token is renewed, so that only one caller of all processes does it.

        With rotation a refresh token is good for one use: a second caller who used it too would end the grant.
        """
        ...


class MemoryTokens:
    """A token store for one process."""

    def __init__(self) -> None:
        self._token: Token | None = None
        self._lock = threading.Lock()

    def load(self) -> Token | None:
        """Return the token last saved."""
        return self._token

    def save(self, token: Token) -> None:
        """Keep `token`."""
        self._token = token

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold a lock among the threads of this process."""
        with self._lock:
            yield
