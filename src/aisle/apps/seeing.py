"""What sees who handles what in videos, by the name of its detector, with a word to whoever waits for it."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from aisle.apps.observing import OVERHEAD, Looking, observers
from aisle.apps.opening import naming
from aisle.core import silent

if TYPE_CHECKING:
    from aisle.analysis.seen import Handle, See, Seen
    from aisle.core import Progress, Timeline
    from aisle.core.site import Site
    from aisle.media.read import Read


RATE = Fraction(5)
"""Looks a second where nobody says otherwise."""


def seer(
    detector: str, rate: Fraction = RATE, *, masks: bool = False, products: Path | None = None, quiet: bool
) -> Callable[[Read], See]:
    """Looks `rate` times a second with `detector`, names goods by the bundle `products`, and tells what hands do with
    them, in videos that are opened as it is told then. Raises what opening its networks raises.
    """
    from aisle.analysis.seen import Seeing

    new = observers(Looking(detector, rate, masks=masks), quiet=quiet, recognise=naming(products, quiet=quiet))
    handle = _handling() if detector == OVERHEAD else None
    return lambda read: Seeing(new, handle=handle, read=read)


class SeeingLater:
    """Opens what sees when it is asked for the first time: nobody who never asks has its networks in memory."""

    def __init__(self, open_: Callable[[], See]) -> None:
        self._open, self._lock = open_, Lock()
        self._see: See | None = None

    def __call__(
        self, video: str | Path, *, site: Site | None, timeline: Timeline | None, progress: Progress = silent
    ) -> Seen:
        """See aisle.analysis.seen.See. Raises what opening raises, until it succeeds."""
        with self._lock:
            if self._see is None:
                self._see = self._open()
        return self._see(video, site=site, timeline=timeline, progress=progress)


def _handling() -> Handle:
    from aisle.deploy.overhead import open_overhead_handling

    return open_overhead_handling()
