"""The page at `/` and its files, exactly those that lie in the folder `page`; and the page about the API."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse

from aisle.service import docs, problems
from aisle.service.auth import Guarded, route
from aisle.service.files import FileAnswer

router = APIRouter(route_class=Guarded, include_in_schema=False)

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}


@lru_cache(maxsize=1)
def _files() -> dict[str, Path]:
    folder = Path(str(resources.files("aisle.service"))) / "page"
    return {path.name: path for path in folder.iterdir() if path.suffix in TYPES}


@router.get("/", **route(None))
def index() -> FileAnswer:
    return file("index.html")


@router.get("/openapi.json", **route(None))
def openapi(request: Request) -> JSONResponse:
    return JSONResponse(request.app.openapi())


@router.get("/docs", **route(None))
def documentation(request: Request) -> HTMLResponse:
    return HTMLResponse(docs.page(request.app.openapi()))


@router.get(f"/{docs.STYLE}", **route(None))
def style() -> Response:
    return Response(docs.style(), media_type=TYPES[".css"])


@router.get("/{name}", **route(None, problems.ABSENT))
def file(name: str) -> FileAnswer:
    """Asked for again each time, and sent again only if it changed."""
    found = _files().get(name)
    if found is None:
        raise problems.absent("page", name)
    return FileAnswer(
        found, media_type=TYPES[found.suffix], stat_result=found.stat(), headers={"Cache-Control": "no-cache"}
    )
