"""One page about a dataset, for people who will train on it: what is in it, what it looks like, and what is missing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from aisle.core import BACKGROUND, SPLITS, Dataset, InputError, Progress, silent
from aisle.core.charts import bar, heat_map, legend, timeline, whisker
from aisle.core.page import (
    Column,
    Html,
    Tile,
    bullets,
    folded,
    header,
    key,
    length,
    many,
    named,
    page,
    percent,
    picture,
    pictures,
    section,
    table,
    tag,
    tiles,
    write_page,
)
from aisle.data._samples import Sample, samples
from aisle.data.survey import PAUSE, ClassFacts, Survey, survey

_TIMELINES = 40
_GROUPS = 60
_FEW = 20
_UNEVEN = 5


def show(dataset: Dataset, out: Path, *, progress: Progress = silent) -> Survey:
    """Writes the page to `out`, and returns what was counted. Raises OutputError where the disk refuses."""
    found = survey(dataset, progress=progress)
    shown, pictureless = samples(found)
    write_page(_page(found, shown, [*dataset.problems, *found.unreadable, *pictureless]), out)
    return found


def _page(found: Survey, shown: Sequence[Sample], errors: Sequence[InputError]) -> str:
    dataset = found.dataset
    timed = dataset.task == "timelines"
    parts = (
        _remarks(found),
        _problems(errors),
        _classes(found),
        _splits(found),
        _groups(found),
        _transitions(found) if timed else Html(),
        _pictures(found, shown),
        _timelines(found) if timed else Html(),
    )
    title = dataset.folder.resolve().name
    facts = (str(dataset.folder), f"read as {dataset.kind}")
    return page(f"{title}: what is in it", header("Dataset", title, *facts), tag("main", _figures(found), *parts))


# --- the parts of the page, from top to bottom


def _figures(found: Survey) -> Html:
    dataset, groups = found.dataset, found.groups()
    lengths = [float(seconds) for seconds in found.lengths.values()]
    middle = f"Half of them are shorter than {length(float(np.median(lengths)))}." if lengths else ""
    one, more = ("video with a timeline", "videos with timelines") if dataset.task == "timelines" else ("clip", "clips")
    return tag(
        "section",
        tag("h2", "At a glance"),
        tiles(
            [
                Tile(f"{len(found.examples):,}", one if len(found.examples) == 1 else more, middle),
                Tile(length(found.total), "of video in all"),
                Tile(f"{len(dataset.labels)}", "classes", _listed(dataset.labels)),
                Tile(f"{len(groups):,}", "groups" if dataset.grouped else "groups, unknown", _about_groups(dataset)),
            ]
        ),
    )


def _listed(labels: Iterable[str], most: int = 8) -> str:
    names = list(labels)
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "") + "."


def _about_groups(dataset: Dataset) -> str:
    if dataset.grouped:
        return "A group is one person, place or film. It stays on one side when data are split, or a test flatters."
    return "The dataset does not say which videos share a person, place or film, so each counts as its own."


def _remarks(found: Survey) -> Html:
    told = [*_warnings(found), *found.dataset.notes]
    return section("Before you train on it", bullets(told)) if told else Html()


def _warnings(found: Survey) -> Iterator[str]:
    counts = {facts.label: facts.count for facts in found.classes() if facts.label != BACKGROUND}
    few = {label: count for label, count in counts.items() if count < _FEW}
    if few:
        told = ", ".join(f"{label} ({count})" for label, count in sorted(few.items(), key=lambda item: item[1])[:10])
        rest = f" and {len(few) - 10} more classes" if len(few) > 10 else ""
        yield f"Fewer than {_FEW} examples of {told}{rest}. A model will know these poorly, and a test say little."
    most, least = max(counts, key=lambda label: counts[label]), min(counts, key=lambda label: counts[label])
    if counts[most] > _UNEVEN * max(counts[least], 1):
        yield (
            f"The classes are uneven: {counts[most]:,} of {most}, {counts[least]:,} of {least}. A model that always "
            "answers the most frequent class would look good by plain accuracy, so look at each class on its own."
        )
    if not found.dataset.grouped:
        yield (
            "Groups are unknown. If several videos show the same person or place, a random split tests on what was "
            "learnt, and the figures come out too good. A column named group in the table of clips mends that."
        )
    if crossing := found.across_splits():
        yield f"{many(len(crossing), 'group is', 'groups are')} on both sides of the split: {_listed(crossing)}"


def _problems(errors: Sequence[InputError]) -> Html:
    if not errors:
        return Html()
    says = f"{many(len(errors), 'thing', 'things')} could not be read or used, and this page is without them."
    return section("Problems", tag("div", bullets(map(str, errors)), class_="problem"), says=says)


def _classes(found: Survey) -> Html:
    facts = found.classes()
    timed = found.dataset.task == "timelines"
    thing = "Stretches" if timed else "Clips"
    columns = [
        Column("Class"),
        Column(thing, number=True),
        Column("Groups", number=True),
        Column("Time", number=True),
        Column("Share", number=True),
        Column("of all time" if timed else f"of all {thing.lower()}", wide=True),
        Column("Median", number=True),
        Column("Shortest 5% to longest 5%", number=True),
        Column("", wide=True),
    ]
    longest = max((one.long for one in facts if one.count), default=1.0)
    shares = [_share(one, found) for one in facts]
    rows = [_class_row(one, share, max(shares), longest) for one, share in zip(facts, shares, strict=True)]
    says = (
        "How often each class occurs and how long it lasts. "
        f"The last column draws it: the band holds nine in ten, the mark is the median, the width {length(longest)}."
    )
    return section("Classes", table("Classes: how often and how long", columns, rows), says=says)


def _share(facts: ClassFacts, found: Survey) -> float:
    if found.dataset.task == "timelines":
        return float(facts.total / found.total) if found.total else math.nan
    return facts.count / max(len(found.examples), 1)


def _class_row(one: ClassFacts, share: float, most: float, longest: float) -> list[str]:
    look = "quiet" if one.label == BACKGROUND else key(one.label)
    told = [named(one.label), f"{one.count:,}", f"{one.groups:,}", length(one.total), percent(share, 1)]
    if not one.count:
        return [*told, Html(), "—", "—", Html()]
    spread = f"{length(one.short)} to {length(one.long)}"
    drawn = whisker(one.short / longest, one.median / longest, one.long / longest, look)
    return [*told, bar(share / most, look), length(one.median), spread, drawn]


def _splits(found: Survey) -> Html:
    present = [split for split in (*SPLITS, "") if any(example.split == split for example in found.examples)]
    if present in ([], [""]):
        return section("Splits", says="The dataset does not fix which examples are for training and which for testing.")
    columns = [Column(""), *(Column(split or "no split", number=True) for split in present)]
    members = {split: [one for one in found.examples if one.split == split] for split in present}
    rows = [
        ["Examples", *(f"{len(members[split]):,}" for split in present)],
        ["Groups", *(f"{len({one.group for one in members[split]}):,}" for split in present)],
        *([named(label), *(f"{_count(found, label, split):,}" for split in present)] for label in found.dataset.labels),
    ]
    says = (
        "A model learns from train, is adjusted on validation, and is judged once on test. "
        "A class that is missing on one side cannot be learnt, or cannot be judged."
    )
    return section("Splits", table("Examples by split and class", columns, rows), says=says)


def _count(found: Survey, label: str, split: str) -> int:
    return sum(one.label == label and one.example.split == split for one in found.stretches)


def _groups(found: Survey) -> Html:
    counts = found.groups()
    if not found.dataset.grouped or not counts:
        return Html()
    largest = max(counts.values())
    rows = [
        [group, f"{count:,}", f"{len(_labels_of(found, group)):,}", bar(count / largest)]
        for group, count in list(counts.items())[:_GROUPS]
    ]
    columns = [Column("Group"), Column("Examples", number=True), Column("Classes", number=True), Column("", wide=True)]
    says = "Each group is one person, place or film. When one group holds most examples, a model learns that group."
    title = "Groups" if len(counts) <= _GROUPS else f"Groups: the largest {_GROUPS} of {len(counts):,}"
    drawn = table("Groups by size", columns, rows)
    return section(title, drawn if len(rows) <= 12 else folded("Show the list", drawn), says=says)


def _labels_of(found: Survey, group: str) -> set[str]:
    return {one.label for one in found.stretches if one.example.group == group}


def _transitions(found: Survey) -> Html:
    counts, labels = found.transitions(), list(found.dataset.labels)
    rows = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    words = [[percent(share) if share else "" for share in row] for row in rows.tolist()]
    says = (
        "Each row adds up to 100%: after the class of the row, how often did each class of the columns come next? "
        f"Background counts where it lasts at least {float(PAUSE):g} s."
    )
    columns = [Column("After"), *(Column(label, number=True) for label in labels)]
    numbers = [[named(label), *(f"{count:,}" for count in row)] for label, row in zip(labels, counts, strict=True)]
    return section(
        "What follows what",
        heat_map("What follows what", says, labels, labels, rows, words),
        folded("The counts as a table", table("What follows what, in counts", columns, numbers)),
        says=says,
    )


def _pictures(found: Survey, shown: Sequence[Sample]) -> Html:
    if not shown:
        return Html()
    parts = (
        tag(
            "div",
            tag("h3", named(label)),
            pictures(_picture(one) for one in shown if one.label == label),
            class_="part",
        )
        for label in found.dataset.labels
        if any(one.label == label for one in shown)
    )
    says = "The middle of a few typical examples of each class, from different groups where there are any."
    return section("What it looks like", *parts, says=says)


def _picture(sample: Sample) -> Html:
    caption = f"{sample.name} at {length(sample.time)}"
    return picture(sample.jpeg, caption, alt=f"{sample.label}: {sample.name}", width=sample.width, height=sample.height)


def _timelines(found: Survey) -> Html:
    first = found.examples[:_TIMELINES]
    drawn = (timeline(one.name, {"": one.segments}, found.lengths[one.name]) for one in first)
    colours = {label: key(label) for label in found.dataset.labels if label != BACKGROUND}
    rest = (
        f" These are the first {len(first)} of {len(found.examples):,} videos."
        if len(found.examples) > len(first)
        else ""
    )
    says = f"Each line is a video, each colour an action, from left to right in time; uncoloured is {BACKGROUND}.{rest}"
    return section("Timelines", legend(colours), *drawn, says=says)
