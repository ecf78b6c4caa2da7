"""Redis hangs for a while: it hears afterwards what it could not answer, and nobody holds that turn."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError

from portal.vendor.ratelimit import Priority, RateLimiter
from tests.support.own_redis import OwnRedis
from tests.vendor.ratelimit.conftest import call, try_turn

OPERATION = "getThing"


@pytest.fixture
def own(tmp_path: Path) -> Iterator[OwnRedis]:
    redis = OwnRedis(tmp_path / "redis-home")
    yield redis
    redis.close()


@pytest.fixture
def one_place(own: OwnRedis) -> Iterator[RateLimiter]:
    """A budget with a single place, so that one turn that is held by nobody would show."""
    with Redis.from_url(own.url, socket_timeout=0.2, retry=None) as redis:
        budget = RateLimiter(redis, limit=10, window=60.0, concurrency=1)
        budget.assume_unused()
        yield budget


def test_a_turn_that_was_asked_for_while_redis_was_frozen_holds_no_place(own: OwnRedis, one_place: RateLimiter) -> None:
    # Redis knows the script from then on, and runs it when it wakes up.
    assert call(one_place, OPERATION, Priority.PEOPLE)
    with own.frozen(), pytest.raises(RedisError):
        one_place.wait(OPERATION, Priority.PEOPLE)
    assert try_turn(one_place, OPERATION, Priority.PEOPLE)


def test_a_call_that_ended_while_redis_was_frozen_gives_its_place_back(own: OwnRedis, one_place: RateLimiter) -> None:
    turn = one_place.wait(OPERATION, Priority.PEOPLE)
    own.freeze()
    with pytest.raises(RedisError):
        one_place.end(turn)
    # As if the message had been lost with its connection.
    own.thaw()
    one_place._redis.zadd("pace:flying", {turn.name: turn.taken_at + 30e6})
    assert try_turn(one_place, OPERATION, Priority.PEOPLE)


def test_what_redis_still_does_not_hear_is_told_once_it_does(own: OwnRedis, one_place: RateLimiter) -> None:
    assert call(one_place, OPERATION, Priority.PEOPLE)
    turn = one_place.wait(OPERATION, Priority.PEOPLE)
    with own.frozen():
        with pytest.raises(RedisError):
            one_place.end(turn)
        with pytest.raises(RedisError):
            one_place.wait("getOther", Priority.SWEEP)
    # As if both messages had been lost with their connections.
    one_place._redis.zadd("pace:flying", {turn.name: turn.taken_at + 30e6})
    assert try_turn(one_place, OPERATION, Priority.PEOPLE)
