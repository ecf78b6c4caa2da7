"""
A server on loopback that answers as told, down to single bytes: it cuts, hangs, stops half way, or speaks HTML.

It stands for LINE WORKS where a test needs an exact fault of the wire. `tests/support/sandbox.py` runs LINE WORKS's
behaviour.
"""

import contextlib
import json
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Self
from urllib.parse import parse_qs

# Answers one request on its connection; returns whether the connection stays open.
Step = Callable[[socket.socket], bool]

TOKEN_PATH = "/oauth2/v2.0/token"


@dataclass(frozen=True)
class Received:
    """One request as it arrived; `connection` counts the connections from 0."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: int

    @property
    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        """The body, read as a form."""
        return {name: values[0] for name, values in parse_qs(self.body.decode(), strict_parsing=True).items()}


def answer(
    status: int = 200,
    body: Any = None,
    *,
    content_type: str | None = "application/json",
    headers: Mapping[str, str] | None = None,
) -> Step:
    """Return whole. `body` is bytes or text as they are, anything else as JSON; None is an empty body."""
    content = _content(body)

    def step(connection: socket.socket) -> bool:
        connection.sendall(_head(status, len(content), content_type, headers) + content)
        return True

    return step


def half_an_answer(status: int = 200, body: Any = None) -> Step:
    """Promise a whole body, send its first half and close."""
    content = _content(body)

    def step(connection: socket.socket) -> bool:
        connection.sendall(_head(status, len(content), "application/json", None) + content[: len(content) // 2])
        return False

    return step


def bytes_only(content: bytes) -> Step:
    """Send these bytes and close."""

    def step(connection: socket.socket) -> bool:
        connection.sendall(content)
        return False

    return step


def cut(connection: socket.socket) -> bool:
    """Close in silence once the request has arrived."""
    return False


def reset(connection: socket.socket) -> bool:
    """Abort the connection (RST) once the request has arrived."""
    _abort(connection)
    return False


def hang(connection: socket.socket) -> bool:
    """Never answer; ends when the client leaves."""
    with contextlib.suppress(OSError):
        while connection.recv(1024):
            pass
    return False


def trickle(status: int = 200, body: Any = None, *, head_first: bool) -> Step:
    """
    Return a byte at a time, with pauses that are short each, until the client leaves.

    Args:
        head_first: whether status and headers come in one piece before.
    """
    content = _content(body)
    head = _head(status, len(content), "application/json", None)

    def step(connection: socket.socket) -> bool:
        whole, rest = (head, content) if head_first else (b"", head + content)
        connection.sendall(whole)
        connection.settimeout(0.05)
        for byte in rest:
            connection.sendall(bytes([byte]))
            with contextlib.suppress(TimeoutError):
                connection.recv(1)  # comes back at once when the client has left
                return False
        return True

    return step


def token(access_token: str = "token-0", **changes: Any) -> Step:  # noqa: S107  # made up
    """Return as the token endpoint does; a change to None leaves the field out."""
    body = {
        "access_token": access_token,
        "refresh_token": "refresh-unused",
        "token_type": "Bearer",
        "expires_in": "86400",
        "scope": "partner",
    } | changes
    return answer(200, {name: value for name, value in body.items() if value is not None})


class ScriptedServer:
    """
    Serves API calls and token calls from two scripts.

    A token call that the script doesn't foresee is answered well; an API call that it doesn't foresee gets 500, which
    no test takes for success.
    """

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.abort_accepted = False  # True: new connections are aborted (RST) without reading from them
        self._api_steps: deque[Step] = deque()
        self._token_steps: deque[Step] = deque()
        self._tokens_given = 0
        self._lock = threading.Lock()
        self._connections: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.origin = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    @property
    def api_url(self) -> str:
        """Base address of the API."""
        return f"{self.origin}/v1.0"

    @property
    def auth_url(self) -> str:
        """Base address of the OAuth endpoints."""
        return f"{self.origin}/oauth2/v2.0"

    @property
    def calls(self) -> list[Received]:
        """The API calls received."""
        return [request for request in self.received if request.path != TOKEN_PATH]

    @property
    def token_calls(self) -> list[Received]:
        """The token calls received."""
        return [request for request in self.received if request.path == TOKEN_PATH]

    def then(self, *steps: Step) -> None:
        """Add to what API calls are answered, one step a call."""
        self._api_steps.extend(steps)

    def then_token(self, *steps: Step) -> None:
        """Add to what token calls are answered, one step a call."""
        self._token_steps.extend(steps)

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        # shutdown() wakes the thread in accept(); close() alone would leave it there.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._threads[0].join()
        self._listener.close()
        for connection in self._connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()

    def _start(self, target: Callable[..., None], *args: Any) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            if self.abort_accepted:
                # Not before a byte has arrived: during the handshake it would be a failure to connect.
                connection.recv(1, socket.MSG_PEEK)
                _abort(connection)
                continue
            self._connections.append(connection)
            self._start(self._serve, connection, len(self._connections) - 1)

    def _serve(self, connection: socket.socket, number: int) -> None:
        with connection, connection.makefile("rb") as stream, contextlib.suppress(OSError):
            while request := _read_request(stream, number):
                with self._lock:
                    self.received.append(request)
                    step = self._next_step(request)
                if not step(connection):
                    return

    def _next_step(self, request: Received) -> Step:
        if request.path != TOKEN_PATH:
            return self._api_steps.popleft() if self._api_steps else answer(500)
        if self._token_steps:
            return self._token_steps.popleft()
        self._tokens_given += 1
        return token(f"token-{self._tokens_given}-of-the-server")


def _content(body: Any) -> bytes:
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def _head(status: int, length: int, content_type: str | None, headers: Mapping[str, str] | None) -> bytes:
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
    if status != HTTPStatus.NO_CONTENT:
        lines.append(f"Content-Length: {length}")
        lines += [f"Content-Type: {content_type}"] if content_type else []
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _read_request(stream: Any, connection: int) -> Received | None:
    line = stream.readline()
    if not line.endswith(b" HTTP/1.1\r\n"):  # the client left, or speaks TLS
        return None
    method, path, _ = line.decode().split(" ")
    headers = {}
    while (header := stream.readline().decode().strip()) != "":
        name, _, value = header.partition(": ")
        headers[name] = value
    body = stream.read(int(headers.get("Content-Length", "0")))
    return Received(method, path, headers, body, connection)


def _abort(connection: socket.socket) -> None:
    # Lingering for no time makes close() send RST instead of FIN.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
