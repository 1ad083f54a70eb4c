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

from aisle.analysis.embed import AHEAD, Change, check_shape
from aisle.core import InputError, UnknownNameError, UsageError, VideoInfo
from aisle.core.clip import VIEWS, Array, Clip
from aisle.media.ahead import ahead
from aisle.media.fit import EVEN, fit
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

ROOM = 1.125
"""How much longer than what came so far a view is made, as a multiple, when it is full."""


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

    Raises InputError when nothing of it can be read, when it is too narrow to be scaled so, or too long for the memory.
    """
    viewer = Viewer(names, side=side, load=load)
    size = partial(picture_size, short_side=short_side)
    with (
        read(video, size=size, rate=rate, start=start, end=end) as reader,
        closing(ahead(reader, AHEAD)) as frames,
    ):
        images = (change(frame.image) if change else frame.image for frame in frames)
        views, count = {name: _Growing() for name in names}, 0
        try:
            for piece in _stacked(images):
                for name, view in viewer.push(piece).items():
                    views[name].add(view)
                count += len(piece)
        except MemoryError as error:
            width, height = size(reader.info)
            raise InputError(
                f"the pictures of {reader.info.path} do not fit into memory",
                got=f"{count} of {width}x{height}, and more to come",
                do="cut the video into shorter ones, or name shorter stretches of it",
            ) from error
        if not count:
            raise InputError(
                f"no picture of {reader.info.path} could be read",
                got=f"nothing from {float(start):.2f} s on, {len(reader.skipped)} damaged stretches",
                do="check the times, or copy it again",
            )
        return Clip({name: view.whole() for name, view in views.items()}, rate)


def picture_size(info: VideoInfo, short_side: int) -> tuple[int, int]:
    """(width, height) of the whole picture once its short side is `short_side`, both even. Raises InputError for one
    that is too narrow.
    """
    check_shape(info, "a network")
    return fit(info.width, info.height, short_side=short_side, multiple=EVEN)


class _Growing:
    """A view that pieces are added to. It grows where it lies, so that a long one is in memory once, and not twice."""

    def __init__(self) -> None:
        self._count = 0
        self._view: Array = np.empty(0)

    def add(self, piece: Array) -> None:
        """(T, ...)."""
        if not self._count:
            self._view = np.empty((0, *piece.shape[1:]), piece.dtype)
        count = self._count + len(piece)
        if count > len(self._view):
            self._resize(max(count, int(ROOM * self._count)))
        self._view[self._count : count] = piece
        self._count = count

    def whole(self) -> Array:
        """All pieces, one after the other; it cannot grow any more."""
        self._resize(self._count)
        return self._view

    def _resize(self, count: int) -> None:
        self._view.resize((count, *self._view.shape[1:]), refcheck=False)  # nobody else has it yet


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
