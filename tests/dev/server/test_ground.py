"""What stops a start gets one clear sentence."""

import errno
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.dev.server import environment, errors, preflight
from portal.dev.server.embedded import PROJECT, NotRunning
from portal.dev.server.errors import FullDisk, Trouble
from tests.support.processes import bare_environment, free_port


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_a_busy_port_is_named_with_a_way_out(busy_port: int) -> None:
    with pytest.raises(Trouble, match=rf"Port {busy_port} is taken .*make run PORT=\d+"):
        environment.check_ports({"PORT": str(busy_port), "SANDBOX_PORT": str(free_port())})


def test_a_busy_port_of_the_sandbox_names_its_own_setting(busy_port: int) -> None:
    with pytest.raises(Trouble, match=rf"Port {busy_port} is taken .*make run SANDBOX_PORT=\d+"):
        environment.check_ports({"PORT": str(free_port()), "SANDBOX_PORT": str(busy_port)})


def test_the_sandbox_needs_no_port_where_there_is_another_vendor(busy_port: int) -> None:
    environment.check_ports(
        {
            "PORT": str(free_port()),
            "SANDBOX_PORT": str(busy_port),
            "PARTNER_API_URL": "https://vendor.example.com/v1.0",
        }
    )


def test_one_port_cannot_serve_both() -> None:
    port = str(free_port())
    with pytest.raises(Trouble, match=f"PORT and SANDBOX_PORT are both {port}"):
        environment.check_ports({"PORT": port, "SANDBOX_PORT": port})


@pytest.mark.parametrize("text", ["eighty", "0", "65536", "-1", "80 80"])
def test_an_odd_port_is_refused(text: str) -> None:
    with pytest.raises(Trouble, match=f"PORT is '{text}': use a whole number from 1 to 65535"):
        environment.check_ports({"PORT": text})


def test_a_second_run_names_the_first(tmp_path: Path) -> None:
    claim = preflight.claim_run(tmp_path)
    preflight.announce(claim, pid=4711, address="http://127.0.0.1:8123")
    with pytest.raises(Trouble, match=r"already runs .* process 4711, http://127\.0\.0\.1:8123"):
        preflight.claim_run(tmp_path)
    claim.close()
    preflight.claim_run(tmp_path).close()


def test_the_claim_outlives_a_change_of_program(tmp_path: Path) -> None:
    claim = preflight.claim_run(tmp_path)
    handed_on = preflight.hand_on(claim)
    program = (
        "import sys; from pathlib import Path; from portal.dev.server import preflight;"
        "claim = preflight.claim_run(Path(sys.argv[1])); preflight.announce(claim, pid=1, address='from the next')"
    )
    subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        check=True,
        close_fds=False,
        cwd=PROJECT,
        env=bare_environment(**handed_on),
    )
    assert json.loads((tmp_path / "run.lock").read_text())["address"] == "from the next"
    claim.close()


def test_too_little_room_is_told_before_anything_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "free_bytes", lambda _folder: 123_000_000)
    with pytest.raises(FullDisk, match=r"is full \(123 MB free, 500 MB needed\): make room"):
        preflight.check_disk(tmp_path)


def test_room_enough_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "free_bytes", lambda _folder: 500_000_000)
    preflight.check_disk(tmp_path)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_disk_that_fills_up_later_gets_the_same_sentence(tmp_path: Path, code: int) -> None:
    with pytest.raises(SystemExit, match=f"The disk that holds {tmp_path} is full"), errors.told(tmp_path):
        raise OSError(code, os.strerror(code))


def test_another_error_is_not_passed_off_as_a_full_disk(tmp_path: Path) -> None:
    with pytest.raises(PermissionError), errors.told(tmp_path):
        raise PermissionError(errno.EACCES, "no")


@pytest.mark.parametrize("said", [Trouble("Do this."), NotRunning("Do this.")])
def test_trouble_ends_with_its_sentence(tmp_path: Path, said: Exception) -> None:
    with pytest.raises(SystemExit) as ended, errors.told(tmp_path):
        raise said
    assert ended.value.code == "Do this."


def test_stopping_early_is_no_trouble(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as ended, errors.told(tmp_path):
        raise errors.Stopped
    assert ended.value.code == 130
