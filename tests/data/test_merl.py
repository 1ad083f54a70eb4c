"""MERL's labels: frames to seconds at the video's own rate, and everything that a .mat can be instead."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.io import loadmat, savemat

from aisle.core import InputError, UnknownNameError
from aisle.data.merl import ACTIONS, read, read_labels, write_labels
from datasets import film, make_merl
from videos import make_video

Intervals = dict[str, list[tuple[int, int]]]
INTERVAL = st.tuples(st.integers(0, 5000), st.integers(1, 500)).map(lambda pair: (pair[0], sum(pair)))


def cells(*arrays: Any) -> np.ndarray:
    made = np.empty((5, 1), dtype=object)
    for number in range(5):
        made[number, 0] = np.array(arrays[number] if number < len(arrays) else np.zeros((0, 0)))
    return made


@settings(deadline=None)
@given(acts=st.dictionaries(st.sampled_from(ACTIONS), st.lists(INTERVAL, unique=True)))
def test_what_is_written_is_read(acts: Intervals, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "round_trip_label.mat"
    write_labels(path, acts)
    got = read_labels(path)
    assert (got.empty, got.problems) == (0, ())
    assert got.intervals == {action: tuple(sorted(acts.get(action, []))) for action in ACTIONS}


def test_the_file_counts_from_one_and_includes_the_last_frame(tmp_path: Path) -> None:
    write_labels(tmp_path / "1_1_label.mat", {"reach_to_shelf": [(0, 10)], "inspect_shelf": [(29, 30)]})
    tlabs = loadmat(tmp_path / "1_1_label.mat")["tlabs"]
    assert tlabs.shape == (5, 1)
    assert [cell.tolist() for cell in tlabs.flat] == [[[1, 10]], [], [], [], [[30, 30]]]
    assert all(cell.shape[1] == 2 for cell in tlabs.flat)


def test_an_action_that_merl_has_not_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="did you mean inspect_shelf"):
        write_labels(tmp_path / "1_1_label.mat", {"inspect_shelve": [(0, 1)]})


def test_frames_become_seconds_at_the_videos_own_rate(tmp_path: Path) -> None:
    rate = Fraction(30000, 1001)
    make_video(tmp_path / "1_1_crop.mp4", 30, rate)
    write_labels(tmp_path / "1_1_label.mat", {"reach_to_shelf": [(3, 10)]})
    (example,) = read(tmp_path).examples
    (act,) = example.segments
    assert (act.start, act.end, act.label) == (3 / rate, 10 / rate, "reach_to_shelf")
    assert (example.name, example.group, example.split) == ("1_1", "subject 1", "train")


def test_the_published_split_is_by_subject(tmp_path: Path) -> None:
    dataset = read(make_merl(tmp_path, subjects=(1, 20, 21, 26, 27, 41, 42)))
    splits = {example.group: example.split for example in dataset.examples}
    assert list(splits.values()) == ["train"] * 2 + ["validation"] * 2 + ["test"] * 2 + [""]
    assert dataset.notes == ("1 videos are of subjects beyond the published split (1 to 41) and have none",)


def test_overlaps_and_intervals_without_length(tmp_path: Path) -> None:
    film(tmp_path / "1_1_crop.mp4", 1, frames=30)
    savemat(tmp_path / "1_1_label.mat", {"tlabs": cells([[1, 10], [20, 19]], [[4, 6]], [[30, 30]])})
    dataset = read(tmp_path)
    frames = [(act.start * 30, act.end * 30, act.label) for act in dataset.examples[0].segments]
    assert frames == [
        (0, 3, "reach_to_shelf"),
        (3, 6, "retract_from_shelf"),
        (6, 10, "reach_to_shelf"),
        (29, 30, "hand_in_shelf"),
    ]
    assert dataset.problems == ()
    assert dataset.notes[0] == "1 intervals without length were dropped"
    assert dataset.notes[1].startswith("1 intervals overlap others: where stretches overlap, the one that starts last")


@pytest.mark.parametrize("row", [[9, 3], [0, 4], [-3, 4], [1.5, 4], [np.nan, 4], [3, np.inf]])
def test_a_row_that_is_no_interval_is_named_and_left_out(row: list[float], tmp_path: Path) -> None:
    film(tmp_path / "1_1_crop.mp4", 1)
    savemat(tmp_path / "1_1_label.mat", {"tlabs": cells([], [[1, 2], row])})
    dataset = read(tmp_path)
    assert len(dataset.examples[0].segments) == 1
    (problem,) = dataset.problems
    assert "1_1_label.mat: tlabs{2}(2,:) (retract_from_shelf) is no interval of frames" in str(problem)


def _not_a_mat(path: Path) -> None:
    path.write_text("path,label\n")


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _no_tlabs(path: Path) -> None:
    savemat(path, {"labels": np.zeros((2, 2))})


def _numbers(path: Path) -> None:
    savemat(path, {"tlabs": np.zeros((5, 2))})


def _four_cells(path: Path) -> None:
    savemat(path, {"tlabs": cells()[:4]})


def _three_columns(path: Path) -> None:
    savemat(path, {"tlabs": cells(np.ones((2, 3)))})


def _words(path: Path) -> None:
    savemat(path, {"tlabs": cells(np.array([["a", "b"]]))})


def _cut_off(path: Path) -> None:
    write_labels(path, {"reach_to_shelf": [(0, 9)]})
    path.write_bytes(path.read_bytes()[:-40])


def _of_matlab_7_3(path: Path) -> None:
    path.write_bytes(b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM" + b"\x89HDF\r\n\x1a\n")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (_not_a_mat, "cannot read"),
        (_empty, "cannot read"),
        (_cut_off, "cannot read"),
        (_of_matlab_7_3, "save it in Matlab with the option -v7"),
        (_no_tlabs, "no tlabs in it"),
        (_numbers, r"tlabs of float64 \(5, 2\)"),
        (_four_cells, r"tlabs of object \(4, 1\)"),
        (_three_columns, r"tlabs\{1\} of float64 \(2, 3\)"),
        (_words, r"tlabs\{1\} of <U1"),
    ],
)
def test_a_broken_file_is_told_by_name(make: Callable[[Path], None], said: str, tmp_path: Path) -> None:
    make_merl(tmp_path, subjects=(1, 2))
    make(tmp_path / "1_1_label.mat")
    dataset = read(tmp_path)
    assert [example.name for example in dataset.examples] == ["2_1"]
    (problem,) = dataset.problems
    assert "1_1_label.mat" in problem.what
    assert problem.do
    with pytest.raises(InputError, match=said):
        read_labels(tmp_path / "1_1_label.mat")


@settings(deadline=None)
@given(data=st.data())
def test_damage_is_told_as_an_input_error_or_not_at_all(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged_label.mat"
    write_labels(path, {action: [(number, number + 9)] for number, action in enumerate(ACTIONS)})
    content = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    with contextlib.suppress(InputError):
        assert set(read_labels(path).intervals) == set(ACTIONS)


def test_pairs_lie_in_folders_of_their_own(tmp_path: Path) -> None:
    make_merl(tmp_path, subjects=(1,))
    for tail, home in (("crop.mp4", "Videos_MERL_Shopping_Dataset"), ("label.mat", "Labels_MERL_Shopping_Dataset")):
        (tmp_path / home).mkdir()
        (tmp_path / f"1_1_{tail}").rename(tmp_path / home / f"1_1_{tail}")
    assert [example.name for example in read(tmp_path).examples] == ["1_1"]


def test_what_has_no_partner_and_what_is_there_twice(tmp_path: Path) -> None:
    make_merl(tmp_path, subjects=(1, 2, 3))
    (tmp_path / "1_1_label.mat").unlink()
    (tmp_path / "2_1_crop.mp4").unlink()
    film(tmp_path / "more" / "3_1_crop.mp4", 9)
    said = [str(problem) for problem in read(tmp_path).problems]
    assert len(said) == 3
    assert "3_1_crop.mp4 is there twice" in said[0]
    assert "1_1_crop.mp4 has no partner; got: no 1_1_label.mat" in said[1]
    assert "2_1_label.mat has no partner; got: no 2_1_crop.mp4" in said[2]


def test_labels_alone_are_an_error(tmp_path: Path) -> None:
    write_labels(tmp_path / "1_1_label.mat", {})
    with pytest.raises(InputError, match="no video with labels"):
        read(tmp_path)
