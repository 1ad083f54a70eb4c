"""A storyboard: one picture of each stretch of a video with its time, on one sheet."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from PIL import Image as Canvas
from PIL import ImageDraw

from aisle.core import UsageError, VideoInfo, whole
from aisle.core.time_map import Stretch
from aisle.core.video import Image
from aisle.media._letters import QUIET, WHITE, fitting, plain_font, shortened

MOST = 60
"""Pictures on a sheet: more are too small to be told apart on a screen."""

_AREA, _NARROWEST, _TALLEST = 320 * 180, 176, 320  # pixels of one picture; the narrowest has room for its times
_TEXT, _GAP = 16, 8  # pixels
_ROW = 26
_PAPER, _BEHIND = (24, 26, 31), (10, 12, 16)


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """`image` is what is shown of `stretch`, and `why` it was kept."""

    stretch: Stretch
    image: Image
    why: str = ""


def tile(info: VideoInfo) -> tuple[int, int]:
    """(width, height) of a picture of a video of this shape on the sheet, whatever the shape."""
    ratio = info.width / info.height
    width = min(math.sqrt(_AREA * ratio), 2 * _TALLEST)
    height = width / ratio
    scale = min(1.0, _TALLEST / height)
    return max(round(width * scale), 1), max(round(height * scale), 1)


def write_storyboard(scenes: Sequence[Scene], out: Path, *, title: str, note: str = "") -> None:
    """Writes a PNG, whole or absent: `scenes` row by row below `title`, and `note` below that.

    Raises UsageError without a scene, or for more than `MOST`; OutputError.
    """
    if not 0 < len(scenes) <= MOST:
        raise UsageError("a storyboard has some pictures", got=len(scenes), allowed=f"1 to {MOST}")
    wide = max(max(each.image.shape[1] for each in scenes), _NARROWEST)
    high = max(each.image.shape[0] for each in scenes)
    columns = _columns(len(scenes), wide + _GAP, high + _ROW + _GAP)
    rows = -(-len(scenes) // columns)
    lines = [line for line in (title, note) if line]
    head = _GAP + len(lines) * _ROW
    width = max(columns * (wide + _GAP) + _GAP, 2 * _NARROWEST)
    sheet = Canvas.new("RGB", (width, head + rows * (high + _ROW + _GAP) + _GAP), _PAPER)
    pen = ImageDraw.Draw(sheet)
    for number, line in enumerate(lines):
        _write(pen, (_GAP, _GAP + number * _ROW), line, width - 2 * _GAP, WHITE if number == 0 else QUIET)
    for number, scene in enumerate(scenes):
        left = _GAP + number % columns * (wide + _GAP)
        top = head + number // columns * (high + _ROW + _GAP)
        _place(sheet, pen, scene, (left, top, wide, high))
    with whole(out) as part:
        sheet.save(part, "PNG")


def _columns(count: int, wide: int, high: int) -> int:
    """So that the sheet is about four by three, and no row is much emptier than it need be."""
    columns = min(max(round(math.sqrt(count * high / wide * 4 / 3)), 1), count)
    rows = -(-count // columns)
    return -(-count // rows)


def _place(sheet: Canvas.Image, pen: ImageDraw.ImageDraw, scene: Scene, box: tuple[int, int, int, int]) -> None:
    left, top, wide, high = box
    height, width = scene.image.shape[:2]
    pen.rectangle((left, top, left + wide - 1, top + high + _ROW - 1), fill=_BEHIND)
    sheet.paste(Canvas.fromarray(scene.image), (left + (wide - width) // 2, top + (high - height) // 2))
    times = f"{short(scene.stretch.start)} to {short(scene.stretch.end)}"
    _write(pen, (left + _GAP // 2, top + high), times, wide - _GAP, WHITE)
    taken = plain_font(_TEXT).getlength(times)
    _write(pen, (left + _GAP * 2 + int(taken), top + high), scene.why, wide - 3 * _GAP - taken, QUIET)


def short(time: Fraction) -> str:
    """h:mm:ss, or m:ss below an hour, in whole seconds."""
    minutes, second = divmod(int(time), 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour}:{minute:02}:{second:02}" if hour else f"{minute}:{second:02}"


def _write(
    pen: ImageDraw.ImageDraw, corner: tuple[int, int], words: str, room: float, colour: tuple[int, int, int]
) -> None:
    text, font = fitting(words, _TEXT)
    base = corner[1] + round((_ROW + _TEXT * 0.72) / 2)
    pen.text((corner[0], base), shortened(text, font, room), font=font, fill=colour, anchor="ls")
