"""Pictures in, the views of them that networks read out; a file and a camera give the same.

A view is one entry of `_MADE`: the views that it is made of, and what starts the making of it. Whatever is made is made
once, however many views ask for it, and none looks ahead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from aisle.analysis.embed import AHEAD, NARROWEST, Change
from aisle.core import InputError, UnknownNameError, UsageError, VideoInfo
from aisle.core.clip import VIEWS, Array, Clip
from aisle.media.ahead import ahead
from aisle.media.fit import fit
from aisle.media.flow import Flow
from aisle.media.read import Read, Reader
from aisle.objects.detector import Load, no_networks
from aisle.objects.following import Corners, Follower, cut_out
from aisle.objects.movenet import MoveNet
from aisle.objects.poses import SamePeople

Bytes = npt.NDArray[np.uint8]

SIDE = 112
"""Pixels of the side of what is cut out around a person, unless something else is asked for."""

PIECE = 32  # pictures that views are made of at once; a bound on memory
EVEN = 2  # sides are multiples of this


@dataclass(frozen=True, slots=True)
class _Given:
    """What a view may need to be made: the `side` of crops, and what opens published networks."""

    side: int
    load: Load


@dataclass(frozen=True, slots=True)
class _Made:
    """`start` gives what takes a stretch of each of `of`, (T, ...), to this view of it; it may remember what came
    before.
    """

    of: tuple[str, ...]
    start: Callable[[_Given], Callable[..., Array]]


def _poses(given: _Given) -> Callable[[Bytes], Array]:
    follow = SamePeople(MoveNet(given.load))
    return lambda frames: np.stack([follow(frame) for frame in frames])


def _cut_out(given: _Given) -> Callable[[Bytes, Corners], Array]:
    return partial(cut_out, side=given.side)


_MADE: Mapping[str, _Made] = {
    "flow": _Made(("rgb",), lambda _: Flow().push),
    "squares": _Made(("rgb",), lambda _: Follower().push),  # no view of a clip: where the person is
    "person_rgb": _Made(("rgb", "squares"), _cut_out),
    "person_flow": _Made(("flow", "squares"), _cut_out),
    "poses": _Made(("rgb",), _poses),
}


class Viewer:
    """One a video: takes its pictures as they come, in stretches of any lengths."""

    def __init__(self, names: Sequence[str], *, side: int = SIDE, load: Load = no_networks) -> None:
        for name in names:
            if name not in VIEWS:
                raise UnknownNameError("view", name, VIEWS)
        self.names = tuple(names)
        self._size: tuple[int, ...] | None = None
        self._makers: dict[str, Callable[..., Array]] = {}
        for name in names:
            self._start(name, _Given(side, load))

    def push(self, frames: Bytes) -> dict[str, Array]:
        """(T, H, W, 3) RGB, the pictures that follow those before, to the views of exactly these, as aisle.core.clip
        describes them. Raises UsageError for pictures of another size than those before.
        """
        self._check(frames)
        made: dict[str, Array] = {"rgb": frames}
        for name, maker in self._makers.items():
            made[name] = maker(*(made[part] for part in _MADE[name].of))
        return {name: made[name] for name in self.names}

    def _check(self, frames: Bytes) -> None:
        size = frames.shape[1:]
        if self._size not in (None, size):
            raise UsageError("the pictures of one video have one size", got=size, allowed=str(self._size))
        self._size = size

    def _start(self, name: str, given: _Given) -> None:
        """What a view is made of is started, and so later made, before it."""
        if name == "rgb" or name in self._makers:
            return
        for part in _MADE[name].of:
            self._start(part, given)
        self._makers[name] = _MADE[name].start(given)


def read_clip(
    video: str | Path,
    names: Sequence[str],
    *,
    rate: Fraction,
    short_side: int,
    start: Fraction = Fraction(0),
    end: Fraction | None = None,
    side: int = SIDE,
    change: Change | None = None,
    read: Read = Reader,
    load: Load = no_networks,
) -> Clip:
    """The views `names` of [start, end) seconds of `video`, at `rate` pictures a second, as if the video were cut
    there. Pictures are whole, their short side `short_side` pixels; `change` is done to each. `load` opens the networks
    that some views need.

    Raises InputError when nothing of it can be read, or when it is too narrow to be scaled so.
    """
    viewer = Viewer(names, side=side, load=load)
    size = partial(picture_size, short_side=short_side)
    with (
        read(video, size=size, rate=rate, start=start, end=end) as reader,
        closing(ahead(reader, AHEAD)) as frames,
    ):
        images = (change(frame.image) if change else frame.image for frame in frames)
        pieces = [viewer.push(piece) for piece in _stacked(images)]
        if not pieces:
            raise InputError(
                f"no picture of {reader.info.path} could be read",
                got=f"nothing from {float(start):.2f} s on, {len(reader.skipped)} damaged stretches",
                do="check the times, or copy it again",
            )
    return Clip({name: np.concatenate([piece[name] for piece in pieces]) for name in names}, rate)


def picture_size(info: VideoInfo, short_side: int) -> tuple[int, int]:
    """(width, height) of the whole picture once its short side is `short_side`, both even. Raises InputError for one
    that is too narrow.
    """
    if max(info.width, info.height) > NARROWEST * min(info.width, info.height):
        raise InputError(
            "the picture is too narrow for a network, which takes the whole of it",
            got=f"{info.path}: {info.width}x{info.height}",
            allowed=f"a long side of at most {NARROWEST} times the short one",
            do="cut the picture into parts, or stretch it",
        )
    return fit(info.width, info.height, short_side=short_side, multiple=EVEN)


def _stacked(images: Iterator[Bytes]) -> Iterator[Bytes]:
    """(T, H, W, 3), up to PIECE pictures each."""
    waiting: list[Bytes] = []
    for image in images:
        waiting.append(image)
        if len(waiting) == PIECE:
            yield np.stack(waiting)
            waiting = []
    if waiting:
        yield np.stack(waiting)
