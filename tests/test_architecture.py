"""Imports point one way: each contract holds, and each is seen to fail when it is broken."""

import ast
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("portal", "customers", "subscriptions", "options", "billing")
HTTP = {"requests", "requests_oauthlib", "oauthlib", "urllib3", "httpx", "http.client", "urllib.request"}

ONE_WAY = "Imports point one way"
A_LAYER_EACH = "Every module of portal has a layer"
A_LAYER_IN_VENDOR = "Every module of portal.vendor has a layer"
HTTP_IN_THE_CLIENT = "Only the client speaks HTTP"
NO_DJANGO_IN_THE_CLIENT = "The client knows neither Django nor Celery nor a database"
PAGES = "Pages reach LINE WORKS only through operations and sync"
SANDBOX = "The sandbox knows nothing of the portal"
# What breaks which contract: a file, and the import that must not stand in it.
BREACHES = [
    (ONE_WAY, "portal/vendor/client/_pages.py", "import portal.vendor.ratelimit"),
    (ONE_WAY, "portal/vendor/ratelimit/_limiter.py", "import portal.accounts.roles"),
    (ONE_WAY, "portal/accounts/roles.py", "import portal.sync.models"),
    (ONE_WAY, "portal/accounts/roles.py", "import portal.vendor.connection.models"),
    (ONE_WAY, "portal/core/clock.py", "import portal.ui.theme"),
    (ONE_WAY, "portal/ui/theme.py", "import portal.accounts.models"),
    (ONE_WAY, "portal/sync/upsert.py", "import portal.operations.models"),
    (ONE_WAY, "portal/operations/states.py", "import customers.models"),
    (ONE_WAY, "customers/filters.py", "import subscriptions.models"),
    (ONE_WAY, "subscriptions/rules/pre_orders.py", "import options"),
    (ONE_WAY, "options/apps.py", "import billing"),
    (ONE_WAY, "options/apps.py", "import portal.desk.context"),
    (ONE_WAY, "billing/apps.py", "import portal.bulk.models"),
    (ONE_WAY, "portal/bulk/uploads.py", "import portal.desk.changes"),
    (ONE_WAY, "portal/sync/runs.py", "import portal.dev.sandbox.state"),
    (ONE_WAY, "portal/settings.py", "import portal.dev.server.run"),
    (A_LAYER_EACH, "portal/newcomer.py", "import portal.core.clock"),
    (A_LAYER_IN_VENDOR, "portal/vendor/newcomer.py", "import portal.core.clock"),
    (HTTP_IN_THE_CLIENT, "portal/sync/fetch.py", "import requests"),
    (HTTP_IN_THE_CLIENT, "subscriptions/commands/pre_orders.py", "import oauthlib.oauth2"),
    (HTTP_IN_THE_CLIENT, "portal/vendor/ratelimit/_limiter.py", "import aiohttp"),
    (NO_DJANGO_IN_THE_CLIENT, "portal/vendor/client/_wire.py", "import django.conf"),
    (PAGES, "customers/views/customers.py", "import portal.vendor.client"),
    (PAGES, "options/forms/options.py", "import portal.vendor.client"),
    (PAGES, "portal/sync/views.py", "import portal.vendor.ratelimit"),
    (SANDBOX, "portal/dev/sandbox/names.py", "import portal.core.labels"),
]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the packages and their contracts."""
    copy = tmp_path_factory.mktemp("tree")
    shutil.copy(ROOT / "pyproject.toml", copy)
    for package in PACKAGES:
        shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__", "locale"))
    return copy


def lint(tree: Path) -> subprocess.CompletedProcess[str]:
    """Run the linter of imports there."""
    return subprocess.run(  # noqa: S603  a command of our own
        [Path(sys.executable).parent / "lint-imports"],
        cwd=tree,
        env=os.environ | {"PYTHONPATH": str(tree)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_all_contracts_hold(tree: Path) -> None:
    checked = lint(tree)
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize(("contract", "file", "breach"), BREACHES)
def test_a_breach_is_found(tree: Path, contract: str, file: str, breach: str) -> None:
    path = tree / file
    kept = path.read_text(encoding="utf-8") if path.exists() else None
    path.write_text(f"{kept or ''}\n{breach}\n", encoding="utf-8")
    try:
        checked = lint(tree)
    finally:
        if kept is None:
            path.unlink()
        else:
            path.write_text(kept, encoding="utf-8")
    assert checked.returncode != 0
    assert f"{contract} BROKEN" in checked.stdout


def test_every_contract_is_seen_to_fail() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    assert {contract["name"] for contract in declared} == {contract for contract, _file, _breach in BREACHES}


def imported(path: Path) -> Iterator[str]:
    """Return every module that a file imports, wherever in the file it does."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def speaks_http(module: str) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in HTTP)


def test_only_the_client_imports_what_speaks_http() -> None:
    """By reading the files: also those that no contract names, such as commands and the launcher."""
    found = {
        path.relative_to(ROOT).parent.as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if any(speaks_http(module) for module in imported(path))
    }
    # The launcher asks Partnerdesk and the sandbox on this machine whether they answer yet.
    assert found - {"portal/dev/server"} == {"portal/vendor/client"}


def test_the_portals_package_is_empty() -> None:
    """Importing `portal.dev.sandbox` or `portal.vendor.client` must bring in nothing else."""
    assert (ROOT / "portal" / "__init__.py").read_text(encoding="utf-8") == ""


def test_only_enqueue_publishes_tasks() -> None:
    """Whatever published by itself would wait for a broker that hangs."""
    publishes = {"send_task", "apply_async", "delay_on_commit"}
    found = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in publishes
    }
    assert found == {"portal/core/enqueue.py"}
