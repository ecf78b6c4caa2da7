"""``make run``: everything Partnerdesk is made of, started in order and ended together."""

import hashlib
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from types import MappingProxyType

from portal.dev.server import assets, embedded, keys, messages, node, preflight, steps
from portal.dev.server import environment as surroundings
from portal.dev.server.children import PATIENCE_SECONDS, Child, Children
from portal.dev.server.embedded import HOME, PROJECT
from portal.dev.server.errors import Trouble
from portal.dev.server.steps import PAUSE_SECONDS, Interrupts

_READY_SECONDS = 60.0
# Every so often the servers are asked whether they still answer; a busy one may miss a question.
_SERVERS_SECONDS, _LOOKS = 2.0, 3
SIGN_INS = HOME / "sign-ins.json"
# Of many threads each would keep a heap of its own, and in it what it has freed; glibc reads this.
OF_THREADS = MappingProxyType({"MALLOC_ARENA_MAX": "2"})
# The queues and the places of each. A call mostly waits, so they are threads: as many for requests as there are calls
# at a time; for pages more than one person can fill (`MOST_WAITING`); for sweeps one for each share of each resource.
WORKERS = MappingProxyType(
    {
        "operations": ("--pool=threads", "--concurrency=24"),
        "bulk": ("--pool=threads", "--concurrency=12"),
        "pages": ("--pool=threads", "--concurrency=16"),
        "files": ("--concurrency=2",),
        "sweep": ("--pool=threads", "--concurrency=40"),
    }
)


def run(interrupts: Interrupts) -> None:
    """
    Start everything, tell where it is, and wait to be stopped.

    Raises:
        Trouble: something does not start, or falls and cannot be started again. All that ran has been ended.
        Stopped: the person asked to stop before all had started. Nothing of it is left either.
    """
    began = time.monotonic()
    with ExitStack() as at_the_end:
        claim = at_the_end.enter_context(preflight.claim_run())
        given = surroundings.given()
        surroundings.check_ports(given)
        build(interrupts)
        keys.ensure(surroundings.KEYS)
        environment = surroundings.complete(given)
        with_sandbox = surroundings.wants_sandbox(given)
        services = _start_servers(environment, at_the_end)
        own_database = not surroundings.is_set(given, "DATABASE_URL")
        _prepare(environment, interrupts, own_database=own_database, with_sandbox=with_sandbox)
        children = Children(environment)
        at_the_end.callback(children.end)
        address = _start(children, environment, interrupts, with_sandbox=with_sandbox)
        sandbox_port = environment.get("SANDBOX_PORT", "")
        preflight.announce(claim, pid=os.getpid(), address=address, sandbox_port=sandbox_port)
        steps.run("", manage("resync"), interrupts, environment=environment)
        print(f"\n  Partnerdesk is at {address} (started in {time.monotonic() - began:.0f} s).", end=" ")
        if with_sandbox:
            _name_the_demo()
        else:
            _name_the_way_in(steps.run("", manage("person", "list"), interrupts, environment=environment))
        print("\n  Ctrl-C stops it. Its data and logs are in .local.", flush=True)
        _stay(children, services, interrupts)
        print("\n  Stopping", flush=True)


def build(interrupts: Interrupts) -> None:
    """Build what pages load, and the translations."""
    node.ensure_modules(interrupts)
    assets.build()
    messages.compile_all(messages.catalogues())


def collect(environment: Mapping[str, str], interrupts: Interrupts) -> None:
    """Put the files that pages load where the web process serves them from, if any has changed."""
    stamp, wanted = HOME / "static.stamp", assets.fingerprint_of_all()
    if stamp.is_file() and stamp.read_text(encoding="ascii") == wanted:
        return
    command = manage("collectstatic", "--no-input", "--clear")
    steps.run("Collecting the files that pages load", command, interrupts, environment=environment)
    stamp.write_text(wanted, encoding="ascii")


def manage(*arguments: str) -> list[str]:
    """Return the command line of a ``manage.py`` command."""
    return [sys.executable, str(PROJECT / "manage.py"), *arguments]


def _start_servers(environment: dict[str, str], at_the_end: ExitStack) -> embedded.Services | None:
    """Start PostgreSQL and Redis where the environment names none, and write their addresses into it."""
    names = ("DATABASE_URL", "REDIS_URL")
    missing = [name for name in names if not surroundings.is_set(environment, name)]
    if not missing:
        return None
    print("  Starting PostgreSQL and Redis", flush=True)
    services = embedded.start()
    at_the_end.callback(_stop_servers, services)
    addresses = {"DATABASE_URL": services.database_url, "REDIS_URL": services.redis_url}
    environment.update({name: addresses[name] for name in missing})
    return services


def _stop_servers(services: embedded.Services) -> None:
    if not services.stop():
        print("  PostgreSQL and Redis stay up for another command that uses them", flush=True)


def _prepare(environment: Mapping[str, str], interrupts: Interrupts, *, own_database: bool, with_sandbox: bool) -> None:
    """
    Bring database and static files up to date. Only of our own database do we know that nobody changed it.

    The people of the demo, whose passwords are printed, are for the sandbox alone.
    """
    demo = ["--demo"] if with_sandbox else []
    stamp, wanted = HOME / "database.stamp", " ".join([_fingerprint_of_database_code(), *demo])
    known = own_database and (SIGN_INS.is_file() or not demo) and stamp.is_file()
    if not known or stamp.read_text(encoding="ascii") != wanted:
        steps.run("Bringing the database up to date", manage("migrate"), interrupts, environment=environment)
        steps.run("", manage("prepare", *demo), interrupts, environment=environment)
        stamp.write_text(wanted, encoding="ascii")
    collect(environment, interrupts)


def _fingerprint_of_database_code() -> str:
    """Return a text that changes with anything that ``migrate`` or ``prepare`` may act on."""
    ours = [*PROJECT.glob("*/migrations/*.py"), *PROJECT.glob("portal/*/migrations/*.py")]
    others = [*PROJECT.glob("portal/accounts/management/commands/prepare.py"), *PROJECT.glob("portal/accounts/*.py")]
    locked = PROJECT / "requirements" / "runtime.txt"
    digest = hashlib.sha256()
    for path in sorted([*ours, *others, locked]):
        digest.update(f"{path.relative_to(PROJECT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _start(children: Children, environment: Mapping[str, str], interrupts: Interrupts, *, with_sandbox: bool) -> str:
    """Start the processes; answers Partnerdesk's address once it serves."""
    print("  Starting the portal", flush=True)
    port = int(environment["PORT"])
    gunicorn = [sys.executable, "-m", "gunicorn", "portal.wsgi", "--config=python:portal.gunicorn"]
    if with_sandbox:
        children.start(Child("sandbox", [sys.executable, "-m", "portal.dev.sandbox"]))
    children.start(Child("web", [*gunicorn, f"--bind=127.0.0.1:{port}", "--preload"]))
    if with_sandbox:
        sandbox = int(environment["SANDBOX_PORT"])
        _wait_for(lambda: _answers(sandbox, "/_control/health"), "sandbox", children, interrupts)
    _wait_for(lambda: _answers(port, "/"), "web", children, interrupts)
    for child in _background():
        children.start(child)
    return f"http://127.0.0.1:{port}"


def _background() -> list[Child]:
    celery = [sys.executable, "-m", "celery", "-A", "portal.celery"]
    # Gossip and mingle are for many machines; here they only lengthen the start.
    worker = ["worker", "--without-gossip", "--without-mingle", "--loglevel=INFO"]
    workers = [
        Child(
            f"worker-{queue}",
            [*celery, *worker, *pool, "-Q", queue, "-n", f"{queue}@%h"],
            # A sweep takes minutes and can be broken off anywhere: the next start takes it up.
            patience_seconds=1.0 if queue == "sweep" else PATIENCE_SECONDS,
            environment=OF_THREADS,
        )
        for queue, pool in WORKERS.items()
    ]
    return [
        *workers,
        Child("beat", [*celery, "beat", f"--schedule={HOME / 'beat'}", "--pidfile=", "--loglevel=INFO"]),
    ]


def _wait_for(ready: Callable[[], bool], name: str, children: Children, interrupts: Interrupts) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while not ready():
        interrupts.check()
        children.look_after()
        if time.monotonic() > deadline:
            raise Trouble(f"{name} does not answer after {_READY_SECONDS:.0f} s (log: {steps.LOGS / name}.log).")
        time.sleep(PAUSE_SECONDS)


def _answers(port: int, path: str) -> bool:
    """Return whether a server has an answer for this path, be it a redirect or a refusal."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status < HTTPStatus.INTERNAL_SERVER_ERROR
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _name_the_demo() -> None:
    """Print the people of the demo, with the passwords with which they were added."""
    people = json.loads(SIGN_INS.read_text(encoding="utf-8"))
    if not people:
        print("Sign in with your own account.")
        return
    print("Sign in as\n")
    widest = [max(len(person[key]) for person in people) for key in ("role", "email")]
    for person in people:
        password = person["password"] or "(another password: `manage.py person password` gives a new one)"
        print(f"    {person['role']:<{widest[0]}}  {person['email']:<{widest[1]}}  {password}")


def _name_the_way_in(people: str) -> None:
    """Return how somebody gets in where there is no demo; ``people`` is what ``manage.py person list`` says."""
    if "@" in people:
        print("Sign in with your own account.")
        return
    print("Nobody can sign in yet. Add the first administrator, in another terminal:\n")
    print("    .venv/bin/python manage.py person add YOUR@EMAIL --role administrator")


def _stay(children: Children, services: embedded.Services | None, interrupts: Interrupts) -> None:
    """Look after everything until the person asks to stop."""
    missed, next_look = 0, time.monotonic()
    while not interrupts.asked_to_stop:
        children.look_after()
        if services is not None and time.monotonic() >= next_look:
            fallen = services.fallen()
            missed = missed + 1 if fallen else 0
            if missed >= _LOOKS:
                # Their addresses change with a new start, so the others could not go on.
                raise Trouble(f"{' and '.join(fallen)} ended, and with it the portal (logs: {steps.LOGS}).")
            next_look = time.monotonic() + _SERVERS_SECONDS
        time.sleep(PAUSE_SECONDS)
