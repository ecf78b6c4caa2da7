"""
Store of the grant: one encrypted row that all processes share.

Each process caches the token for a moment. The process that renews it holds a PostgreSQL advisory lock, outside any
transaction, and reads the row again under it.
"""

import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta

import structlog

from portal.core.clock import now
from portal.core.encryption import CannotUnseal, seal, unseal
from portal.core.locks import LockTaken, lock
from portal.vendor.client import NotSent, Secret, Token
from portal.vendor.connection.models import Grant

log = structlog.get_logger(__name__)

PURPOSE = "grant"
# For as long a process may go on with a token after another has taken its place. LINE WORKS would refuse it, and that
# alone leads to the new one; yet a scope that has become wider would go unnoticed.
REMEMBERED_SECONDS = 15.0
# Longer than a renewal can take: five seconds to connect, thirty for the answer.
LONGEST_WAIT = timedelta(seconds=45)


class KeptTokens:
    """
    The token of one account, as ``PartnerApi`` wants it kept.

    Args:
        account: names the account; another name is another grant.
    """

    def __init__(self, account: str) -> None:
        self.account = account
        self._remembered: tuple[Token, float] | None = None
        self._thread = threading.local()

    def load(self) -> Token | None:
        """Return the token; from memory, unless this thread holds the lock."""
        remembered = self._remembered
        if remembered and time.monotonic() < remembered[1] and not getattr(self._thread, "holds_lock", False):
            return remembered[0]
        row = Grant.objects.filter(account=self.account).first()
        token = opened(row) if row else None
        self._remember(token)
        return token

    def save(self, token: Token) -> None:
        """Keep the token in place of the one before."""
        Grant.objects.update_or_create(
            account=self.account,
            defaults={
                "sealed_access": _sealed(token.access_token),
                "sealed_refresh": _sealed(token.refresh_token),
                "scope": token.scope,
                "expires_at": token.expires_at,
                "refresh_issued_at": token.refresh_issued_at,
                "renewed_at": now(),
            },
        )
        self._remember(token)

    def forget(self) -> None:
        """Keep no token any more."""
        Grant.objects.filter(account=self.account).delete()
        self._remember(None)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """
        Hold the lock of this grant among all processes.

        Raises:
            NotSent: the lock is held for too long.
        """
        number = zlib.crc32(self.account.encode()) % 2**31
        with ExitStack() as at_the_end:
            try:
                at_the_end.enter_context(lock("grant", number, seconds=LONGEST_WAIT.total_seconds()))
            except LockTaken:
                raise NotSent("token", "not sent: another process is renewing the access token, without end") from None
            self._thread.holds_lock = True
            try:
                yield
            finally:
                self._thread.holds_lock = False

    def _remember(self, token: Token | None) -> None:
        self._remembered = (token, time.monotonic() + REMEMBERED_SECONDS) if token else None


def opened(row: Grant) -> Token | None:
    """Return the token that a row holds; None when it holds none, or none that can be read any more."""
    if not row.sealed_access or row.expires_at is None:
        return None
    try:
        access_token, refresh_token = _opened(row.sealed_access), _opened(row.sealed_refresh)
    except CannotUnseal as error:
        log.warning("the grant cannot be read", problem=str(error))
        return None
    if access_token is None:
        return None
    return Token(access_token, row.expires_at.astimezone(UTC), row.scope, refresh_token, _utc(row.refresh_issued_at))


def _sealed(secret: Secret | None) -> bytes:
    return seal(secret.get_secret_value(), purpose=PURPOSE) if secret else b""


def _opened(sealed: bytes | memoryview) -> Secret | None:
    return Secret(unseal(sealed, purpose=PURPOSE).decode()) if sealed else None


def _utc(moment: datetime | None) -> datetime | None:
    return moment.astimezone(UTC) if moment else None
