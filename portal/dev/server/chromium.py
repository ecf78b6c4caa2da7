"""Find or install the Chromium of the browser tests."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from portal.dev.server import apt
from portal.dev.server.errors import Trouble
from portal.dev.server.steps import Interrupts

# The one without windows does the same for a fifth less processor time.
_LEAN = "chromium-headless-shell"
_NAMES = (_LEAN, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_APPLICATIONS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
_FONTS = "fonts-noto-cjk"


def ensure(interrupts: Interrupts) -> Path:
    """
    Find Chromium, or install it where we may.

    Raises:
        Trouble: there is none; the sentence says how to come by one.
    """
    found = find(os.environ)
    for package in (_LEAN, "chromium"):
        if found is None and apt.install([package], "Installing Chromium for the browser tests", interrupts):
            found = find(os.environ)
    if found is None:
        raise Trouble(
            "The browser tests need Chromium: install it (Debian `apt install chromium`, Ubuntu "
            "`snap install chromium`, macOS `brew install --cask chromium`), or name its program in CHROMIUM."
        )
    return found


def find(environment: Mapping[str, str]) -> Path | None:
    """
    Return the browser to use, that in CHROMIUM first.

    Raises:
        Trouble: CHROMIUM names a program that does not run.
    """
    named = environment.get("CHROMIUM", "")
    if named:
        if not _runs(named):
            raise Trouble(f"CHROMIUM names {named}, which does not run.")
        return Path(named)
    candidates = [shutil.which(name, path=environment.get("PATH")) for name in _NAMES]
    return next((Path(path) for path in (*candidates, *_APPLICATIONS) if path and _runs(path)), None)


def ensure_japanese_font(interrupts: Interrupts) -> None:
    """Install a font with Japanese letters where none is and we may: without it, pictures show boxes."""
    listing = shutil.which("fc-list")
    if listing and subprocess.run([listing, ":lang=ja"], capture_output=True, check=False).stdout.strip():
        return
    if not apt.install([_FONTS], "Installing a font with Japanese letters", interrupts):
        print(f"  There is no font with Japanese letters; {_FONTS} is one.", flush=True)


def _runs(program: str) -> bool:
    """Return whether it starts: on Ubuntu a program of this name may only point to a snap."""
    try:
        return subprocess.run([program, "--version"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False
