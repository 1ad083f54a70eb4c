"""How long work reports how far it is, without knowing who listens."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[float, float | None], None]
"""Called with the amount done and the total in one unit (seconds of video, bytes, steps), None for an unknown total."""


def silent(done: float, total: float | None) -> None:
    """The listener that ignores everything."""
