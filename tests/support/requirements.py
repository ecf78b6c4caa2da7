"""What requirements/ names and locks, and which modules of Python the packages bring."""

import re
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "requirements"


def named(lock: str) -> set[str]:
    """Return the packages that ``requirements/<lock>.in`` names itself, without those of the files that it takes in."""
    lines = (FOLDER / f"{lock}.in").read_text(encoding="utf-8").splitlines()
    return {_canonical(found[0]) for line in lines if (found := re.match(r"[A-Za-z0-9][\w.-]*", line))}


def locked(lock: str) -> dict[str, str]:
    """Return the version of each package in ``requirements/<lock>.txt``, by name."""
    text = (FOLDER / f"{lock}.txt").read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", text, re.MULTILINE))


@cache
def packages_of() -> dict[str, set[str]]:
    """Return the installed packages that bring each top module, as in ``{"jwt": {"pyjwt"}}``."""
    return {module: {_canonical(name) for name in names} for module, names in packages_distributions().items()}


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
