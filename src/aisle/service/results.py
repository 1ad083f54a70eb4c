"""What came out of an analysis: its timeline, the tables of who handled what, the videos, and the page."""

from __future__ import annotations

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class SeenTable:
    """What its route says of a table of what was seen; `row` is an example."""

    summary: str
    says: str
    row: dict[str, Any]


SEEN = {
    "objects": SeenTable(
        "Who and what was seen, where and when",
        "A row for each thing at each look",
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
        },
    ),
    "interactions": SeenTable(
        "Who picked up, put back or took away what",
        "In order of time",
        {
            "video": "till.mp4",
            "start_s": 4.2,
            "end_s": 4.6,
            "kind": "picked up",
            "track_id": 3,
            "zone": "milk",
            "product": "",
            "confidence": 0.9,
        },
    ),
    "visits": SeenTable(
        "Who was there, and with how much they left",
        "A row for each person",
        {"video": "till.mp4", "track_id": 3, "start_s": 1.0, "end_s": 31.2, "items": 1, "concealed": 0},
    ),
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


def _serve(kind: str, told: SeenTable) -> None:
    """Adds the route of one of the tables of what was seen."""
    content = {TYPES[".json"]: {"example": [told.row]}, "text/csv": {"example": "video\r\n"}}
    answers: dict[int | str, dict[str, Any]] = {
        200: {"description": "The table.", "content": {**content, TYPES[".parquet"]: {}}},
        206: {"description": "The part that Range asked for."},
    }

    def get_table(request: Request, service: Here, id_: Identity, wanted: Form = None) -> FileAnswer:
        return _table(request, service, id_, kind, wanted)

    router.get(
        f"/v1/analyses/{{id}}/{kind}",
        operation_id=f"get_{kind}",
        summary=told.summary,
        description=f"{told.says}; only where the analysis was asked for objects.",
        response_class=FileAnswer,
        **route(Role.viewer, problems.ABSENT, problems.CONFLICT, problems.FORM, problems.RANGE, answers=answers),
    )(get_table)


for _kind, _told in SEEN.items():
    _serve(_kind, _told)


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
    return file_answer(source_of(service, job), "video", name=job.name)


def source_of(service: Service, job: Job) -> Path:
    """The file of a job; one that is not the service's own only while it still lies in the media folder. Raises
    RefusedError where it does not.
    """
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
