from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from torch.nn import functional

from aisle.train.calibrate import calibrated


def test_a_head_that_is_too_sure_is_made_less_so() -> None:
    """It says 4 to 0 and is right three times of four: the scale that makes the odds 3 to 1 is log(3) / 4."""
    logits = torch.tensor([[4.0, 0, -20]] * 300 + [[0.0, 4, -20]] * 300)
    targets = torch.tensor(([0] * 225 + [1] * 75) + ([1] * 225 + [0] * 75))
    found = calibrated(logits, targets)
    assert float(found.scale) == pytest.approx(np.log(3) / 4, rel=0.05)
    assert found.shift.tolist() == [0, 0, 0]


def test_of_two_classes_one_that_is_named_too_often_is_shifted_away() -> None:
    """Logits say even odds, but the second class is there three times of four: odds of 3 to 1."""
    found = calibrated(torch.zeros(400, 2), torch.tensor([0] * 100 + [1] * 300))
    probabilities = functional.softmax(found(torch.zeros(1, 2)), 1)
    assert probabilities[0].tolist() == pytest.approx([0.25, 0.75], abs=0.01)


def test_a_few_clips_that_are_told_apart_do_not_make_it_infinitely_sure() -> None:
    logits = torch.tensor([[1.0, 0], [0.0, 1]])
    found = calibrated(logits, torch.tensor([0, 1]))
    assert 1 < float(found.scale) < 100


LOGITS = arrays.arrays(
    np.float32, st.tuples(st.integers(4, 30), st.integers(2, 4)), elements=st.floats(-8, 8, width=16)
)


@settings(max_examples=30, deadline=None)
@given(LOGITS, st.integers(0, 2**16))
def test_the_order_of_probabilities_is_kept(logits: np.ndarray, seed: int) -> None:
    """Of clips by one class where there are two, as a detector's; of classes by one clip where there are more."""
    given_ = torch.from_numpy(logits)
    targets = torch.from_numpy(np.random.default_rng(seed).integers(0, logits.shape[1], len(logits)))
    found = calibrated(given_, targets)
    assert found.scale > 0
    after = found(given_)
    assert after.isfinite().all()
    before = given_
    if logits.shape[1] == 2:
        before, after = (part[:, 1] - part[:, 0] for part in (before, after))
    order = torch.argsort(before, dim=-1)
    assert (torch.diff(torch.gather(after, -1, order), dim=-1) >= -1e-3).all()
