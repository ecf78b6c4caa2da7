"""The embedded PostgreSQL and Redis: started, joined, kept, stopped."""

import atexit
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from portal.dev.server import embedded
from portal.dev.server.embedded import _postgres
from tests.support.processes import bare_environment
from tests.support.waiting import wait_for


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home that PostgreSQL's own tools would choke on: spaces, and too long for a socket."""
    folder = tmp_path / ("a folder with quite a long name " * 4).strip() / "home"
    yield folder
    embedded.stop_unused(folder)


def _query(services: embedded.Services, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(services.database_url, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def test_data_outlives_the_servers(home: Path) -> None:
    services = embedded.start(home)
    _query(services, "CREATE TABLE kept AS SELECT 'yes' AS word")
    redis.Redis.from_url(services.redis_url).set("kept", "yes")
    assert services.stop()
    assert services.fallen() == ["PostgreSQL", "Redis"]

    services = embedded.start(home)

    assert _query(services, "SELECT word FROM kept") == [("yes",)]
    assert redis.Redis.from_url(services.redis_url).get("kept") == b"yes"
    assert services.stop()


def test_the_last_to_leave_stops_them(home: Path) -> None:
    first = embedded.start(home, durable=False)
    second = embedded.start(home, durable=False)
    assert second.database_url == first.database_url
    assert second.redis_url == first.redis_url

    assert not first.stop()
    assert second.fallen() == []
    assert not first.stop(), "stopping twice must not take the servers from another"
    assert second.fallen() == []

    assert second.stop()
    assert second.fallen() == ["PostgreSQL", "Redis"]


def test_a_killed_command_leaves_servers_that_the_next_one_joins(home: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from portal.dev.server import embedded;"
        "print(embedded.start(Path(sys.argv[1]), durable=False).database_url, flush=True); time.sleep(600)"
    )
    killed = subprocess.Popen(
        [sys.executable, "-c", program, str(home)],
        cwd=embedded.PROJECT,
        env=bare_environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert killed.stdout is not None
    address = killed.stdout.readline().strip()
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    killed.stdout.close()

    services = embedded.start(home, durable=False)

    assert services.database_url == address
    assert services.stop()


def test_a_fallen_server_is_noticed_and_comes_back(home: Path) -> None:
    services = embedded.start(home, durable=False)
    record = (home / "postgres" / "postmaster.pid").read_text().splitlines()
    sockets = Path(record[4])
    os.kill(int(record[0]), signal.SIGKILL)
    wait_for(lambda: services.fallen() == ["PostgreSQL"], "PostgreSQL is missed")

    again = embedded.start(home, durable=False)

    assert _query(again, "SELECT 1") == [(1,)]
    assert not sockets.exists(), "the folder of the fallen server's socket is left"
    services.stop()
    assert again.stop()


def test_nobody_else_can_reach_them(home: Path) -> None:
    services = embedded.start(home, durable=False)
    sockets = Path(services.database_url.partition("host=")[2])
    assert sockets.stat().st_mode & 0o777 == 0o700
    assert _query(services, "SHOW listen_addresses") == [("",)]
    assert (home / "redis" / "redis.conf").stat().st_mode & 0o777 == 0o600
    stranger = redis.Redis.from_url("redis://" + services.redis_url.partition("@")[2])
    with pytest.raises(redis.AuthenticationError):
        stranger.ping()
    own = redis.Redis.from_url(services.redis_url)
    assert own.config_get("bind") == {"bind": "127.0.0.1"}
    assert own.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    services.stop()


def test_data_of_another_version_is_left_alone(home: Path) -> None:
    data = home / "postgres"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("12\n")
    with pytest.raises(embedded.NotRunning, match=r"made by PostgreSQL 12 and this is \d+: .*make reset"):
        embedded.start(home)
    assert sorted(path.name for path in data.iterdir()) == ["PG_VERSION"]


def test_a_start_that_was_broken_off_leaves_no_half_made_data(home: Path) -> None:
    half = home / "postgres.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    services = embedded.start(home, durable=False)
    assert _query(services, "SELECT 1") == [(1,)]
    assert not half.exists()
    services.stop()


def test_another_user_that_cannot_come_to_the_folder_is_told_of(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    folder = closed / "home" / "postgres"
    folder.mkdir(parents=True)
    closed.chmod(0o700)
    nobody = _postgres.Account(user=65534)
    with pytest.raises(embedded.NotRunning, match=f"other users cannot enter {closed}.*ordinary user"):
        _postgres._hand_over(folder, nobody)


def test_only_what_is_missing_is_provided(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/portal")
    monkeypatch.delenv("REDIS_URL")
    kept: list[Callable[[], bool]] = []
    monkeypatch.setattr(atexit, "register", kept.append)

    embedded.provide_environment(home)

    assert os.environ["DATABASE_URL"] == "postgresql://elsewhere/portal"
    assert redis.Redis.from_url(os.environ["REDIS_URL"]).ping()
    [stop] = kept
    assert stop()


def test_nothing_is_started_where_both_are_given(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.setenv("DATABASE_URL_FILE", "/run/secrets/database")
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere/0")
    embedded.provide_environment(home)
    assert not home.exists()
