"""`/v1/events`: what happened in front of the cameras, what people say of it, and that as a table to train on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from aisle.service import problems
from aisle.service.answers import EventAnswer, Page, page
from aisle.service.auth import Guarded, route
from aisle.service.context import Asker, Here, Identity
from aisle.service.feedback import training_table
from aisle.service.files import VIDEO_RESPONSES, FileAnswer, file_answer
from aisle.service.paging import Before, Limit
from aisle.service.records import EventRecord, Role, Verdict
from aisle.service.store import Store

router = APIRouter(route_class=Guarded, tags=["events"])


def _written_out(value: object) -> object:
    """Lets only times as ISO 8601 writes them through, and not the bare numbers that pydantic would take too."""
    if isinstance(value, str) and not value[:5].endswith("-"):
        raise PydanticCustomError("time", "Input should be a time such as 2026-11-21T09:00:00Z")
    return value


Time = Annotated[AwareDatetime, BeforeValidator(_written_out)]
Name = Annotated[str | None, Query(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]*$")]
TABLE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The table.",
        "content": {
            "text/csv": {"example": "path,start,end,label,group\nevidence/e3b0c442.mp4,5.0,11.8,shoplifting,till-1\n"}
        },
    }
}


class ReviewBody(BaseModel):
    """What a person says of an event."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"verdict": "confirmed", "note": "went out with two bottles"}]}
    )

    verdict: Verdict
    note: Annotated[str, Field(max_length=2000, pattern=r"^[^\x00]*$")] = ""


@router.get(
    "/v1/events",
    operation_id="list_events",
    summary="All events, the latest first",
    response_model=Page[EventAnswer],
    **route(Role.viewer),
)
def list_events(
    service: Here,
    limit: Limit = 50,
    before: Before = None,
    camera: Name = None,
    kind: Name = None,
    since: Annotated[Time | None, Query(description="Those that started then or later.")] = None,
    until: Annotated[Time | None, Query(description="Those that started before.")] = None,
    state: Annotated[Literal["open", "ended"] | None, Query()] = None,
    review: Annotated[
        Literal["confirmed", "dismissed", "none"] | None, Query(description="`none`: nobody has looked at it.")
    ] = None,
) -> dict[str, Any]:
    """Those that all given conditions hold for; `next` is the `before` of the next page."""
    records = service.store.events(
        camera=camera,
        kind=kind,
        since=_unix(since),
        until=_unix(until),
        state=state,
        review=review,
        limit=limit + 1,
        before=before,
    )
    return page([EventAnswer.of(each) for each in records], [each.number for each in records], limit)


def _unix(time: datetime | None) -> float | None:
    return None if time is None else time.timestamp()


@router.get(
    "/v1/events/export",
    operation_id="export_events",
    summary="Reviewed events as a table to train on",
    response_class=StreamingResponse,
    **route(Role.operator, answers=TABLE),
)
def export_events(service: Here) -> StreamingResponse:
    """CSV as `aisle train --data` reads it in the data folder: every event that is over, was reviewed and has a clip. A
    dismissed one is an example of `normal`.
    """
    lines: Iterator[str] = training_table(service.store)
    headers = {"Content-Disposition": 'attachment; filename="clips.csv"'}
    return StreamingResponse(lines, media_type="text/csv", headers=headers)


@router.get(
    "/v1/events/{id}",
    operation_id="get_event",
    summary="One event",
    response_model=EventAnswer,
    **route(Role.viewer, problems.ABSENT),
)
def get_event(service: Here, id_: Identity) -> EventAnswer:
    """As the list shows it."""
    return EventAnswer.of(_event(service.store, id_))


@router.get(
    "/v1/events/{id}/clip",
    operation_id="get_clip",
    summary="The seconds around an event",
    response_class=FileAnswer,
    **route(Role.viewer, problems.ABSENT, problems.RANGE, answers=VIDEO_RESPONSES),
)
def get_clip(service: Here, id_: Identity) -> FileAnswer:
    """MP4. While the event lasts it shows what was before; once it is over, all of it. Answers Range and If-Range."""
    record = _event(service.store, id_)
    if record.evidence is None:
        raise problems.absent("clip", id_)
    return file_answer(service.folder.inside(record.evidence.path), "clip", name=f"{record.event.id}.mp4")


@router.post(
    "/v1/events/{id}/review",
    operation_id="review_event",
    summary="Confirm or dismiss an event",
    response_model=EventAnswer,
    **route(Role.operator, problems.ABSENT, problems.MEDIA),
)
def review_event(service: Here, asker: Asker, id_: Identity, body: ReviewBody) -> EventAnswer:
    """Takes the place of what was said before."""
    record = service.store.review(id_, body.verdict, body.note, asker.name)
    if record is None:
        raise problems.absent("event", id_)
    service.hub.publish("event", {"id": id_})
    return EventAnswer.of(record)


def _event(store: Store, id_: str) -> EventRecord:
    record = store.event(id_)
    if record is None:
        raise problems.absent("event", id_)
    return record
