"""What describes videos, opened by its name."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from aisle.core import UnknownNameError
from aisle.core.time_map import Stretch
from aisle.deploy.describers import NAMES, open_describer
from collections_of_colour import BLUE, RED, video


def test_colours_need_no_network(tmp_path: Path) -> None:
    describer = open_describer("colours")
    assert describer.recipe.by == "colours"
    clip = video(tmp_path / "a.mp4", (RED, 2), (BLUE, 2))
    halves = [Stretch(Fraction(0), Fraction(2)), Stretch(Fraction(2), Fraction(4))]
    rows = describer.rows(clip, halves)
    assert rows.shape == (2, describer.recipe.width)
    assert rows[0] @ rows[1] < 0.1 < rows[0] @ rows[0]


def test_a_backbone_describes_by_itself(tiny_bundle: Path, tmp_path: Path) -> None:
    describer = open_describer(tiny_bundle)
    assert describer.recipe.by == str(tiny_bundle)
    assert describer.recipe.labels == ()
    clip = video(tmp_path / "a.mp4", (RED, 2))
    rows = describer.rows(clip, [Stretch(Fraction(0), Fraction(2)), Stretch(Fraction(0), Fraction(1))])
    assert rows.shape == (2, describer.recipe.width)
    assert np.isfinite(rows).all()
    assert open_describer(tiny_bundle).recipe == describer.recipe


@pytest.mark.parametrize("name", ["colour", "no/such/folder"])
def test_an_unknown_name_is_told_what_there_is(name: str) -> None:
    with pytest.raises(UnknownNameError) as error:
        open_describer(name)
    assert all(known in str(error.value) for known in NAMES)
