"""All that was seen in one video, look by look, and what is known of any moment between two looks."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from math import ceil
from typing import Literal, TypeVar

import numpy as np

from aisle.core.boxes import Boxes, Floats
from aisle.core.detections import NOBODY, Detections, Hand, Masks, Observation, Pose
from aisle.core.errors import UsageError
from aisle.core.timeline import Skipped
from aisle.core.video import VideoInfo

Key = TypeVar("Key", bound=Hashable)

BRIDGED = Fraction(1)
"""Seconds that may lie between two sightings for who was missed in between to be taken to have been there."""


@dataclass(frozen=True, eq=False)
class Observed:
    """`observations` in order of time, `rate` a second where nothing is missing, in pixels of the video as displayed.

    `duration` is seconds, where the video was read to its end; `skipped` are the stretches that could not be read.
    """

    info: VideoInfo
    rate: Fraction
    observations: tuple[Observation, ...]
    skipped: tuple[Skipped, ...] = ()
    duration: Fraction | None = None

    def __post_init__(self) -> None:
        if self.rate <= 0:
            raise UsageError("a rate is positive", got=self.rate)
        for before, after in pairwise(self.observations):
            if before.time >= after.time:
                raise UsageError("observations stand in order of time", got=f"{before.time} then {after.time}")
        for each in self.observations:
            followed = [track for track in each.found.tracks.tolist() if track != NOBODY]
            if len(set(followed)) < len(followed):
                raise UsageError("each is in one place at a time", got=f"tracks {followed} at {each.time} s")

    @property
    def end(self) -> Fraction:
        """Seconds at which the video ends, or at which the next look would be."""
        if self.duration is not None:
            return self.duration
        return self.observations[-1].time + 1 / self.rate if self.observations else Fraction(0)

    def at(self, time: Fraction) -> Observation | None:
        """What is there at `time` seconds: who is seen at the nearest look, and who was only missed there, for at most
        `BRIDGED`. Boxes, joints and hands lie on the straight line between the two sightings around `time`, or stay
        where they are. None where no look is as near as one step of the rate.
        """
        after = bisect_left(self._times, time)
        near = min(
            self.observations[max(after - 1, 0) : after + 1], key=lambda look: abs(look.time - time), default=None
        )
        if near is None or abs(near.time - time) > 1 / self.rate:
            return None
        around = self.observations[bisect_left(self._times, time - BRIDGED) : bisect_right(self._times, time + BRIDGED)]
        moment = _Moment(time, near, around)
        found, areas = _found(moment)
        return replace(
            near,
            time=time,
            frame=int(time * self.info.rate),
            found=found,
            poses=_poses(moment),
            hands=_hands(moment),
            mask_areas=areas,
        )

    def frames(self) -> Iterator[Observation]:
        """One for each frame of the video that `at` knows something of, at the rate of the video."""
        for number in range(ceil(self.end * self.info.rate)):
            seen = self.at(number / self.info.rate)
            if seen is not None:
                yield replace(seen, frame=number)

    @cached_property
    def _times(self) -> list[Fraction]:
        return [look.time for look in self.observations]


@dataclass(frozen=True, slots=True)
class _Moment:
    """`near` is the nearest look to `time`, `around` are the looks within `BRIDGED` of it."""

    time: Fraction
    near: Observation
    around: tuple[Observation, ...]

    def lie(self, things: Callable[[Observation], dict[Key, Floats]]) -> dict[Key, Floats]:
        """Where each of `things` lies: those of the nearest look in its order, then those who were missed there."""
        before: dict[Key, tuple[Fraction, Floats]] = {}
        after: dict[Key, tuple[Fraction, Floats]] = {}
        for look in self.around:
            for key, value in things(look).items():
                if look.time <= self.time:
                    before[key] = look.time, value
                else:
                    after.setdefault(key, (look.time, value))
        here = things(self.near)
        met = {key: self._met(before[key], after[key]) for key in before if key in after}
        between = {key: value for key, value in met.items() if value is not None}
        return {key: between.get(key, value) for key, value in here.items()} | {
            key: value for key, value in between.items() if key not in here
        }

    def _met(self, before: tuple[Fraction, Floats], after: tuple[Fraction, Floats]) -> Floats | None:
        (start, first), (end, last) = before, after
        if end - start > BRIDGED:
            return None
        share = np.float32((self.time - start) / (end - start))
        between: Floats = first + share * (last - first)
        return between


def _found(moment: _Moment) -> tuple[Detections, Floats | None]:
    """With how much of the picture each mask fills, where masks were not kept."""
    near = moment.near.found
    lie = moment.lie(_followed)
    missed = [track for track in lie if track not in near.tracks]
    rows = [
        lie[track] if track != NOBODY else np.append(corners, score)
        for track, corners, score in zip(near.tracks.tolist(), near.boxes.corners, near.boxes.scores, strict=True)
    ]
    values = np.array([*rows, *(lie[track] for track in missed)], np.float32).reshape(-1, 5)
    found = Detections(
        Boxes(values[:, :4], values[:, 4]),
        (*near.labels, *(_label(moment, track) for track in missed)),
        np.array([*near.tracks, *missed], np.int64),
        _masks(moment.near, values, len(missed)),
    )
    areas = moment.near.mask_areas
    return found, None if areas is None else np.append(areas, np.full(len(missed), np.nan, np.float32))


def _followed(look: Observation) -> dict[int, Floats]:
    values = np.column_stack([look.found.boxes.corners, look.found.boxes.scores])
    return {track: row for track, row in zip(look.found.tracks.tolist(), values, strict=True) if track != NOBODY}


def _label(moment: _Moment, track: int) -> str:
    looks = (dict(zip(look.found.tracks.tolist(), look.found.labels, strict=True)) for look in moment.around)
    label: str = next(labels[track] for labels in looks if track in labels)
    return label


def _masks(near: Observation, values: Floats, missed: int) -> Masks | None:
    """The masks of the nearest look, moved as the middles of their boxes; of who was missed there, nothing."""
    masks = near.found.masks
    if masks is None:
        return None
    count, height, width = masks.shape
    ways = (values[:count, :2] + values[:count, 2:4] - near.found.boxes.corners.reshape(-1, 2, 2).sum(axis=1)) / 2
    steps = np.rint(ways * (width / near.width, height / near.height)).astype(int)
    moved = np.zeros((count + missed, height, width), bool)
    for into, mask, (right, down) in zip(moved, masks, steps, strict=False):
        into[_to(down, height), _to(right, width)] = mask[_to(-down, height), _to(-right, width)]
    return moved


def _to(step: int, size: int) -> slice:
    """Where that lies of a row of `size` which is still in it after `step`."""
    return slice(min(max(step, 0), size), max(min(size + step, size), 0))


def _poses(moment: _Moment) -> tuple[Pose, ...]:
    lie = moment.lie(lambda look: {pose.track: pose.joints for pose in look.poses if pose.track != NOBODY})
    nobody = (pose for pose in moment.near.poses if pose.track == NOBODY)
    return (*(Pose(track, joints) for track, joints in lie.items()), *nobody)


def _hands(moment: _Moment) -> tuple[Hand, ...]:
    lie = moment.lie(_places)
    nobody = (hand for hand in moment.near.hands if hand.track == NOBODY)
    said = {(hand.track, hand.side): hand for look in (*moment.around, moment.near) for hand in look.hands}
    known = (replace(said[whose], x=float(x), y=float(y), score=float(score)) for whose, (x, y, score) in lie.items())
    return (*known, *nobody)


def _places(look: Observation) -> dict[tuple[int, Literal["left", "right"]], Floats]:
    return {
        (hand.track, hand.side): np.array([hand.x, hand.y, hand.score], np.float32)
        for hand in look.hands
        if hand.track != NOBODY
    }
