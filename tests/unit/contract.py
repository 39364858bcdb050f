"""The routes of the standalone program and what they say of themselves."""

from __future__ import annotations

import json
import threading
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient

from lib_iclight.standalone import health, sdapi
from lib_iclight.standalone.service import Service
from lib_iclight.standalone.turns import WAITING, in_turn
from lib_iclight.web.api import page_router, router
from lib_iclight.web.bodies import Route
from lib_iclight.web.select import make_select
from tests.unit.selecting import BoxSelector


def application() -> FastAPI:
    """Every route of the standalone program, without its page, as where all that it may ask for is installed."""
    service = Service([], "classic")
    service.runtime.selector = BoxSelector()
    watched = health.Watched(service, WAITING)
    routes = FastAPI()
    of_pictures = in_turn(watched.pictures, Route)
    lock = threading.RLock()
    routes.include_router(router(lambda: service.runtime, lambda: service.live, lock, route_class=of_pictures))
    routes.include_router(
        page_router(
            lambda: service.live,
            select=make_select(lambda: service.runtime, service.lock),
            bases=lambda: service.runtime.bases,
        )
    )
    generated = in_turn(watched.generations, sdapi.WebUIRoute, health.GENERATIONS)
    routes.include_router(sdapi.router(service, route_class=generated))
    routes.include_router(health.router(watched, service))
    return routes


APPLICATION = application()
CONTRACT: dict[str, Any] = json.loads(json.dumps(APPLICATION.openapi()))
ROUTES = [(path, route) for path, methods in CONTRACT["paths"].items() for route in methods.values()]
BODIES = {path: route["requestBody"]["content"]["application/json"] for path, route in ROUTES if "requestBody" in route}


def open_kept(client: TestClient, path: str) -> str:
    """The key of what is kept for a page, a basis or a picture, as a route needs it."""
    opens = "/ic-light/stage" if path.startswith("/ic-light/stage/") else "/ic-light/vectors"
    return str(client.post(opens, json=BODIES[opens]["example"]).json()["key"])
