"""
Gives out tokens, knows them again and ends them, as the vendor's pages `auth-oauth` and `auth-jwt` have it.

Two ways lead to a token: an assertion of the service account, and a code that a person's consent earned. Client id and
secret stand in the body, and `expires_in` is a string.
"""

import hmac
import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from .assertions import BadAssertion, check_assertion
from .config import Config
from .errors import Refusal, insufficient_scope, unauthorized
from .state import State
from .tokens import ACCESS, CODE, REFRESH, Found, TokenRows

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
CODE_SECONDS = 600
REFRESH_SECONDS = 90 * 86_400
WRITE, READ = "partner", "partner.read"

_BEARER = re.compile(r"Bearer ([A-Za-z0-9._~+/-]+=*)")


class OAuthRefusal(Refusal):
    """A refusal of the token endpoint, in the words of RFC 6749, section 5.2."""

    def body(self) -> dict[str, object]:
        """Give the JSON body of the answer."""
        return {"error": self.code, "error_description": self.description}


class TokenDesk:
    """
    Gives out tokens and knows them again, also after a restart.

    Attributes:
        rotation: whether a refresh also brings a new refresh token and ends the used one; off for a new app.
        token_seconds: life of an access token.
        redirect_uris: the addresses to which a person's browser may be sent back.
    """

    def __init__(self, config: Config, state: State) -> None:
        self._config = config
        self._state = state
        self._rows = TokenRows(state)
        self.rules_afresh()

    def rules_afresh(self) -> None:
        """Go back to what a new app has and the environment says."""
        self.rotation = False
        self.token_seconds = self._config.token_seconds
        self.redirect_uris: Sequence[str] = self._config.redirect_uris

    @property
    def client_id(self) -> str:
        """The one app that is known here."""
        return self._config.client_id

    def grant(self, form: Mapping[str, str], headers: Mapping[str, str]) -> dict[str, Any]:
        """
        Return a token request. Writes tokens, so it runs inside a transaction.

        Raises:
            OAuthRefusal: the request isn't good for a token.
        """
        self._check_client(form, headers)
        match form.get("grant_type", ""):
            case "authorization_code":
                return self._for_code(form.get("code", ""), form.get("redirect_uri"))
            case "refresh_token":
                return self._for_refresh_token(form.get("refresh_token", ""))
            case grant_type if grant_type == JWT_BEARER:
                return self._for_assertion(form)
            case "":
                raise _invalid_request("grant_type is required")
        raise OAuthRefusal(
            400, "unsupported_grant_type", "grant_type must be authorization_code, refresh_token or jwt-bearer"
        )

    def issue_code(self, scope: str, redirect_uri: str) -> str:
        """Give out the code that a person's consent earns. Writes, so it runs inside a transaction."""
        return self._rows.issue(CODE, secrets.token_hex(8), scope, CODE_SECONDS, redirect_uri)

    def revoke(self, form: Mapping[str, str], headers: Mapping[str, str]) -> None:
        """
        End a token; with a refresh token everything that was derived from it. Runs inside a transaction.

        A token that is unknown counts as ended (RFC 7009, section 2.2).

        Raises:
            OAuthRefusal: the client isn't known, or no token is named.
        """
        self._check_client(form, headers)
        token = form.get("token", "")
        if not token:
            raise _invalid_request("token is required")
        if found := self._rows.find(REFRESH, token):
            self._rows.end_grant(found.grant_id)
        else:
            self._rows.end(token)

    def expire_all(self) -> None:
        """Let every access token expire now; refresh tokens stay good."""
        with self._state.transaction():
            self._rows.expire_access()

    def revoke_all(self) -> None:
        """End every access token, refresh token and code now."""
        with self._state.transaction():
            self._rows.end_all()

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
        found = self._rows.find_access(match[1])
        if found is None:
            raise unauthorized("the access token is unknown or was revoked", error="invalid_token")
        if not found.is_alive:
            raise unauthorized("the access token has expired", error="invalid_token")
        if writes and WRITE not in found.scope.split():
            raise insufficient_scope(WRITE)

    def _check_client(self, form: Mapping[str, str], headers: Mapping[str, str]) -> None:
        if "Authorization" in headers:
            challenge = {"WWW-Authenticate": 'Basic realm="token"'}
            raise OAuthRefusal(401, "invalid_client", "client id and secret belong in the body", challenge)
        known_id = _same(form.get("client_id", ""), self._config.client_id)
        known_secret = _same(form.get("client_secret", ""), self._config.client_secret)
        if not (known_id and known_secret):
            raise OAuthRefusal(401, "invalid_client", "unknown client id or wrong secret")

    def _for_assertion(self, form: Mapping[str, str]) -> dict[str, Any]:
        scope = read_scope(form.get("scope", ""))
        assertion = form.get("assertion", "")
        if not assertion:
            raise _invalid_request("assertion is required")
        try:
            check_assertion(assertion, self._config)
        except BadAssertion as error:
            raise _invalid_grant(str(error)) from error
        return self._both_tokens(secrets.token_hex(8), scope)

    def _for_code(self, code: str, redirect_uri: str | None) -> dict[str, Any]:
        if not code:
            raise _invalid_request("code is required")
        found = _alive(self._rows.find(CODE, code), "the code is unknown, was used or has expired")
        # No page tells whether it must be sent again; clients that leave it out are known to work.
        if redirect_uri is not None and redirect_uri != found.redirect_uri:
            raise _invalid_grant("redirect_uri is another than the code was sent to")
        self._rows.end(code)
        return self._both_tokens(found.grant_id, found.scope)

    def _for_refresh_token(self, token: str) -> dict[str, Any]:
        found = _alive(self._rows.find(REFRESH, token), "the refresh token is unknown, was revoked or has expired")
        if not self.rotation:
            return self._access_token(found.grant_id, found.scope)
        self._rows.end(token)
        return self._both_tokens(found.grant_id, found.scope)

    def _both_tokens(self, grant_id: str, scope: str) -> dict[str, Any]:
        refresh_token = self._rows.issue(REFRESH, grant_id, scope, REFRESH_SECONDS)
        return self._access_token(grant_id, scope) | {"refresh_token": refresh_token}

    def _access_token(self, grant_id: str, scope: str) -> dict[str, Any]:
        return {
            "access_token": self._rows.issue(ACCESS, grant_id, scope, self.token_seconds),
            "token_type": "Bearer",
            "expires_in": str(self.token_seconds),
            "scope": scope,
        }


def read_scope(text: str) -> str:
    """
    Read the scopes of a request, parted by spaces or commas.

    Raises:
        OAuthRefusal: there are none, or others than the Partner API knows.
    """
    scopes = text.replace(",", " ").split()
    if not scopes or not set(scopes) <= {WRITE, READ}:
        raise OAuthRefusal(400, "invalid_scope", f"scope must be {WRITE} or {READ}")
    return " ".join(scopes)


def _alive(found: Found | None, otherwise: str) -> Found:
    if found is None or not found.is_alive:
        raise _invalid_grant(otherwise)
    return found


def _invalid_request(why: str) -> OAuthRefusal:
    return OAuthRefusal(400, "invalid_request", why)


def _invalid_grant(why: str) -> OAuthRefusal:
    return OAuthRefusal(400, "invalid_grant", why)


def _same(given: str, known: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", errors="surrogatepass"), known.encode())
