"""Copies of the tree: faults are put into these alone, never into the tree that somebody works in."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence

from portal.dev.server.embedded import HOME, PROJECT
from tests.mutants.faults import Fault, source
from tests.mutants.watch import LIMIT, REPORT

PLACE = HOME / "mutants"
# A run that does not even end in good order is given so long after its limit.
_GRACE_SECONDS = 90.0
_LEFT_OUT = {".git", ".local", ".venv", "node_modules", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis"}


class Copy:
    """
    A copy of the tree with database and Redis of its own, which stay from run to run.

    Args:
        name: of its folder.
    """

    def __init__(self, name: str) -> None:
        self.folder = PLACE / name
        self.report = PLACE / f"{name}.json"
        self._written = 0.0
        self.folder.mkdir(parents=True, exist_ok=True)
        for old in self.folder.iterdir():
            if old.is_symlink() or old.is_file():
                old.unlink()
            elif old.name != HOME.name:
                shutil.rmtree(old)
        for entry in PROJECT.iterdir():
            if entry.name in _LEFT_OUT:
                continue
            if entry.is_dir():
                shutil.copytree(entry, self.folder / entry.name, symlinks=True)
            else:
                shutil.copy2(entry, self.folder / entry.name)
        (self.folder / "node_modules").symlink_to(PROJECT / "node_modules")

    def test(
        self, arguments: Sequence[str], *, limit: float, environment: Mapping[str, str] | None = None
    ) -> tuple[int | None, str]:
        """
        Run pytest in this copy.

        Args:
            arguments: what comes after ``python``.
            limit: after so many seconds it ends itself.
            environment: what is set besides.

        Returns:
            its exit code, None if it had to be killed, and what it wrote.
        """
        self.report.unlink(missing_ok=True)
        given = {**os.environ, **(environment or {}), "PYTHONPATH": str(self.folder)}
        given |= {REPORT: str(self.report), LIMIT: str(limit)}
        log = self.report.with_suffix(".log")
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603  pytest
                [sys.executable, *arguments],
                cwd=self.folder,
                env=given,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
            try:
                code: int | None = process.wait(limit + _GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                code = None
        return code, log.read_text(encoding="utf-8", errors="replace")

    def put_in(self, fault: Fault) -> None:
        """Put a fault into this copy."""
        file = self.folder / fault.path
        self._written = file.stat().st_mtime
        file.write_text(fault.code(), encoding="utf-8")

    def take_out(self, fault: Fault) -> None:
        """Take it out again; the file is as old as it was, so that its compiled form is taken up again."""
        file = self.folder / fault.path
        file.write_text(source(fault.path), encoding="utf-8")
        os.utime(file, (self._written, self._written))
