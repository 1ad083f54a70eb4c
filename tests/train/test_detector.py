"""A tiny detector learns coloured squares, and a training that goes wrong keeps what was good."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from aisle.core import InputError, UsageError
from aisle.core.boxed import BoxedSet
from aisle.data.boxed_pictures import open_boxed
from aisle.data.boxed_split import parted
from aisle.evaluate.detection import evaluate_boxes
from aisle.train.boxes_augment import Shown
from aisle.train.detector import DetectorRecipe, find_boxes, learn_boxes, shown
from aisle.train.yolox_loss import Truth
from boxed_squares import draw, write_yolo
from tiny_detector import TinyStudent


@pytest.fixture(scope="module")
def squares(tmp_path_factory: pytest.TempPathFactory) -> BoxedSet:
    folder = tmp_path_factory.mktemp("squares")
    write_yolo(folder, draw(folder, 24, seed=1))
    return open_boxed(folder)


def test_it_finds_squares_that_it_has_not_seen(squares: BoxedSet) -> None:
    learnt, aside = parted(squares)
    student = TinyStudent()
    before = evaluate_boxes(aside.pictures, find_boxes(student, aside.pictures, squares.labels), squares.labels)
    done: list[float] = []
    pool = shown(learnt.pictures, squares.labels, student)
    course = learn_boxes(student, pool, student.recipe, progress=lambda epoch, _: done.append(epoch))
    after = evaluate_boxes(aside.pictures, find_boxes(student, aside.pictures, squares.labels), squares.labels)
    assert (before.all.ap50 or 0) < 0.1
    assert (after.all.ap50 or 0) > 0.9
    assert done == list(range(1, student.recipe.epochs + 1))
    assert course.losses[-1] < 0.7 * course.losses[0]
    assert course.stopped == ""


class Diverging(TinyStudent):
    """Its loss is no number from the seventh step on."""

    steps = 0

    def loss(self, pictures: Tensor, truth: Sequence[Truth]) -> Tensor:
        """See Student."""
        self.steps += 1
        return super().loss(pictures, truth) * (math.nan if self.steps > 6 else 1)


def test_a_training_that_diverges_keeps_the_last_good_weights(squares: BoxedSet) -> None:
    student = Diverging()
    pool = shown(squares.pictures[:8], squares.labels, student)
    course = learn_boxes(student, pool, replace(student.recipe, epochs=9, batch=4))
    assert course.stopped == "it diverged in epoch 4 of 9 (loss nan)"
    assert len(course.losses) == 3
    assert all(torch.isfinite(value).all() for value in student.network.state_dict().values())
    other = TinyStudent()
    learn_boxes(other, pool, replace(student.recipe, epochs=9, batch=4, rate=1e-9))
    assert any(
        not torch.equal(mine, theirs)
        for mine, theirs in zip(student.network.parameters(), other.network.parameters(), strict=True)
    )


def test_a_training_that_fails_at_once_is_an_error(squares: BoxedSet) -> None:
    student = Diverging()
    student.steps = 6
    with pytest.raises(InputError, match="fails at once"):
        learn_boxes(student, shown(squares.pictures[:4], squares.labels, student), student.recipe)


def test_the_same_seed_learns_the_same(squares: BoxedSet) -> None:
    found = []
    for _ in range(2):
        student = TinyStudent()
        learn_boxes(student, shown(squares.pictures[:4], squares.labels, student), replace(student.recipe, epochs=2))
        found.append(student.network.heads[0].weight.detach().clone())
    assert torch.equal(*found)


def test_pictures_without_a_box_teach_nothing() -> None:
    empty = Shown(np.zeros((8, 8, 3), np.uint8), np.zeros((0, 4), np.float32), np.zeros(0, np.int64))
    with pytest.raises(InputError, match="nothing to learn"):
        learn_boxes(TinyStudent(), [empty], DetectorRecipe(epochs=1))


def test_a_recipe_without_steps_is_refused() -> None:
    with pytest.raises(UsageError):
        DetectorRecipe(epochs=0)


def test_a_picture_that_went_away_is_told(squares: BoxedSet, tmp_path: Path) -> None:
    gone = replace(squares.pictures[0], path=tmp_path / "gone.png")
    with pytest.raises(InputError, match=r"gone\.png"):
        shown([gone], squares.labels, TinyStudent())
