"""
The token endpoint: plain forms, and strict parsing of replies.

The library's own token calls are not used. They put client credentials into a header, where LINE WORKS wants them in
the body; they ignore the status and the error format of LINE WORKS (`code`, `description`), and raise on a scope that
differs from the one requested. Vendor pages: auth-oauth, auth-jwt
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from requests import Response

from ._assumptions import TOKEN_LIFE_IF_UNTOLD
from ._exchange import Striker
from ._throttle import retry_after
from ._tokens import Secret
from ._wire import BaseUrl, Timeouts, WireError, WireSession

WORDS_LIMIT = 300
"""Characters kept of what an endpoint says about a failure."""

DEAD_GRANT = "invalid_grant"
"""The error for a refresh token, code or assertion that is of no use any more. RFC 6749, section 5.2"""

_SECRET_FIELDS = ("client_secret", "assertion", "code", "refresh_token", "token")

Form = Mapping[str, str]


class NoTokenError(Exception):
    """
    An endpoint didn't do what it was asked, on its way to the caller within this package.

    Attributes:
        reason: what happened, for people; holds no secret.
        status: the HTTP status, None when no whole answer came.
        code: `error` or `code` of the answer, empty when it told none.
        said: the endpoint's own words.
        left: whether anything was sent.
        retry_after: seconds to wait first, None when nobody told.
        needs_sign_in: whether only a person's new sign-in helps.
    """

    def __init__(
        self,
        reason: str,
        *,
        status: int | None = None,
        code: str = "",
        said: str = "",
        left: bool = False,
        retry_after: float | None = None,
        needs_sign_in: bool = False,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.code = code
        self.said = said
        self.left = left
        self.retry_after = retry_after
        self.needs_sign_in = needs_sign_in


@dataclass(frozen=True)
class TokenReply:
    """
    A good reply of the token endpoint.

    Attributes:
        asked_at: when it was asked for; lives count from here, so that a slow answer can't lengthen them.
        expires_at: when the access token ends.
        scope: what was granted, separated by spaces; empty when the reply doesn't tell.
        refresh_token: None when the reply holds none.
    """

    asked_at: datetime
    access_token: Secret
    expires_at: datetime
    scope: str
    refresh_token: Secret | None


class TokenEndpoint:
    """
    Asks for tokens and ends them.

    Args:
        auth: base address of the OAuth endpoints.
    """

    def __init__(self, auth: BaseUrl, timeouts: Timeouts) -> None:
        self._auth = auth
        self._timeouts = timeouts

    def ask(self, form: Form) -> TokenReply:
        """
        Ask for a token.

        Raises:
            NoTokenError: it gave none.
        """
        asked_at = datetime.now(UTC)
        response = self._post("token", form)
        reply = _json_of(response)
        if response.status_code != HTTPStatus.OK or not isinstance(reply, dict) or not _is_token(reply):
            raise _failure("token", response, reply, form)
        life, refresh_token = _seconds(reply.get("expires_in")), reply.get("refresh_token")
        return TokenReply(
            asked_at=asked_at,
            access_token=Secret(reply["access_token"]),
            expires_at=asked_at + (TOKEN_LIFE_IF_UNTOLD if life is None else timedelta(seconds=life)),
            scope=" ".join(scopes(reply.get("scope"))),
            refresh_token=Secret(refresh_token) if isinstance(refresh_token, str) and refresh_token else None,
        )

    def revoke(self, form: Form) -> None:
        """
        End a token.

        Raises:
            NoTokenError: it isn't sure that it ended.
        """
        response = self._post("revoke", form)
        if response.status_code not in (HTTPStatus.OK, HTTPStatus.NO_CONTENT):
            raise _failure("revoke", response, _json_of(response), form)

    def _post(self, name: str, form: Form) -> Response:
        failure = None
        with WireSession(timeouts=self._timeouts, plain_origin=self._auth.plain_origin) as session:
            try:
                return session.post(f"{self._auth.url}/{name}", data=dict(form))
            except WireError as error:
                failure = NoTokenError(_striker(form, None).text(error.reason), left=error.left)
        # Raised out here, so that the exception underneath, which may hold the request, doesn't hang on.
        raise failure


def scopes(text: Any) -> list[str]:
    """Split scopes at spaces or commas: no page says which LINE WORKS uses."""
    return str(text or "").replace(",", " ").split()


def _is_token(reply: dict[str, Any]) -> bool:
    access_token, token_type = reply.get("access_token"), reply.get("token_type", "Bearer")
    is_bearer = isinstance(token_type, str) and token_type.lower() == "bearer"
    return "error" not in reply and isinstance(access_token, str) and bool(access_token) and is_bearer


def _failure(name: str, response: Response, reply: Any, form: Form) -> NoTokenError:
    told = reply if isinstance(reply, dict) else {}
    striker = _striker(form, told)
    code, said = (
        striker.text(str(told.get(theirs) or told.get(vendors) or ""))[:WORDS_LIMIT]
        for theirs, vendors in (("error", "code"), ("error_description", "description"))
    )
    words = " ".join(word for word in (code, said) if word) or "without an explanation"
    return NoTokenError(
        f"the {name} endpoint answered {response.status_code} {words}",
        status=response.status_code,
        code=code,
        said=said,
        left=True,
        retry_after=retry_after(response.headers),
    )


def _striker(form: Form, told: dict[str, Any] | None) -> Striker:
    return Striker([form[name] for name in _SECRET_FIELDS if name in form], told)


def _json_of(response: Response) -> Any:
    try:
        return json.loads(response.content)
    except (ValueError, RecursionError):
        return None


def _seconds(value: Any) -> int | None:
    """Read `expires_in`, which LINE WORKS sends as text; None when it can't be read."""
    try:
        return max(0, int(float(value)))
    except (TypeError, ValueError, OverflowError):
        return None
