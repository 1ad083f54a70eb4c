"""Which parts a video is searched by: all of it, and its shots where it is edited, else windows of some seconds."""

from __future__ import annotations

from fractions import Fraction

from aisle.core import UsageError
from aisle.core.collection import UNKNOWN, About, Part
from aisle.core.shots import Shots
from aisle.core.time_map import Stretch

WINDOW, STEP = Fraction(4), Fraction(2)
"""Seconds of a window, and from one to the next."""


def windows(stretch: Stretch, *, window: Fraction = WINDOW, step: Fraction = STEP) -> tuple[Stretch, ...]:
    """Of `stretch`: each `window` long, `step` after the one before; the last ends with the stretch. A stretch that is
    no longer than a window is one. Raises UsageError for windows that do not follow each other.
    """
    if not 0 < step <= window:
        raise UsageError("windows follow each other without a gap", got=f"{window} s every {step} s")
    if stretch.lasts <= window:
        return (stretch,)
    count = -(-(stretch.lasts - window) // step)
    starts = [stretch.start + number * step for number in range(count)]
    return (*(Stretch(start, start + window) for start in starts), Stretch(stretch.end - window, stretch.end))


def stretches(duration: Fraction, shots: Shots | None = None) -> tuple[Stretch, ...]:
    """Of a video of `duration` seconds: windows over each of its shots, without what belongs to gradual changes, where
    it has several; else over all of it.
    """
    edited = shots is not None and shots.changes
    pieces = shots.clean if shots is not None and edited else (Stretch(Fraction(0), duration),)
    return tuple(window for piece in pieces for window in windows(piece))


def parts(video: str, duration: Fraction, about: About = UNKNOWN, shots: Shots | None = None) -> tuple[Part, ...]:
    """The whole video first, then its stretches."""
    whole = Part(video, Fraction(0), duration, is_whole=True, about=about)
    return (whole, *(Part(video, one.start, one.end, about=about) for one in stretches(duration, shots)))
