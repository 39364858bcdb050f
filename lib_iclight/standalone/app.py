"""The server: the page and the HTTP API."""

from __future__ import annotations

import socket
import sys
import threading
import webbrowser
from typing import Any

from lib_iclight import __version__
from lib_iclight.errors import ErrorCode, ICLightError, missing_packages
from lib_iclight.standalone.service import Service


def build(service: Service, api_auth: str | None = None) -> Any:
    """The FastAPI application; its contract is shown under ``/docs``.

    :param api_auth: ``user:password`` pairs between commas, asked for by the HTTP API; none where everybody may call.
    :raises ICLightError: a package of the extra ``standalone`` is missing.
    """
    try:
        from fastapi_offline import FastAPIOffline

        from lib_iclight.standalone import page, sdapi
        from lib_iclight.web.api import page_router, router
    except ImportError as error:
        raise missing_packages(str(error.name), "standalone") from None
    # The contract's page with its scripts: a machine without a network shows it too.
    app = FastAPIOffline(title="IC-Light", version=__version__, description=service.description)
    app.include_router(router(lambda: service.runtime, lambda: service.live, service.lock, api_auth))
    app.include_router(page_router(lambda: service.live))
    app.include_router(sdapi.router(service, api_auth))
    return page.mount(app, service)


def serve(service: Service, host: str, port: int, api_auth: str | None, open_page: bool) -> None:
    """Serve until Ctrl-C.

    :param port: 0 for any that is free.
    :raises ICLightError: the address is taken.
    """
    app = build(service, api_auth)
    import uvicorn

    bound = _bind(host, port)
    address = f"http://{host}:{bound.getsockname()[1]}"
    sys.stderr.write(f"The page is at {address}, the contract at {address}/docs; Ctrl-C stops.\n")
    if open_page:
        threading.Timer(1.0, webbrowser.open, [address]).start()
    uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[bound])


def _bind(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise ICLightError(
            ErrorCode.PORT_TAKEN,
            f"Port {port} of {host} cannot be listened on ({error.strerror}): choose another with --port, or 0.",
        ) from None
