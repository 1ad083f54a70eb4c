"""docs/pictures/hard.webp: what is hard about a shop seen from above, as pictures.

    benchmarks/hard_cases.py SHOPS

SHOPS is a folder that `aisle data render` wrote. A row is one act, from its beginning to its end: a reach and a
retract, which differ only in their order; the shortest act; an act in the dark; the same turned by half a circle.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw
from timelines import light_of

from aisle.core import Example, Segment
from aisle.data.find import open_dataset
from aisle.data.views import as_timelines
from aisle.media.read import Reader

Pixels = npt.NDArray[np.uint8]

TARGET = Path(__file__).parents[1] / "docs/pictures/hard.webp"
SIZE, STEPS, MARGIN = (216, 160), 5, 18


def main() -> None:
    test = as_timelines(open_dataset(Path(sys.argv[1]))).split("test")
    day = next(example for example in test if light_of(example) == "day")
    dark = next(example for example in test if light_of(example) == "infra-red")
    shortest = min(day.segments, key=lambda act: act.end - act.start)
    rows = [
        ("reach to shelf", day, first(day, "reach_to_shelf"), False),
        ("retract from shelf", day, first(day, "retract_from_shelf"), False),
        (f"the shortest act, {shortest.label.replace('_', ' ')}", day, shortest, False),
        ("reach to shelf, infra-red", dark, first(dark, "reach_to_shelf"), False),
        ("the same, the camera hung the other way round", dark, first(dark, "reach_to_shelf"), True),
    ]
    sheet = Image.new("RGB", (SIZE[0] * STEPS, (SIZE[1] + MARGIN) * len(rows)), "white")
    draw = ImageDraw.Draw(sheet)
    for number, (title, example, act, turned) in enumerate(rows):
        top = number * (SIZE[1] + MARGIN)
        draw.text((4, top + 3), f"{title}: {float(act.end - act.start):.2f} s", fill="black")
        for column, picture in enumerate(pictures(example, act)):
            shown = Image.fromarray(np.ascontiguousarray(picture[::-1, ::-1]) if turned else picture)
            sheet.paste(shown, (column * SIZE[0], top + MARGIN))
    sheet.save(TARGET, quality=60, method=6)


def first(example: Example, label: str) -> Segment:
    """The first act of this kind that lasts a second or so, as most do."""
    return next(act for act in example.segments if act.label == label and act.end - act.start > Fraction(4, 5))


def pictures(example: Example, act: Segment) -> Iterator[Pixels]:
    """STEPS pictures from the act's beginning to its end."""
    with Reader(example.path, size=SIZE, rate=Fraction(30), start=act.start, end=act.end) as reader:
        frames = [frame.image for frame in reader]
    for step in range(STEPS):
        yield frames[step * (len(frames) - 1) // (STEPS - 1)]


if __name__ == "__main__":
    main()
