"""A reverse proxy that has what is behind it under a path of its own."""

from __future__ import annotations

import http.client
from contextlib import closing, suppress
from http.server import BaseHTTPRequestHandler

PREFIX = "/relight"
OF_THE_CONNECTION = ("connection", "keep-alive", "transfer-encoding", "content-length")


class Proxy(BaseHTTPRequestHandler):
    """Takes the prefix away; what is not under it is not found. Addresses that missed the prefix are kept."""

    behind = ("127.0.0.1", 0)
    strips = True
    missed: list[str] = []  # noqa: RUF012 - one for all requests

    def do_GET(self) -> None:
        if not self.path.startswith(f"{PREFIX}/") and self.path != PREFIX:
            self.missed.append(self.path)
            self.send_error(404)
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = self.path.removeprefix(PREFIX) or "/" if self.strips else self.path
        # A page that is closed goes away while an answer is under way: the connection behind ends with it.
        with closing(http.client.HTTPConnection(*self.behind, timeout=120)) as forward:
            # As they came, the host among them.
            forward.request(self.command, path, body or None, dict(self.headers))
            with forward.getresponse() as answer, suppress(ConnectionError):
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in OF_THE_CONNECTION:
                        self.send_header(name, value)
                self.end_headers()
                while part := answer.read1(65536):
                    self.wfile.write(part)
                    self.wfile.flush()

    do_POST = do_GET  # noqa: N815 - as http.server has it

    def log_message(self, *_: object) -> None:
        pass
