"""`/v1/analyses`: videos that are analysed when their turn comes, and what came out of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from aisle.analysis.seen import seen_table
from aisle.service import problems
from aisle.service.answers import AnalysisAnswer, Page, page
from aisle.service.asking import AnalysisOptions, request_body
from aisle.service.auth import Guarded, route
from aisle.service.classify import EXAMPLES, VIDEO, check_model
from aisle.service.context import Here, Identity, Service
from aisle.service.files import TYPES, VIDEO_RESPONSES, FileAnswer, best, file_answer
from aisle.service.inputs import Sent, called, sent
from aisle.service.news import LastEventId, Said, event_stream, stream
from aisle.service.paging import Before, Limit
from aisle.service.problems import RefusedError
from aisle.service.records import Job, JobState, Role
from aisle.service.retention import delete_job
from aisle.service.sites import site_of
from aisle.service.work import curves_of, outputs_of

router = APIRouter(route_class=Guarded, tags=["analyses"])

FORMS = {TYPES[".json"]: "json", "text/csv": "csv", TYPES[".parquet"]: "parquet"}
CURVES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The curves.",
        "content": {
            TYPES[".json"]: {
                "example": {
                    "start_s": 0.16,
                    "step_s": 0.32,
                    "lines": [{"label": "inspect_product", "values": [0.02, 0.4, 0.8]}],
                }
            }
        },
    }
}
TIMELINES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The timeline.",
        "content": {
            TYPES[".json"]: {
                "example": {
                    "video": "till.mp4",
                    "model": "shopper",
                    "duration_s": 48.0,
                    "predictions": [{"label": "inspect_product", "probability": 0.8}],
                    "grid": {"start_s": 0.0, "step_s": 0.32, "count": 150},
                    "segments": [{"start_s": 3.2, "end_s": 9.6, "label": "inspect_product", "score": 0.8}],
                    "skipped": [],
                    "notes": [],
                    "timing": {"decode_s": 1.1, "inference_s": 8.2, "total_s": 9.5},
                }
            },
            "text/csv": {"example": "video,start_s,end_s,label,score,start,end\r\n"},
            TYPES[".parquet"]: {},
        },
    },
    206: {"description": "The part that Range asked for."},
}
PAGES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The page.", "content": {"text/html": {"example": "<!doctype html>"}}},
    206: {"description": "The part that Range asked for."},
}
FOLLOWED: dict[int | str, dict[str, Any]] = {
    **event_stream(
        Said("progress", '{"id": "9f86d081884c7d65", "state": "running", "progress": 0.4}', "1-running-0.4")
    ),
    204: {"description": "It is over, and the client knows."},
}
Form = Annotated[
    Literal["json", "csv", "parquet"] | None,
    Query(alias="format", description="Instead of the header Accept; JSON by default."),
]
TABLE_EXAMPLES: dict[str, list[dict[str, Any]]] = {
    "objects": [
        {
            "video": "till.mp4",
            "time_s": 1.2,
            "frame": 36,
            "track_id": 3,
            "label": "person",
            "score": 0.93,
            "x1": 210.0,
            "y1": 80.5,
            "x2": 288.0,
            "y2": 300.0,
            "area_percent": 7.4,
            "mask_area_percent": None,
        }
    ],
    "interactions": [
        {
            "video": "till.mp4",
            "start_s": 4.2,
            "end_s": 4.6,
            "kind": "picked up",
            "track_id": 3,
            "zone": "milk",
            "product": "",
            "confidence": 0.9,
        }
    ],
    "visits": [{"video": "till.mp4", "track_id": 3, "start_s": 1.0, "end_s": 31.2, "items": 1, "concealed": 0}],
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
    **route(Role.operator, *VIDEO, **request_body(AnalysisOptions, EXAMPLES)),
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
        do = "ask whoever runs it to start it with --detector"
        raise RefusedError(
            problems.UNAVAILABLE, what="this service does not look for people and things", got="objects", do=do
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
    return AnalysisAnswer.of(_job(service, id_))


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
    job = _job(service, id_)
    if job.state.final:
        delete_job(service.store, service.folder, job)
        return Response(status_code=204)
    service.store.cancel(id_)
    service.jobs.wake()
    return AnalysisAnswer.of(_job(service, id_))


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
    job = await run_in_threadpool(_job, service, id_)
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


# --- what came out of it


@router.get(
    "/v1/analyses/{id}/timeline",
    operation_id="get_timeline",
    summary="What happens when",
    response_class=FileAnswer,
    **route(Role.viewer, problems.ABSENT, problems.CONFLICT, problems.FORM, problems.RANGE, answers=TIMELINES),
)
def get_timeline(
    request: Request,
    service: Here,
    id_: Identity,
    wanted: Form = None,
) -> FileAnswer:
    """The actions of the video with their times and probabilities, as JSON, CSV or Parquet."""
    job = _done(service, id_)
    outputs = outputs_of(service.folder, job.id)
    files = {"json": outputs.json, "csv": outputs.csv, "parquet": outputs.parquet}
    form = wanted or best(request, FORMS)
    return file_answer(
        files[form], "timeline", name=f"{Path(job.name).stem or 'video'}.{form}", download=form != "json"
    )


def _table_route(kind: str) -> dict[str, Any]:
    """What the routes of the tables of what was seen say of themselves."""
    content = {TYPES[".json"]: {"example": TABLE_EXAMPLES[kind]}, "text/csv": {"example": "video\r\n"}}
    answers: dict[int | str, dict[str, Any]] = {
        200: {"description": "The table.", "content": {**content, TYPES[".parquet"]: {}}},
        206: {"description": "The part that Range asked for."},
    }
    return route(Role.viewer, problems.ABSENT, problems.CONFLICT, problems.FORM, problems.RANGE, answers=answers)


@router.get(
    "/v1/analyses/{id}/objects",
    operation_id="get_objects",
    summary="Who and what was seen, where and when",
    response_class=FileAnswer,
    **_table_route("objects"),
)
def get_objects(request: Request, service: Here, id_: Identity, wanted: Form = None) -> FileAnswer:
    """A row for each thing at each look; only where the analysis was asked for objects."""
    return _table(request, service, id_, "objects", wanted)


@router.get(
    "/v1/analyses/{id}/interactions",
    operation_id="get_interactions",
    summary="Who picked up, put back or took away what",
    response_class=FileAnswer,
    **_table_route("interactions"),
)
def get_interactions(request: Request, service: Here, id_: Identity, wanted: Form = None) -> FileAnswer:
    """In order of time; only where the analysis was asked for objects."""
    return _table(request, service, id_, "interactions", wanted)


@router.get(
    "/v1/analyses/{id}/visits",
    operation_id="get_visits",
    summary="Who was there, and with how much they left",
    response_class=FileAnswer,
    **_table_route("visits"),
)
def get_visits(request: Request, service: Here, id_: Identity, wanted: Form = None) -> FileAnswer:
    """A row for each person; only where the analysis was asked for objects."""
    return _table(request, service, id_, "visits", wanted)


def _table(request: Request, service: Service, id_: str, kind: str, wanted: str | None) -> FileAnswer:
    job = _done(service, id_)
    if not job.objects:
        raise problems.absent(f"table of {kind}", job.name)
    form = wanted or best(request, FORMS)
    name = f"{Path(job.name).stem or 'video'}.{kind}.{form}"
    file = seen_table(outputs_of(service.folder, job.id).stem, kind, form)
    return file_answer(file, f"table of {kind}", name=name, download=form != "json")


@router.get(
    "/v1/analyses/{id}/curves",
    operation_id="get_curves",
    summary="How sure the model is over time",
    response_class=FileAnswer,
    **route(Role.viewer, problems.ABSENT, problems.CONFLICT, problems.RANGE, answers=CURVES),
)
def get_curves(service: Here, id_: Identity) -> FileAnswer:
    """For drawing: the surest classes, each with its probability at `start_s` + i * `step_s`; of a long video the
    highest of neighbouring readings.
    """
    return file_answer(curves_of(service.folder, _done(service, id_).id), "curves")


@router.get(
    "/v1/analyses/{id}/video",
    operation_id="get_annotated_video",
    summary="The video with its actions drawn in",
    response_class=FileAnswer,
    **route(Role.viewer, problems.ABSENT, problems.CONFLICT, problems.RANGE, answers=VIDEO_RESPONSES),
)
def get_annotated_video(service: Here, id_: Identity) -> FileAnswer:
    """MP4; only where the analysis was asked to annotate. Answers Range and If-Range."""
    job = _done(service, id_)
    if not job.annotate:
        raise problems.absent("annotated video", job.name)
    outputs = outputs_of(service.folder, job.id)
    return file_answer(outputs.annotated, "annotated video", name=f"{Path(job.name).stem or 'video'}.annotated.mp4")


@router.get(
    "/v1/analyses/{id}/source",
    operation_id="get_source_video",
    summary="The video as it was sent",
    response_class=FileAnswer,
    **route(Role.viewer, problems.ABSENT, problems.RANGE, answers=VIDEO_RESPONSES),
)
def get_source_video(service: Here, id_: Identity) -> FileAnswer:
    """Answers Range and If-Range. A service that blurs heads or people does not give it out."""
    job = _job(service, id_)
    if service.settings.blur:
        raise problems.absent("unblurred video", job.name)
    return file_answer(_source(service, job), "video", name=job.name)


def _source(service: Service, job: Job) -> Path:
    """Of a video that is not the service's own, only while it still lies in the media folder."""
    if job.owned:
        return service.folder.inside(job.source)
    root, path = service.settings.media_root, Path(job.source)
    if root is None or not path.resolve().is_relative_to(root.resolve()) or not path.is_file():
        raise problems.absent("video", job.name)
    return path


@router.get(
    "/v1/analyses/{id}/report",
    operation_id="get_report",
    summary="The page about a video",
    response_class=FileAnswer,
    **route(Role.viewer, problems.ABSENT, problems.CONFLICT, problems.RANGE, answers=PAGES),
)
def get_report(service: Here, id_: Identity) -> FileAnswer:
    """One HTML page for people: the video, how sure the model is over time, and the actions as a list."""
    job = _done(service, id_)
    answer = file_answer(outputs_of(service.folder, job.id).page, "report")
    answer.headers["Content-Security-Policy"] = "frame-ancestors 'none'"  # the page has a stricter one of its own
    return answer


def _job(service: Service, id_: str) -> Job:
    job = service.store.job(id_)
    if job is None:
        raise problems.absent("analysis", id_)
    return job


def _done(service: Service, id_: str) -> Job:
    job = _job(service, id_)
    if job.state is not JobState.done:
        do = "ask for it again" if job.state.final else "wait until it is done"
        raise RefusedError(
            problems.CONFLICT, what=f"the analysis is {job.state}", got=job.state, allowed=JobState.done, do=do
        )
    return job
