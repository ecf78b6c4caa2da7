"""Install Debian packages where that is allowed."""

import os
import shutil
import subprocess
from collections.abc import Sequence

from portal.dev.server import steps
from portal.dev.server.errors import Trouble
from portal.dev.server.steps import Interrupts

_QUIET = ("-y", "-q", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=120")


def install(packages: Sequence[str], head: str, interrupts: Interrupts) -> bool:
    """
    Install packages as root, or by a sudo that asks for no password.

    Returns:
        False where neither is to be had, or a package is not.
    """
    prefix = _as_root()
    if prefix is None:
        return False
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        steps.run(head, [*prefix, "apt-get", "update", "-q"], interrupts, environment=environment)
        steps.run("", [*prefix, "apt-get", "install", *_QUIET, *packages], interrupts, environment=environment)
    except Trouble as trouble:
        print(f"  {trouble}", flush=True)
        return False
    return True


def _as_root() -> list[str] | None:
    """Return the command to put in front, or None."""
    if shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0:
        return [sudo, "-n"]
    return None
