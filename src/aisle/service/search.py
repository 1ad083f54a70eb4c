"""`/v1/collection` and `/v1/search`: the videos that were indexed, and what among them is like some seconds of one."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import ConfigDict

from aisle.core.collection import About, Filters, Match, Part
from aisle.core.time_map import Stretch
from aisle.search.index import DIVERSITY
from aisle.service import problems
from aisle.service.analyses import job_of
from aisle.service.answers import Shape
from aisle.service.auth import Guarded, route
from aisle.service.collection import Searched
from aisle.service.context import Here, Service
from aisle.service.files import VIDEO_RESPONSES, FileAnswer, file_answer
from aisle.service.paths import under
from aisle.service.problems import RefusedError
from aisle.service.records import Role
from aisle.service.results import source_of

router = APIRouter(route_class=Guarded, tags=["search"])

Name = Annotated[str, Query(alias="video", min_length=1, max_length=1000, description="As `/v1/collection` names it.")]
Seconds = Annotated[float, Query(ge=0, le=1e6, description="Seconds of the video.")]
PART: dict[str, Any] = {
    "video": "till/a.mp4",
    "start_s": 4.0,
    "end_s": 8.0,
    "whole": False,
    "category": "till",
    "camera": "",
    "recorded": "2026-01-31",
}
STILLS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A picture.",
        "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class Video(Shape):
    """`x` and `y`, 0 to 1, are its place on the map, near the videos that are like it."""

    video: str
    duration_s: float
    category: str
    camera: str
    recorded: date | None
    x: float
    y: float


class CollectionAnswer(Shape):
    """`by` is what videos are compared by; null without a collection. `plays` where videos are given out."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"by": None, "plays": False, "count": 0, "items": []}]}
    )

    by: str | None
    plays: bool
    count: int
    items: list[Video]


class PartShape(Shape):
    video: str
    start_s: float
    end_s: float
    whole: bool
    category: str
    camera: str
    recorded: date | None

    @classmethod
    def of(cls, part: Part) -> PartShape:
        return cls(
            video=part.video,
            start_s=float(part.start),
            end_s=float(part.end),
            whole=part.is_whole,
            **_about(part.about),
        )


class SharedShape(Shape):
    label: str
    share: float


class Times(Shape):
    start_s: float
    end_s: float

    @classmethod
    def of(cls, at: Stretch) -> Times:
        return cls(start_s=float(at.start), end_s=float(at.end))


class MomentsShape(Shape):
    asked: Times
    found: Times
    similarity: float


class MatchShape(Shape):
    """`similarity` is a cosine. `copies` are near-duplicates; `objects` and `moments` say why it is an answer."""

    part: PartShape
    similarity: float
    copies: list[PartShape]
    objects: list[SharedShape]
    moments: list[MomentsShape]

    @classmethod
    def of(cls, match: Match) -> MatchShape:
        return cls(
            part=PartShape.of(match.part),
            similarity=round(match.similarity, 4),
            copies=[PartShape.of(copy) for copy in match.copies],
            objects=[SharedShape(label=one.label, share=round(one.share, 4)) for one in match.objects],
            moments=[
                MomentsShape(asked=Times.of(one.asked), found=Times.of(one.found), similarity=round(one.similarity, 4))
                for one in match.moments
            ],
        )


class Matches(Shape):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"items": [{"part": PART, "similarity": 0.9, "copies": [], "objects": [], "moments": []}]},
            ]
        },
    )

    items: list[MatchShape]


def _about(about: About) -> dict[str, Any]:
    return {"category": about.category, "camera": about.camera, "recorded": about.recorded}


@router.get(
    "/v1/collection",
    operation_id="get_collection",
    summary="The videos that can be searched, and a map of them",
    response_model=CollectionAnswer,
    **route(Role.viewer),
)
def get_collection(service: Here) -> CollectionAnswer:
    """Each with its category, camera, day and place on the map. Of `count` videos at most 2,000 are on it."""
    collection = service.collection
    if collection is None:
        return CollectionAnswer(by=None, plays=False, count=0, items=[])
    items = [
        Video(
            video=point.part.video,
            duration_s=float(point.part.end),
            x=round(point.x, 4),
            y=round(point.y, 4),
            **_about(point.part.about),
        )
        for point in collection.points()
    ]
    return CollectionAnswer(
        by=collection.index.recipe.by, plays=not service.settings.blur, count=collection.counts()[0], items=items
    )


@router.get(
    "/v1/search",
    operation_id="search",
    summary="What is like a video, or some seconds of it",
    response_model=Matches,
    **route(Role.viewer, problems.ABSENT, problems.INPUT),
)
def search(
    service: Here,
    video: Annotated[
        str | None, Query(min_length=1, max_length=1000, description="As `/v1/collection` names it.")
    ] = None,
    analysis: Annotated[
        str | None,
        Query(max_length=64, pattern=r"^[A-Za-z0-9._-]+$", description="Instead of it, the id of an analysis."),
    ] = None,
    start_s: Seconds = 0,
    end_s: Annotated[Seconds | None, Query(description="All of the video without it.")] = None,
    k: Annotated[int, Query(ge=1, le=100, description="How many answers.")] = 10,
    diversity: Annotated[float, Query(ge=0, le=1, description="What likeness to earlier answers counts.")] = DIVERSITY,
    category: Annotated[list[str] | None, Query(max_length=50)] = None,
    camera: Annotated[list[str] | None, Query(max_length=50)] = None,
    since: date | None = None,
    until: date | None = None,
) -> Matches:
    """Of a video of the collection, or of one that was analysed. The video itself is no answer; where some seconds of
    it are asked for, its other moments are. Seconds that are no part of the index are looked at first, which takes a
    while.
    """
    collection = _collection(service)
    if (video is None) == (analysis is None):
        got = "neither" if video is None else "both"
        raise RefusedError(problems.INVALID, what="one video is searched for", got=got, allowed="video or analysis")
    at = None if end_s is None else Stretch(Fraction(start_s), Fraction(end_s))
    wanted = Filters(frozenset(category or ()), frozenset(camera or ()), since, until)
    if video is not None:
        if video not in collection.index.videos():
            raise problems.absent("video", video)
        found = collection.like_known(video, at, k, wanted, diversity=diversity)
    else:
        source = source_of(service, job_of(service, str(analysis)))
        found = collection.like_new(source, at, k, wanted, diversity=diversity)
    return Matches(items=[MatchShape.of(match) for match in found])


@router.get(
    "/v1/collection/video",
    operation_id="get_collection_video",
    summary="A video of the collection",
    response_class=FileAnswer,
    **route(Role.viewer, problems.ABSENT, problems.RANGE, problems.INPUT, answers=VIDEO_RESPONSES),
)
def get_video(service: Here, video: Name) -> FileAnswer:
    """Answers Range. A service that blurs heads or people does not give it out."""
    return file_answer(_file(service, video), "video", name=Path(video).name)


@router.get(
    "/v1/collection/still",
    operation_id="get_collection_still",
    summary="A picture of a video of the collection",
    response_class=Response,
    **route(Role.viewer, problems.ABSENT, problems.INPUT, answers=STILLS),
)
def get_still(service: Here, video: Name, at_s: Seconds = 0) -> Response:
    """What is on screen then, as JPEG. A service that blurs heads or people does not give it out."""
    _file(service, video)
    picture = _collection(service).still(video, Fraction(at_s))
    if picture is None:
        raise problems.absent("video", video)
    return Response(picture, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=3600"})


def _collection(service: Service) -> Searched:
    if service.collection is None:
        raise problems.absent("collection", "a service without one")
    return service.collection


def _file(service: Service, video: str) -> Path:
    """Only what is indexed, and only where it lies in the folder of the collection. Raises RefusedError."""
    collection = _collection(service)
    if video not in collection.index.videos():
        raise problems.absent("video", video)
    if service.settings.blur:
        raise problems.absent("unblurred video", video)
    return under(collection.home, video)
