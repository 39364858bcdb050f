"""The server: the page and the HTTP API."""

from __future__ import annotations

import errno
import ipaddress
import socket
import sys
import threading
import webbrowser
from typing import Any

from lib_iclight import __version__
from lib_iclight.errors import ErrorCode, ICLightError, missing_packages
from lib_iclight.kinds import Whole, check_value
from lib_iclight.standalone.service import Service

PORT = Whole(0, 65535)
QUEUE = Whole(0, 100_000)


def build(service: Service, api_auth: str | None = None, root_path: str = "", queue: int | None = None) -> Any:
    """The FastAPI application, with the page at its root.

    :param root_path: the path that a reverse proxy has this under; empty for none.
    :param api_auth: and the rest as ``build_api``, which may raise too.
    """
    try:
        from lib_iclight.standalone import page
        from lib_iclight.standalone.prefix import check_prefix
    except ImportError as error:
        raise missing_packages(str(error.name), "standalone") from None
    return page.mount(build_api(service, api_auth, queue), service, check_prefix(root_path))


def build_api(service: Service, api_auth: str | None = None, queue: int | None = None) -> Any:
    """The FastAPI application without a page; its contract is shown under ``/docs``.

    :param api_auth: ``user:password`` pairs between commas, asked for by the HTTP API; none where everybody may call.
    :param queue: how many requests may wait in each queue; None as ``turns.WAITING``. ``state.watched`` has them.
    :raises ICLightError: a package of the extra ``standalone`` is missing; ``api_auth`` is something else.
    """
    try:
        from fastapi_offline import FastAPIOffline

        from lib_iclight.standalone import health, sdapi
        from lib_iclight.standalone.turns import WAITING, in_turn
        from lib_iclight.web.api import page_router, router
        from lib_iclight.web.bodies import Route
        from lib_iclight.web.select import make_select
    except ImportError as error:
        raise missing_packages(str(error.name), "standalone") from None
    # The contract's page with its scripts: a machine without a network shows it too.
    app = FastAPIOffline(title="IC-Light", version=__version__, description=service.description)
    app.state.watched = watched = health.Watched(
        service, check_value(QUEUE, WAITING if queue is None else queue, "--queue")
    )
    of_pictures = in_turn(watched.pictures, Route)
    shown = (lambda: service.runtime, lambda: service.live, service.lock)
    app.include_router(router(*shown, api_auth, of_pictures, lambda: service.runner.workers))
    app.include_router(
        page_router(
            lambda: service.live,
            select=make_select(lambda: service.runtime, service.lock),
            bases=lambda: service.runtime.bases,
        )
    )
    generated = in_turn(watched.generations, sdapi.WebUIRoute, health.GENERATIONS)
    app.include_router(sdapi.router(service, api_auth, generated))
    app.include_router(health.router(watched, service, api_auth))
    return app


def serve(
    service: Service,
    host: str,
    port: int,
    api_auth: str | None,
    open_page: bool,
    root_path: str = "",
    queue: int | None = None,
) -> None:
    """Serve until Ctrl-C or SIGTERM, and end what is being done then; a second signal ends the process at once.

    :param port: 0 for any that is free.
    :param queue: as ``build``.
    :raises ICLightError: the address cannot be used, or is taken.
    """
    app = build(service, api_auth, root_path, queue)
    import uvicorn

    from lib_iclight.standalone.graceful import Server

    bound = bind(host, port)
    address = link(*bound.getsockname()[:2])
    sys.stderr.write(f"The page is at {address}, the contract at {address}/docs; Ctrl-C stops.\n")
    if open_page:
        threading.Timer(1.0, webbrowser.open, [address]).start()
    Server(uvicorn.Config(app, log_level="warning"), app.state.watched).run(sockets=[bound])


def link(address: str, port: int) -> str:
    """Where a browser on this machine finds what listens on an address of a socket."""
    known = ipaddress.ip_address(address)
    if known.is_unspecified:
        known = ipaddress.ip_address("127.0.0.1" if known.version == 4 else "::1")
    return f"http://[{known}]:{port}" if known.version == 6 else f"http://{known}:{port}"


def bind(host: str, port: int) -> socket.socket:
    """A socket that listens.

    :param host: a name, or an address with or without the brackets that IPv6 has in links.
    :raises ICLightError: there is no such address or port here, or it is taken.
    """
    check_value(PORT, port, "--port")
    bare = host.removeprefix("[").removesuffix("]")
    try:
        found = socket.getaddrinfo(bare, port, type=socket.SOCK_STREAM)[0]
    # A name too long or with a zero inside is no OSError.
    except (OSError, ValueError) as error:
        raise _unusable(host, error) from None
    try:
        return socket.create_server(found[4][:2], family=found[0])
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL:
            raise _unusable(host, error) from None
        raise ICLightError(
            ErrorCode.PORT_TAKEN,
            f"Port {port} of {host} cannot be listened on ({error.strerror}): choose another with --port, or 0.",
        ) from None


def _unusable(host: str, error: Exception) -> ICLightError:
    why = getattr(error, "strerror", None) or error
    return ICLightError(
        ErrorCode.VALUE_NOT_ALLOWED,
        f"IC-Light: --host is {host!r:.80}, which is no address of this machine ({why}): give one, such as 127.0.0.1, "
        "::1 or 0.0.0.0.",
    )
