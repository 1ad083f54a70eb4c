from __future__ import annotations

import math
from dataclasses import astuple

import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from aisle.core import UsageError
from aisle.evaluate.prediction import Judge

RNG = np.random.default_rng(0)


def pictures(count: int, side: int = 16) -> np.ndarray:
    return RNG.integers(0, 256, (count, side, side, 3), dtype=np.uint8)


def test_figures_by_hand() -> None:
    """All pixels off by a tenth in the first step, by a fifth in the second one."""
    shown = np.full((5, 10, 10, 3), 102, np.uint8)
    said = np.full((2, 10, 10, 3), 0.4, np.float32) + np.array([0.1, 0.2], np.float32)[:, None, None, None]
    judge = Judge()
    judge.add(said, shown)
    one, two = judge.report().steps
    assert (one.mse, one.mse_sum) == (pytest.approx(0.01), pytest.approx(1.0))
    assert (two.mse, two.mse_sum) == (pytest.approx(0.04), pytest.approx(4.0))
    assert one.psnr == pytest.approx(20, abs=1e-3)
    assert two.psnr == pytest.approx(-10 * math.log10(0.04), abs=1e-3)


def test_figures_are_those_of_scikit_image() -> None:
    shown, said = pictures(4), pictures(2).astype(np.float32) / 255
    judge = Judge()
    judge.add(said, shown)
    for step, came, painted in zip(judge.report().steps, shown[2:] / 255.0, said, strict=True):
        assert step.psnr == pytest.approx(peak_signal_noise_ratio(came, painted, data_range=1), abs=1e-4)
        wanted = structural_similarity(came, painted.astype(float), data_range=1, channel_axis=2)
        assert step.ssim == pytest.approx(wanted, abs=1e-4)


def test_a_copy_is_the_last_picture_seen() -> None:
    shown = pictures(5)
    last = shown[2:3].repeat(2, 0).astype(np.float32) / 255
    judge = Judge()
    judge.add(last, shown)
    report = judge.report()
    for step, copy in zip(report.steps, report.copied, strict=True):
        assert astuple(step) == pytest.approx(astuple(copy), rel=1e-4)
    assert report.all_copied is not None
    assert astuple(report.all_copied) == pytest.approx(astuple(report.all), rel=1e-4)


def test_grey_pictures_are_judged_as_grey_ones() -> None:
    shown = pictures(3)[..., :1].repeat(3, 3)
    said = np.clip(shown[1:] / 255 + RNG.normal(0, 0.1, (2, 16, 16, 1)), 0, 1).astype(np.float32)
    judge = Judge()
    judge.add(said, shown)
    wanted = [
        structural_similarity(one[..., 0] / 255, other[..., 0].astype(float), data_range=1)
        for one, other in zip(shown[1:], said, strict=True)
    ]
    assert [step.ssim for step in judge.report().steps] == pytest.approx(wanted, abs=1e-4)


def test_what_is_equal_is_as_alike_as_can_be() -> None:
    shown = pictures(3)
    judge = Judge()
    judge.add(shown.astype(np.float32) / 255, shown)
    report = judge.report()
    assert report.copied == ()
    assert report.all_copied is None
    assert (report.all.ssim, report.all.psnr) == (pytest.approx(1), pytest.approx(100))


def test_means_are_over_sequences() -> None:
    one, other, both = Judge(), Judge(), Judge()
    for judges in ((one, both), (other, both)):
        shown, said = pictures(3), pictures(1).astype(np.float32) / 255
        for judge in judges:
            judge.add(said, shown)
    report = both.report()
    assert report.sequences == 2
    assert report.all.mse == pytest.approx((one.report().all.mse + other.report().all.mse) / 2)
    assert report.to_json()["all_copied"]["ssim"] == pytest.approx(
        (one.report().copied[0].ssim + other.report().copied[0].ssim) / 2
    )


def test_other_sizes_and_nothing_at_all_are_refused() -> None:
    with pytest.raises(UsageError, match="compared with their like"):
        Judge().add(np.zeros((1, 8, 8, 3), np.float32), pictures(2))
    with pytest.raises(UsageError, match="nothing to judge"):
        Judge().report()
