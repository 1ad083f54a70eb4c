"""The shapes of what the service answers. Times are seconds (`_s`); wall times are ISO 8601 in UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from aisle.core import Analysis
from aisle.core.address import without_password
from aisle.service.problems import show
from aisle.service.records import EventRecord, Job, JobState, Review, StreamRecord, Verdict
from aisle.service.watched import Status

Item = TypeVar("Item")
Share = Annotated[float, Field(ge=0, le=1)]
_DIGITS = 6


class Shape(BaseModel):
    """What all of them have in common: no member that is not named."""

    model_config = ConfigDict(extra="forbid")


class Page(Shape, Generic[Item]):
    """`next` is the `before` of the page that follows; null on the last one."""

    items: list[Item]
    next: str | None = None


def wall(seconds: float | None) -> str | None:
    """Unix seconds as ISO 8601, in UTC."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def page(items: list[Item], numbers: list[int], limit: int) -> dict[str, Any]:
    """A page of at most `limit` of the items, of which one more was asked for than is shown."""
    return {"items": items[:limit], "next": str(numbers[limit - 1]) if len(items) > limit else None}


# --- one video


class Class(Shape):
    label: str
    probability: Share


class Took(Shape):
    """Decoding and inference overlap. `total_s` is all of the request, its arrival and its time in line included."""

    queue_s: float
    decode_s: float
    inference_s: float
    total_s: float


class Classified(Shape):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "label": "shoplifting",
                    "probability": 0.91,
                    "predictions": [
                        {"label": "shoplifting", "probability": 0.91},
                        {"label": "normal", "probability": 0.09},
                    ],
                    "model": "shoplifting",
                    "timing": {"queue_s": 0.0, "decode_s": 0.41, "inference_s": 1.9, "total_s": 2.1},
                    "duration_s": 12.4,
                    "notes": [],
                }
            ]
        },
    )

    label: str
    probability: Share
    predictions: list[Class]
    model: str
    timing: Took
    duration_s: float
    notes: list[str]

    @classmethod
    def of(cls, analysis: Analysis, top: int, queue_s: float, total_s: float) -> Classified:
        """The best `top` classes of a whole video."""
        classes = [
            Class(label=each.label, probability=min(max(round(each.probability, _DIGITS), 0.0), 1.0))
            for each in analysis.predictions[:top]
        ]
        seconds = (queue_s, analysis.timing.decode_s, analysis.timing.inference_s, total_s)
        return cls(
            label=classes[0].label,
            probability=classes[0].probability,
            predictions=classes,
            model=analysis.model,
            timing=Took(**dict(zip(Took.model_fields, (round(each, _DIGITS) for each in seconds), strict=True))),
            duration_s=round(float(analysis.timeline.duration), _DIGITS),
            notes=list(analysis.notes),
        )


class Effort(Shape):
    decode_s: float
    inference_s: float
    total_s: float


class AnalysisAnswer(Shape):
    """`progress` is 0 to 1. What is only known of an analysis that is done is null before."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "id": "9f86d081884c7d65",
                    "state": "done",
                    "model": "shopper",
                    "name": "till.mp4",
                    "annotate": False,
                    "objects": False,
                    "site": None,
                    "progress": 1.0,
                    "attempts": 1,
                    "created": "2026-11-21T09:00:00.000+00:00",
                    "started": "2026-11-21T09:00:00.200+00:00",
                    "finished": "2026-11-21T09:00:09.700+00:00",
                    "error": None,
                    "label": "inspect_product",
                    "probability": 0.8,
                    "duration_s": 48.0,
                    "timing": {"decode_s": 1.1, "inference_s": 8.2, "total_s": 9.5},
                }
            ]
        },
    )

    id: str
    state: JobState
    model: str
    name: str
    annotate: bool
    objects: bool
    site: str | None
    progress: Share
    attempts: int
    created: str
    started: str | None
    finished: str | None
    error: str | None
    label: str | None
    probability: Share | None
    duration_s: float | None
    timing: Effort | None

    @classmethod
    def of(cls, job: Job) -> AnalysisAnswer:
        found = job.outcome
        return cls(
            id=job.id,
            state=job.state,
            model=job.model,
            name=job.name,
            annotate=job.annotate,
            objects=job.objects,
            site=job.site,
            progress=round(min(max(job.progress, 0.0), 1.0), _DIGITS),
            attempts=job.attempts,
            created=wall(job.created) or "",
            started=wall(job.started),
            finished=wall(job.finished),
            error=None if job.error is None else show(job.error),
            label=found.label if found else None,
            probability=min(max(found.probability, 0.0), 1.0) if found else None,
            duration_s=found.duration_s if found else None,
            timing=Effort(decode_s=found.decode_s, inference_s=found.inference_s, total_s=found.total_s)
            if found
            else None,
        )


# --- events


class ReviewAnswer(Shape):
    verdict: Verdict
    note: str
    by: str | None
    at: str

    @classmethod
    def of(cls, review: Review) -> ReviewAnswer:
        return cls(verdict=review.verdict, note=review.note, by=review.by, at=wall(review.at) or "")


class EventAnswer(Shape):
    """`at` is when it started. The `_s` times are on the camera's own axis; `clip_start_s` is where its clip begins.

    `place` is where in the picture it was: left, top, right and bottom as shares of its width and height; null where
    the model does not say, and for what became of the camera itself (`camera covered`, `camera dark`, `camera moved`,
    `camera frozen`).
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "id": "e3b0c44298fc1c14",
                    "number": 12,
                    "camera": "till-1",
                    "kind": "shoplifting",
                    "state": "ended",
                    "at": "2026-11-21T09:00:00.000+00:00",
                    "started_s": 84.2,
                    "updated_s": 91.0,
                    "ended_s": 91.0,
                    "peak": 0.93,
                    "place": [0.5, 0.25, 0.75, 1.0],
                    "clip": True,
                    "clip_start_s": 79.2,
                    "review": {
                        "verdict": "confirmed",
                        "note": "",
                        "by": "guard",
                        "at": "2026-11-21T09:02:00.000+00:00",
                    },
                }
            ]
        },
    )

    id: str
    number: int
    camera: str
    kind: str
    state: Literal["open", "ended"]
    at: str
    started_s: float
    updated_s: float
    ended_s: float | None
    peak: Share
    place: tuple[Share, Share, Share, Share] | None
    clip: bool
    clip_start_s: float | None
    review: ReviewAnswer | None

    @classmethod
    def of(cls, record: EventRecord) -> EventAnswer:
        event, evidence = record.event, record.evidence
        first = evidence.start if evidence else None
        return cls(
            id=event.id,
            number=record.number,
            camera=event.camera,
            kind=event.kind,
            state="open" if event.ended is None else "ended",
            at=wall(record.at) or "",
            started_s=float(event.started),
            updated_s=float(event.updated),
            ended_s=None if event.ended is None else float(event.ended),
            peak=event.peak,
            place=event.place,
            clip=evidence is not None,
            clip_start_s=None if first is None else float(first),
            review=None if record.review is None else ReviewAnswer.of(record.review),
        )


# --- cameras


class StatusAnswer(Shape):
    """How a camera is now. `risks` are of each kind that is warned of, which happens from `threshold` on; known up to
    `judged_s` seconds from the first picture, `delay_s` after they were taken. `frames` were looked at, `dropped` were
    given up to keep up, `gaps` is how often some were missing.
    """

    state: str
    reason: str | None
    risks: dict[str, Share]
    threshold: float
    judged_s: float
    delay_s: float | None
    frames: int
    dropped: int
    gaps: int

    @classmethod
    def of(cls, status: Status) -> StatusAnswer:
        values = {name: getattr(status, name) for name in cls.model_fields}
        reason = None if status.reason is None else show(status.reason)
        risks = {kind: min(max(risk, 0.0), 1.0) for kind, risk in status.risks.items()}
        return cls(**values | {"reason": reason, "risks": risks})


class StreamAnswer(Shape):
    """A camera. `source` never shows a password; `status` is null where it could not be watched at all."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "id": "5f70bf18a0860071",
                    "name": "Till 1",
                    "source": "rtsp://viewer:...@10.0.0.7/1",
                    "model": "shoplifting",
                    "threshold": None,
                    "created": "2026-11-21T08:00:00.000+00:00",
                    "status": {
                        "state": "live",
                        "reason": None,
                        "risks": {"shoplifting": 0.07},
                        "threshold": 0.36,
                        "judged_s": 3604.2,
                        "delay_s": 0.9,
                        "frames": 90105,
                        "dropped": 0,
                        "gaps": 0,
                    },
                }
            ]
        },
    )

    id: str
    name: str
    source: str
    model: str
    threshold: float | None
    created: str
    status: StatusAnswer | None

    @classmethod
    def of(cls, record: StreamRecord, status: Status | None) -> StreamAnswer:
        return cls(
            id=record.id,
            name=record.name,
            source=without_password(record.source),
            model=record.model,
            threshold=record.threshold,
            created=wall(record.created) or "",
            status=None if status is None else StatusAnswer.of(status),
        )
