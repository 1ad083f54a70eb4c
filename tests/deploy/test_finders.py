from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from aisle.core import Frame, InputError, UnknownNameError
from aisle.deploy.finders import FINDERS, open_finder, to_fetch


def test_a_wrong_name_is_told_with_those_that_exist() -> None:
    with pytest.raises(UnknownNameError, match=r"'haeds'; allowed: heads, people; do: did you mean heads\?"):
        open_finder("haeds")


@pytest.mark.parametrize(("name", "lacking"), [("heads", "centerface.onnx"), ("people", "frozen_inference_graph.pb")])
def test_a_folder_without_the_weights_is_told_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, lacking: str
) -> None:
    monkeypatch.setenv("AISLE_WEIGHTS", str(tmp_path))
    assert to_fetch(name) == 0  # a folder that the user names is never filled from the network
    with pytest.raises(InputError, match=f"no weights at .*{lacking}; .*do: put {lacking} there"):
        open_finder(name)


def test_what_has_to_be_fetched_is_known_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AISLE_CACHE", str(tmp_path))
    assert to_fetch("heads") > to_fetch("people") > 0


@pytest.mark.parametrize("name", FINDERS)
def test_the_published_detectors_run(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Path(os.environ["AISLE_TEST_WEIGHTS"])
    if not all((folder / file).is_file() for file in ("centerface.onnx", "frozen_inference_graph.pb")):
        pytest.skip(f"needs the published detectors, and {folder} lacks them; no test downloads them")
    monkeypatch.setenv("AISLE_WEIGHTS", str(folder))
    frames = [Frame(Fraction(k), np.full((240, 320, 3), 90, np.uint8)) for k in range(3)]
    assert [len(boxes) for boxes in open_finder(name)(frames)] == [0, 0, 0]
