"""The shots of a video: by TransNetV2, or by a quick look at how pictures differ.

Shapes: T pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from aisle.core import InputError, Progress, silent
from aisle.core.shots import Change, Shots
from aisle.media import cuts
from aisle.media.ahead import ahead
from aisle.media.read import Read, Reader

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]

FAST = "fast"
SHORT = 2
"""So many pictures may go on with a change that is a cut."""

_BLOCK = 2000  # pictures that are looked at together: memory does not grow with the length of the video


@dataclass(frozen=True, slots=True)
class Method:
    """`look` takes pictures (T, 27, 48, 3), RGB uint8, to (T, 2): how surely a change has its middle at each, and goes
    on there; an answer depends on `context` pictures before and behind. A change is where it is at least so `sure`.
    """

    name: str
    look: Callable[[Bytes], Floats]
    context: int
    sure: float = 0.5


QUICK = Method(FAST, cuts.changes, cuts.CONTEXT)


def find_shots(video: str | Path, method: Method = QUICK, *, progress: Progress = silent, read: Read = Reader) -> Shots:
    """One pass over all pictures, opened by `read`; `progress` hears its seconds. Raises InputError where nothing of it
    can be read.
    """
    times: list[Fraction] = []
    found, steps = list[Floats](), list[Floats]()
    with (
        read(video, size=(cuts.WIDTH, cuts.HEIGHT)) as reader,
        closing(ahead(reader, _AHEAD)) as frames,
    ):
        info = reader.info
        total = float(info.duration) if info.duration else None

        def pictures() -> Iterator[Bytes]:
            for frame in frames:
                times.append(frame.time)
                progress(float(frame.time), total)
                yield frame.image

        for block, kept in blocks(pictures(), method.context):
            found.append(method.look(block)[kept])
            steps.append(_steps(block)[kept])
        duration = reader.duration
    if not times:
        raise InputError(f"no picture of {video} could be read", got="none", do="check it, or copy it again")
    changes = changes_of(np.concatenate(found), np.concatenate(steps), times, method.sure)
    return Shots(info.path, max(duration, times[-1] + 1 / info.rate / 2), info.rate, changes, method.name)


find_cuts = partial(find_shots, method=QUICK)
_AHEAD = 64


def blocks(pictures: Iterator[Bytes], context: int, size: int = _BLOCK) -> Iterator[tuple[Bytes, slice]]:
    """Pictures in blocks with `context` more on either side, where there are any, and which of a block are its own."""
    waiting: list[Bytes] = []
    before = 0
    for picture in pictures:
        waiting.append(picture)
        if len(waiting) == before + size + context:
            yield np.stack(waiting), slice(before, before + size)
            kept = min(before + size, context)
            waiting = waiting[before + size - kept :]
            before = kept
    if len(waiting) > before:
        yield np.stack(waiting), slice(before, len(waiting))


def changes_of(sure: Floats, steps: Floats, times: Sequence[Fraction], least: float) -> tuple[Change, ...]:
    """From how surely each of T pictures is within a change (T, 2), how far each is from the next, `steps` (T,), and
    when each comes on screen. A change has a middle that is at least so sure.
    """
    inside = (sure >= least).any(1)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], inside, [False]]).astype(np.int8)))
    made: list[Change] = []
    for first, after in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        score = float(sure[first:after, 0].max())
        if score < least:
            continue
        change = _change(first, after, steps, times, score)
        if change is not None and (not made or change.start > made[-1].end):
            made.append(change)
    return tuple(made)


def _change(first: int, after: int, steps: Floats, times: Sequence[Fraction], score: float) -> Change | None:
    """Of the pictures [first, after) that are within one; None where no shot would be left before or behind it."""
    if after - first <= SHORT:
        # a network may be a picture off: the cut is where neighbours differ most
        near = range(max(first - 1, 0), min(after + 1, len(times) - 1))
        if not near:
            return None
        new = max(near, key=lambda at: float(steps[at])) + 1
        return Change(times[new], times[new], min(score, 1.0))
    if first == 0 or after >= len(times):
        return None
    return Change(times[first], times[after], min(score, 1.0))


def _steps(pictures: Bytes) -> Floats:
    """(T,): how far each picture is from the next, 0 for the last."""
    moved = np.abs(pictures[1:].astype(np.int16) - pictures[:-1]).mean((1, 2, 3), dtype=np.float32)
    return np.append(moved, np.float32(0))
