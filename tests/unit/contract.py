"""The routes of the standalone program and what they say of themselves."""

from __future__ import annotations

import json
import threading
from typing import Any

from fastapi import FastAPI

from lib_iclight.standalone import sdapi
from lib_iclight.standalone.service import Service
from lib_iclight.web.api import page_router, router


def application() -> FastAPI:
    """Every route of the standalone program, without its page."""
    service = Service([], "classic")
    routes = FastAPI()
    routes.include_router(router(lambda: service.runtime, lambda: service.live, threading.RLock()))
    routes.include_router(page_router(lambda: service.live))
    routes.include_router(sdapi.router(service))
    return routes


APPLICATION = application()
CONTRACT: dict[str, Any] = json.loads(json.dumps(APPLICATION.openapi()))
ROUTES = [(path, route) for path, methods in CONTRACT["paths"].items() for route in methods.values()]
BODIES = {path: route["requestBody"]["content"]["application/json"] for path, route in ROUTES if "requestBody" in route}
