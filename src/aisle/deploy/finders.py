"""What is to be made unrecognisable in a video, by name."""

from __future__ import annotations

from collections.abc import Callable

from aisle.core import Progress, UnknownNameError, silent
from aisle.core.weights import WeightsSource
from aisle.deploy.detectors import Networks
from aisle.deploy.weights import find_file, must_be_fetched
from aisle.media.blur import Find
from aisle.objects import centerface, mobilenet_ssd
from aisle.objects.centerface import CenterFace
from aisle.objects.detector import Load
from aisle.objects.heads import Heads
from aisle.objects.mobilenet_ssd import MobileNetSSD
from aisle.objects.people import People

_MADE: dict[str, tuple[tuple[WeightsSource, ...], Callable[[Load], Find]]] = {
    "heads": (
        (centerface.WEIGHTS, mobilenet_ssd.WEIGHTS),
        lambda load: Heads(faces=CenterFace(load), people=MobileNetSSD(load)),
    ),
    "people": ((mobilenet_ssd.WEIGHTS,), lambda load: People(people=MobileNetSSD(load))),
}

FINDERS = tuple(_MADE)


def open_finder(name: str, *, progress: Progress = silent) -> Find:
    """`heads` or `people`; fetches the weights the first time, and hears megabytes of each as `progress`.

    Raises UnknownNameError, and what `find_file` raises: InputError, DamagedError, UnreachableError.
    """
    sources, make = _made(name)
    for source in sources:
        find_file(source, progress=progress)
    return make(Networks())


def to_fetch(name: str) -> int:
    """Megabytes that `open_finder` would fetch; 0 where it has all it needs."""
    sources, _ = _made(name)
    return sum(source.megabytes for source in sources if must_be_fetched(source))


def _made(name: str) -> tuple[tuple[WeightsSource, ...], Callable[[Load], Find]]:
    if name not in _MADE:
        raise UnknownNameError("thing to blur", name, _MADE)
    return _MADE[name]
