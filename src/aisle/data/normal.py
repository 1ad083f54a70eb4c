"""Videos in which nothing happens that is to be found: all in a folder, or those that its labels call normal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from aisle.core import QUIET, Dataset, Example, InputError, LabelSet, UsageError
from aisle.core.dataset import UNUSUAL
from aisle.data.clips import VIDEOS
from aisle.data.find import open_dataset


def normal_videos(folder: Path, kind: str | None = None) -> Dataset:
    """Every video below a folder that no kind of dataset claims, each a group of its own. Of a dataset what is not kept
    for testing: the clips of the classes among `QUIET`, where there are others too; videos in which nothing is labelled
    `UNUSUAL`.

    Raises UsageError for what is no folder, InputError where there is no video.
    """
    try:
        dataset = open_dataset(folder, kind)
    except UsageError:
        if kind is not None or not folder.is_dir():
            raise
        return _unlabelled(folder)
    learnt = tuple(one for one in dataset.examples if one.split != "test" and not _unusual(one))
    left = len(dataset.examples) - len(learnt)
    if left:
        note = f"{left} videos that are for testing, or in which something is labelled {UNUSUAL}, are not learnt from"
        dataset = replace(dataset, examples=learnt, notes=(*dataset.notes, note))
    return _quiet(dataset) if dataset.task == "clips" else dataset


def _unusual(example: Example) -> bool:
    return any(act.label == UNUSUAL for act in example.segments)


def _quiet(dataset: Dataset) -> Dataset:
    quiet = {label for label in dataset.labels if label.lower() in QUIET}
    kept = tuple(one for one in dataset.examples if one.label in quiet)
    if not kept or len(kept) == len(dataset.examples):
        return dataset
    left = f"{len(dataset.examples) - len(kept)} clips that are not {', '.join(sorted(quiet))} are not learnt from"
    return replace(dataset, examples=kept, labels=LabelSet(tuple(sorted(quiet))), notes=(*dataset.notes, left))


def _unlabelled(folder: Path) -> Dataset:
    paths = [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in VIDEOS and path.is_file()]
    videos = [path for path in paths if not any(part.startswith(".") for part in path.relative_to(folder).parts)]
    if not videos:
        endings = ", ".join(sorted(VIDEOS))
        raise InputError(f"there is no video in {folder}", got="none", allowed=endings, do="name another folder")
    names = [path.relative_to(folder).as_posix() for path in videos]
    examples = [
        Example(name, path, name, label="normal", place=str(path)) for name, path in zip(names, videos, strict=True)
    ]
    return Dataset("videos", folder, "clips", LabelSet(("normal",)), tuple(examples), grouped=False)
