"""What the routes need of the cameras that a service watches; `aisle.service.cameras` has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from aisle.service.records import StreamRecord


class Status(Protocol):
    """How a camera is at the moment: see aisle.service.cameras.Status."""

    @property
    def state(self) -> str: ...

    @property
    def reason(self) -> str | None: ...

    @property
    def risks(self) -> Mapping[str, float]: ...

    @property
    def threshold(self) -> float: ...

    @property
    def judged_s(self) -> float: ...

    @property
    def delay_s(self) -> float | None: ...

    @property
    def frames(self) -> int: ...

    @property
    def dropped(self) -> int: ...

    @property
    def gaps(self) -> int: ...


class Cameras(Protocol):
    """Thread-safe: see aisle.service.cameras.Cameras."""

    def add(
        self, *, name: str, source: str, model: str | None = None, threshold: float | None = None
    ) -> StreamRecord: ...

    def remove(self, id_: str) -> bool: ...

    def status(self, id_: str) -> Status | None: ...

    def picture(self, id_: str) -> bytes | None: ...
