"""Behind a reverse proxy that has the program under a path of its own, such as ``/relight``."""

from __future__ import annotations

import re
from typing import Any

from starlette.responses import RedirectResponse

from lib_iclight.errors import ErrorCode, ICLightError

PREFIX = re.compile(r"(/[\w.~-]+)+", re.ASCII)


def check_prefix(text: str) -> str:
    """A prefix without a slash at its end; empty for none.

    :raises ICLightError: it is no path.
    """
    prefix = text.rstrip("/")
    if prefix and not PREFIX.fullmatch(prefix):
        raise ICLightError(
            ErrorCode.VALUE_NOT_ALLOWED,
            f"IC-Light: --root-path is {text!r:.60} but must be a path such as /relight: the one that the proxy "
            "has this under.",
        )
    return prefix


class UnderPrefix:
    """ASGI middleware: has every path begin with the prefix, whether the proxy took it away or not.

    Whoever writes an address then finds the prefix where ASGI has it, as ``root_path``.
    """

    def __init__(self, app: Any, prefix: str) -> None:
        self.app, self.prefix = app, prefix

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
        elif scope["type"] == "http" and scope["path"] == self.prefix:
            # Without the slash a page would look for what is beside it one floor too high.
            await RedirectResponse(f"{self.prefix}/")(scope, receive, send)
        else:
            path = scope["path"]
            whole = path if path.startswith(f"{self.prefix}/") else f"{self.prefix}{path}"
            await self.app({**scope, "root_path": self.prefix, "path": whole}, receive, send)


def path_within(scope: Any) -> str:
    """The path of a request without the prefix."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))
