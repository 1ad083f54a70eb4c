"""What a dataset holds, as text."""

from __future__ import annotations

from collections import Counter

from aisle.core import SPLITS, Dataset


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
