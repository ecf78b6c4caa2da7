"""Compile the translations (.po to .mo) without gettext, which a fresh machine does not have."""

from collections.abc import Iterable
from pathlib import Path

import polib

from portal.dev.server.embedded import PROJECT
from portal.dev.server.errors import Trouble


def catalogues(project: Path = PROJECT) -> list[Path]:
    """Return our translations' sources."""
    hidden = {".venv", "node_modules", ".local"}
    found = project.glob("portal/ui/locale/*/LC_MESSAGES/*.po")
    return sorted(path for path in found if not hidden & set(path.parts))


def compile_all(paths: Iterable[Path]) -> None:
    """
    Write the .mo file beside each .po file that is newer.

    Raises:
        Trouble: a file does not follow the format.
    """
    for source in paths:
        compiled = source.with_suffix(".mo")
        if compiled.is_file() and compiled.stat().st_mtime >= source.stat().st_mtime:
            continue
        try:
            polib.pofile(str(source), encoding="utf-8").save_as_mofile(str(compiled))
        except (OSError, ValueError) as error:
            raise Trouble(f"{source} cannot be compiled: {error}") from error
