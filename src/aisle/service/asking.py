"""What a caller may say of a video: where it comes from, and what is asked of it. Also how the OpenAPI describes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

FILE = "file"
"""The part of a form that is the video."""

ModelName = Annotated[
    str | None,
    Field(max_length=200, description="A name from `/v1/models`; the service's first model without one."),
]


class Source(BaseModel):
    """Exactly one of the three says where the video comes from."""

    model_config = ConfigDict(extra="forbid")

    path: Annotated[
        str | None, Field(min_length=1, max_length=4096, description="A file under the media folder of the service.")
    ] = None
    url: Annotated[
        str | None, Field(min_length=1, max_length=2048, description="On a host that the service may fetch from.")
    ] = None
    video: Annotated[str | None, Field(min_length=1, description="The video itself in base64; better use a form.")] = (
        None
    )

    @model_validator(mode="after")
    def _one(self) -> Source:
        given = [name for name in Source.model_fields if getattr(self, name) is not None]
        if len(given) != 1:
            # pydantic turns a ValueError, and nothing of ours, into a problem with its place
            raise _NotOneError(f"exactly one of path, url and video is needed, got {', '.join(given) or 'none'}")
        return self


class _NotOneError(ValueError):
    pass


class ClassifyOptions(BaseModel):
    model_config = ConfigDict(extra="forbid")

    model: ModelName = None
    top: Annotated[int, Field(ge=1, le=1000, description="How many classes to answer, the likeliest first.")] = 5


class AnalysisOptions(BaseModel):
    model_config = ConfigDict(extra="forbid")

    model: ModelName = None
    annotate: Annotated[bool, Field(description="Also make a copy of the video with its actions drawn in.")] = False
    objects: Annotated[
        bool, Field(description="Also follow people and products: who picked up, put back or took away what.")
    ] = False
    site: Annotated[
        str | None, Field(min_length=1, max_length=80, description="A name from `/v1/sites`; with `objects` alone.")
    ] = None
    name: Annotated[
        str | None, Field(min_length=1, max_length=200, description="What the video is called in lists.")
    ] = None


def request_body(options: type[BaseModel], examples: Mapping[str, Any]) -> dict[str, Any]:
    """For a route's `openapi_extra`, as its body is read as it arrives and not by FastAPI."""
    asked, source = options.model_json_schema()["properties"], Source.model_json_schema()["properties"]
    closed = {"type": "object", "additionalProperties": False}
    places = {name: {**_not_null(shape), "description": shape["description"]} for name, shape in source.items()}
    file = {"type": "string", "format": "binary", "contentMediaType": "video/*", "description": "The video."}
    one = [{"required": [name]} for name in source]
    return {
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {**closed, "properties": {**places, **asked}, "oneOf": one},
                    "examples": {name: {"summary": name, "value": value} for name, value in examples.items()},
                },
                "multipart/form-data": {
                    "schema": {**closed, "properties": {FILE: file, **asked}, "required": [FILE]},
                    "encoding": {FILE: {"contentType": "video/*, application/octet-stream"}},
                    "example": {FILE: "till.mp4", "model": "kinetics-i3d"},
                },
            },
        }
    }


def _not_null(shape: Mapping[str, Any]) -> dict[str, Any]:
    """Of what may be left out, the form in which it is given."""
    return dict(next(each for each in shape["anyOf"] if each.get("type") != "null"))
