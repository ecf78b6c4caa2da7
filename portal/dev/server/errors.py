"""Errors that end a target with one sentence and exit status 1."""

import errno
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portal.dev.server.embedded import NotRunning

LEAST_FREE_BYTES = 500 * 1000 * 1000


class Trouble(Exception):
    """Something that the person at the terminal can put right; the sentence says what."""


class FullDisk(Trouble):
    """There is no room, or soon will be none."""

    def __init__(self, folder: Path, free: int) -> None:
        super().__init__(
            f"The disk that holds {folder} is full ({free // 1_000_000} MB free, "
            f"{LEAST_FREE_BYTES // 1_000_000} MB needed): make room and start again."
        )


class Stopped(Exception):
    """The person asked to stop before everything had started."""


@contextmanager
def told(folder: Path) -> Iterator[None]:
    """Turn trouble into its sentence and an exit code; ``folder`` is what a full disk is measured at."""
    try:
        yield
    except Stopped:
        sys.exit(130)
    except (Trouble, NotRunning) as trouble:
        sys.exit(str(trouble))
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        sys.exit(str(FullDisk(folder, free_bytes(folder))))


def free_bytes(folder: Path) -> int:
    """Return how many bytes can still be written where this folder is."""
    return shutil.disk_usage(folder).free


def speaks_of_full_disk(words: str) -> bool:
    """Return whether a program's words blame the disk."""
    return "No space left on device" in words or "Disk quota exceeded" in words
