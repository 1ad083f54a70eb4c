"""What is wrong with a dataset: all of it, each with its file and line, before hours are spent on learning from it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np

from aisle.core import (
    BACKGROUND,
    SPLITS,
    Dataset,
    Example,
    InputError,
    Progress,
    UnknownNameError,
    VideoInfo,
    seconds,
    silent,
)
from aisle.data.duplicates import duplicates, fingerprint
from aisle.media import probe


def check(dataset: Dataset, *, labels: Sequence[str] = (), progress: Progress = silent) -> list[InputError]:
    """Every problem of `dataset`; `labels`, if any, are the only classes it may have.

    Opens each video, and reads three pictures a clip of a dataset without groups of its own to find clips that show the
    same. `progress` hears videos. A label may end up to one frame after its video, as containers round their duration.
    """
    found = [*dataset.problems, *_unknown(dataset, labels), *_rare(dataset), *_spellings(dataset), *_splits(dataset)]
    compared, prints = [], []
    by_video = _by_video(dataset)
    for count, (path, examples) in enumerate(by_video.items(), 1):
        try:
            info = probe(path)
            wrong = [error for example in examples for error in _late(example, info)]
            if not (wrong or dataset.grouped or dataset.task == "timelines"):
                prints += [fingerprint(example) for example in examples]
                compared += examples
        except InputError as error:
            wrong = [error]
        found += wrong
        progress(count, len(by_video))
    return [*found, *(_same(one, other) for one, other in duplicates(compared, np.array(prints)))]


def usable(dataset: Dataset, *, progress: Progress = silent) -> Dataset:
    """`dataset` with only the examples whose videos can be opened and last as long as their labels say; the others
    become problems. Decodes one picture a video, so it tells within minutes what learning would find after hours.
    """
    sound, problems, by_video = [], list(dataset.problems), _by_video(dataset)
    for count, (path, examples) in enumerate(by_video.items(), 1):
        try:
            info = probe(path)
        except InputError as error:
            problems.append(error)
        else:
            wrong = [_late(example, info) for example in examples]
            problems += chain.from_iterable(wrong)
            sound += [example for example, errors in zip(examples, wrong, strict=True) if not errors]
        progress(count, len(by_video))
    return replace(dataset, examples=_in_order(dataset, sound), problems=tuple(problems))


def _in_order(dataset: Dataset, chosen: Sequence[Example]) -> tuple[Example, ...]:
    names = {example.name for example in chosen}
    return tuple(example for example in dataset.examples if example.name in names)


def _by_video(dataset: Dataset) -> dict[Path, list[Example]]:
    videos = defaultdict(list)
    for example in dataset.examples:
        videos[example.path].append(example)
    return dict(videos)


def _shown(example: Example) -> set[str]:
    """The classes that an example shows, background apart."""
    return {example.label or BACKGROUND, *(act.label for act in example.segments)} - {BACKGROUND}


def _unknown(dataset: Dataset, allowed: Sequence[str]) -> Iterator[InputError]:
    for label in dataset.labels if allowed else ():
        if label not in allowed and label != BACKGROUND:
            error = UnknownNameError("class", label, allowed)
            home = next((example for example in dataset.examples if label in _shown(example)), dataset.examples[0])
            yield InputError(f"{home.place}: {error.what}", got=error.got, allowed=error.allowed, do=error.do)


def _rare(dataset: Dataset) -> Iterator[InputError]:
    """Classes of which nothing can be learned and judged at once."""
    if len(dataset.labels) < 2:
        only = dataset.labels[0]
        yield InputError(f"{dataset.folder} has one class", got=only, do="add clips of another, such as normal")
    for label in dataset.labels:
        homes = [example for example in dataset.examples if label in _shown(example)]
        groups = {example.group for example in homes}
        if label != BACKGROUND and len(groups) < 2:
            count = f"{len(homes)} examples in {len(groups)} groups"
            where = f"{homes[0].place}: " if homes else ""
            yield InputError(
                f"{where}the class {label} cannot be on both sides of a split",
                got=count,
                do=f"add {label} from another group, or leave the class out",
            )


def _spellings(dataset: Dataset) -> Iterator[InputError]:
    written = defaultdict(list)
    for label in dataset.labels:
        written["".join(filter(str.isalnum, label.casefold()))].append(label)
    for names in written.values():
        if len(names) > 1:
            yield InputError(
                f"{dataset.folder} has classes that differ in spelling only",
                got=", ".join(map(repr, names)),
                do="write them alike",
            )


def _splits(dataset: Dataset) -> Iterator[InputError]:
    """Where the dataset fixes a split: sides without an example, and classes that are tested and never learned."""
    sides = Counter(example.split for example in dataset.examples)
    if not any(sides[split] for split in SPLITS):
        return
    counts = ", ".join(f"{split}: {sides[split]}" for split in SPLITS)
    for split in ("train", "test"):
        if not sides[split]:
            yield InputError(f"{dataset.folder} has an empty split", got=counts, do=f"add examples for {split}")
    if sides[""]:
        home = next(example for example in dataset.examples if not example.split)
        got = f"{sides['']} examples have none; {counts}"
        yield InputError(f"{home.place}: no split, though others have one", got=got, do="give all a split, or none")
    learned = {label for example in dataset.examples if example.split == "train" for label in _shown(example)}
    for label in dataset.labels:
        if sides["train"] and label not in {*learned, BACKGROUND}:
            yield InputError(f"{dataset.folder} has no {label} to learn from", got=counts, do="put some into train")


def _late(example: Example, info: VideoInfo) -> list[InputError]:
    """Its labels that last past the video's end. A video that does not say how long it is is not judged."""
    if info.duration is None:
        return []
    limit = info.duration + 1 / info.rate
    spans = [(example.label, example.start, example.end or example.start)] if example.label else []
    spans += [(act.label, act.start, act.end) for act in example.segments]
    return [
        InputError(
            f"{example.place}: {label} lasts past the end of {example.path.name}",
            got=f"{seconds(start)} to {seconds(end)} s of {seconds(info.duration)} s",
            do="correct the times",
        )
        for label, start, end in spans
        if end > limit or start >= info.duration
    ]


def _same(one: Example, other: Example) -> InputError:
    labels = one.label if one.label == other.label else f"{other.label}; the other is {one.label}"
    return InputError(
        f"{other.place}: {other.name} shows the same as {one.name}",
        got=labels,
        do="keep one of them; or add a column group, with one name for both",
    )
