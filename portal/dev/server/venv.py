"""Make the virtual environment ``.venv`` and keep it as the locks say."""

import hashlib
import json
import shutil
import subprocess
import sys
import sysconfig
from importlib.util import find_spec
from pathlib import Path

from portal.dev.server import apt, steps
from portal.dev.server.embedded import PROJECT
from portal.dev.server.errors import Trouble
from portal.dev.server.steps import Interrupts

FOLDER = PROJECT / ".venv"
PYTHON = FOLDER / "bin" / "python"
# Written after a whole installation: which locks are in.
_STAMP = FOLDER / "partnerdesk.json"
# Each lock holds the one before it whole. Production installs the first alone, by pip.
LOCKS = ("runtime", "embedded", "dev")
_QUIET = ("--disable-pip-version-check", "--no-input", "--quiet")
# Most of what is installed is never imported; the rest is compiled at its first import.
_LAZY = "--no-compile"


def ensure(lock: str, interrupts: Interrupts) -> Path:
    """
    Bring ``.venv`` up to a lock, doing nothing where it is already.

    Args:
        lock: one of `LOCKS`: "embedded" for what ``make run`` needs, "dev" for what tests need too.

    Returns:
        the Python to go on with.

    Raises:
        Trouble: it cannot be made, or a package cannot be had.
    """
    wanted = _fingerprint(lock)
    if _installed().get(lock) == wanted and _works():
        return PYTHON
    if not _works():
        _make(interrupts)
    steps.run(
        f"Installing Python packages ({lock}.txt)",
        [*_pip(), "install", *_QUIET, _LAZY, "--require-hashes", "-r", PROJECT / "requirements" / f"{lock}.txt"],
        interrupts,
        advice="Is the package index within reach? ",
    )
    _put_project_on_path()
    locks = LOCKS[: LOCKS.index(lock) + 1]
    _STAMP.write_text(json.dumps(_installed() | {name: _fingerprint(name) for name in locks}), encoding="utf-8")
    return PYTHON


def _fingerprint(lock: str) -> str:
    text = (PROJECT / "requirements" / f"{lock}.txt").read_bytes()
    # A folder that was moved, or a Python that was replaced, needs a new installation.
    return hashlib.sha256(b"\0".join((text, str(PROJECT).encode(), sys.version.encode()))).hexdigest()


def _installed() -> dict[str, str]:
    try:
        stamp = json.loads(_STAMP.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _works() -> bool:
    """Return whether there is a virtual environment of this very Python, with packages of its own."""
    question = "import sys; print(sys.prefix != sys.base_prefix, *sys.version_info[:2])"
    try:
        answer = subprocess.run([PYTHON, "-c", question], capture_output=True, text=True, check=False).stdout
    except OSError:
        return False
    return answer.split() == ["True", str(sys.version_info[0]), str(sys.version_info[1])]


def _make(interrupts: Interrupts) -> None:
    if FOLDER.exists():
        shutil.rmtree(FOLDER)
    options: list[str] = []
    if find_spec("ensurepip") is None or find_spec("venv") is None:
        # Debian parts these from Python itself.
        package = f"python3.{sys.version_info[1]}-venv"
        if not apt.install([package], f"Installing {package}", interrupts):
            if find_spec("pip") is None or find_spec("venv") is None:
                raise Trouble(f"This Python comes without venv: install it with `apt install {package}`.")
            options = ["--without-pip"]
    steps.run("Making a virtual environment in .venv", [sys.executable, "-m", "venv", *options, FOLDER], interrupts)


def _pip() -> list[str | Path]:
    """Return the command of the environment's pip, or of ours working on it."""
    if (FOLDER / "bin" / "pip").exists():
        return [PYTHON, "-m", "pip"]
    return [sys.executable, "-m", "pip", "--python", PYTHON]


def _put_project_on_path() -> None:
    """Let ``.venv/bin/python`` and its ``pytest`` find the project from any folder."""
    packages = Path(sysconfig.get_path("purelib", "venv", {"base": str(FOLDER), "platbase": str(FOLDER)}))
    (packages / "partnerdesk.pth").write_text(f"{PROJECT}\n", encoding="utf-8")
