"""What the service remembers, as its other parts see it. Wall times (`created`, `at`, ...) are Unix seconds in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from aisle.core.event import Event

MAX_ATTEMPTS = 3
"""A job is run once, and run again at most twice."""


class JobState(StrEnum):
    """The first two can still change; the others are final."""

    queued = "queued"
    running = "running"
    done = "done"
    failed = "failed"
    cancelled = "cancelled"

    @property
    def final(self) -> bool:
        return self not in (JobState.queued, JobState.running)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a job that is done gave: its best answer for the whole video, the video's length, and what it cost.

    Files it wrote lie in the job's own folder. Decoding and inference overlap, so `total_s` may be less than their sum.
    """

    label: str
    probability: float
    duration_s: float
    decode_s: float
    inference_s: float
    total_s: float


@dataclass(frozen=True, slots=True)
class Job:
    """One analysis that somebody asked for.

    `number` grows with every job that is accepted. `name` is the video's as its sender called it; `source` is its path,
    relative to the data folder for an upload and absolute under the media folder; an `owned` one is deleted with the
    job. `objects` says whether people and things are followed, `site` is the name of the place then, None for none.
    `progress` is 0 to 1 of this attempt, `attempts` how often it was begun, `owner` the process that runs it.
    `error` is set where it failed, `outcome` where it is done.
    """

    number: int
    id: str
    state: JobState
    model: str
    name: str
    source: str
    owned: bool
    annotate: bool
    objects: bool
    site: str | None
    created: float
    progress: float = 0.0
    attempts: int = 0
    owner: str | None = None
    started: float | None = None
    finished: float | None = None
    error: str | None = None
    outcome: Outcome | None = None


class Verdict(StrEnum):
    """What a person says of an event."""

    confirmed = "confirmed"
    dismissed = "dismissed"


@dataclass(frozen=True, slots=True)
class Review:
    """`by` is the name of the reviewer's key, None where the service asks for none."""

    verdict: Verdict
    note: str
    by: str | None
    at: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """The clip at `path`, relative to the data folder; its first picture was taken at second `start` of the camera."""

    path: str
    start: Fraction | None = None


@dataclass(frozen=True, slots=True)
class EventRecord:
    """An event as far as it is known. `number` grows with every event; `at` is when it started, or, of a file whose
    clock nobody knows, when it was recorded.
    """

    number: int
    event: Event
    at: float
    evidence: Evidence | None = None
    review: Review | None = None


@dataclass(frozen=True, slots=True)
class StreamRecord:
    """A camera to watch. `source` may hold a password: never show it as it is (`aisle.core.address`). `threshold` is
    the risk from which there is an alarm, None for the model's own.
    """

    id: str
    name: str
    source: str
    model: str
    created: float
    threshold: float | None = None


class Role(StrEnum):
    """What a key may do: look; also analyse, watch and review; also manage everything. In text order they do not
    compare, so ask `covers`.
    """

    viewer = "viewer"
    operator = "operator"
    admin = "admin"

    def covers(self, needed: Role) -> bool:
        """Whether this role may do what `needed` may."""
        ranks = list(Role)
        return ranks.index(self) >= ranks.index(needed)


@dataclass(frozen=True, slots=True)
class Key:
    """A key to the service, without its secret. `used` is when it was last used, to the minute."""

    id: str
    name: str
    role: Role
    created: float
    expires: float | None = None
    used: float | None = None
    revoked: float | None = None

    def valid(self, now: float) -> bool:
        return self.revoked is None and (self.expires is None or now < self.expires)
