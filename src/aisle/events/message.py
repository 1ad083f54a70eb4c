"""What every sink says of an event: one JSON form, the same to a file, a web server, a broker and a mail."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, Self

from aisle.core import DamagedError, Event, seconds
from aisle.core.address import without_password
from aisle.core.heat import Place

State = Literal["started", "updated", "ended"]

_LATER = "place"
"""What messages of an older Aisle, which may still wait in a spool, do not have."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Message:
    """One piece of news of the event `id`, in the order of the JSON's fields.

    `key` names this piece of news: what comes twice with one key is to be counted once. `sequence` counts from 0 within
    the event. Times are seconds of the camera, and ISO 8601 in UTC where its clock is known. `evidence` is the name of
    the clip's file; where it lies is nobody else's business. `place` is where in the picture it was, as far as that is
    known: left, top, right and bottom as shares of its width and height.
    """

    key: str
    id: str
    sequence: int
    camera: str
    kind: str
    state: State
    started_s: float
    updated_s: float
    ended_s: float | None
    started_at: str | None
    updated_at: str | None
    ended_at: str | None
    peak: float
    evidence: str | None
    place: Place | None = None

    def json(self) -> str:
        """One line without its end."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def read(cls, content: Any) -> Self:
        """From what `json` wrote, parsed. Raises DamagedError for anything else."""
        names = {field.name for field in fields(cls)}
        if not isinstance(content, dict) or not names - {_LATER} <= set(content) <= names:
            raise DamagedError("no message of an event", got=str(content)[:200], do="remove it")
        place = content.get(_LATER)
        return cls(**content | {_LATER: None if place is None else tuple(place)})


class Account:
    """Turns events into messages, and remembers of each that lasts how many there were."""

    def __init__(self) -> None:
        self._told: dict[str, int] = {}

    def message(self, event: Event, evidence: Path | None) -> Message:
        """The next one of `event`, whose first is its start."""
        sequence = self._told.pop(event.id, 0)
        if event.ended is None:
            self._told[event.id] = sequence + 1
        return Message(
            key=f"{event.id}-{sequence}",
            id=event.id,
            sequence=sequence,
            camera=without_password(event.camera),
            kind=event.kind,
            state="ended" if event.ended is not None else "updated" if sequence else "started",
            started_s=seconds(event.started),
            updated_s=seconds(event.updated),
            ended_s=None if event.ended is None else seconds(event.ended),
            started_at=_wall(event.clock, event.started),
            updated_at=_wall(event.clock, event.updated),
            ended_at=_wall(event.clock, event.ended),
            peak=round(event.peak, 6),
            evidence=evidence.name if evidence else None,
            place=None if event.place is None else _rounded(event.place),
        )


def _rounded(place: Place) -> Place:
    left, top, right, bottom = (round(side, 4) for side in place)
    return left, top, right, bottom


def _wall(clock: Fraction | None, time: Fraction | None) -> str | None:
    if clock is None or time is None:
        return None
    moment = _EPOCH + timedelta(microseconds=round((clock + time) * 10**6))
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
