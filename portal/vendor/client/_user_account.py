"""
Sign-in by a person at LINE WORKS; refresh tokens extend it for 90 days.

    sign_in = SignIn(auth_url=..., account=UserAccount(...))
    state = new_state()                                       # kept for one use, where only this browser leads
    address = sign_in.address(state, redirect_uri)            # the browser goes there, and comes back
    token = sign_in.finish(answer, state, redirect_uri)       # answer: the parameters with which it came back

The token then goes into the `TokenStore` of a `PartnerApi` with the same account. Vendor page: auth-oauth
"""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote, urlencode

from ._assumptions import WRITE_SCOPE
from ._errors import NoClearAnswer, NotSent, PartnerApiError, Refused
from ._token_endpoint import DEAD_GRANT, WORDS_LIMIT, NoTokenError, TokenEndpoint, scopes
from ._tokens import Secret, Token
from ._wire import DEFAULT_TIMEOUTS, BaseUrl, Timeouts

AUTHORIZE, TOKEN, REVOKE = "authorize", "token", "revoke"

STATE_MISMATCH = "STATE_MISMATCH"
"""The code of a refusal of our own: what came back doesn't belong to the sign-in that was begun."""

_MUST_SIGN_IN = "a person must sign in to LINE WORKS again"


@dataclass(frozen=True)
class UserAccount:
    """
    An app of the developer console that acts for a person. Vendor page: auth-oauth

    Attributes:
        client_id: Client ID.
        client_secret: Client Secret.
        scope: `partner` (read and write) or `partner.read`; several are separated by spaces.
    """

    client_id: str
    client_secret: Secret
    scope: str = WRITE_SCOPE


def new_state() -> Secret:
    """Return a value that nobody can guess, for one sign-in."""
    return Secret(secrets.token_urlsafe(32))


class SignIn:
    """
    What happens when a person signs in, and when the grant is to end.

    Args:
        auth_url: base address of the OAuth endpoints. https, or http on loopback.
        timeouts: as for `PartnerApi`; a person waits.

    Raises:
        ValueError: the address is neither https nor http on loopback.
    """

    def __init__(self, *, auth_url: str, account: UserAccount, timeouts: Timeouts = DEFAULT_TIMEOUTS) -> None:
        self._auth = BaseUrl.parse(auth_url)
        self._account = account
        self._endpoint = TokenEndpoint(self._auth, timeouts)

    def address(self, state: Secret, redirect_uri: str) -> str:
        """
        Return the address of LINE WORKS's page on which the person signs in and agrees.

        Args:
            state: a `new_state()` of this sign-in alone.
            redirect_uri: where the browser comes back to, letter for letter as registered in the developer console.
        """
        asked = {
            "client_id": self._account.client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(scopes(self._account.scope)),
            "response_type": "code",
            "state": state.get_secret_value(),
        }
        return f"{self._auth.as_given}/authorize?{urlencode(asked, quote_via=quote, safe='')}"

    def finish(self, answer: Mapping[str, str], state: Secret | None, redirect_uri: str) -> Token:
        """
        Exchange what the browser came back with for a token.

        Args:
            answer: the parameters of the redirect: `state`, and `code` or `error` with `error_description`.
            state: the one that `address()` was given; None when none is known any more. The caller forgets it before
                this call, so that it serves once.
            redirect_uri: the one that `address()` was given.

        Raises:
            Refused: the state is another (code STATE_MISMATCH), the person or LINE WORKS said no, or the code is of
                no use.
            NotSent: the token endpoint can't be reached; nothing was exchanged.
            NoClearAnswer: it was reached and made no sense; the code may be spent.
        """
        given = answer.get("state", "")
        if state is None or not hmac.compare_digest(given.encode(), state.get_secret_value().encode()):
            raise _refused(AUTHORIZE, STATE_MISMATCH, "the answer doesn't belong to a sign-in that was begun here")
        if answer.get("error") or not answer.get("code"):
            said = answer.get("error_description", "")[:WORDS_LIMIT]
            raise _refused(AUTHORIZE, answer.get("error", "")[:WORDS_LIMIT] or "no code", said)
        failure = None
        try:
            reply = self._endpoint.ask(
                {
                    "grant_type": "authorization_code",
                    "code": answer["code"],
                    "redirect_uri": redirect_uri,
                    **_credentials(self._account),
                }
            )
        except NoTokenError as error:
            failure = _told(TOKEN, error)
        if failure:
            raise failure
        return Token(
            access_token=reply.access_token,
            expires_at=reply.expires_at,
            scope=reply.scope or " ".join(scopes(self._account.scope)),
            refresh_token=reply.refresh_token,
            refresh_issued_at=reply.asked_at if reply.refresh_token else None,
        )

    def revoke(self, token: Token) -> None:
        """
        End a grant at LINE WORKS: its refresh token, and with it what was derived from that.

        Raises:
            Refused, NotSent, NoClearAnswer: it isn't sure that the grant has ended.
        """
        ending = token.refresh_token or token.access_token
        failure = None
        try:
            self._endpoint.revoke({"token": ending.get_secret_value(), **_credentials(self._account)})
        except NoTokenError as error:
            failure = _told(REVOKE, error)
        if failure:
            raise failure


class RefreshSource:
    """Renews tokens for a user account."""

    def __init__(self, account: UserAccount, endpoint: TokenEndpoint) -> None:
        self._account = account
        self._endpoint = endpoint

    @property
    def secrets(self) -> list[str]:
        """The lasting secrets, to be struck out of evidence."""
        return [self._account.client_secret.get_secret_value()]

    def renew(self, kept: Token | None) -> Token:
        """
        Refresh a token.

        No scope is asked for: a refresh carries on what the person has agreed to. With rotation the reply holds a new
        refresh token, which takes the place of the old one; without, the old one goes on and keeps its age.

        Raises:
            NoTokenError: the token endpoint gave none. `needs_sign_in` when there is no refresh token to use, or the
                vendor takes it no longer.
        """
        if kept is None or kept.refresh_token is None:
            raise NoTokenError(_MUST_SIGN_IN, needs_sign_in=True)
        failure = None
        try:
            reply = self._endpoint.ask(
                {
                    "grant_type": "refresh_token",
                    "refresh_token": kept.refresh_token.get_secret_value(),
                    **_credentials(self._account),
                }
            )
        except NoTokenError as error:
            failure = error
        if failure and failure.code == DEAD_GRANT:
            raise NoTokenError(f"{_MUST_SIGN_IN}: {failure.reason}", needs_sign_in=True)
        if failure:
            raise failure
        is_new = reply.refresh_token is not None and reply.refresh_token != kept.refresh_token
        return Token(
            access_token=reply.access_token,
            expires_at=reply.expires_at,
            scope=reply.scope or kept.scope,
            refresh_token=reply.refresh_token or kept.refresh_token,
            refresh_issued_at=reply.asked_at if is_new else kept.refresh_issued_at,
        )


def _credentials(account: UserAccount) -> dict[str, str]:
    return {"client_id": account.client_id, "client_secret": account.client_secret.get_secret_value()}


def _refused(operation: str, code: str, description: str, status: int | None = None) -> Refused:
    return Refused(operation, status=status, code=code, description=description)


def _told(operation: str, error: NoTokenError) -> PartnerApiError:
    """Put the failure of an endpoint into the words of this package's errors."""
    if not error.left:
        return NotSent(operation, f"not sent: {error.reason}", retry_after=error.retry_after)
    if error.status == HTTPStatus.TOO_MANY_REQUESTS:
        return NotSent(operation, f"not taken up: {error.reason}", retry_after=error.retry_after)
    is_clear = error.status is not None and error.status < 500 and error.status != HTTPStatus.REQUEST_TIMEOUT
    if is_clear and error.code:
        return _refused(operation, error.code, error.said, error.status)
    return NoClearAnswer(operation, error.reason, status=error.status)
