"""Start the sandbox: `python -m portal.dev.sandbox`."""

import asyncio
import logging
import signal
import sys

from aiohttp import web

from .config import ConfigError, read_config
from .runtime import Sandbox
from .server import Witness, build_app
from .state import StateError

_LOOK_AT_CALENDAR_SECONDS = 30
_WAIT_FOR_ANSWERS_SECONDS = 1


async def serve(sandbox: Sandbox, witness: Witness | None = None) -> None:
    """Serve until SIGTERM or SIGINT; one line on standard output says where, once it is so."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, stop.set)
    runner = web.AppRunner(build_app(sandbox, witness), access_log=None, shutdown_timeout=_WAIT_FOR_ANSWERS_SECONDS)
    await runner.setup()
    try:
        await sandbox.door.open(runner)
        sys.stdout.write(f"sandbox listening on {sandbox.door.url}\n")
        sys.stdout.flush()
        await _keep_calendar_until(stop, sandbox)
    finally:
        await sandbox.door.close()
        await runner.cleanup()


async def _keep_calendar_until(stop: asyncio.Event, sandbox: Sandbox) -> None:
    """Look at the calendar now and then: the date file must turn at midnight also when nobody calls."""
    while not stop.is_set():
        try:
            await asyncio.wait_for(stop.wait(), _LOOK_AT_CALENDAR_SECONDS)
        except TimeoutError:
            sandbox.today()


def main(witness: Witness | None = None, kind: type[Sandbox] = Sandbox) -> int:
    """Run a sandbox of some kind and give its exit status; `witness` sees every call."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        sandbox = kind(read_config())
    except (ConfigError, StateError) as error:
        sys.stderr.write(f"The sandbox can't start. {error}\n")
        return 2
    try:
        asyncio.run(serve(sandbox, witness))
    except OSError as error:
        sys.stderr.write(f"The sandbox can't serve on port {sandbox.config.port}: {error.strerror}\n")
        return 1
    finally:
        sandbox.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
