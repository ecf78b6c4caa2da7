"""How `--dist=loadfile` deals tests out: file by file, and those that need a browser all to one process."""

import pytest
from xdist.scheduler import LoadFileScheduling, Scheduling

_TOGETHER = "tests/browser/"


class _FilesAndBrowser(LoadFileScheduling):  # type: ignore[misc]  # xdist publishes no types
    """Each process that gets a browser test starts a portal and a Chromium, so one process is to get them all."""

    def _split_scope(self, nodeid: str) -> str:
        return _TOGETHER if nodeid.startswith(_TOGETHER) else super()._split_scope(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Scheduling | None:
    """Deal out by our rule where files are to stay together; any other way is left as it was asked for."""
    return _FilesAndBrowser(config, log) if config.getoption("dist") == "loadfile" else None
