"""`/v1/streams`: the cameras that are watched."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from aisle.service import problems
from aisle.service.answers import Page, StreamAnswer
from aisle.service.asking import ModelName
from aisle.service.auth import Guarded, route
from aisle.service.context import Here, Identity, Service
from aisle.service.records import Role, StreamRecord

router = APIRouter(route_class=Guarded, tags=["streams"])

JPEG = "image/jpeg"
PICTURE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The latest picture.", "content": {JPEG: {}}},
    204: {"description": "There is no picture yet."},
}
ADDRESS = r"^(rtsps?|https?)://[^\s\x00-\x1f]+$|^[0-9]{1,2}$"


class StreamBody(BaseModel):
    """A camera to watch. Files of the server are no cameras: `/v1/analyses` takes them by their path."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"name": "Till 1", "source": "rtsp://viewer:secret@10.0.0.7/1", "model": "shoplifting"},
                {"name": "Door", "source": "0", "model": "fight", "threshold": 0.7},
            ]
        },
    )

    name: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]*$")]
    source: Annotated[
        str, Field(max_length=2048, pattern=ADDRESS, description="rtsp, http or https; or the number of a webcam.")
    ]
    model: ModelName = None
    threshold: Annotated[
        float | None,
        Field(gt=0, lt=1, strict=True, description="The risk from which there is an alarm; else the model's own."),
    ] = None


@router.get(
    "/v1/streams",
    operation_id="list_streams",
    summary="All cameras",
    response_model=Page[StreamAnswer],
    **route(Role.viewer),
)
def list_streams(service: Here) -> dict[str, Any]:
    """In the order in which they were added, each with how it is now."""
    return {"items": [_shown(service, record) for record in service.store.streams()], "next": None}


@router.post(
    "/v1/streams",
    operation_id="add_stream",
    summary="Watch a camera",
    status_code=201,
    response_model=StreamAnswer,
    **route(Role.admin, problems.MEDIA),
)
def add_stream(service: Here, response: Response, body: StreamBody) -> StreamAnswer:
    """From now on, and again whenever the service starts."""
    record = service.cameras.add(name=body.name, source=body.source, model=body.model, threshold=body.threshold)
    response.headers["Location"] = f"/v1/streams/{record.id}"
    return _shown(service, record)


@router.get(
    "/v1/streams/{id}",
    operation_id="get_stream",
    summary="One camera",
    response_model=StreamAnswer,
    **route(Role.viewer, problems.ABSENT),
)
def get_stream(service: Here, id_: Identity) -> StreamAnswer:
    """How it is now."""
    return _shown(service, _stream(service, id_))


@router.delete(
    "/v1/streams/{id}",
    operation_id="remove_stream",
    summary="Watch a camera no longer",
    status_code=204,
    **route(Role.admin, problems.ABSENT),
)
def remove_stream(service: Here, id_: Identity) -> Response:
    """Its events and their clips stay."""
    if not service.cameras.remove(id_):
        raise problems.absent("stream", id_)
    service.hub.publish("removed", {"id": id_})
    return Response(status_code=204)


@router.get(
    "/v1/streams/{id}/picture",
    operation_id="get_picture",
    summary="The latest picture of a camera",
    response_class=Response,
    **route(Role.viewer, problems.ABSENT, answers=PICTURE),
)
def get_picture(service: Here, id_: Identity) -> Response:
    """JPEG, at most about 640 pixels wide. A service that blurs heads or people gives none out."""
    _stream(service, id_)
    picture = None if service.settings.blur else service.cameras.picture(id_)
    return Response(status_code=204) if picture is None else Response(picture, media_type=JPEG)


def _shown(service: Service, record: StreamRecord) -> StreamAnswer:
    return StreamAnswer.of(record, service.cameras.status(record.id))


def _stream(service: Service, id_: str) -> StreamRecord:
    record = service.store.stream(id_)
    if record is None:
        raise problems.absent("stream", id_)
    return record
