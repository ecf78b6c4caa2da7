"""``make test`` and its parts."""

import os
import secrets
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import polib

from portal.dev.server import apt, chromium, embedded, messages, steps, test_report, venv
from portal.dev.server.embedded import HOME, PROJECT
from portal.dev.server.errors import Trouble
from portal.dev.server.run import build, collect, manage
from portal.dev.server.steps import Interrupts

_PYTEST = (sys.executable, "-m", "pytest")
# The tests that kill processes and cut lines, and those in which rules and vendor judge made-up cases.
_CHAOS = (
    "tests/customers/test_customer_agreement.py",
    "tests/operations/test_operation_broker.py",
    "tests/operations/test_operation_chaos.py",
    "tests/operations/test_operation_faults.py",
    "tests/operations/test_operation_once.py",
    "tests/operations/test_operation_queues.py",
    "tests/operations/test_operation_recovery.py",
    "tests/operations/test_operation_storm.py",
    "tests/options/test_option_agreement.py",
    "tests/core/test_hostile_requests.py",
    "tests/subscriptions/test_pre_order_agreement.py",
    "tests/subscriptions/test_subscription_agreement.py",
    "tests/dev/sandbox/test_sandbox_process.py",
    "tests/sync/test_chaos.py",
    "tests/sync/test_fault_mixtures.py",
    "tests/sync/test_faults.py",
    "tests/sync/test_interrupted_runs.py",
    "tests/sync/test_sync_flow.py",
)
_LINT_IMPORTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"
_UNSET = ("SECRET_KEY_FILE", "PARTNER_CLIENT_SECRET_FILE", "PARTNER_PRIVATE_KEY_FILE", "BUSINESS_DATE_FILE")
# What a portal on the open net is set to; `check --deploy` judges these.
_DEPLOYED = {
    "DEBUG": "0",
    "ALLOWED_HOSTS": "portal.example.com",
    "TRUSTED_PROXIES": "1",
    "PARTNER_API_URL": "https://vendor.example.com/v1.0",
    "PARTNER_AUTH_URL": "https://vendor.example.com/oauth2/v2.0",
    "PARTNER_CLIENT_ID": "client",
    "PARTNER_CLIENT_SECRET": "client-secret",
    "PARTNER_SERVICE_ACCOUNT": "portal@example.com",
    "PARTNER_PRIVATE_KEY": "",
}


def test(interrupts: Interrupts) -> None:
    """Check everything, the quick things first, and stop at the first that fails."""
    began = time.monotonic()
    browser = chromium.ensure(interrupts)
    with _deployed(interrupts) as environment:
        _lint(interrupts, environment)
        _check("Types", [sys.executable, "-m", "mypy", "."], interrupts, environment)
        _check("Import contracts", [sys.executable, "-c", _LINT_IMPORTS], interrupts, environment)
        _check("Migrations", manage("makemigrations", "--check", "--dry-run"), interrupts, environment)
        _check("Deployment", manage("check", "--deploy", "--fail-level=WARNING"), interrupts, environment)
    # The tests of a file stay together, so that what they share is made once.
    command = [*_PYTEST, "--numprocesses=5", "--dist=loadfile", "--no-loadscope-reorder", "-m", "not chaos"]
    _check("Tests", command, interrupts, {**os.environ, "CHROMIUM": str(browser)})
    test_report.note(time.monotonic() - began)


def lint(interrupts: Interrupts) -> None:
    """Check style, import contracts and templates."""
    with _deployed(interrupts) as environment:
        _lint(interrupts, environment)
        _check("Import contracts", [sys.executable, "-c", _LINT_IMPORTS], interrupts, environment)


def types(interrupts: Interrupts) -> None:
    """Check types."""
    with _deployed(interrupts) as environment:
        _check("Types", [sys.executable, "-m", "mypy", "."], interrupts, environment)


def install(interrupts: Interrupts) -> None:
    """Build everything that a single test called by hand needs."""
    with _deployed(interrupts):
        print("  Ready: .venv/bin/pytest runs tests, .venv/bin/python manage.py the portal's commands", flush=True)


def migrations(interrupts: Interrupts) -> None:
    """Check that every change of a model has its migration."""
    with _deployed(interrupts) as environment:
        _check("Migrations", manage("makemigrations", "--check", "--dry-run"), interrupts, environment)


def reformat(interrupts: Interrupts) -> None:
    """Bring code and templates into the agreed form."""
    _check("Code", [sys.executable, "-m", "ruff", "check", "--fix", "."], interrupts, os.environ)
    _check("Layout", [sys.executable, "-m", "ruff", "format", "."], interrupts, os.environ)


def bench(interrupts: Interrupts) -> None:
    """Measure, and print the figures beside their targets."""
    _check("Measurements", [sys.executable, "-m", "tests.bench"], interrupts, _with_browser(interrupts))


def chaos(interrupts: Interrupts) -> None:
    """Run the tests that kill processes and cut lines, and those of made-up cases, all in their long form."""
    _check("Chaos", [*_PYTEST, *_CHAOS], interrupts, {**_with_browser(interrupts), "LONG_TESTS": "1"})


def mutants(interrupts: Interrupts) -> None:
    """Put deliberate faults into copies of the code, and tell which of them the tests notice."""
    with _deployed(interrupts):
        pass
    _check("Deliberate faults", [sys.executable, "-m", "tests.mutants"], interrupts, os.environ)


def screenshots(interrupts: Interrupts) -> None:
    """Take the pictures of every page anew."""
    environment = _with_browser(interrupts)
    chromium.ensure_japanese_font(interrupts)
    _check("Pictures", [sys.executable, "-m", "tests.browser.screenshots"], interrupts, environment)


def translate(interrupts: Interrupts) -> None:
    """
    Gather the texts to translate, and make sure that each has a translation.

    Raises:
        Trouble: there is no gettext, or a text has no translation; the sentence names the first ones.
    """
    if shutil.which("xgettext") is None and not apt.install(["gettext"], "Installing gettext", interrupts):
        raise Trouble("Gathering texts needs gettext: install it (`apt install gettext`, `brew install gettext`).")
    with _deployed(interrupts) as environment:
        ignored = [f"--ignore={name}" for name in (".venv", "node_modules", ".local", "tests", "static")]
        gather = manage("makemessages", "--all", "--no-location", "--no-obsolete", *ignored)
        _check("Texts", gather, interrupts, environment)
    for path in messages.catalogues():
        catalogue = polib.pofile(str(path))
        lacking = [entry.msgid for entry in [*catalogue.untranslated_entries(), *catalogue.fuzzy_entries()]]
        if lacking:
            first = "; ".join(lacking[:5])
            raise Trouble(f"{path.relative_to(PROJECT)}: {len(lacking)} texts have no translation: {first}")
    messages.compile_all(messages.catalogues())


def lock(interrupts: Interrupts) -> None:
    """
    Resolve the packages for all platforms at once, and write the locks; no index is named in them.

    What is locked stays at its version as long as that fits; with ``UPGRADE=1`` everything is resolved anew.
    """
    options = ["--universal", "--python-version=3.11", "--generate-hashes", "--strip-extras"]
    if os.environ.get("UPGRADE") == "1":
        options.append("--upgrade")
    nowhere = ["--no-config", "--no-emit-index-url", "--no-emit-find-links", "--system-certs", "--quiet"]
    uv = [sys.executable, "-m", "uv", "pip", "compile", *options, *nowhere]
    for name in venv.LOCKS:
        files = [f"requirements/{name}.in", f"--output-file=requirements/{name}.txt"]
        _check(f"{name}.txt", [*uv, "--custom-compile-command=make lock", *files], interrupts, os.environ)


def _lint(interrupts: Interrupts, environment: Mapping[str, str]) -> None:
    ruff = [sys.executable, "-m", "ruff"]
    djlint = [sys.executable, "-m", "djlint", "--lint", "--quiet", "templates"]
    _check("Lint", [*ruff, "check", "."], interrupts, environment)
    _check("Layout", [*ruff, "format", "--check", "--output-format=concise", "."], interrupts, environment)
    _check("Templates", djlint, interrupts, environment)


def _check(head: str, command: Sequence[str], interrupts: Interrupts, environment: Mapping[str, str]) -> None:
    """
    Run one check, its words straight to the terminal.

    Raises:
        Trouble: it found something.
    """
    print(f"  {head}", flush=True)
    code = steps.show(command, interrupts, environment=environment)
    if code:
        raise Trouble(f"{head}: failed, see above (exit code {code}).")


def _with_browser(interrupts: Interrupts) -> dict[str, str]:
    with _deployed(interrupts):
        return {**os.environ, "CHROMIUM": str(chromium.ensure(interrupts))}


@contextmanager
def _deployed(interrupts: Interrupts) -> Iterator[dict[str, str]]:
    """Provide a built portal and the environment of a deployed one, on servers of its own."""
    build(interrupts)
    services = embedded.start(HOME / "test" / "checks", durable=False)
    try:
        environment = {name: value for name, value in os.environ.items() if name not in _UNSET} | _DEPLOYED
        environment |= {"DATABASE_URL": services.database_url, "REDIS_URL": services.redis_url}
        environment["SECRET_KEY"] = secrets.token_urlsafe(60)
        collect(environment, interrupts)
        yield environment
    finally:
        services.stop()
