"""A hub on this machine, as far as one file's download goes, that does what a test wants of it."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "c" * 40


class Hub:
    """What it has and how it behaves.

    :ivar files: by ``owner/name/file``.
    :ivar log: method, path and the header ``Range`` of each request.
    :ivar status: answered in place of what is asked for, by method.
    :ivar promised: the length that it says, where that is not the file's.
    :ivar etag: the one that it says, where that is not the file's SHA-256.
    :ivar stop_at: bytes of a file after which it waits for ``go_on``, and then goes on or hangs up.
    :ivar elsewhere: an address to which it sends on whoever asks for a file, as the hub does with large ones.
    :ivar known_at: the paths that were asked for with a token.
    :ivar reached: it has come to ``stop_at``.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.log: list[tuple[str, str, str | None]] = []
        self.status: dict[str, int] = {}
        self.promised: int | None = None
        self.etag: str | None = None
        self.stop_at: int | None = None
        self.hangs_up = False
        self.elsewhere = ""
        self.known_at: list[str] = []
        self.reached = threading.Event()
        self.go_on = threading.Event()
        self.url = ""

    def ranges(self) -> list[str | None]:
        return [asked for method, _, asked in self.log if method == "GET"]


class _Handler(BaseHTTPRequestHandler):
    hub: Hub

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def log_message(self, *args: object) -> None:
        pass

    def _answer(self) -> None:
        hub = self.hub
        asked = self.headers.get("Range")
        hub.log.append((self.command, self.path, asked))
        if self.headers.get("Authorization"):
            hub.known_at.append(self.path)
        repository, _, file = self.path.lstrip("/").partition("/resolve/")
        content = hub.files.get(f"{repository}/{file.partition('/')[2]}")
        status = hub.status.get(self.command, 200 if content is not None else 404)
        if hub.elsewhere and hub.elsewhere not in f"http://{self.headers['Host']}" and content is not None:
            self._head(302, 0, content)
            return
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        if status != 200 or content is None or start >= max(len(content), 1):
            self._head(status if status != 200 else 416, 0)
            return
        self._head(206 if asked else 200, len(content) - start, content, start)
        if self.command == "GET":
            self._send(content, start)

    def _head(self, status: int, length: int, content: bytes = b"", start: int = 0) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(length))
        self.send_header("X-Repo-Commit", COMMIT)
        if status == 302:
            self.send_header("Location", self.hub.elsewhere + self.path)
        if status == 404:
            self.send_header("X-Error-Code", "EntryNotFound")
        if content:
            etag = self.hub.etag or hashlib.sha256(content).hexdigest()
            promised = self.hub.promised or len(content)
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("ETag", f'"{etag}"')
            self.send_header("X-Linked-Etag", f'"{etag}"')
            self.send_header("X-Linked-Size", str(promised))
            if status == 206:
                self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.end_headers()

    def _send(self, content: bytes, start: int) -> None:
        stop = self.hub.stop_at
        try:
            if stop is not None:
                self.wfile.write(content[start:stop])
                self.wfile.flush()
                self.hub.reached.set()
                self.hub.go_on.wait(30)
                start = max(start, stop)
            if not self.hub.hangs_up:
                self.wfile.write(content[start:])
        except OSError:
            # Who asked has gone.
            pass
        self.close_connection = True


@contextmanager
def hub_at_work() -> Iterator[Hub]:
    hub = Hub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": hub}))
    server.daemon_threads = True
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.go_on.set()
        server.shutdown()
        server.server_close()
