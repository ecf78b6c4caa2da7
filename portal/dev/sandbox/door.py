"""The listening port, which can be shut for a while: new connections are then refused, those that stand go on."""

import asyncio
import socket

from aiohttp import web

HOST = "127.0.0.1"  # the control interface has no sign-in, so nobody but this machine may reach it
_QUEUE = 128  # connections that wait to be taken up


class Door:
    """Listens on a port of this machine; 0 means any free one."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._web: web.Server | None = None
        self._listener: socket.socket | None = None
        self._server: asyncio.Server | None = None
        self._opening: asyncio.Task[None] | None = None
        self._alarm: asyncio.TimerHandle | None = None

    @property
    def url(self) -> str:
        """Where it listens, once it has been opened."""
        return f"http://{HOST}:{self._port}"

    @property
    def seconds_shut(self) -> float | None:
        """For how much longer it stays shut; None while it is open."""
        if self._alarm is None:
            return None
        return max(0.0, self._alarm.when() - asyncio.get_running_loop().time())

    async def open(self, runner: web.AppRunner) -> None:
        """
        Begin to listen, and hand connections to an application that has been set up.

        Raises:
            OSError: the port is not to be had.
        """
        self._web = runner.server
        self._listener = _bound(self._port)
        self._port = self._listener.getsockname()[1]
        await self._listen()

    def shut(self, seconds: float) -> None:
        """Refuse new connections for so long."""
        self.open_again()
        if self._opening is not None and not self._opening.done():
            self._opening.add_done_callback(lambda _: self.shut(seconds))
            return
        if self._server is None:
            raise RuntimeError("the door has not been opened yet")
        self._server.close()
        self._server = None
        # A port that is bound and not listened on refuses, and nobody else can take it meanwhile.
        self._listener = _bound(self._port)
        self._alarm = asyncio.get_running_loop().call_later(seconds, self.open_again)

    def open_again(self) -> None:
        """End the refusal, if there is one."""
        if self._alarm is None or self._listener is None:
            return
        self._alarm.cancel()
        self._alarm = None
        self._listener.listen(_QUEUE)  # connections are let in from here on, and wait for the server
        self._opening = asyncio.get_running_loop().create_task(self._listen())

    async def close(self) -> None:
        """Give up the port; connections that stand are the server's affair."""
        if self._alarm is not None:
            self._alarm.cancel()
        if self._opening is not None:
            await self._opening
        if self._server is not None:
            self._server.close()
        elif self._listener is not None:
            self._listener.close()

    async def _listen(self) -> None:
        if self._web is None or self._listener is None:
            raise RuntimeError("the door has not been opened yet")
        self._server = await asyncio.get_running_loop().create_server(self._web, sock=self._listener, backlog=_QUEUE)


def _bound(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    # So that a restart gets its port back at once, while connections of the run before are still being laid
    # to rest.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError:
        listener.close()
        raise
    return listener
