"""Start the sandbox: `python -m portal.sandbox`."""

import asyncio
import logging
import signal
import socket
import sys

from aiohttp import web

from .config import ConfigError, read_config
from .runtime import Sandbox
from .server import build_app
from .state import StateError

HOST = "127.0.0.1"  # the control interface has no sign-in, so nobody but this machine may reach it
_LOOK_AT_CALENDAR_SECONDS = 30
_WAIT_FOR_ANSWERS_SECONDS = 1


async def serve(sandbox: Sandbox) -> None:
    """Serve until SIGTERM or SIGINT; one line on standard output says where, once it is so."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, stop.set)
    runner = web.AppRunner(build_app(sandbox), access_log=None, shutdown_timeout=_WAIT_FOR_ANSWERS_SECONDS)
    await runner.setup()
    try:
        listener = _listen(sandbox.config.port)
        await web.SockSite(runner, listener).start()
        sys.stdout.write(f"sandbox listening on http://{HOST}:{listener.getsockname()[1]}\n")
        sys.stdout.flush()
        await _keep_calendar_until(stop, sandbox)
    finally:
        await runner.cleanup()


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    # So that a restart gets its port back at once, while connections of the run before are still being laid
    # to rest.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((HOST, port))
    return listener


async def _keep_calendar_until(stop: asyncio.Event, sandbox: Sandbox) -> None:
    """Look at the calendar now and then: the date file must turn at midnight also when nobody calls."""
    while not stop.is_set():
        try:
            await asyncio.wait_for(stop.wait(), _LOOK_AT_CALENDAR_SECONDS)
        except TimeoutError:
            sandbox.clock.today()


def main() -> int:
    """Run the sandbox and give its exit status."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        sandbox = Sandbox(read_config())
    except (ConfigError, StateError) as error:
        sys.stderr.write(f"The sandbox can't start. {error}\n")
        return 2
    try:
        asyncio.run(serve(sandbox))
    except OSError as error:
        sys.stderr.write(f"The sandbox can't serve on port {sandbox.config.port}: {error.strerror}\n")
        return 1
    finally:
        sandbox.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
