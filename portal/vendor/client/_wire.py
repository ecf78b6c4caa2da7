"""
HTTP: fixed timeouts, no redirects, no retries, https only, and exact about what was sent.

Whether a failed write may have reached LINE WORKS decides what a person may do next, and the exceptions of
the HTTP libraries don't tell it exactly (a TLS error, for one, may come before or after the request). So
the connection itself notes the moment before the first byte of a request is handed to the socket. If a call
fails and that moment never came, the request provably did not leave.
"""

import http.client
import io
import logging
import socket
import time
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests_oauthlib import OAuth2Session
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
USER_AGENT = "Partnerdesk"


@dataclass(frozen=True)
class Timeouts:
    """
    How long one call may wait, in seconds.

    Attributes:
        connect: for the connection.
        read: for each further piece of the answer; a longer silence ends the call.
        total: for the call as a whole, so that an answer that trickles in ends too. Nothing is sent any more after it,
            and nothing read; only looking up an address and shaking hands may last longer, before anything is sent.
    """

    connect: float = 5.0
    read: float = 30.0
    total: float = 45.0


DEFAULT_TIMEOUTS = Timeouts()
_TOO_LATE = "the call has lasted too long"


@dataclass(frozen=True)
class BaseUrl:
    """
    The address that calls are made below.

    Attributes:
        url: always https, without a slash at the end; what sessions are given.
        plain_origin: None normally. For a loopback address given as http: the origin for which
            `WireSession` speaks plain http although the URL says https.
    """

    url: str
    plain_origin: str | None

    @property
    def as_given(self) -> str:
        """The address as a browser has to open it."""
        return self.url if self.plain_origin is None else f"http{self.url.removeprefix('https')}"

    @classmethod
    def parse(cls, text: str) -> "BaseUrl":
        """
        Check a base address.

        oauthlib refuses every http URL, and its own way around that is an environment variable that lifts
        the check for the whole process. Here the library is shown an https URL, and an adapter mounted for
        that one loopback origin drops the TLS; any other http address is refused.

        Raises:
            ValueError: it isn't https (or http on loopback), or holds credentials, a query or a fragment.
        """
        parts = urlsplit(text)
        if not parts.hostname or parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("an API address is https://host[:port]/path, with nothing else in it")
        path = parts.path.rstrip("/")
        if parts.scheme == "https":
            return cls(f"https://{parts.netloc}{path}", None)
        if parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS:
            origin = _plain_origin(parts)
            return cls(f"{origin}{path}", f"{origin}/")
        raise ValueError("an API address must be https; plain http is for 127.0.0.1, localhost and ::1 alone")


def _plain_origin(parts: SplitResult) -> str:
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"https://{host}:{parts.port or 80}"


class WireError(Exception):
    """
    A call that ended without a whole answer.

    Attributes:
        left: whether any byte of the request may have left this machine.
        reason: what happened, for people.
        answer: status and headers, if those arrived and only the body is broken.
    """

    def __init__(self, reason: str, *, left: bool, answer: requests.Response | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.left = left
        self.answer = answer


class _Departure:
    """One call: whether any of it may have left, and until when it may last."""

    def __init__(self, timeouts: Timeouts) -> None:
        self.left = False
        self._timeouts = timeouts
        self._deadline = time.monotonic() + timeouts.total

    @property
    def is_late(self) -> bool:
        return time.monotonic() >= self._deadline

    def depart(self) -> None:
        """
        Note that the next step is to send.

        Raises:
            TimeoutError: it is too late for that.
        """
        if self.is_late:
            raise TimeoutError(_TOO_LATE)
        self.left = True

    def patience(self) -> float:
        """
        Return how long to wait for the next piece of the answer.

        Raises:
            TimeoutError: no longer at all.
        """
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError(_TOO_LATE)
        return min(self._timeouts.read, left)


_departure: ContextVar[_Departure] = ContextVar("departure")


class _TimedReader(io.RawIOBase):
    """Reads from a connection for no longer than the call may still last."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        self._raw = raw
        self._sock = sock
        self._departure = _departure.get()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._departure.patience())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _TimedResponse(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_TimedReader(self.fp.detach(), sock))


class _WatchedHTTPConnection(HTTPConnection):
    response_class = _TimedResponse

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()  # a failure to connect must not count as a departure
        _departure.get().depart()
        super().send(data)


class _WatchedHTTPSConnection(HTTPSConnection):
    response_class = _TimedResponse

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        _departure.get().depart()
        super().send(data)


class _WatchedHTTPPool(HTTPConnectionPool):
    ConnectionCls = _WatchedHTTPConnection


class _WatchedHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedHTTPSConnection


class _WatchedAdapter(HTTPAdapter):
    def __init__(self) -> None:
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _WatchedHTTPPool, "https": _WatchedHTTPSPool}


class _PlainLoopbackAdapter(_WatchedAdapter):
    """Speaks plain http to the one loopback origin it is mounted for."""

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        request.url = f"http{(request.url or '').removeprefix('https')}"
        return super().send(request, *args, **kwargs)


class WireSession(OAuth2Session):
    """An OAuth 2 session whose timeouts and refusal of redirects no caller can change."""

    def __init__(self, *, timeouts: Timeouts, plain_origin: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._timeouts = timeouts
        self.trust_env = False  # no proxy, .netrc or certificate bundle out of the environment
        self.headers["User-Agent"] = USER_AGENT
        self.headers["Accept"] = "application/json"
        self.adapters.clear()  # so that no other scheme or plain http host has an adapter at all
        self.mount("https://", _WatchedAdapter())
        if plain_origin:
            self.mount(plain_origin, _PlainLoopbackAdapter())

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """
        Send one request and read its answer whole.

        Raises:
            WireError: no whole answer arrived; says whether anything left.
        """
        kwargs |= {
            "timeout": (self._timeouts.connect, self._timeouts.read),
            "allow_redirects": False,
            "stream": True,  # status first, body below: a broken body must not hide the status
        }
        departure = _Departure(self._timeouts)
        reset = _departure.set(departure)
        answer = None
        try:
            answer = super().send(request, **kwargs)
            _ = answer.content  # reads and keeps it
        except (OSError, urllib3.exceptions.HTTPError) as error:
            reason = self._reason(error, departure)
        else:
            return answer
        finally:
            _departure.reset(reset)
        if answer is not None:
            answer.close()
        # Raised out here, because an exception of requests carries the request with its Authorization header.
        raise WireError(reason, left=departure.left, answer=answer)

    def _reason(self, error: Exception, departure: _Departure) -> str:
        if departure.is_late:
            return f"{'no whole answer' if departure.left else 'nothing sent'} within {self._timeouts.total:g} seconds"
        if isinstance(error, requests.ReadTimeout):
            return f"no answer within {self._timeouts.read:g} seconds"
        if isinstance(error, requests.ConnectTimeout):
            return f"no connection within {self._timeouts.connect:g} seconds"
        kind = "the connection broke before a whole answer arrived" if departure.left else "no connection"
        return f"{kind} ({_plain_cause(error)})"


def _plain_cause(error: Exception) -> str:
    """Return what the operating system or the protocol said, without the wrappings of three libraries around it."""
    innermost: BaseException = error
    while isinstance(
        inner := next((arg for arg in innermost.args[::-1] if isinstance(arg, Exception)), None), Exception
    ):
        innermost = inner
    cause = getattr(innermost, "reason", None)
    innermost = cause if isinstance(cause, Exception) else innermost
    return str(getattr(innermost, "strerror", None) or innermost).rpartition(": ")[2] or type(innermost).__name__


def _is_safe_to_log(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.INFO


def silence_token_logging() -> None:
    """
    Keep the DEBUG lines of requests-oauthlib out of every log: they hold tokens, secrets and bodies in clear.

    The level alone wouldn't do, because a logging configuration loaded later may lower it; a filter stays.
    """
    logging.getLogger("requests_oauthlib").setLevel(logging.INFO)
    logging.getLogger("requests_oauthlib.oauth2_session").addFilter(_is_safe_to_log)


silence_token_logging()
