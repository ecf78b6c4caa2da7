"""A Redis of a test's own, which it may freeze: a process that is stopped hangs, where one that is killed refuses."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pytest_django import Settings
from redis import Redis

from portal.celery import app
from portal.core import enqueue
from portal.dev.server.embedded import _redis
from portal.vendor.connection import api


class OwnRedis:
    """A running Redis that nobody else uses."""

    def __init__(self, home: Path) -> None:
        (home / "log").mkdir(parents=True)
        self._home = home
        self.url = _redis.start(home, durable=False)
        with Redis.from_url(self.url) as redis:
            self._process = int(redis.info("server")["process_id"])

    def freeze(self) -> None:
        """Have it take connections and answer nothing."""
        os.kill(self._process, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on where it stood."""
        os.kill(self._process, signal.SIGCONT)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Keep it frozen while the block runs."""
        self.freeze()
        try:
            yield
        finally:
            self.thaw()

    def close(self) -> None:
        """End it, frozen or not."""
        self.thaw()
        _redis.stop(self._home)


@pytest.fixture
def own_redis(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch, vendor_settings: None
) -> Iterator[OwnRedis]:
    """The Redis of this process and of the workers that the test starts; the other tests' Redis is untouched."""
    redis = OwnRedis(tmp_path / "redis-home")
    settings.REDIS_URL = redis.url
    monkeypatch.setattr(app.conf, "broker_url", redis.url)
    monkeypatch.setattr(enqueue, "breaker", enqueue.Breaker())
    _forget_connections()
    api.budget().assume_unused()
    yield redis
    redis.close()
    _forget_connections()


def _forget_connections() -> None:
    api.budget.cache_clear()
    app._pool = None  # type: ignore[attr-defined]  # Celery's own
    app.amqp._producer_pool = None  # type: ignore[attr-defined]  # Celery's own
