"""
Tokens and codes as they are kept: of each only its hash, in the database, so that they outlive a restart.

Every API call asks for its access token, so those that were seen are remembered in memory too.
"""

import hashlib
import secrets
import time
from dataclasses import dataclass

from .state import State

ACCESS, REFRESH, CODE = "access", "refresh", "code"

# Rows that have expired are kept for a while, so that an answer can tell "expired" from "unknown".
_KEPT_SECONDS = 86_400
_MOST_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Found:
    """What is known of a token. Times are UNIX seconds."""

    grant_id: str
    scope: str
    redirect_uri: str | None
    expires_at: float

    @property
    def is_alive(self) -> bool:
        """Whether it has not expired."""
        return time.time() < self.expires_at


class TokenRows:
    """The table of tokens. Whatever writes runs inside a transaction of the caller's."""

    def __init__(self, state: State) -> None:
        self._db = state.db
        self._remembered: dict[bytes, Found] = {}

    def issue(self, use: str, grant_id: str, scope: str, seconds: int, redirect_uri: str | None = None) -> str:
        """Make a token or a code that lasts for so many seconds."""
        now = time.time()
        token = secrets.token_urlsafe(32)
        self._db.execute("DELETE FROM tokens WHERE expires_at <= ?", (now - _KEPT_SECONDS,))
        self._db.execute(
            "INSERT INTO tokens (token_hash, use, grant_id, scope, redirect_uri, expires_at) VALUES (?, ?, ?, ?, ?, ?)",
            (_hash(token), use, grant_id, scope, redirect_uri, now + seconds),
        )
        return token

    def find(self, use: str, token: str) -> Found | None:
        """Look a token up, an expired one too; None when there is none."""
        row = self._db.execute(
            "SELECT grant_id, scope, redirect_uri, expires_at FROM tokens WHERE token_hash = ? AND use = ?",
            (_hash(token), use),
        ).fetchone()
        return Found(*row) if row else None

    def find_access(self, token: str) -> Found | None:
        """Look an access token up, as each API call does."""
        key = _hash(token)
        found = self._remembered.get(key)
        if found is None and (found := self.find(ACCESS, token)):
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[key] = found
        return found

    def end(self, token: str) -> None:
        """End one token."""
        self._remembered.clear()
        self._db.execute("DELETE FROM tokens WHERE token_hash = ?", (_hash(token),))

    def end_grant(self, grant_id: str) -> None:
        """End everything that was given out on one consent or assertion."""
        self._remembered.clear()
        self._db.execute("DELETE FROM tokens WHERE grant_id = ?", (grant_id,))

    def end_all(self) -> None:
        """End every token and code."""
        self._remembered.clear()
        self._db.execute("DELETE FROM tokens")

    def expire_access(self) -> None:
        """Let every access token expire now."""
        self._remembered.clear()
        now = time.time()
        self._db.execute("UPDATE tokens SET expires_at = ? WHERE use = ? AND expires_at > ?", (now, ACCESS, now))


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", errors="surrogatepass")).digest()
