"""
The token endpoint and the check of access tokens.

The JWT bearer grant (RFC 7523) as the vendor's pages `auth-jwt` and `auth-oauth` and its official samples
have it: client id and secret in the body, claims `iss`, `sub`, `iat`, `exp`, an `expires_in` that is a
string. Of a token only its hash is kept.
"""

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Mapping
from typing import Any

import jwt

from .config import Config
from .errors import Refusal, insufficient_scope, unauthorized
from .state import State

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
REFRESH_SECONDS = 90 * 86_400
LONGEST_ASSERTION = 3600  # seconds between `iat` and `exp`
CLOCK_SKEW = 30  # seconds that a client's clock may be ahead
WRITE, READ = "partner", "partner.read"

_BEARER = re.compile(r"Bearer ([A-Za-z0-9._~+/-]+=*)")


class OAuthRefusal(Refusal):
    """A refusal of the token endpoint, in the words of RFC 6749, section 5.2."""

    def body(self) -> dict[str, object]:
        """Give the JSON body of the answer."""
        return {"error": self.code, "error_description": self.description}


def _invalid_request(why: str) -> OAuthRefusal:
    return OAuthRefusal(400, "invalid_request", why)


def _invalid_grant(why: str) -> OAuthRefusal:
    return OAuthRefusal(400, "invalid_grant", why)


class TokenDesk:
    """Gives out tokens and knows them again, also after a restart."""

    def __init__(self, config: Config, state: State) -> None:
        self._config = config
        self._state = state

    def grant(self, form: Mapping[str, str], headers: Mapping[str, str]) -> dict[str, Any]:
        """
        Answer a token request. Writes tokens, so it runs inside a transaction.

        Raises:
            OAuthRefusal: the request isn't good for a token.
        """
        self._check_client(form, headers)
        grant_type = form.get("grant_type", "")
        if grant_type == JWT_BEARER:
            scope = _read_scope(form)
            self._check_assertion(form.get("assertion", ""))
            refresh_token = self._issue("refresh", scope, REFRESH_SECONDS)
            return self._answer(scope) | {"refresh_token": refresh_token}
        if grant_type == "refresh_token":
            # Refresh token rotation is off, as it is for a new application: the old refresh token stays in
            # use.
            return self._answer(self._scope_of_refresh_token(form.get("refresh_token", "")))
        if not grant_type:
            raise _invalid_request("grant_type is required")
        raise OAuthRefusal(400, "unsupported_grant_type", "grant_type must be jwt-bearer or refresh_token")

    def authorise(self, headers: Mapping[str, str], *, writes: bool) -> None:
        """
        Check the access token of an API call.

        Raises:
            Refusal: 401 for a missing or useless token, 403 for one whose scope allows reading only.
        """
        given = headers.get("Authorization")
        if given is None:
            raise unauthorized("an access token is required", error=None)
        match = _BEARER.fullmatch(given)
        if match is None:
            raise unauthorized("write the header as Bearer, one space, the token", error="invalid_request")
        scope = self._scope_of("access", match[1])
        if scope is None:
            raise unauthorized("the access token is unknown or has expired", error="invalid_token")
        if writes and WRITE not in scope.split():
            raise insufficient_scope(WRITE)

    def _check_client(self, form: Mapping[str, str], headers: Mapping[str, str]) -> None:
        if "Authorization" in headers:
            challenge = {"WWW-Authenticate": 'Basic realm="token"'}
            raise OAuthRefusal(401, "invalid_client", "client id and secret belong in the body", challenge)
        known_id = hmac.compare_digest(_bytes(form.get("client_id", "")), _bytes(self._config.client_id))
        known_secret = hmac.compare_digest(_bytes(form.get("client_secret", "")), _bytes(self._config.client_secret))
        if not (known_id and known_secret):
            raise OAuthRefusal(401, "invalid_client", "unknown client id or wrong secret")

    def _check_assertion(self, assertion: str) -> None:
        if not assertion:
            raise _invalid_request("assertion is required")
        try:
            # Times and names are checked below: the library takes numbers in strings, the vendor does not.
            claims = jwt.decode(
                assertion,
                self._config.public_key,
                algorithms=["RS256"],
                options={
                    "verify_aud": False, "verify_exp": False, "verify_iat": False, "verify_nbf": False,
                    "verify_iss": False, "verify_sub": False, "verify_jti": False,
                },
            )  # fmt: skip
        except jwt.InvalidTokenError as error:
            raise _invalid_grant(f"the assertion can't be accepted: {error}") from error
        if claims.get("iss") != self._config.client_id:
            raise _invalid_grant("iss must be the client id")
        if claims.get("sub") != self._config.service_account:
            raise _invalid_grant("sub must be the service account")
        _check_times(claims.get("iat"), claims.get("exp"))

    def _scope_of_refresh_token(self, token: str) -> str:
        scope = self._scope_of("refresh", token) if token else None
        if scope is None:
            raise _invalid_grant("the refresh token is unknown or has expired")
        return scope

    def _answer(self, scope: str) -> dict[str, Any]:
        return {
            "access_token": self._issue("access", scope, self._config.token_seconds),
            "token_type": "Bearer",
            "expires_in": str(self._config.token_seconds),
            "scope": scope,
        }

    def _issue(self, use: str, scope: str, seconds: int) -> str:
        now = time.time()
        token = secrets.token_urlsafe(32)
        self._state.db.execute("DELETE FROM tokens WHERE expires_at <= ?", (now,))
        self._state.db.execute(
            "INSERT INTO tokens (token_hash, use, scope, expires_at) VALUES (?, ?, ?, ?)",
            (_hash(token), use, scope, now + seconds),
        )
        return token

    def _scope_of(self, use: str, token: str) -> str | None:
        row = self._state.db.execute(
            "SELECT scope FROM tokens WHERE token_hash = ? AND use = ? AND expires_at > ?",
            (_hash(token), use, time.time()),
        ).fetchone()
        return row[0] if row else None


def _read_scope(form: Mapping[str, str]) -> str:
    scopes = form.get("scope", "").replace(",", " ").split()
    if not scopes or not set(scopes) <= {WRITE, READ}:
        raise OAuthRefusal(400, "invalid_scope", f"scope must be {WRITE} or {READ}")
    return " ".join(scopes)


def _check_times(issued: object, expires: object) -> None:
    if not (isinstance(issued, int | float) and isinstance(expires, int | float)):
        raise _invalid_grant("iat and exp must be JSON numbers")
    now = time.time()
    if issued > now + CLOCK_SKEW:
        raise _invalid_grant("iat lies in the future")
    if expires <= now:
        raise _invalid_grant("exp has passed")
    if not issued < expires <= issued + LONGEST_ASSERTION:
        raise _invalid_grant(f"exp must be after iat, by {LONGEST_ASSERTION} seconds at most")


def _hash(token: str) -> bytes:
    return hashlib.sha256(_bytes(token)).digest()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", errors="surrogatepass")
