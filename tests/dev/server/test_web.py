"""The web server as it is started, as a process: nobody keeps it busy, and nobody fills its disk."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from portal.dev.server.embedded import PROJECT
from tests.support.processes import free_port
from tests.support.waiting import wait_for
from tests.support.worker import test_database_url as database_url

# With its limits for impatient people, and fewer threads than somebody slow could take.
IMPATIENT = """
from portal import gunicorn
gunicorn.SILENT_SECONDS, gunicorn.REQUEST_SECONDS, gunicorn.LEFTOVER_BYTES = 1.0, 1.0, 1024 * 1024
from portal.gunicorn import *
workers, threads = 1, 2
"""
SIGN_IN = "/account/sign-in/"

# The database is there only where a test asks for it.
pytestmark = pytest.mark.django_db


@dataclass
class Server:
    """The process, and the folder in which it would keep what it cannot hold in memory."""

    port: int
    temporary: Path
    log: Path

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def ask(self, head: str, *bodies: bytes) -> bytes:
        """Send a request as it stands and return all that comes back, until the line is cut."""
        with self.connect() as line:
            try:
                line.sendall(head.replace("\n", "\r\n").encode())
                for body in bodies:
                    line.sendall(body)
            except (BrokenPipeError, ConnectionResetError):
                pass
            return rest(line)

    def answers(self) -> bool:
        try:
            return b" 200 OK" in self.ask(f"GET {SIGN_IN} HTTP/1.1\nHost: localhost\nConnection: close\n\n")
        except OSError:
            return False


def rest(line: socket.socket) -> bytes:
    """Return what still comes on a line."""
    found = b""
    try:
        while data := line.recv(65536):
            found += data
    except ConnectionResetError:
        pass
    return found


@pytest.fixture(scope="module")
def server(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("web")
    (folder / "impatient.py").write_text(IMPATIENT, encoding="ascii")
    (folder / "temporary").mkdir()
    server = Server(free_port(), folder / "temporary", folder / "log")
    environment = os.environ | {
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "tests.support.web_settings",
        "TMPDIR": str(server.temporary),
    }
    command = [sys.executable, "-m", "gunicorn", "portal.wsgi", "--config", str(folder / "impatient.py")]
    with server.log.open("wb") as log:
        process = subprocess.Popen(
            [*command, f"--bind=127.0.0.1:{server.port}"], cwd=PROJECT, env=environment, stdout=log, stderr=log
        )
    try:
        wait_for(server.answers, "the server answers")
        yield server
    finally:
        process.terminate()
        process.wait(20)


def test_what_is_sent_to_the_sign_in_page_never_reaches_the_disk(server: Server) -> None:
    before = server.temporary.stat().st_mtime_ns
    file = b'--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n'
    head = f"POST {SIGN_IN} HTTP/1.1\nHost: localhost\nContent-Type: multipart/form-data; boundary=x\n"
    megabyte = b"a" * 1024 * 1024
    answers = [
        server.ask(f"{head}Content-Length: {20 * len(megabyte)}\n\n", file, *[megabyte] * 20),
        server.ask(f"{head}Content-Length: {200 * 1024}\nConnection: close\n\n", file, b"a" * (200 * 1024 - len(file))),
        server.ask(f"{head}Transfer-Encoding: chunked\n\n", *[b"100000\r\n" + megabyte + b"\r\n"] * 3),
    ]
    # Whoever goes on sending may find the line cut before the answer.
    assert [answer[9:12] for answer in answers] in (
        [b"413", b"403", b"411"], [b"", b"403", b"411"], [b"413", b"403", b""], [b"", b"403", b""],
    )  # fmt: skip
    # A file that was made there and is gone again would have moved the folder's time.
    assert server.temporary.stat().st_mtime_ns == before
    assert server.answers()


def test_who_sends_slowly_or_says_nothing_keeps_nobody_out(server: Server) -> None:
    before = len(server.log.read_bytes())
    slow = [server.connect() for _ in range(6)]
    for number, line in enumerate(slow):
        if number % 3 == 0:
            line.sendall(b"GET / HTTP/1.1\r\nHost: lo")
        elif number % 3 == 1:
            line.sendall(f"POST {SIGN_IN} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\na".encode())
    # More of them than there are threads; each is let go by itself.
    assert server.answers()
    for line in slow:
        with line:
            rest(line)
    assert server.answers()
    assert b"Traceback" not in server.log.read_bytes()[before:]


def test_a_head_beyond_its_limits_is_refused(server: Server) -> None:
    many = "".join(f"X-{number}: a\n" for number in range(100))
    for head in (
        f"GET /?{'a' * 5000} HTTP/1.1\nHost: localhost\n\n",
        f"GET / HTTP/1.1\nHost: localhost\n{many}\n",
        f"GET / HTTP/1.1\nHost: localhost\nX-Long: {'a' * 9000}\n\n",
    ):
        assert server.ask(head).startswith((b"HTTP/1.1 400", b"HTTP/1.1 431", b"HTTP/1.1 414"))


@pytest.mark.parametrize("charset", ["utf-7", "utf-8", '"utf-16"', "no-such", "shift_jis"])
@pytest.mark.parametrize(
    ("query", "status"), [("&".join(["a=1"] * 1001), b"400"), ("next=%2BAAA-", b"200"), ("next=%00", b"400")]
)
def test_the_charset_that_a_request_names_changes_nothing(
    charset: str, query: str, status: bytes, server: Server
) -> None:
    for kind in ("text/plain", "multipart/form-data", "application/x-www-form-urlencoded"):
        head = f"GET {SIGN_IN}?{query} HTTP/1.1\nHost: localhost\nContent-Type: {kind}; Charset={charset}\n"
        assert server.ask(f"{head}Connection: close\n\n")[9:12] == status


def test_nobody_is_taken_for_a_proxy(server: Server) -> None:
    head = f"GET {SIGN_IN} HTTP/1.1\nHost: localhost\nX-Forwarded-Proto: https\nConnection: close\n\n"
    answer = server.ask(head)
    assert b"200 OK" in answer
    # An address that came by https would be told so to the browser.
    assert b"Strict-Transport-Security" not in answer
