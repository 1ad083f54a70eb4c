"""Whether the service lives, whether it can work, and its figures."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any, Literal

from fastapi import APIRouter, Response
from pydantic import ConfigDict

from aisle.core import AisleError
from aisle.service import metrics, problems
from aisle.service.answers import Shape
from aisle.service.auth import Guarded, route
from aisle.service.context import Here, Service
from aisle.service.problems import RefusedError
from aisle.service.records import JobState, Role
from aisle.service.settings import MIB
from aisle.service.watched import Status

router = APIRouter(route_class=Guarded, tags=["health"])

FIGURES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The figures.", "content": {"text/plain": {"example": "aisle_analyses_running 1.0\n"}}}
}


class Alive(Shape):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"status": "ok"}]})

    status: Literal["ok"] = "ok"


@router.get("/healthz", operation_id="health", summary="Whether the service lives", **route(None))
async def health() -> Alive:
    """Costs nothing, and is answered whatever else is going on."""
    return Alive()


@router.get("/readyz", operation_id="ready", summary="Whether the service can work", **route(None))
def ready(service: Here) -> Alive:
    """That there is a model, that the database answers, and that the disk has room; else 503, which says what lacks."""
    lacking = list(_lacking(service))
    if lacking:
        do = "read the log of the service, or ask who runs it"
        raise RefusedError(problems.UNAVAILABLE, what="the service is not ready", got="; ".join(lacking), do=do)
    return Alive()


def _lacking(service: Service) -> Iterator[str]:
    if not service.models.names:
        yield "no model"
    elif not service.models.is_warm:
        yield "the models are being prepared"
    try:
        service.store.jobs(limit=1)
    except AisleError as error:
        yield f"the database: {problems.refusal_of(error).what}"
    try:
        free = shutil.disk_usage(service.settings.data).free
    except OSError as error:
        yield f"the disk: {error.strerror}"
    else:
        if free < service.settings.free_bytes:
            yield f"the disk: {free // MIB} MiB are free, {service.settings.free_bytes // MIB} are needed"


@router.get(
    "/metrics",
    operation_id="metrics",
    summary="Figures for Prometheus",
    response_class=Response,
    **route(Role.viewer, answers=FIGURES),
)
def get_metrics(service: Here) -> Response:
    """Requests and their times by route, what waits, videos and their cost, memory, and every camera."""
    return Response(service.metrics.text(), media_type=metrics.CONTENT_TYPE)


def gauges(service: Service) -> list[tuple[str, str, float]]:
    """What is asked for when somebody looks at the figures."""
    line, queued = service.line, service.store.count_jobs(JobState.queued)
    return [
        ("aisle_requests_waiting", "Requests to classify that stand in line.", line.waiting),
        ("aisle_requests_serving", "Requests to classify that are being served.", line.serving),
        ("aisle_analyses_waiting", "Analyses that wait.", queued),
        ("aisle_analyses_running", "Analyses that run in this process.", service.jobs.running),
        ("aisle_pieces_waiting", "Pieces of videos that wait for the processor.", service.models.waiting),
        ("aisle_listeners", "Clients that listen to what happens now.", service.hub.listeners),
        ("aisle_disk_free_bytes", "Free in the data folder.", shutil.disk_usage(service.settings.data).free),
    ]


def cameras(service: Service) -> list[tuple[str, Status]]:
    """Those that are watched, by their names."""
    found = [(record.name, service.cameras.status(record.id)) for record in service.store.streams()]
    return [(name, status) for name, status in found if status is not None]
