from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.analysis.analyzer import softmax
from aisle.analysis.sampling import indices
from aisle.core import UsageError
from aisle.core.clip import Array
from aisle.deploy.windows import Windows, WindowStream
from aisle.models.clip import Sampling

Floats = npt.NDArray[np.float32]


def sampling(frames: int, stride: int) -> Sampling:
    return Sampling(frames, stride, Fraction(10), 32, 32, 32)


class Numbers:
    """A network whose features are the numbers of the pictures that it was given; notes the most windows at once."""

    def __init__(self, answers: int = 1) -> None:
        self.answers, self.most = answers, 0

    def __call__(self, views: Mapping[str, Array]) -> tuple[Floats, Floats]:
        seen = views["rgb"].astype(np.float32)  # (B, T)
        self.most = max(self.most, len(seen))
        if self.answers == 1:
            return seen, seen[:, :1].repeat(2, 1) / 100
        parts = seen.reshape(len(seen), self.answers, -1)
        return parts, parts[:, :, :1].repeat(2, 2) / 100


def answers(windows: Windows, count: int, cuts: Sequence[int] = ()) -> tuple[Floats, Floats, Floats]:
    """Features, logits and the clip's logits of `count` pictures, in pieces that end at `cuts`."""
    width = windows.sampling.frames // windows.answers
    stream = WindowStream(Numbers(windows.answers), windows, features=width, classes=2)
    pieces = np.split(np.arange(count), sorted(cuts))
    told = [stream.push({"rgb": piece}, last=at == len(pieces)) for at, piece in enumerate(pieces, 1)]
    features, logits = (np.concatenate([one[part] for one in told]) for part in (0, 1))
    return features, logits, stream.clip()


def test_each_answer_stands_for_the_middle_of_its_window_and_the_ends_are_held() -> None:
    windows = Windows(sampling(4, 2), 8)
    assert (windows.hop, windows.step) == (4, 4)
    features, logits, clip = answers(windows, 14)
    np.testing.assert_array_equal(features, [[0, 0, 2, 4], [2, 4, 6, 8], [6, 8, 10, 12], [10, 12, 13, 13]])
    assert logits.shape == (4, 2)
    np.testing.assert_allclose(clip, np.log(softmax(logits).mean(0)), rtol=1e-5)


@pytest.mark.parametrize(("stride", "count"), [(2, 1), (2, 5), (2, 8), (0, 3), (0, 8)])
def test_what_is_no_longer_than_a_window_is_one_clip_sampled_as_in_training(stride: int, count: int) -> None:
    windows = Windows(sampling(4, stride), 8)
    features, logits, clip = answers(windows, count)
    assert len(features) == -(-count // 4)
    for row in features:
        np.testing.assert_array_equal(row, indices(count, windows.sampling))
    np.testing.assert_allclose(softmax(clip[None]), softmax(logits[:1]), rtol=1e-5)


def test_a_timeline_uses_the_middle_of_each_window_and_the_ends_whole() -> None:
    windows = Windows(sampling(16, 1), 16, answers=8)
    assert (windows.hop, windows.step) == (8, 2)
    features, logits, _ = answers(windows, 41)
    np.testing.assert_array_equal(features[:, 0], np.arange(0, 41, 2))  # every step once, in order
    assert len(logits) == 21
    short, _, _ = answers(windows, 5)
    np.testing.assert_array_equal(short, [[0, 1], [2, 3], [4, 4]])


SHAPES = [(4, 2, 8, 1), (3, 3, 9, 1), (4, 0, 11, 1), (1, 1, 1, 1), (8, 1, 8, 4), (12, 2, 24, 6), (6, 1, 6, 3)]
"""Pictures taken, stride, pictures of a window, and its answers."""


@given(
    st.sampled_from(SHAPES),
    st.integers(1, 80),
    st.data(),
)
def test_answers_do_not_depend_on_where_the_pieces_are_cut(
    shape: tuple[int, int, int, int], count: int, data: st.DataObject
) -> None:
    frames, stride, length, parts = shape
    windows = Windows(sampling(frames, stride), length, parts)
    cuts = data.draw(st.lists(st.integers(1, max(count - 1, 1)), max_size=6)) if count > 1 else []
    whole, pieces = answers(windows, count), answers(windows, count, cuts)
    assert len(whole[0]) == -(-count // windows.step)
    for one, other in zip(whole, pieces, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5)


def test_pictures_are_kept_only_as_long_as_a_window_needs_them() -> None:
    windows = Windows(sampling(4, 2), 8)
    stream = WindowStream(Numbers(), windows, features=4, classes=2)
    for at in range(0, 400, 4):
        stream.push({"rgb": np.arange(at, at + 4)}, last=False)
        held = next(iter(vars(stream)["_views"].values()))
        assert len(held) <= 2 * windows.length
        assert held.base is None or held.base.size <= 3 * windows.length


def test_a_clip_without_pictures_is_refused() -> None:
    stream = WindowStream(Numbers(), Windows(sampling(4, 2), 8), features=4, classes=2)
    with pytest.raises(UsageError, match="no clip"):
        stream.clip()
    with pytest.raises(UsageError, match="nothing to answer"):
        stream.push({"rgb": np.arange(0)}, last=True)
