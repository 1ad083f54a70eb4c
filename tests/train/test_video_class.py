from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aisle.core import Example, InputError, LabelSet, UnknownNameError
from aisle.search.space import Block
from aisle.train.video_class import KINDS, learn

LABELS = LabelSet(("bath", "kitchen", "street"))
BLOCKS = (Block("objects", 6, "counts", 0.25), Block("motion", 4, "features"))
VIDEOS = 36


def examples(groups: int = 6) -> list[Example]:
    return [
        Example(f"{at}", Path(f"{at}.mp4"), f"group {at // 3 % groups}", label=LABELS[at % len(LABELS)])
        for at in range(VIDEOS)
    ]


def rows(told: float, seed: int = 0) -> np.ndarray:
    """Objects tell the category as far as `told`, motion tells nothing."""
    rng = np.random.default_rng(seed)
    raw = rng.random((VIDEOS, 10)).astype(np.float32)
    raw[np.arange(VIDEOS), np.arange(VIDEOS) % len(LABELS)] += told
    return raw


@pytest.mark.parametrize("kind", KINDS)
def test_what_tells_categories_is_learnt(kind: str) -> None:
    learnt = learn(rows(5), examples(), LABELS, BLOCKS, kind=kind)
    assert learnt.report.top1 == 1
    assert learnt.report.confidence["top1"].high == 1
    assert learnt.readout.logits(rows(5, seed=1)).argmax(1).tolist() == [at % 3 for at in range(VIDEOS)]


def test_what_tells_nothing_is_not_judged_good() -> None:
    """A classifier that was judged on what it learnt from would be right of nearly all."""
    assert learn(rows(0), examples(), LABELS, BLOCKS).report.top1 < 0.7


def test_a_group_that_is_known_by_heart_does_not_help() -> None:
    """Of each group all videos look the same and have one category: whoever judged by clips would find all right."""
    rng = np.random.default_rng(0)
    looks = rng.random((12, 10)).astype(np.float32)
    some = [
        Example(f"{at}", Path(f"{at}.mp4"), f"group {at // 3}", label=LABELS[at // 3 % len(LABELS)])
        for at in range(VIDEOS)
    ]
    raw = np.repeat(looks, 3, axis=0)
    assert learn(raw, some, LABELS, BLOCKS).report.top1 < 0.8


def test_two_categories() -> None:
    two = LabelSet(("normal", "theft"))
    some = [Example(f"{at}", Path(f"{at}.mp4"), f"{at // 4}", label=two[at % 2]) for at in range(24)]
    raw = np.random.default_rng(0).random((24, 10)).astype(np.float32)
    raw[np.arange(24), np.arange(24) % 2] += 4
    learnt = learn(raw, some, two, BLOCKS)
    assert learnt.report.top1 > 0.85
    assert learnt.rows.sum(axis=1) == pytest.approx(1)


def test_fewer_groups_than_folds() -> None:
    assert learn(rows(5), examples(groups=2), LABELS, BLOCKS).report.top1 > 0.9


def test_a_category_of_one_group_alone() -> None:
    some = [
        Example(f"{at}", Path("a.mp4"), "one" if at % 3 == 2 else f"group {at // 3 % 4}", label=LABELS[at % 3])
        for at in range(VIDEOS)
    ]
    with pytest.raises(InputError, match="the class street cannot be on both sides"):
        learn(rows(5), some, LABELS, BLOCKS)


def test_another_classifier() -> None:
    with pytest.raises(UnknownNameError, match="logistic"):
        learn(rows(5), examples(), LABELS, BLOCKS, kind="logistics")
