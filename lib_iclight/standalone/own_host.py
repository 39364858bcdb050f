"""The page loads nothing from elsewhere."""

from __future__ import annotations

import re
from typing import Any

from lib_iclight.standalone.prefix import path_within

ELSEWHERE = re.compile(rb'<script[^>]*\ssrc="https?://[^>]*>\s*</script>|<link[^>]*\shref="https?://[^>]*>')
"""What a page's head makes a browser load from, or look up at, another host."""


class OwnHostOnly:
    """ASGI middleware: takes out of the page what gradio's template loads from other hosts.

    A machine without a network would wait for it in vain, and with one, others would learn that the page is used.
    """

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or path_within(scope) != "/":
            await self.app(scope, receive, send)
            return
        start: dict[str, Any] = {}
        body = bytearray()

        async def cleaned(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
                return
            if message["type"] != "http.response.body":
                await send(message)
                return
            body.extend(message.get("body", b""))
            if message.get("more_body"):
                return
            whole = ELSEWHERE.sub(b"", bytes(body))
            headers = [(k, v) for k, v in start["headers"] if k.lower() != b"content-length"]
            await send({**start, "headers": [*headers, (b"content-length", str(len(whole)).encode())]})
            await send({"type": "http.response.body", "body": whole})

        # What is compressed could not be read here.
        asked = [(k, v) for k, v in scope["headers"] if k.lower() != b"accept-encoding"]
        await self.app({**scope, "headers": asked}, receive, cleaned)
