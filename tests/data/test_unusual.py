"""UCSD, Avenue and ShanghaiTech as they lie on disk, and what their labels can be instead."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from aisle.core import Example, InputError, UsageError
from aisle.data import avenue, open_dataset, shanghaitech, ucsd
from datasets import (
    FLAGS,
    make_avenue,
    make_masks,
    make_pictures,
    make_shanghaitech,
    make_ucsd,
    write_avenue,
    write_rows,
)

S = Fraction


def spans(example: Example) -> list[tuple[Fraction, Fraction]]:
    return [(act.start, act.end) for act in example.segments]


def by_name(examples: tuple[Example, ...]) -> dict[str, Example]:
    return {example.name: example for example in examples}


def test_ucsd_goes_by_the_matlab_file_else_by_the_masks(tmp_path: Path) -> None:
    found = by_name(ucsd.read(make_ucsd(tmp_path)).examples)
    one, two = found["UCSDped1/Test/Test001"], found["UCSDped1/Test/Test002"]
    assert spans(one) == [(S(4, 10), S(9, 10))]
    assert spans(two) == [(S(0), S(2, 10)), (S(3, 10), S(4, 10))]
    assert spans(found["UCSDped2/Test/Test001"]) == [(S(4, 10), S(9, 10))]
    assert found["UCSDped1/Train/Train001"].segments == ()
    assert (one.split, one.group, one.place) == ("test", "UCSDped1 test", str(tmp_path / "UCSDped1/Test/UCSDped1.m"))
    assert {example.split for example in found.values()} == {"train", "test"}


def test_a_scene_alone_is_read_too(tmp_path: Path) -> None:
    dataset = open_dataset(make_ucsd(tmp_path) / "UCSDped2")
    assert dataset.kind == "ucsd"
    assert [example.name for example in dataset.split("test")] == ["Test/Test001", "Test/Test002"]


def test_avenue_has_the_rate_of_its_videos(tmp_path: Path) -> None:
    (one, _) = avenue.read(make_avenue(tmp_path)).split("test")
    assert spans(one) == [(S(4, 25), S(9, 25))]
    assert one.name == "testing_videos/01.avi"


def test_shanghaitech_goes_by_frames_else_by_pixels(tmp_path: Path) -> None:
    dataset = shanghaitech.read(make_shanghaitech(tmp_path))
    assert [spans(one) for one in dataset.split("test")] == [[(S(4, 24), S(9, 24))]] * 2
    assert [one.group for one in dataset.split("train")] == ["camera 01 train", "camera 02 train"]


def _only_problem(examples: tuple[Example, ...], problems: tuple[InputError, ...], name: str) -> str:
    assert name not in by_name(examples)
    (problem,) = problems
    return str(problem)


def test_labels_shorter_or_longer_than_the_video_are_told(tmp_path: Path) -> None:
    make_shanghaitech(tmp_path)
    file = tmp_path / "testing" / "test_frame_mask" / "01_0014.npy"
    for count, how in ((9, "shorter"), (15, "longer")):
        np.save(file, np.ones(count, np.int8))
        found = shanghaitech.read(tmp_path)
        said = _only_problem(found.examples, found.problems, "testing/frames/01_0014")
        assert f"01_0014.npy is {how} than the video; got: {count} frames of 12" in said


def test_frames_named_beyond_a_video_are_told(tmp_path: Path) -> None:
    make_ucsd(tmp_path)
    write_rows(tmp_path / "UCSDped1" / "Test" / "UCSDped1.m", "gt_frame = [5:20];", "gt_frame = [];")
    found = ucsd.read(tmp_path)
    said = _only_problem(found.examples, found.problems, "UCSDped1/Test/Test001")
    assert "UCSDped1.m is longer than the video; got: 20 frames of 12" in said
    assert by_name(found.examples)["UCSDped1/Test/Test002"].segments == ()
    assert found.notes == ("1 test videos are normal throughout",)


@pytest.mark.parametrize("text", ["0:4", "9:5", "a:b", "1:2:3"])
def test_a_line_that_names_no_frames_is_told(text: str, tmp_path: Path) -> None:
    make_ucsd(tmp_path)
    write_rows(tmp_path / "UCSDped1" / "Test" / "UCSDped1.m", f"gt_frame = [{text}];", "gt_frame = [1:2];")
    said = [str(problem) for problem in ucsd.read(tmp_path).problems]
    assert f"UCSDped1.m names no frames; got: {text}" in said[0]
    assert "says nothing of Test001" in said[1]


def test_a_missing_mask_is_told(tmp_path: Path) -> None:
    for file in (make_ucsd(tmp_path / "u") / "UCSDped2" / "Test" / "Test001_gt").iterdir():
        file.unlink()
    (make_avenue(tmp_path / "a") / "testing_label_mask" / "1_label.mat").unlink()
    (make_shanghaitech(tmp_path / "s") / "testing" / "test_frame_mask" / "01_0014.npy").unlink()
    for folder in (tmp_path / "u", tmp_path / "a", tmp_path / "s"):
        (problem,) = open_dataset(folder).problems
        assert "has no labels" in str(problem)


def test_masks_of_another_size_are_told(tmp_path: Path) -> None:
    gone = make_ucsd(tmp_path / "u") / "UCSDped2" / "Test" / "Test001_gt"
    for file in gone.iterdir():
        file.unlink()
    gone.rmdir()
    make_masks(gone, size=(32, 24))
    write_avenue(make_avenue(tmp_path / "a") / "testing_label_mask" / "1_label.mat", size=(32, 24))
    np.save(make_shanghaitech(tmp_path / "s") / "testing/test_pixel_mask/02_0014.npy", np.ones((12, 24, 32), np.uint8))
    for folder in (tmp_path / "u", tmp_path / "a", tmp_path / "s"):
        (problem,) = open_dataset(folder).problems
        assert "are of another size; got: 32x24; allowed: 64x48" in str(problem)


def test_one_mask_too_few_is_told(tmp_path: Path) -> None:
    (make_ucsd(tmp_path) / "UCSDped2" / "Test" / "Test001_gt" / "012.bmp").unlink()
    (problem,) = ucsd.read(tmp_path).problems
    assert "got: 11 frames of 12 in Test001@10" in str(problem)


def test_what_is_no_label_file_is_told(tmp_path: Path) -> None:
    make_avenue(tmp_path / "a")
    (tmp_path / "a" / "testing_label_mask" / "1_label.mat").write_text("x")
    make_shanghaitech(tmp_path / "s")
    np.save(tmp_path / "s" / "testing" / "test_frame_mask" / "01_0014.npy", np.array(["a"] * 12))
    (one,) = open_dataset(tmp_path / "a").problems
    (two,) = open_dataset(tmp_path / "s").problems
    assert "cannot read" in str(one)
    assert "holds no labels of frames; got: <U1 (12,)" in str(two)
    write_avenue(tmp_path / "a" / "testing_label_mask" / "1_label.mat", [])
    assert "does not hold Avenue's labels" in str(open_dataset(tmp_path / "a").problems[0])


def test_a_missing_picture_leaves_its_video_out(tmp_path: Path) -> None:
    (make_ucsd(tmp_path) / "UCSDped1" / "Train" / "Train001" / "005.tif").unlink()
    (problem,) = ucsd.read(tmp_path).problems
    assert "no number 5 before 006.tif" in str(problem)


def test_an_empty_test_split_is_told(tmp_path: Path) -> None:
    make_pictures(tmp_path / "Train" / "Train001", 1, "{:03}.tif")
    dataset = open_dataset(tmp_path)
    with pytest.raises(UsageError, match="empty split"):
        dataset.split("test")
    assert len(FLAGS) == 12
