"""All that the routes work with, as one record; `Here` gives it to a route."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Protocol

from fastapi import Depends, Request
from fastapi import Path as PathParameter

from aisle.core import Analysis, Progress, silent
from aisle.deploy.turns import Urgency
from aisle.service.admission import Line
from aisle.service.auth import Caller
from aisle.service.collection import Searched
from aisle.service.folder import DataFolder
from aisle.service.hub import Hub
from aisle.service.metrics import Metrics
from aisle.service.settings import Settings
from aisle.service.store import Store
from aisle.service.watched import Cameras


class Models(Protocol):
    """What the routes need of `aisle.service.engine.Engine`."""

    @property
    def names(self) -> tuple[str, ...]: ...

    @property
    def waiting(self) -> int: ...

    @property
    def is_warm(self) -> bool: ...

    def analyze(
        self, video: Path, model: str | None = None, *, urgency: Urgency, progress: Progress = silent
    ) -> Analysis: ...


class Jobs(Protocol):
    """What the routes need of `aisle.service.jobs.Runner`."""

    @property
    def running(self) -> int: ...

    def wake(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Service:
    settings: Settings
    store: Store
    folder: DataFolder
    models: Models
    jobs: Jobs
    cameras: Cameras
    hub: Hub
    line: Line
    metrics: Metrics
    collection: Searched | None = None


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


def _caller(request: Request) -> Caller:
    caller: Caller = request.state.caller
    return caller


Here = Annotated[Service, Depends(_service)]
Asker = Annotated[Caller, Depends(_caller)]
Identity = Annotated[
    str,
    PathParameter(
        alias="id", min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._-]+$", description="As the lists give it."
    ),
]
