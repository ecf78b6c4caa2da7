"""
Configuration of gunicorn: ``gunicorn --config python:portal.gunicorn portal.wsgi``.

Each request takes one of few threads. Gunicorn waits for a slow sender without a limit, so a handful of connections
that send a byte now and then would keep everybody out; here a connection has to start in time and keep a minimum rate.
One sender with many connections cannot be told from many people: that takes a proxy (see docs/operations.md).
"""

import errno
import selectors
import socket
import time
from collections import deque
from functools import partial
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

# Who connects and says nothing is let go after this.
SILENT_SECONDS = 10.0
# Of a request, so long may be waited for in all, and one second more for each so many bytes that have arrived.
REQUEST_SECONDS, PACE_BYTES = 10.0, 16 * 1024
# An answer that nobody takes for so long is given up.
ANSWER_SECONDS = 60.0
# What is left of a refused body is read so far, so that the browser shows the answer; of more the line is cut.
LEFTOVER_BYTES = 8 * 1024 * 1024


class SlowSender(ConnectionResetError):
    """Somebody sends too slowly; gunicorn takes it for a connection that has gone away."""

    def __init__(self) -> None:
        super().__init__(errno.ECONNRESET, "sends too slowly")


class PacedSocket:
    """The line on which one request arrives."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._waited, self._received = 0.0, 0

    def recv(self, most: int) -> bytes:
        """
        Return what has arrived, as soon as there is something.

        Raises:
            SlowSender: it has been waited for too long by now.
        """
        left = REQUEST_SECONDS + self._received / PACE_BYTES - self._waited
        if left <= 0:
            raise SlowSender
        began = time.monotonic()
        self._line.settimeout(left)
        try:
            data = self._line.recv(most)
        except TimeoutError:
            raise SlowSender from None
        finally:
            self._waited += time.monotonic() - began
            self._line.settimeout(ANSWER_SECONDS)
        self._received += len(data)
        return data


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn publishes no types
    """Gunicorn's worker with threads, which waits for nobody without a limit."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._silent: deque[tuple[float, TConn]] = deque()

    def accept(self, server: Any, listener: socket.socket) -> None:
        """Take a connection, and note since when."""
        try:
            line, client = listener.accept()
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK):
                raise
            return
        connection = TConn(self.cfg, line, client, server)
        self.nr_conns += 1
        with self._lock:
            self._silent.append((time.monotonic() + SILENT_SECONDS, connection))
            ready = partial(self.on_client_socket_readable, connection)
            self.poller.register(line, selectors.EVENT_READ, ready)

    def murder_keepalived(self) -> None:
        """Let go, besides those that gunicorn knows of, of connections on which nothing was ever said."""
        super().murder_keepalived()
        with self._lock:
            while self._silent and (self._silent[0][1].initialized or self._silent[0][0] < time.monotonic()):
                _until, connection = self._silent.popleft()
                if not connection.initialized:
                    self.nr_conns -= 1
                    self.poller.unregister(connection.sock)
                    connection.close()

    def handle(self, connection: TConn) -> tuple[bool, TConn]:
        """Read and answer one request; what was left unread of it is not carried over to the next."""
        connection.parser.unreader.sock = PacedSocket(connection.sock)
        connection.sock.settimeout(ANSWER_SECONDS)
        keep, _connection = super().handle(connection)
        request = connection.parser.mesg
        if request is None or request.body is None:
            return keep, connection
        try:
            left = LEFTOVER_BYTES
            while left > 0 and (data := request.body.read(8192)):
                left -= len(data)
        except Exception:
            # Cut off, or not what its headers say: either way nothing else can come on this line.
            return False, connection
        return keep and left > 0, connection


worker_class = f"{__name__}.{Worker.__name__}"
workers, threads = 2, 4
worker_connections = 400
# Longer than people look at most pages: a click that meets the end of an idle connection fails.
keepalive = 30
# Less than gunicorn allows where Partnerdesk needs less; the address of a list with all its filters is short.
limit_request_line, limit_request_fields, limit_request_field_size = 4094, 64, 8190
# Gunicorn believes whoever connects from this machine; portal.settings has its own say (TRUSTED_PROXIES).
forwarded_allow_ips = ""
# Paths without queries: LINE WORKS sends a browser back with a code in its query.
access_log_format = '%(h)s %(t)s "%(m)s %(U)s" %(s)s %(B)s %(M)sms'
accesslog = "-"
