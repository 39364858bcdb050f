"""The program that serves, as a process of its own; an application that is served in this one."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import uvicorn

ROOT = Path(__file__).parents[2]


class Served:
    """:ivar url: where it is.
    :ivar said: its lines after that.
    """

    def __init__(self, *more: str) -> None:
        command = [sys.executable, "-m", "lib_iclight", "serve", "--engine", "classic", "--port", "0", *more]
        self.process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
        assert self.process.stderr is not None
        self.url = next(found[0] for line in self.process.stderr if (found := re.search(r"http://[\d.]+:\d+", line)))
        self.said: list[str] = []
        threading.Thread(target=self.said.extend, args=(self.process.stderr,), daemon=True).start()

    @property
    def memory(self) -> int:
        """What it has of memory now, in bytes."""
        return int(psutil.Process(self.process.pid).memory_info().rss)


@contextmanager
def serving(*more: str) -> Iterator[Served]:
    """The program until it is no longer needed.

    :param more: of its command line.
    """
    served = Served(*more)
    try:
        yield served
    finally:
        served.process.kill()
        served.process.wait()
        if served.process.stderr is not None:
            served.process.stderr.close()


@contextmanager
def serve(app: Any) -> Iterator[str]:
    """Serve an application on a port of its own; its address. It has ended when this does."""
    listening = socket.create_server(("127.0.0.1", 0))
    # A page that is still open would hold it for good.
    running = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=2))
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    running.should_exit = True
    # A page deletes at its end what it was given, from a folder that the next one has too.
    thread.join()
