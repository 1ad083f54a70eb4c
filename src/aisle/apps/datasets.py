"""What a dataset holds, as text."""

from __future__ import annotations

from collections import Counter

from aisle.core import SPLITS, Dataset
from aisle.core.boxed import BoxedSet
from aisle.core.pictures import PictureSet


def counts(dataset: Dataset) -> str:
    """How many examples, groups and splits; of each class how many clips or acts; the rules that were applied."""
    examples = dataset.examples
    sides = Counter(example.split for example in examples)
    splits = ", ".join(f"{split} {sides[split]}" for split in SPLITS if sides[split])
    groups = len({example.group for example in examples})
    shown = Counter(example.label for example in examples if example.label)
    shown.update(act.label for example in examples for act in example.segments)
    width = max(map(len, dataset.labels))
    return "\n".join(
        [
            f"{dataset.folder}: {dataset.kind}, {len(examples)} {dataset.task}, {groups} groups",
            *([f"split: {splits}"] if splits else []),
            *(f"  {label:{width}}  {shown[label]}" for label in dataset.labels if shown[label]),
            *(f"note: {note}" for note in dataset.notes),
        ]
    )


def box_counts(boxes: BoxedSet) -> str:
    """How many pictures, splits and boxes of each class there are; the rules that were applied."""
    sides = sorted({one.split for one in boxes.pictures if one.split})
    splits = ", ".join(f"{side} {sum(one.split == side for one in boxes.pictures)}" for side in sides)
    width = max(map(len, boxes.labels))
    return "\n".join(
        [
            f"{boxes.folder}: {boxes.kind}, {len(boxes.pictures)} pictures, {sum(boxes.counts().values())} boxes",
            *([f"split: {splits}"] if splits else []),
            *(f"  {label:{width}}  {count}" for label, count in boxes.counts().items()),
            *(f"note: {note}" for note in boxes.notes),
        ]
    )


def picture_counts(pictures: PictureSet) -> str:
    """How many pictures, splits and pictures of each product there are; the rules that were applied."""
    sides = Counter(one.split for one in pictures.pictures)
    splits = ", ".join(f"{split} {sides[split]}" for split in SPLITS if sides[split])
    kinds = len({kind for kind in pictures.coarse if kind})
    width = max(map(len, pictures.labels))
    told = f"{len(pictures.pictures)} pictures, {len(pictures.clean)} clean ones, {len(pictures.labels)} products"
    return "\n".join(
        [
            f"{pictures.folder}: {pictures.kind}, {told} of {kinds} kinds",
            *([f"split: {splits}"] if splits else []),
            *(f"  {label:{width}}  {count}" for label, count in pictures.counts().items()),
            *(f"note: {note}" for note in pictures.notes),
        ]
    )
