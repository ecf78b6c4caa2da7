"""
Embedded PostgreSQL and Redis, for machines that have none.

Both are the real servers, out of Python wheels, so Partnerdesk runs on the same kind of database and broker here as
anywhere else. Their data is kept under a *home* folder, by default ``.local/``. They listen where only the person who
started them can reach: PostgreSQL on a socket in a folder of mode 0700, Redis on loopback behind a password generated
at each start.

Several commands may use the servers at the same time, such as ``make run`` and ``manage.py shell``. Each holds a lock
for as long as it needs them; the last one to leave stops them. A lock ends with its process, so nothing is left to
clean up after a crash: the next command joins what still runs.

Needs nothing but the standard library and the two wheels; it never imports Django.
"""

import atexit
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from portal.dev.server.embedded import _postgres, _redis
from portal.dev.server.embedded._process import NotRunning

__all__ = ["HOME", "PROJECT", "NotRunning", "Services", "provide_environment", "start", "stop_unused"]

PROJECT = Path(__file__).resolve().parents[4]
HOME = PROJECT / ".local"


@dataclass(frozen=True)
class Services:
    """The running servers, held until :meth:`stop`."""

    home: Path
    database_url: str
    redis_url: str
    _use: IO[str]

    def stop(self) -> bool:
        """
        Let go of the servers, and stop them unless another command still uses them.

        Returns:
            True when they were stopped.

        Raises:
            NotRunning: a server would not end.
        """
        if self._use.closed:
            return False
        with _alone(self.home), self._use:
            return _stop_if_last(self.home, self._use)

    def fallen(self) -> list[str]:
        """Name the servers that no longer answer."""
        servers = {"PostgreSQL": _postgres.address(self.home), "Redis": _redis.address(self.home)}
        return [name for name, address in servers.items() if address is None]


def start(home: Path = HOME, *, durable: bool = True) -> Services:
    """
    Join the servers of this home, or start them.

    Args:
        home: the folder that keeps their data, logs and locks; made if missing. Its path may hold spaces
        and be
            be of any length.
        durable: False gives up safety on power loss for speed, as suits tests.

    Raises:
        NotRunning: a server would not start; the sentence says why and names its log.
    """
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(home):
        database_url = _postgres.address(home) or _postgres.start(home, durable=durable)
        redis_url = _redis.address(home) or _redis.start(home, durable=durable)
        use = (home / "servers.use").open("a")
        fcntl.flock(use, fcntl.LOCK_SH)
    return Services(home=home, database_url=database_url, redis_url=redis_url, _use=use)


def stop_unused(home: Path = HOME) -> bool:
    """
    Stop the servers of this home if no command holds them, such as those that a killed one has left.

    Returns:
        False when a command still uses them.

    Raises:
        NotRunning: a server would not end.
    """
    if not home.exists():
        return True
    with _alone(home), (home / "servers.use").open("a") as use:
        return _stop_if_last(home, use)


def provide_environment(home: Path = HOME) -> None:
    """
    Set DATABASE_URL and REDIS_URL where they are unset, from the embedded servers.

    Servers that this call had to start are stopped again when the process ends. Where both names are set
    already (each also as ``…_FILE``), nothing is started.
    """
    names = ("DATABASE_URL", "REDIS_URL")
    missing = [name for name in names if not {name, name + "_FILE"} & os.environ.keys()]
    if not missing:
        return
    services = start(home)
    atexit.register(services.stop)
    addresses = {"DATABASE_URL": services.database_url, "REDIS_URL": services.redis_url}
    os.environ.update({name: addresses[name] for name in missing})


def _stop_if_last(home: Path, use: IO[str]) -> bool:
    try:
        fcntl.flock(use, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    _redis.stop(home)
    _postgres.stop(home)
    return True


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Hold the lock under which servers are started and stopped."""
    with (home / "servers.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
