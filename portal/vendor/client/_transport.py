"""
One call: token, turn, HTTP, outcome.

Either the answer can be trusted, or the error says whether anything can have happened. Nothing is repeated, except once
after a 401, with a new token.
"""

import json
import os
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from hashlib import blake2b
from http import HTTPStatus
from typing import Any

from requests import Response

from ._assumptions import STATUSES_WITH_BODY
from ._auth import Account, Grant
from ._errors import READ_ONLY_GRANT, GrantEnded, NoClearAnswer, NotSent, PartnerApiError, Refused
from ._exchange import ANSWER_TEXT_LIMIT, Exchange, Striker
from ._throttle import Gate, RateLimits, retry_after
from ._token_endpoint import NoTokenError, TokenEndpoint
from ._tokens import Token, TokenStore
from ._wire import BaseUrl, Timeouts, WireError, WireSession

Json = dict[str, Any]

# A proxy's error page as a "description" would drown the sentence it stands in.
_DESCRIPTION_LIMIT = 500
_OPEN_ANSWER = "the call left and no clear answer came"


@dataclass(frozen=True)
class Call:
    """
    What is to be asked: an operation and how it is put.

    Attributes:
        operation: LINE WORKS's operationId.
        method: the HTTP method.
        path: path and query below the API's base address, encoded.
        body: the JSON object to send.
        empty_statuses: the statuses that are promised without a body; none when a body is promised.
        secrets: what the body holds in disguise, in clear, to be struck out of the evidence too.
    """

    operation: str
    method: str
    path: str
    body: Json | None = field(default=None, repr=False)
    empty_statuses: frozenset[int] = frozenset()
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def is_write(self) -> bool:
        """Whether LINE WORKS asks for the scope to write: everything but GET, `verifyDomain` included."""
        return self.method != "GET"


@dataclass(frozen=True)
class Answer:
    """A trusted answer: 200 or 201 whose body is a JSON object, or a status that is promised without a body."""

    operation: str
    status: int
    body: Json
    exchange: Exchange

    def unreadable(self, reason: str) -> NoClearAnswer:
        """Return the error for a body that isn't shaped as the contract says."""
        return NoClearAnswer(self.operation, f"{_OPEN_ANSWER}: {reason}", status=self.status, exchange=self.exchange)


@dataclass(frozen=True)
class _Reply:
    """What came back over the wire; `broken` says why its body couldn't be read."""

    status: int
    content_type: str
    content: bytes
    broken: str | None
    limits: RateLimits
    retry_after: float | None
    striker: Striker
    exchange: Exchange

    @cached_property
    def json(self) -> Json | None:
        """The JSON object that came; None when it was none."""
        return _json_object(self.content)


class Transport:
    """
    Sends calls and judges answers. Safe to share between threads, and across a fork.

    Args:
        api_url: base address of the API.
        auth_url: base address of the OAuth endpoints; `/token` below it gives and renews tokens.
        on_exchange: told of every API call, whatever came of it, before its error is raised. What it raises itself
            passes through, and nobody looks at the answer any more.
    """

    def __init__(
        self,
        *,
        api_url: str,
        auth_url: str,
        account: Account,
        tokens: TokenStore,
        gate: Gate,
        timeouts: Timeouts,
        on_exchange: Callable[[Exchange], None] | None,
    ) -> None:
        self._api = BaseUrl.parse(api_url)
        self._timeouts = timeouts
        self._gate = gate
        self._on_exchange = on_exchange
        self._local = threading.local()
        # The access token for which it was made, and that; one object, as threads share it.
        self._of_reads = ("", Striker([], None))
        self._grant = Grant(account=account, endpoint=TokenEndpoint(BaseUrl.parse(auth_url), timeouts), store=tokens)

    def ask(self, call: Call) -> Answer:
        """
        Send one call.

        Raises:
            PartnerApiError: see the package.
        """
        token = self._token_for(call)
        reply = self._send(call, token)
        if reply.status == HTTPStatus.UNAUTHORIZED:
            # Refused for its token, the call did nothing: repeating it once is safe for writes too.
            reply = self._send(call, self._token_for(call, rejected=token))
        if error := _verdict(call, reply):
            raise error
        body = reply.json or {}
        if call.secrets:
            body = reply.striker.answer(body)  # records keep what came
        return Answer(call.operation, reply.status, body, reply.exchange)

    def _token_for(self, call: Call, *, rejected: Token | None = None) -> Token:
        failure = None
        if call.is_write and not self._grant.asks_to_write:
            raise _read_only(call)
        try:
            token = self._grant.token(rejected=rejected)
        except NoTokenError as error:
            kind = GrantEnded if error.needs_sign_in else NotSent
            reason = f"not sent: no access token: {error.reason}"
            failure = kind(call.operation, reason, retry_after=error.retry_after)
        if failure:
            # Raised out here, like all errors of this package, so that no exception underneath it, which
            # may hold a request with its secrets, hangs on as its context.
            raise failure
        if call.is_write and not token.can_write:
            raise _read_only(call)
        return token

    def _send(self, call: Call, token: Token) -> _Reply:
        access_token = token.access_token.get_secret_value()
        striker = self._striker(call, access_token)
        started_at, start = datetime.now(UTC), time.monotonic()
        response, failure = None, None
        with self._gate.wait(call.operation):
            try:
                response = self._request(call, access_token)
            except WireError as error:
                failure, response = error, error.answer
            if response is not None:
                limits = RateLimits.from_answer(response.status_code, response.headers)
                self._gate.learn(call.operation, limits)
        content = response.content if response is not None and failure is None else b""
        content_type = "" if response is None else response.headers.get("Content-Type", "")
        exchange = Exchange(
            operation=call.operation,
            method=call.method,
            path=call.path,
            body=striker.body(call.body),
            status=None if response is None else response.status_code,
            answer_text=striker.start(content.decode("utf-8", "replace").replace("\x00", "\ufffd"), ANSWER_TEXT_LIMIT),
            rate_limits=None if response is None else limits,
            seconds=time.monotonic() - start,
            started_at=started_at,
            digest=_digest(content_type, content),
        )
        if self._on_exchange:
            self._on_exchange(exchange)
        if response is None:
            raise _without_answer(call, failure, striker, exchange)
        return _Reply(
            status=response.status_code,
            content_type=content_type,
            content=content,
            broken=striker.text(failure.reason) if failure else None,
            limits=limits,
            retry_after=retry_after(response.headers),
            striker=striker,
            exchange=exchange,
        )

    def _striker(self, call: Call, access_token: str) -> Striker:
        """Return what strikes out the secrets of a call; reads have none of their own, so they share one."""
        if call.body is not None or call.secrets:
            return Striker([access_token, *self._grant.secrets, *call.secrets], call.body)
        kept_for, striker = self._of_reads
        if kept_for != access_token:
            striker = Striker([access_token, *self._grant.secrets], None)
            self._of_reads = (access_token, striker)
        return striker

    def _request(self, call: Call, access_token: str) -> Response:
        url = f"{self._api.url}{call.path}"
        if call.is_write:
            # A kept connection may have been closed by the other side unnoticed. A write would then break
            # off with no telling whether it arrived, and would need a person. A connection of its own costs
            # a handshake instead.
            with self._api_session() as session:
                return _perform(session, call, url, access_token)
        return _perform(self._kept_session(), call, url, access_token)

    def _kept_session(self) -> WireSession:
        """
        Return this thread's session; after a fork a new one, because the old one's sockets belong to the
        parent.
        """
        if getattr(self._local, "process", None) != os.getpid():
            self._local.session, self._local.process = self._api_session(), os.getpid()
        session: WireSession = self._local.session
        return session

    def _api_session(self) -> WireSession:
        return WireSession(timeouts=self._timeouts, plain_origin=self._api.plain_origin)


def _digest(content_type: str, content: bytes) -> bytes:
    """Digest all that a verdict on an answer is made from, but for its status."""
    return blake2b(content_type.encode() + b"\n" + content, digest_size=16).digest()


def _perform(session: WireSession, call: Call, url: str, access_token: str) -> Response:
    # No expires_in: when to renew is decided in Grant, and oauthlib would raise an error of its own.
    session.token = {"access_token": access_token, "token_type": "Bearer"}
    if call.body is None:
        return session.request(call.method, url)
    data = json.dumps(call.body, ensure_ascii=False, allow_nan=False).encode()
    return session.request(call.method, url, data=data, headers={"Content-Type": "application/json"})


def _verdict(call: Call, reply: _Reply) -> PartnerApiError | None:
    """
    Decide what an answer means; None when it can be trusted.

    The status comes first, LINE WORKS's code second. Vendor page: error-codes
    """
    if 200 <= reply.status < 300:
        doubt = _doubt(call, reply)
    elif reply.status == HTTPStatus.TOO_MANY_REQUESTS:
        wait = reply.limits.retry_seconds if reply.retry_after is None else reply.retry_after
        return NotSent(call.operation, "not taken up: too many calls (429)", retry_after=wait, exchange=reply.exchange)
    elif reply.status == HTTPStatus.REQUEST_TIMEOUT:
        doubt = "LINE WORKS gave up waiting for the request"
    elif 400 <= reply.status < 500:
        return _refusal(call, reply)
    elif 300 <= reply.status < 400:
        doubt = "a redirect, which isn't followed"
    else:
        doubt = "an error at LINE WORKS"
    if doubt is None:
        return None
    return NoClearAnswer(
        call.operation,
        f"{_OPEN_ANSWER}: {reply.status}, {doubt}",
        status=reply.status,
        exchange=reply.exchange,
    )


def _doubt(call: Call, reply: _Reply) -> str | None:
    """Say why a 2xx can't be trusted, or None."""
    if reply.broken:
        return reply.broken
    if call.empty_statuses:
        return None if reply.status in call.empty_statuses and _is_bare(reply) else _promise(call)
    if reply.status not in STATUSES_WITH_BODY:
        return "where 200 or 201 is promised"
    if not reply.content.strip():
        return "an empty body"
    media_type = reply.content_type.partition(";")[0].strip().lower()
    if media_type != "application/json":
        return f"a body of type {media_type or 'unknown'} instead of JSON"
    if reply.json is None:
        return "a body that isn't a whole JSON object"
    return None


def _promise(call: Call) -> str:
    statuses = " or ".join(str(status) for status in sorted(call.empty_statuses))
    return f"where only {statuses} without a body is promised"


def _is_bare(reply: _Reply) -> bool:
    return not reply.content.strip() or reply.json is not None


def _refusal(call: Call, reply: _Reply) -> Refused:
    told = reply.json or {}
    code, description = (reply.striker.text(str(told.get(key) or "")) for key in ("code", "description"))
    return Refused(
        call.operation,
        status=reply.status,
        code=code,
        description=description[:_DESCRIPTION_LIMIT],
        exchange=reply.exchange,
    )


def _without_answer(
    call: Call, failure: WireError | None, striker: Striker, exchange: Exchange
) -> NotSent | NoClearAnswer:
    reason = striker.text(failure.reason) if failure else "no answer"
    if failure and not failure.left:
        return NotSent(call.operation, f"not sent: {reason}", exchange=exchange)
    return NoClearAnswer(call.operation, f"{_OPEN_ANSWER}: {reason}", exchange=exchange)


def _read_only(call: Call) -> Refused:
    return Refused(
        call.operation,
        status=None,
        code=READ_ONLY_GRANT,
        description="the portal's grant allows reading alone",
    )


# NUL, which no database text holds, and halves of characters, which no encoding does.
_ODD_CHARACTER = re.compile(rb"\\u(0000|d[89a-f])", re.IGNORECASE)


def _json_object(content: bytes) -> Json | None:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    return _as_text(value) if _ODD_CHARACTER.search(content) else value


def _as_text(value: Any) -> Any:
    """Return JSON whose texts can be stored and shown anywhere: NUL and half characters become U+FFFD."""
    match value:
        case str():
            whole = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            return whole.replace("\x00", "\ufffd")
        case list():
            return [_as_text(item) for item in value]
        case dict():
            return {_as_text(key): _as_text(item) for key, item in value.items()}
        case _:
            return value
