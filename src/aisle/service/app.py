"""The service as an ASGI application: all routes, put together."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from anyio import to_thread
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from aisle.core import writing
from aisle.service import (
    analyses,
    auth,
    classify,
    events,
    health,
    heat,
    live,
    models,
    pages,
    problems,
    results,
    search,
    session,
    sites,
    streams,
)
from aisle.service.admission import Line
from aisle.service.collection import Searched
from aisle.service.context import Jobs, Models, Service
from aisle.service.folder import DataFolder
from aisle.service.hub import Hub
from aisle.service.limits import Outermost
from aisle.service.metrics import Metrics
from aisle.service.settings import Settings
from aisle.service.store import Store
from aisle.service.watched import Cameras

PARTS = (classify, analyses, results, heat, search, events, live, streams, sites, models, session, health, pages)
ROUTERS = tuple(each.router for each in PARTS)
"""In this order; the last takes every name that no other has."""

TAGS = {
    "classify": "A video in, its class out, in one request.",
    "analyses": "Videos that are analysed when their turn comes: when what happens, as a timeline.",
    "search": "What of a collection is like a video, or like some seconds of one, and why.",
    "events": "What happened in front of cameras, and what people say of it.",
    "streams": "The cameras that are watched.",
    "sites": "The shelves, entrances and tills that a camera sees.",
    "models": "What answers, what it was trained on, and how good it was found to be.",
    "session": "Who one is, and a page's way in.",
    "health": "For whoever runs the service.",
}
ABOUT = """Store and security video in, answers out. Times are seconds; names that end in `_s` are seconds of a video or
of a camera, other times are ISO 8601 in UTC. Lists are `{"items": [...], "next": ...}`: ask for the next page with
`?before=NEXT`. Errors are problems of RFC 9457, listed below. Keys have a role: a viewer looks, an operator also sends
videos and reviews events, an admin also manages cameras."""


class Application(FastAPI):
    """FastAPI, with an OpenAPI that also says what problems look like and how keys are sent."""

    def methods(self, path: str) -> set[str]:
        """What can be done at `path`."""
        routes = (route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute))
        return {method for route in routes if route.path_regex.match(path) for method in route.methods or ()}

    def openapi(self) -> dict[str, Any]:
        """See FastAPI."""
        if self.openapi_schema is None:
            spec = get_openapi(
                title="Aisle",
                version=version("aisle"),
                description=" ".join(ABOUT.split()),
                routes=self.routes,
                tags=[{"name": name, "description": said} for name, said in TAGS.items()],
            )
            parts = spec.setdefault("components", {})
            parts["securitySchemes"] = auth.SCHEMES
            parts.setdefault("schemas", {})["Problem"] = problems.SCHEMA
            self.openapi_schema = spec
        return self.openapi_schema


def create_app(
    settings: Settings,
    *,
    store: Store,
    folder: DataFolder,
    models: Models,
    jobs: Jobs,
    cameras: Cameras,
    hub: Hub,
    metrics: Metrics | None = None,
    collection: Searched | None = None,
) -> FastAPI:
    """The application. What is given to it is started and stopped by whoever made it."""
    line = Line(settings.running, settings.waiting)
    figures = metrics or Metrics()
    service = Service(settings, store, folder, models, jobs, cameras, hub, line, figures, collection)
    figures.watch(lambda: health.gauges(service), lambda: health.cameras(service))

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        if folder.alone():  # what was arriving when a service was killed
            shutil.rmtree(settings.incoming, ignore_errors=True)
        with writing(settings.incoming):
            settings.incoming.mkdir(parents=True, exist_ok=True)
        to_thread.current_default_thread_limiter().total_tokens = settings.requests  # nobody waits for another's wait
        yield

    app = Application(
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=life,
        redirect_slashes=False,
        telemetry={
            "tracing": False,
            "metrics": False,
            "logs": False,
            "operation_spans": False,
            "auto_configure": False,
        },
    )
    app.state.service, app.state.door = service, auth.Door(settings, store.check_key)
    for router in ROUTERS:
        app.include_router(router)
    problems.install(app)
    app.add_middleware(Outermost, settings=settings, observe=figures.request)
    return app
