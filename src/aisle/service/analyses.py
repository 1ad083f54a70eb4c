"""`/v1/analyses`: videos that are analysed when their turn comes, and what came out of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from aisle.service import problems
from aisle.service.answers import AnalysisAnswer, Page, page
from aisle.service.asking import AnalysisOptions, request_body
from aisle.service.auth import Guarded, route
from aisle.service.classify import EXAMPLES, VIDEO, check_model
from aisle.service.context import Here, Identity, Service
from aisle.service.inputs import Sent, called, sent
from aisle.service.news import LastEventId, Said, event_stream, stream
from aisle.service.paging import Before, Limit
from aisle.service.problems import RefusedError
from aisle.service.records import Job, JobState, Role
from aisle.service.retention import delete_job
from aisle.service.sites import site_of

router = APIRouter(route_class=Guarded, tags=["analyses"])

FOLLOWED: dict[int | str, dict[str, Any]] = {
    **event_stream(
        Said("progress", '{"id": "9f86d081884c7d65", "state": "running", "progress": 0.4}', "1-running-0.4")
    ),
    204: {"description": "It is over, and the client knows."},
}
POLL_S = 0.3
"""Between two looks at how far an analysis is."""

FULL_S = 60
"""When to come back to a full queue of analyses."""


@router.post(
    "/v1/analyses",
    operation_id="analyse",
    summary="Analyse a video",
    status_code=202,
    response_model=AnalysisAnswer,
    **route(Role.operator, *VIDEO, problems.ABSENT, **request_body(AnalysisOptions, EXAMPLES)),
)
async def analyse(request: Request, response: Response, service: Here) -> AnalysisAnswer:
    """Takes a video in, to be analysed when its turn comes; an analysis that was acknowledged is not lost."""
    await run_in_threadpool(_check_queue, service)
    async with sent(request, service.settings, AnalysisOptions) as video:
        job = await run_in_threadpool(_accept, service, video)
    response.headers["Location"] = f"/v1/analyses/{job.id}"
    return AnalysisAnswer.of(job)


def _check_queue(service: Service) -> None:
    most = service.settings.queued
    if service.store.count_jobs(JobState.queued) >= most:
        raise RefusedError(
            problems.BUSY,
            got=f"{most} analyses are waiting",
            allowed=f"{most}",
            do="come back later",
            headers={"Retry-After": str(FULL_S)},
        )


def _accept(service: Service, video: Sent[AnalysisOptions]) -> Job:
    options = video.options
    model = check_model(service, options.model)
    _check_objects(service, options)
    path = video.keep(service.folder.uploads)
    source = str(path.relative_to(service.folder.root)) if video.owned else str(path)
    name = called(options.name) if options.name else video.name
    try:
        job = service.store.add_job(
            model=model,
            name=name,
            source=source,
            owned=video.owned,
            annotate=options.annotate,
            objects=options.objects,
            site=options.site,
        )
    except BaseException:
        if video.owned:
            path.unlink(missing_ok=True)
        raise
    service.jobs.wake()
    return job


def _check_objects(service: Service, options: AnalysisOptions) -> None:
    """Raises RefusedError where people and things are asked for and cannot be had, or a site is named for nothing."""
    if options.site is not None:
        site_of(service, options.site)
        if not options.objects:
            raise RefusedError(problems.INVALID, what="a site is for people and things", got="site", do="add objects")
    if options.objects and not service.settings.objects:
        do = "ask whoever runs it to start it with --detector NAME, such as aisle serve --detector mobilenet-ssd"
        raise RefusedError(
            problems.UNAVAILABLE, what="this service does not follow people and products", got="objects", do=do
        )


@router.get(
    "/v1/analyses",
    operation_id="list_analyses",
    summary="All analyses, the latest first",
    response_model=Page[AnalysisAnswer],
    **route(Role.viewer),
)
def list_analyses(
    service: Here,
    limit: Limit = 50,
    before: Before = None,
    state: Annotated[JobState | None, Query(description="Only those in this state.")] = None,
) -> dict[str, Any]:
    """A page of them; `next` is the `before` of the next page."""
    jobs = service.store.jobs(limit=limit + 1, before=before, state=state)
    return page([AnalysisAnswer.of(job) for job in jobs], [job.number for job in jobs], limit)


@router.get(
    "/v1/analyses/{id}",
    operation_id="get_analysis",
    summary="How an analysis is",
    response_model=AnalysisAnswer,
    **route(Role.viewer, problems.ABSENT),
)
def get_analysis(service: Here, id_: Identity) -> AnalysisAnswer:
    """Its state, how far it is, and its best answer once it is done."""
    return AnalysisAnswer.of(job_of(service, id_))


@router.delete(
    "/v1/analyses/{id}",
    operation_id="delete_analysis",
    summary="Cancel or remove an analysis",
    response_model=AnalysisAnswer,
    **route(
        Role.operator,
        problems.ABSENT,
        problems.STORAGE,
        answers={200: {"description": "It was stopped."}, 204: {"description": "It was removed."}},
    ),
)
def delete_analysis(service: Here, id_: Identity) -> AnalysisAnswer | Response:
    """Stops it where it still waits or runs. One that is over is removed, with its results and its upload."""
    job = job_of(service, id_)
    if job.state.final:
        delete_job(service.store, service.folder, job)
        return Response(status_code=204)
    service.store.cancel(id_)
    service.jobs.wake()
    return AnalysisAnswer.of(job_of(service, id_))


@router.get(
    "/v1/analyses/{id}/progress",
    operation_id="follow_analysis",
    summary="How an analysis goes on, as it happens",
    response_class=StreamingResponse,
    **route(Role.viewer, problems.ABSENT, answers=FOLLOWED),
)
async def follow_analysis(service: Here, id_: Identity, last_event_id: LastEventId = None) -> Response:
    """Server-sent events: `progress` whenever something changed and `done` at the end, each with the analysis as
    `/v1/analyses/{id}` shows it. A client that comes back after `done` is answered 204, which ends it.
    """
    job = await run_in_threadpool(job_of, service, id_)
    if job.state.final and last_event_id == _mark(job):
        return Response(status_code=204)
    return stream(_steps(service, job, last_event_id), service.settings.heartbeat_s)


async def _steps(service: Service, job: Job, known: str | None) -> AsyncGenerator[Said | None, None]:
    """Each state that is new, None for a look that showed nothing; ends with the analysis."""
    while True:
        mark = _mark(job)
        changed, known = mark != known, mark
        if changed:
            kind = "done" if job.state.final else "progress"
            yield Said(kind, AnalysisAnswer.of(job).model_dump_json(), mark)
        else:
            yield None
        if job.state.final:
            return
        await asyncio.sleep(POLL_S)
        now = await run_in_threadpool(service.store.job, job.id)
        if now is None:
            return
        job = now


def _mark(job: Job) -> str:
    return f"{job.attempts}-{job.state}-{job.progress:.4f}"


def job_of(service: Service, id_: str) -> Job:
    """Raises RefusedError where there is none."""
    job = service.store.job(id_)
    if job is None:
        raise problems.absent("analysis", id_)
    return job
