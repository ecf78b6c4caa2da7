"""Access tokens: stored in one place, renewed by one caller at a time."""

from datetime import UTC, datetime
from typing import Protocol

from ._assumptions import WRITE_SCOPE
from ._service_account import AssertionSource, ServiceAccount
from ._token_endpoint import NoTokenError, TokenEndpoint, scopes
from ._tokens import Token, TokenStore
from ._user_account import RefreshSource, UserAccount

Account = ServiceAccount | UserAccount


class TokenSource(Protocol):
    """Where new tokens of an account come from."""

    @property
    def secrets(self) -> list[str]:
        """The lasting secrets, to be struck out of evidence."""
        ...

    def renew(self, kept: Token | None) -> Token:
        """Get a token in place of the one kept; raises NoTokenError."""
        ...


class Grant:
    """Hands out a token that lasts, and renews it when it doesn't."""

    def __init__(self, *, account: Account, endpoint: TokenEndpoint, store: TokenStore) -> None:
        self._scope = account.scope
        self._store = store
        self._source: TokenSource = (
            AssertionSource(account, endpoint)
            if isinstance(account, ServiceAccount)
            else RefreshSource(account, endpoint)
        )

    @property
    def asks_to_write(self) -> bool:
        """Whether the scope that is asked for covers changes."""
        return WRITE_SCOPE in scopes(self._scope)

    @property
    def secrets(self) -> list[str]:
        """The lasting secrets, to be struck out of evidence."""
        return self._source.secrets

    def token(self, *, rejected: Token | None = None) -> Token:
        """
        Return a token that lasts for another minute at least, as far as its answer told.

        Args:
            rejected: a token LINE WORKS has just refused; it isn't handed out again, however long it should
                last.

        Raises:
            NoTokenError: there is none to be had.
        """
        token = self._store.load()
        if token and _is_usable(token, rejected):
            return token
        with self._store.lock():
            # Somebody else may have renewed it while we waited for the lock.
            token = self._store.load()
            if token and _is_usable(token, rejected):
                return token
            return self._renew(token)

    def _renew(self, kept: Token | None) -> Token:
        try:
            token = self._source.renew(kept)
        except NoTokenError as error:
            if error.needs_sign_in and kept and kept.refresh_token:
                # So that not every call from now on asks LINE WORKS about a refresh token that is dead.
                self._store.save(kept.ended(datetime.now(UTC)))
            raise
        # Kept before it is used: with rotation the refresh token before it is good for nothing any more.
        self._store.save(token)
        return token


def _is_usable(token: Token, rejected: Token | None) -> bool:
    is_rejected = rejected is not None and token.access_token == rejected.access_token
    return not is_rejected and token.is_fresh(datetime.now(UTC))
