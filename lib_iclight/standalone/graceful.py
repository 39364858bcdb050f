"""A server that ends when it is told to, and not in the middle of a job."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import sys
from types import FrameType

import uvicorn
from anyio import to_thread

from lib_iclight.standalone.health import Watched

TO_SEND = 5
"""Seconds in which what is done is sent; a page that is open would keep its connection for ever."""


class Server(uvicorn.Server):
    """As uvicorn's; told to stop, it ends what is being done, refuses what waits, and returns.

    A second signal ends the process at once.
    """

    def __init__(self, config: uvicorn.Config, watched: Watched) -> None:
        config.timeout_graceful_shutdown = TO_SEND
        super().__init__(config)
        self._watched = watched

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # uvicorn's own raises the signal again at the end, by which the process would die instead of returning.
        self.should_exit = True
        for known in (signal.SIGINT, signal.SIGTERM):
            signal.signal(known, signal.SIG_DFL)

    async def on_tick(self, counter: int) -> bool:
        to_thread.current_default_thread_limiter().total_tokens = self._watched.threads
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._watched.stop()
        if self._watched.busy:
            sys.stderr.write("Stopping: what is being done ends first; a second signal ends it at once.\n")
        # New requests are taken until then, and told why they are refused.
        while self._watched.busy:
            await asyncio.sleep(0.05)
        said = logging.getLogger("uvicorn.error")
        said.addFilter(_is_fault)
        try:
            await super().shutdown(sockets)
        finally:
            said.removeFilter(_is_fault)


def _is_fault(record: logging.LogRecord) -> bool:
    """Whether what is logged at the end is more than that a page's connection is closed."""
    closed = record.exc_info is not None and isinstance(record.exc_info[1], asyncio.CancelledError)
    return not closed and "graceful shutdown" not in record.getMessage()
