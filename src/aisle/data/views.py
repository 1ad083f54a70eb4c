"""The same labels seen the other way: clips of one video as its timeline, a timeline as clips."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from aisle.core import BACKGROUND, Dataset, Example, InputError, LabelSet, Segment, seconds
from aisle.core.overlap import RULE, flatten, overlaps
from aisle.data.clips import clip_name
from aisle.media import probe

GAP = Fraction(1)
"""Seconds that background must last to become a clip."""


def as_timelines(dataset: Dataset) -> Dataset:
    """One example a video, with the clips cut from it as segments; what no clip covers, or one named background, is
    background.

    Opens the videos of clips that last to the end. Raises InputError where such a video cannot be read. Timelines
    stay what they are.
    """
    if dataset.task == "timelines":
        return dataset
    clips = defaultdict(list)
    for example in dataset.examples:
        clips[example.path].append(example)
    examples, overlapping = [], 0
    for of_one in clips.values():
        stretches = [Segment(one.start, clip_end(one), one.label, 1.0) for one in of_one]
        acts = tuple(run for run in flatten(stretches) if run.label != BACKGROUND)
        name = of_one[0].path.relative_to(dataset.folder).as_posix()
        examples.append(replace(of_one[0], name=name, start=Fraction(0), end=None, label="", segments=acts))
        overlapping += overlaps(stretches)
    labels = LabelSet((*(label for label in dataset.labels if label != BACKGROUND), BACKGROUND))
    notes = (*dataset.notes, *([f"{overlapping} clips overlap others: {RULE}"] if overlapping else []))
    return replace(dataset, task="timelines", labels=labels, examples=tuple(examples), notes=notes)


def as_clips(dataset: Dataset, *, gap: Fraction = GAP) -> Dataset:
    """One example a segment, and one a stretch of background that lasts at least `gap` seconds.

    Opens each video for its length. Raises InputError where one cannot be read. Clips stay what they are.
    """
    if dataset.task == "clips":
        return dataset
    examples = tuple(clip for example in dataset.examples for clip in _clips(example, gap))
    present = {example.label for example in examples}
    labels = LabelSet(tuple(label for label in dataset.labels if label in present))
    return replace(dataset, task="clips", labels=labels, examples=examples)


def clip_end(example: Example) -> Fraction:
    """Seconds of the video; opens it where the labels do not say. Raises InputError where it does not either."""
    if example.end is not None:
        return example.end
    duration = probe(example.path).duration
    if duration is None or duration <= example.start:
        raise InputError(
            f"{example.path} does not say that it lasts beyond {seconds(example.start)} s",
            got="no duration" if duration is None else f"{seconds(duration)} s",
            do="correct the start, or write the video anew, for instance with ffmpeg",
        )
    return duration


def _clips(example: Example, gap: Fraction) -> Iterator[Example]:
    end = clip_end(example)
    gaps = pairwise([Fraction(0), *(time for act in example.segments for time in (act.start, act.end)), end])
    background = [Segment(*span, BACKGROUND, 1.0) for span in list(gaps)[::2] if span[1] - span[0] >= gap]
    for act in sorted([*example.segments, *background], key=lambda act: act.start):
        name = clip_name(example.name, act.start, act.end)
        yield replace(example, name=name, start=act.start, end=act.end, label=act.label, segments=())
