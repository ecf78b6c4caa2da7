"""
End the processes of a run whose supervisor was killed.

``python -m portal.dev.server.reaper`` reads notes from a pipe, one a line: ``+123`` for a process group that was
started, ``-123`` for one that has ended. The system closes the pipe when its writer dies, however it dies;
the groups that are still listed then get SIGTERM, and SIGKILL if that does not help. A writer that ends
normally has removed all of them.
"""

import os
import signal
import sys
import time
from collections.abc import Iterable

from portal.dev.server import embedded
from portal.dev.server.steps import PAUSE_SECONDS, signal_group

_PATIENCE_SECONDS = 15.0


def main(notes: Iterable[str] = sys.stdin) -> None:
    """Read notes until the writer is gone, then end what it has left."""
    # The terminal's Ctrl-C is the writer's business.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    left: set[int] = set()
    for note in notes:
        group = int(note[1:])
        if note[0] == "+":
            left.add(group)
        else:
            left.discard(group)
    if left:
        end_groups(left)
    embedded.stop_unused()


def end_groups(groups: set[int]) -> None:
    """End process groups, at first in good order."""
    for group in groups:
        # The leader alone: Celery and gunicorn end their own in good order.
        _signal_leader(group, signal.SIGTERM)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while groups and time.monotonic() < deadline:
        for group in [group for group in groups if not _signal_leader(group, 0)]:
            signal_group(group, signal.SIGKILL)
            groups.remove(group)
        time.sleep(PAUSE_SECONDS)
    for group in groups:
        signal_group(group, signal.SIGKILL)


def _signal_leader(group: int, number: int) -> bool:
    """Signal the process that a group is named after; answers whether there is one."""
    try:
        os.kill(group, number)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    main()
