"""What pictures of a video show."""

from __future__ import annotations

from fractions import Fraction

import pytest

from aisle.core import UsageError
from aisle.core.frame_labels import FrameLabel, FrameLabels


@pytest.mark.parametrize(("confidence", "area"), [(1.1, 1.0), (-0.1, 1.0), (0.5, 1.5), (0.5, -1.0)])
def test_shares_are_shares(confidence: float, area: float) -> None:
    with pytest.raises(UsageError, match="cup"):
        FrameLabel(0, Fraction(0), "cup", confidence, area)


def test_pictures_that_show_nothing_count() -> None:
    row = FrameLabel(3, Fraction(1), "cup", 0.5)
    assert FrameLabels("a.mp4", 2, (row,), "by hand").pictures == 2
    with pytest.raises(UsageError, match="0 pictures, 1 with labels"):
        FrameLabels("a.mp4", 0, (row,), "by hand")
