"""
The grant: how an access token is obtained from a service account, kept, and renewed by one caller at a time.

A fresh assertion always works, so refresh tokens are neither kept nor used; that also rules out every race
that rotation brings. Vendor page: auth-jwt
"""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import parse_qsl

import jwt
from oauthlib.oauth2 import ServiceApplicationClient
from oauthlib.oauth2.rfc6749.parameters import prepare_token_request
from pydantic import SecretStr
from requests import Response

from ._exchange import Striker
from ._inferred import TOKEN_LIFE_IF_UNTOLD, WRITE_SCOPE
from ._pace import retry_after
from ._wire import WireError, WireSession

Secret = SecretStr
"""A text that prints as asterisks; `get_secret_value()` gives it away."""

RENEW_BEFORE_END = timedelta(seconds=60)
"""A token this near its end is renewed first: it must outlive the call, and clocks differ a little."""

WORDS_LIMIT = 300
"""Characters kept of what the token endpoint says about a failure."""

ASSERTION_SECONDS = 600
"""Life of an assertion. The vendor allows 3,600; a tenth of an hour survives clock skew and is enough."""


@dataclass(frozen=True)
class ServiceAccount:
    """
    What the developer console hands out for one app. Vendor page: auth-jwt

    Attributes:
        client_id: Client ID.
        client_secret: Client Secret.
        service_account: the account's id, such as `ab1cd.serviceaccount@example.com`.
        private_key_pem: the private key, PKCS#8 PEM.
        scope: `partner` (read and write) or `partner.read`; several are separated by spaces.
    """

    client_id: str
    client_secret: Secret
    service_account: str
    private_key_pem: Secret
    scope: str = WRITE_SCOPE


@dataclass(frozen=True)
class Token:
    """
    An access token.

    Attributes:
        access_token: the secret itself.
        expires_at: when it ends (UTC).
        scope: what was granted, separated by spaces.
    """

    access_token: Secret
    expires_at: datetime
    scope: str

    @property
    def can_write(self) -> bool:
        """Whether the grant covers changes."""
        return WRITE_SCOPE in self.scope.split()

    def is_fresh(self, now: datetime) -> bool:
        """Whether the token lasts for another minute at least."""
        return now < self.expires_at - RENEW_BEFORE_END


class TokenStore(Protocol):
    """
    Where the token is kept, shared by all who use the same service account. What it raises passes through.
    """

    def load(self) -> Token | None:
        """Return the token last saved, None when there is none."""
        ...

    def save(self, token: Token) -> None:
        """Keep `token` in place of the one before."""
        ...

    def lock(self) -> AbstractContextManager[None]:
        """Return what is held while a token is renewed, so that only one caller does it."""
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


class NoTokenError(Exception):
    """
    No access token could be had, on its way to the caller within this package.

    Attributes:
        reason: what happened, for people; holds no secret.
        retry_after: seconds to wait first, None when nobody told.
    """

    def __init__(self, reason: str, *, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


class Grant:
    """
    Hands out a token that lasts, and renews it when it doesn't.

    Args:
        token_url: the token endpoint.
        open_session: makes a session for one call to it.
    """

    def __init__(
        self,
        *,
        token_url: str,
        account: ServiceAccount,
        store: TokenStore,
        open_session: Callable[[ServiceApplicationClient], WireSession],
    ) -> None:
        self._token_url = token_url
        self._account = account
        self._store = store
        self._open_session = open_session

    @property
    def asks_to_write(self) -> bool:
        """Whether the scope that is asked for covers changes."""
        return WRITE_SCOPE in _scopes(self._account.scope)

    @property
    def secrets(self) -> list[str]:
        """The lasting secrets, to be struck out of evidence."""
        return [
            self._account.client_secret.get_secret_value(),
            self._account.private_key_pem.get_secret_value(),
        ]

    def token(self, *, rejected: Token | None = None) -> Token:
        """
        Return a token that lasts for another minute at least, as far as its answer told.

        Args:
            rejected: a token the vendor has just refused; it isn't handed out again, however long it should
                last.

        Raises:
            NoTokenError: the token endpoint gave none.
        """
        token = self._store.load()
        if token and self._is_usable(token, rejected):
            return token
        with self._store.lock():
            # Somebody else may have renewed it while we waited for the lock.
            token = self._store.load()
            if token and self._is_usable(token, rejected):
                return token
            token = self._fetch()
            self._store.save(token)
            return token

    def _is_usable(self, token: Token, rejected: Token | None) -> bool:
        is_rejected = rejected is not None and token.access_token == rejected.access_token
        return not is_rejected and token.is_fresh(datetime.now(UTC))

    def _fetch(self) -> Token:
        asked_at = datetime.now(UTC)
        with self._open_session(_AssertionClient(self._account)) as session:
            session.register_compliance_hook("access_token_response", _checked)
            try:
                reply = session.fetch_token(
                    self._token_url,
                    include_client_id=True,
                    client_secret=self._account.client_secret.get_secret_value(),
                )
            except WireError as error:
                raise NoTokenError(f"no access token: {error.reason}") from None
        life = reply[_LIFE_KEY]
        return Token(
            access_token=Secret(reply["access_token"]),
            # Counted from before the request, so that a slow answer can't lengthen it.
            expires_at=asked_at + (TOKEN_LIFE_IF_UNTOLD if life is None else timedelta(seconds=life)),
            scope=reply[_GRANTED_KEY] or " ".join(_scopes(self._account.scope)),
        )


class _AssertionClient(ServiceApplicationClient):
    """
    A service application as the vendor wants it: an assertion of four claims, credentials in the body.

    The base class insists on an `aud` claim, which no vendor page knows.
    """

    def __init__(self, account: ServiceAccount) -> None:
        # The scope belongs on the client: one given to the session isn't sent with this grant type.
        super().__init__(account.client_id, scope=" ".join(_scopes(account.scope)))
        self._account = account

    def prepare_request_body(  # type: ignore[override]  # fetch_token passes keywords only, these among them
        self,
        *,
        body: str = "",
        client_secret: str | None = None,
        include_client_id: bool = True,
        **_unused: Any,
    ) -> str:
        return prepare_token_request(
            self.grant_type,
            body=body,
            include_client_id=include_client_id,
            client_id=self._account.client_id,
            client_secret=client_secret,
            assertion=self._assertion(),
            scope=self.scope,
        )

    def _assertion(self) -> str:
        now = int(time.time())
        claims = {
            "iss": self._account.client_id,
            "sub": self._account.service_account,
            "iat": now,
            "exp": now + ASSERTION_SECONDS,
        }
        try:
            return jwt.encode(claims, self._account.private_key_pem.get_secret_value(), algorithm="RS256")
        except (ValueError, TypeError, jwt.PyJWTError):
            pass
        # Raised out here: the library's own words may quote the key.
        raise NoTokenError("no access token: the private key can't be used; it must be an RSA key, PKCS#8 PEM")


# Under these names the checked reply passes oauthlib, which would raise on a scope that differs from the
# one asked for and on a life that isn't a whole number.
_GRANTED_KEY = "granted_scope"
_LIFE_KEY = "life_seconds"


def _checked(response: Response) -> Response:
    """
    Turn the token endpoint's reply into what oauthlib reads right, or say clearly what is wrong with it.

    oauthlib looks neither at the status nor at the vendor's own error shape (`code`, `description`).
    """
    try:
        reply = json.loads(response.content)
    except (ValueError, RecursionError):
        reply = None
    if response.status_code != HTTPStatus.OK or not isinstance(reply, dict) or not _is_token(reply):
        raise NoTokenError(_what_is_wrong(response, reply), retry_after=retry_after(response.headers))
    response._content = json.dumps(
        {
            "access_token": reply["access_token"],
            "token_type": "Bearer",
            _GRANTED_KEY: " ".join(_scopes(reply.get("scope"))),
            _LIFE_KEY: _seconds(reply.get("expires_in")),
        }
    ).encode()
    return response


def _is_token(reply: dict[str, Any]) -> bool:
    access_token, token_type = reply.get("access_token"), reply.get("token_type", "Bearer")
    is_bearer = isinstance(token_type, str) and token_type.lower() == "bearer"
    return "error" not in reply and isinstance(access_token, str) and bool(access_token) and is_bearer


def _what_is_wrong(response: Response, reply: Any) -> str:
    told = reply if isinstance(reply, dict) else {}
    words = [told.get("error") or told.get("code"), told.get("error_description") or told.get("description")]
    sent = dict(parse_qsl(str(response.request.body or "")))
    striker = Striker([sent[name] for name in ("client_secret", "assertion") if name in sent], told)
    said = striker.text(" ".join(str(word) for word in words if word))[:WORDS_LIMIT] or "without an explanation"
    return f"no access token: the token endpoint answered {response.status_code} {said}"


def _scopes(text: Any) -> list[str]:
    """Split scopes at spaces or commas: no page says which the vendor uses."""
    return str(text or "").replace(",", " ").split()


def _seconds(value: Any) -> int | None:
    """Read `expires_in`, which the vendor sends as text; None when it can't be read."""
    try:
        return max(0, int(float(value)))
    except (TypeError, ValueError, OverflowError):
        return None
