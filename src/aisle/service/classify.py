"""`POST /v1/classify`: a video in, its class out, in one request."""

from __future__ import annotations

import asyncio
import threading
import time
from pathlib import Path

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from aisle.core import AisleError, Analysis, UnknownNameError
from aisle.deploy.turns import Urgency
from aisle.service import problems
from aisle.service.answers import Classified
from aisle.service.asking import ClassifyOptions, request_body
from aisle.service.auth import Guarded, route
from aisle.service.context import Here, Service
from aisle.service.inputs import Sent, sent
from aisle.service.problems import RefusedError
from aisle.service.records import Role

router = APIRouter(route_class=Guarded, tags=["classify"])

EXAMPLES = {
    "path": {"path": "tills/2026-11-21.mp4", "model": "shoplifting"},
    "url": {"url": "https://videos.example.org/till.mp4"},
    "base64": {"video": "AAAAIGZ0eXBpc29t"},
}
VIDEO = (problems.INPUT, problems.MEDIA, problems.BUSY, problems.UPSTREAM, problems.STORAGE)
"""Problems of any route that takes a video."""


@router.post(
    "/v1/classify",
    operation_id="classify",
    summary="What a video shows",
    response_model=Classified,
    **route(Role.operator, *VIDEO, **request_body(ClassifyOptions, EXAMPLES)),
)
async def classify(request: Request, service: Here) -> Classified:
    """The class of a whole video and its probability. The answer comes when the video is done: send a longer one to
    `/v1/analyses`. When too many wait already the answer is 429, and Retry-After says when to come back.
    """
    begun = time.monotonic()
    async with service.line.place(), sent(request, service.settings, ClassifyOptions) as video:
        check_model(service, video.options.model)
        async with service.line.turn(lambda: _left(request)) as queue_s:
            analysis = await _analysed(request, service, video)
    service.metrics.analysed("request", analysis, queue_s)
    return Classified.of(analysis, video.options.top, queue_s, time.monotonic() - begun)


def check_model(service: Service, name: str | None) -> str:
    """The model that was asked for, or the first. Raises UnknownNameError."""
    wanted = name or service.models.names[0]
    if wanted not in service.models.names:
        raise UnknownNameError("model", wanted, service.models.names)
    return wanted


async def _left(request: Request) -> None:
    """Returns once the client is gone."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _analysed(request: Request, service: Service, video: Sent[ClassifyOptions]) -> Analysis:
    """Stops soon after the client has gone. Raises what the engine raises, without where the video lies."""
    gone = threading.Event()
    leaving = asyncio.ensure_future(_left(request))
    leaving.add_done_callback(lambda _: gone.set())

    def go_on(_: float, __: float | None) -> None:
        if gone.is_set():
            raise ClientDisconnect

    def work() -> Analysis:
        return service.models.analyze(video.path, video.options.model, urgency=Urgency.REQUEST, progress=go_on)

    try:
        return await run_in_threadpool(work)
    except AisleError as error:
        service.metrics.failed("request")
        raise without_place(error, video.path, video.name) from error
    finally:
        gone.set()
        leaving.cancel()


def without_place(error: AisleError, path: Path, name: str) -> RefusedError:
    """`error` as a problem that calls the video by its name."""

    def named(text: object) -> str:
        return str(text).replace(str(path), name)

    refusal = problems.refusal_of(error)
    got = None if error.got is None else problems.show(named(error.got))
    what, do = problems.show(named(error.what)), problems.show(named(error.do))
    return RefusedError(refusal.kind, what=what, got=got, allowed=problems.show(named(error.allowed)), do=do)
