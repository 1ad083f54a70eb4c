"""A shorter copy of a video: the stretches that are kept, joined, with the sound and the clock of the whole one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from fractions import Fraction
from pathlib import Path

from av.video.frame import VideoFrame

from aisle.core import Progress, VideoInfo, clock, silent
from aisle.core.time_map import Stretch, TimeMap
from aisle.core.video import Image
from aisle.media._display import Converter, PlanesConverter
from aisle.media._forward import Forward
from aisle.media._letters import QUIET, Labels, Words
from aisle.media._source import Source
from aisle.media._surface import Planes
from aisle.media.ahead import ahead
from aisle.media.annotate import check_copy
from aisle.media.limits import UNLIMITED, Limits
from aisle.media.write import Writer

_SMALLEST_TEXT = 9  # pixels; see media.draw
_REPEATS, _SHORT, _TICK = 4, Fraction(1, 25), Fraction(1, 1000)
_SLACK = 1  # second by which a video may be longer than it claims before its stamps are mistrusted


def cut(
    source: str | Path,
    times: TimeMap,
    out: str | Path,
    *,
    with_clock: bool = True,
    progress: Progress = silent,
    limits: Limits = UNLIMITED,
) -> None:
    """Writes what `times` keeps of `source` to `out` as MP4; whole or absent. `progress` hears seconds written.

    A picture comes on screen at `times.shortened` of its own time; the one that is on screen where a stretch begins is
    the stretch's first. `with_clock` draws the time in `source` into a corner of pictures with room for it. Raises
    InputError, OutputError, and UsageError for a map that keeps nothing or if `out` is `source`.
    """
    check_copy(source, out)
    total = float(times.lasts)
    with Source(source, limits) as opened:
        info, planes = opened.info, PlanesConverter(opened.display, opened.first)
        drawn = _Clock(info) if with_clock else None
        pictures = _pictures(opened, times, planes)
        with (
            Writer(
                out,
                info.width,
                info.height,
                info.rate,
                sound_from=source if info.has_audio else None,
                matrix=planes.matrix,
                limits=limits,
                kept=times,
            ) as writer,
            closing(ahead(pictures, depth=2)) as shown,
        ):
            for here, there, picture in shown:
                if drawn is not None:
                    drawn.draw(Planes(picture, planes.matrix), there)
                writer.write_planes(here, picture)
                progress(float(here), total)
        progress(total, total)


def pictures_at(source: str | Path, moments: list[Fraction], size: tuple[int, int]) -> list[Image]:
    """What is on screen at each of `moments`, in order, as RGB of `size` (width, height). Raises InputError."""
    with Source(source) as opened:
        convert, forward = Converter(opened.display, size), Forward(opened)
        shown = (next(forward.during(Stretch(time, time + Fraction(1, 100))), None) for time in moments)
        return [convert.image(each[1]) for each in shown if each is not None]


def _pictures(source: Source, times: TimeMap, planes: PlanesConverter) -> Iterator[tuple[Fraction, Fraction, Image]]:
    """Each with its time in the short video and in the long one."""
    forward = Forward(source, jumps=_is_steady(source.info, times))
    usual = step = 1 / source.info.rate
    last = Fraction(0)
    held: VideoFrame | None = None
    for there, here in times.pairs:
        for time, frame in forward.during(there):
            now = here.start + time - there.start
            step, last, held = min(usual, now - last) if held is not None else usual, now, frame
            yield now, time, planes.planes(frame)
    if held is not None and times.lasts - last > step + _TICK:
        for here_again in _repeated(last, times.lasts):
            yield here_again, times.kept[-1].end - times.lasts + here_again, planes.planes(held)


def _repeated(last: Fraction, until: Fraction) -> Iterator[Fraction]:
    """When the last picture, shown at `last`, is given again so that it stays `until` then: MP4 shows what comes last
    for as long as the pictures around it, which are not always in the order of their times.
    """
    step = min((until - last) / (_REPEATS + 1), _SHORT)
    yield from (until - step * number for number in range(_REPEATS, 0, -1))


def _is_steady(info: VideoInfo, times: TimeMap) -> bool:
    """Whether it lasts as long as it claims: joined recordings, whose stamps are set back, last longer."""
    return info.duration is not None and times.kept[-1].end <= info.duration + _SLACK


class _Clock:
    """Draws h:mm:ss into the lower left corner."""

    def __init__(self, info: VideoInfo) -> None:
        size = round(min(info.height, info.width * 3 // 4) * 0.05)
        self._labels = Labels(size, info.width) if size >= _SMALLEST_TEXT else None
        self._height, self._edge = info.height, size // 2

    def draw(self, surface: Planes, time: Fraction) -> None:
        """`time` in whole seconds."""
        if self._labels is None:
            return
        label = self._labels.of(((Words(clock(time // 1).partition(".")[0]),),), QUIET)
        surface.stamp(label, self._edge, self._height - self._edge - label.height)
