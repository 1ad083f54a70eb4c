from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from aisle.core import InputError, LabelSet
from aisle.models.head import head
from aisle.models.reading import ClipReading
from aisle.train.clips import Clips
from aisle.train.extend import Extended, extend, relabelled, remembered
from aisle.train.fit import clip_views, read_views
from aisle.train.memory import read_memory
from aisle.train.plan import Plan
from clips import Drawn, draw_clips, small_card

KNN = Plan(head("knn"), head("knn").options, folds=3)
PLACE = Path("old")


def read(drawn: Drawn) -> Clips:
    examples = drawn.dataset.examples
    reading = ClipReading(drawn.card.blocks, trend=KNN.trend)
    return read_views(examples, drawn.dataset.labels, clip_views(examples, KNN, drawn.model, drawn.store), reading)


@pytest.fixture
def old(tmp_path: Path) -> Clips:
    return read(draw_clips(tmp_path / "old", ("normal", "theft"), apart=4))


def extended(old: Clips, new: Drawn) -> Extended:
    samples = clip_views(new.dataset.examples[:2], KNN, new.model, new.store)[0]
    return extend(old, read(new), KNN, small_card(), samples=samples, window=6)


def test_old_classes_keep_their_order_and_are_compared(old: Clips, tmp_path: Path) -> None:
    new = draw_clips(tmp_path / "new", ("cat", "normal", "theft"), apart=4, seed=1)
    done = extended(old, new)
    assert done.trained.labels == LabelSet(("normal", "theft", "cat"))
    assert len(done.clips.examples) == len({example.name for example in done.clips.examples}) == 60
    assert [(one.label, one.clips) for one in done.kept] == [("normal", 12), ("theft", 12)]
    assert all(one.before is not None and one.after is not None for one in done.kept)
    (cat,) = done.added
    assert (cat.label, cat.clips, cat.groups) == ("cat", 12, 6)
    assert done.trained.clips is not None
    counts = done.trained.clips.confusion.counts
    assert sum(cat.taken.values()) == counts[:2, 2].sum()
    assert sum(cat.lost.values()) == counts[2, :2].sum()
    told = done.to_json()
    assert list(told) == ["recall before and after", "added"]


def test_a_class_that_looks_like_an_old_one_takes_clips_from_it(old: Clips, tmp_path: Path) -> None:
    new = draw_clips(tmp_path / "new", ("cat", "look"), apart=4, seed=1)  # drawn as normal and theft are
    done = extended(old, new)
    most = {one.label: max(one.taken, key=lambda name: one.taken[name]) for one in done.added}
    assert most == {"cat": "normal", "look": "theft"}
    for one in done.kept:
        assert one.after is not None
        assert one.before is not None
        assert one.after < one.before


def test_a_place_where_only_the_new_class_was_filmed_is_told(old: Clips, tmp_path: Path) -> None:
    new = draw_clips(tmp_path / "new", ("cat", "dog"), seed=1)
    moved = tuple(replace(one, group=f"{one.label} {one.group}") for one in new.dataset.examples)
    done = extended(old, replace(new, dataset=replace(new.dataset, examples=moved)))
    assert any(note.startswith("cat comes from groups where no other class was filmed") for note in done.trained.notes)


def test_known_clips_are_not_learnt_twice(old: Clips, tmp_path: Path) -> None:
    same = draw_clips(tmp_path / "old", ("normal", "theft"), apart=4)
    with pytest.raises(InputError, match="there is nothing new to learn"):
        extended(old, same)
    turned = tuple(replace(one, label="normal", place="labels.csv:2") for one in same.dataset.examples)
    with pytest.raises(InputError, match=r"labels\.csv:2: a clip has two labels"):
        extended(old, replace(same, dataset=replace(same.dataset, examples=turned)))


def test_names_that_are_nearly_old_ones(old: Clips, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the class Theft differs from an old one in spelling only"):
        extended(old, draw_clips(tmp_path / "shouted", ("Theft",), seed=1))
    done = extended(old, draw_clips(tmp_path / "slipped", ("thefd",), seed=1))
    assert any("thefd is a new class, though it is written nearly like theft" in note for note in done.trained.notes)


def test_memory_is_what_was_learnt(old: Clips, tmp_path: Path) -> None:
    (tmp_path / "bundle").mkdir()
    seen = replace(old, others=(old.plain + 1,))
    seen.memory().write(tmp_path / "bundle")
    kept = read_memory(tmp_path / "bundle")
    assert kept is not None
    found = remembered(kept, old.labels, PLACE)
    assert [(one.name, one.group, one.label) for one in found.examples] == [
        (one.name, one.group, one.label) for one in old.examples
    ]
    assert len(found.others) == 1
    torch.testing.assert_close(found.plain, old.plain, rtol=1e-3, atol=1e-4)
    with pytest.raises(InputError, match="old has other classes than the head that is extended"):
        remembered(kept, LabelSet(("normal", "cat")), PLACE)


def test_old_data_must_have_the_old_classes() -> None:
    labels = LabelSet(("normal", "theft"))
    assert relabelled(LabelSet(("theft", "normal")), labels, PLACE) == labels
    with pytest.raises(InputError, match="other classes"):
        relabelled(LabelSet(("theft",)), labels, PLACE)
