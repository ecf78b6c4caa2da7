"""How long `make test` took the last time that it passed; `make bench` compares with it."""

import json
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from portal.dev.server.embedded import HOME

FILE = HOME / "last-test.json"


@dataclass(frozen=True)
class LastTest:
    """
    One `make test` that passed.

    Args:
        seconds: how long it took.
        cores: of the machine.
        at: when it ended, in UTC, to the minute.
    """

    seconds: float
    cores: int
    at: str


def note(seconds: float) -> None:
    """Keep what has just passed."""
    passed = LastTest(round(seconds, 1), os.cpu_count() or 1, f"{datetime.now(UTC):%Y-%m-%d %H:%M}")
    FILE.write_text(json.dumps(asdict(passed)) + "\n", encoding="ascii")


def recall() -> LastTest | None:
    """Return the last one; none if none has passed since `.local` was cleared."""
    try:
        return LastTest(**json.loads(FILE.read_text(encoding="ascii")))
    except FileNotFoundError:
        return None
