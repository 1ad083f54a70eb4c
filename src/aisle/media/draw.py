"""What is drawn into an annotated video: a panel with the action, its score, the clock and the timeline."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from PIL import Image as Canvas
from PIL import ImageDraw

from aisle.core import Frame, Segment, Timeline, UsageError, clock
from aisle.core.colour import label_colour
from aisle.media._letters import QUIET, WHITE, Font, fitting, plain_font, shortened
from aisle.media._sprite import Sprite, Weights
from aisle.media._surface import Pixels, Surface

_PANEL = (10, 12, 16, 175)  # red, green, blue, opacity: dark enough for white text in front of a white wall
_GAP, _EDGE = (70, 74, 82), (10, 12, 16)
_SMALLEST_TEXT = 9  # pixels; smaller letters cannot be told apart, so the timeline is drawn alone


@dataclass(frozen=True, slots=True)
class _Layout:
    """In pixels: size of the `text` (0 where none fits), height of its `row`, height of the timeline's `bar`."""

    width: int
    text: int
    row: int
    bar: int

    @classmethod
    def of(cls, width: int, height: int) -> _Layout:
        unit = min(height, width * 3 // 4)  # an upright picture is as wide as its text is long
        text, bar = round(unit * 0.055), max(round(unit * 0.014), 1)
        row = round(text * 1.75)
        return cls(width, text, row, bar) if text >= _SMALLEST_TEXT else cls(width, 0, 0, bar)

    @property
    def height(self) -> int:
        return self.row + self.bar

    @property
    def capital(self) -> float:
        return self.text * 0.72

    @property
    def base(self) -> int:
        """What capitals stand on, so that they are in the middle of the row."""
        return round((self.row + self.capital) / 2)

    @property
    def font(self) -> Font:
        return plain_font(self.text)


class Overlay:
    """Draws on frames of one size and covers at most 15% of their height.

    Letters that Pillow's own font lacks are drawn with a font of the system. Raises UsageError for a timeline without
    length.
    """

    def __init__(self, width: int, height: int, timeline: Timeline) -> None:
        if timeline.duration <= 0:
            raise UsageError("a timeline without length cannot be drawn", got=f"{timeline.duration} s")
        self._shape = (height, width, 3)
        self._layout = _Layout.of(width, height)
        self._timeline = timeline
        self._starts = [segment.start for segment in timeline.segments]
        self._bar = _bar(self._layout, timeline)
        self._glyphs = {sign: _glyph(self._layout, sign) for sign in "0123456789:." if self._layout.text}
        self._segment_shown: Segment | None = None
        self._panel = self._render(None)

    @property
    def height(self) -> int:
        """Pixels of the panel, at the lower edge."""
        return self._layout.height

    def draw(self, frame: Frame) -> Frame:
        """A copy of `frame` with the panel for its time over it. Raises UsageError for a frame of another size."""
        if frame.image.shape != self._shape:
            raise UsageError("the overlay is made for one size", got=frame.image.shape, allowed=f"{self._shape}")
        image = frame.image.copy(order="C")
        self.draw_on(Pixels(image), frame.time)
        return Frame(frame.time, image)

    def draw_on(self, surface: Surface, time: Fraction) -> None:
        """The panel for `time`, on a picture of this size."""
        segment = self._segment(time)
        if segment is not self._segment_shown:
            self._segment_shown, self._panel = segment, self._render(segment)  # kept until the action changes
        top = self._shape[0] - self._layout.height
        surface.stamp(self._panel, 0, top)
        if self._layout.text:
            self._draw_clock(surface, top, time)
        self._draw_cursor(surface, time)

    def _segment(self, time: Fraction) -> Segment | None:
        index = bisect_right(self._starts, time) - 1
        segment = self._timeline.segments[index] if index >= 0 else None
        return segment if segment is not None and time < segment.end else None

    def _render(self, segment: Segment | None) -> Sprite:
        layout = self._layout
        canvas = Canvas.new("RGBA", (layout.width, layout.height), _PANEL)
        if layout.text:
            clock_width = sum(self._glyphs[sign].shape[1] for sign in clock(self._timeline.duration))
            _write(ImageDraw.Draw(canvas), layout, segment, layout.width - clock_width - 2 * layout.text)
        canvas.paste(self._bar, (0, layout.row))
        return Sprite.of(canvas)

    def _draw_clock(self, surface: Surface, top: int, time: Fraction) -> None:
        mask = np.hstack([self._glyphs[sign] for sign in clock(time)])
        right = self._layout.width - self._layout.text // 2
        surface.stamp(Sprite(mask * np.uint16(255), 256 - mask), right - mask.shape[1], top)

    def _draw_cursor(self, surface: Surface, time: Fraction) -> None:
        layout, bottom = self._layout, self._shape[0]
        half, rise = max(layout.bar // 5, 1), layout.bar + layout.bar // 2
        x = int(time / self._timeline.duration * layout.width)
        x = max(min(x, layout.width - 2 * half), 2 * half)
        surface.fill((x - 2 * half, bottom - rise, x + 2 * half, bottom), _EDGE)
        surface.fill((x - half, bottom - rise, x + half, bottom), WHITE)


def _write(pen: ImageDraw.ImageDraw, layout: _Layout, segment: Segment | None, right: int) -> None:
    """A chip in the label's colour, the label and its score, all left of `right`; a dash in a gap."""
    left, base, font = layout.text // 2, layout.base, layout.font
    if segment is None:
        pen.text((left, base), "-", font=font, fill=QUIET, anchor="ls")
        return
    gap, score = layout.text * 0.45, f"{segment.score:.0%}"
    chip = left + layout.text * 0.36
    pen.rectangle((left, base - layout.capital, chip, base), fill=label_colour(segment.label))
    label, letters = fitting(segment.label, layout.text)
    label = shortened(label, letters, right - chip - 2 * gap - font.getlength(score))
    pen.text((chip + gap, base), label, font=letters, fill=WHITE, anchor="ls")
    pen.text((chip + 2 * gap + letters.getlength(label), base), score, font=font, fill=QUIET, anchor="ls")


def _bar(layout: _Layout, timeline: Timeline) -> Canvas.Image:
    """All segments in their colours along the width, at least one pixel each."""
    canvas = Canvas.new("RGBA", (layout.width, layout.bar), (*_GAP, 255))
    pen = ImageDraw.Draw(canvas)
    scale = layout.width / timeline.duration
    for segment in timeline.segments:
        first, after = int(segment.start * scale), int(segment.end * scale)
        pen.rectangle((first, 0, max(after - 1, first), layout.bar), fill=label_colour(segment.label))
    return canvas


def _glyph(layout: _Layout, sign: str) -> Weights:
    """One character of the clock as row x width x 3 weights, 0 to 256. The font's digits are all equally wide."""
    canvas = Canvas.new("L", (round(layout.font.getlength(sign)), layout.row))
    ImageDraw.Draw(canvas).text((0, layout.base), sign, font=layout.font, fill=255, anchor="ls")
    mask = np.asarray(canvas).astype(np.uint16)[..., np.newaxis].repeat(3, axis=2)
    return mask + (mask >> 7)
