"""What came out of an analysis: its timeline, the tables of who handled what, the videos, and the page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request

from aisle.analysis.seen import seen_table
from aisle.service import problems
from aisle.service.analyses import job_of
from aisle.service.auth import Guarded, route
from aisle.service.context import Here, Identity, Service
from aisle.service.files import TYPES, VIDEO_RESPONSES, FileAnswer, best, file_answer
from aisle.service.problems import RefusedError
from aisle.service.records import Job, JobState, Role
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
    job = job_of(service, id_)
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


def _done(service: Service, id_: str) -> Job:
    job = job_of(service, id_)
    if job.state is not JobState.done:
        do = "ask for it again" if job.state.final else "wait until it is done"
        raise RefusedError(
            problems.CONFLICT, what=f"the analysis is {job.state}", got=job.state, allowed=JobState.done, do=do
        )
    return job
