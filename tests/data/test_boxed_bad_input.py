"""Everything that can be wrong with boxes and their pictures, in every layout, each told with its file and line."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aisle.core import InputError
from aisle.core.boxed import BoxedPicture, BoxedSet
from aisle.data.boxed_pictures import check_boxes, mark, open_boxed, usable_boxes
from boxed_squares import LAYOUTS, made

_BNDBOX = "<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax><ymax>9</ymax></bndbox>"
_HALF = "<bndbox><xmin>one</xmin></bndbox>"


def problem(boxes: BoxedSet) -> str:
    """The only one."""
    assert len(boxes.problems) == 1, [str(one) for one in boxes.problems]
    return str(boxes.problems[0])


def first(boxes: BoxedSet) -> BoxedPicture:
    return next(one for one in boxes.pictures if one.path.stem == "0")


# --- what is wrong with a box

Spoil = Callable[[Path, str], None]
"""Adds a line, of left, top, right and bottom in a picture of 96 x 96, to the labels of 0.png."""


def _spoil_tsv(folder: Path, corners: str) -> None:
    home = folder / "positive"
    file, names = home / "0.bboxes.tsv", home / "0.bboxes.labels.tsv"
    file.write_text(f"{file.read_text('utf-8').strip()}\n{corners}\n", "utf-8")
    names.write_text(f"{names.read_text('utf-8').strip()}\nred\n", "utf-8")


def _spoil_coco(folder: Path, corners: str) -> None:
    left, top, right, bottom = map(float, corners.split("\t"))
    file = folder / "instances.json"
    said = json.loads(file.read_text("utf-8"))
    said["annotations"].append({"image_id": 0, "category_id": 2, "bbox": [left, top, right - left, bottom - top]})
    file.write_text(json.dumps(said), "utf-8")


def _spoil_voc(folder: Path, corners: str) -> None:
    left, top, right, bottom = map(float, corners.split("\t"))
    sides = {"xmin": left + 1, "ymin": top + 1, "xmax": right, "ymax": bottom}
    text = "".join(f"<{name}>{side}</{name}>" for name, side in sides.items())
    file = folder / "0.xml"
    added = f"<object><name>red</name><bndbox>{text}</bndbox></object></annotation>"
    file.write_text(file.read_text("utf-8").replace("</annotation>", added), "utf-8")


def _spoil_yolo(folder: Path, corners: str) -> None:
    left, top, right, bottom = (float(side) / 96 for side in corners.split("\t"))
    file = folder / "0.txt"
    line = f"1 {(left + right) / 2} {(top + bottom) / 2} {right - left} {bottom - top}"
    file.write_text(f"{file.read_text('utf-8')}\n{line}\n", "utf-8")


SPOIL: dict[str, Spoil] = {
    "boxes_coco": _spoil_coco,
    "boxes_tsv": _spoil_tsv,
    "boxes_voc": _spoil_voc,
    "boxes_yolo": _spoil_yolo,
}
PLACE = {"boxes_coco": r"instances\.json: annotation \d+: ", "boxes_voc": r"0\.xml: object \d+: "}
LINE = {"boxes_tsv": r"0\.bboxes\.tsv:\d+: ", "boxes_yolo": r"0\.txt:\d+: "}


@pytest.mark.parametrize("kind", LAYOUTS)
@pytest.mark.parametrize(
    ("corners", "told", "kept"),
    [
        ("-20\t10\t30\t40", "reaches beyond a picture of 96 x 96; clipped", [0, 10, 30, 40]),
        ("50\t60\t99\t130", "reaches beyond", [50, 60, 96, 96]),
        ("100\t10\t120\t40", "lies outside", None),
        ("40\t40\t40\t60", "empty or negative", None),
        ("50\t40\t50.0000001\t60", "empty or negative", None),
        ("60\t40\t30\t60", "empty or negative", None),
    ],
)
def test_a_wrong_box_is_told_with_its_place(
    kind: str, corners: str, told: str, kept: list[int] | None, tmp_path: Path
) -> None:
    drawn = made(kind, tmp_path)
    SPOIL[kind](tmp_path, corners)
    boxes = open_boxed(tmp_path)
    text = problem(boxes)
    assert told in text
    assert re.search((PLACE | LINE)[kind], text), text
    one = first(boxes)
    assert len(one.labels) == len(drawn[0].boxes) + (kept is not None)
    if kept is not None:
        np.testing.assert_allclose(one.corners[-1], kept, atol=1e-3)


@pytest.mark.parametrize("kind", LAYOUTS)
def test_a_rounded_box_is_clipped_without_a_word(kind: str, tmp_path: Path) -> None:
    made(kind, tmp_path)
    SPOIL[kind](tmp_path, "90\t90\t96.6\t96.6")
    boxes = open_boxed(tmp_path)
    assert boxes.problems == ()
    assert first(boxes).corners.max() <= 96


@pytest.mark.parametrize("kind", LAYOUTS)
def test_a_box_that_is_there_twice_counts_once(kind: str, tmp_path: Path) -> None:
    drawn = made(kind, tmp_path)
    for _ in range(2):
        SPOIL[kind](tmp_path, "1\t1\t9\t9")
    boxes = open_boxed(tmp_path)
    assert "there twice" in problem(boxes)
    assert len(first(boxes).labels) == len(drawn[0].boxes) + 1


# --- what is wrong with pictures and files


@pytest.mark.parametrize("kind", LAYOUTS)
def test_labels_without_a_picture_are_told(kind: str, tmp_path: Path) -> None:
    made(kind, tmp_path)
    next(tmp_path.rglob("1.png")).unlink()
    boxes = open_boxed(tmp_path)
    assert "labels without a picture" in problem(boxes)
    assert "1." in problem(boxes)
    assert len(boxes.pictures) == 3


@pytest.mark.parametrize("kind", ["boxes_coco", "boxes_tsv", "boxes_voc"])
def test_a_picture_without_labels_is_told_and_left_out(kind: str, tmp_path: Path) -> None:
    made(kind, tmp_path)
    home = next(tmp_path.rglob("1.png"))
    shutil.copy(home, home.with_name("new.png"))
    boxes = open_boxed(tmp_path)
    assert "new.png: a picture without labels" in problem(boxes)
    assert all(one.path.name != "new.png" for one in boxes.pictures)


def test_a_picture_without_labels_is_empty_where_the_layout_says_so(tmp_path: Path) -> None:
    made("boxes_yolo", tmp_path)
    boxes = open_boxed(tmp_path)
    assert boxes.problems == ()
    assert any("without a file of labels: 1;" in note for note in boxes.notes)


@pytest.mark.parametrize("kind", LAYOUTS)
def test_what_is_no_picture_is_told_and_left_out(kind: str, tmp_path: Path) -> None:
    made(kind, tmp_path)
    next(tmp_path.rglob("1.png")).write_bytes(b"no picture")
    boxes = open_boxed(tmp_path)
    assert "cannot read the picture" in problem(boxes)
    assert len(boxes.pictures) == 3


def test_a_cut_picture_is_found_when_it_is_decoded(tmp_path: Path) -> None:
    made("boxes_yolo", tmp_path)
    whole = (tmp_path / "1.png").read_bytes()
    (tmp_path / "1.png").write_bytes(whole[: len(whole) // 2])
    boxes = open_boxed(tmp_path)
    assert any("cannot read the picture" in str(one) for one in check_boxes(boxes))
    sound = usable_boxes(boxes)
    assert [one.name for one in sound.pictures] == ["0.png", "2.png", "3.png"]
    assert "1.png" in str(sound.problems[0])


def test_the_same_picture_twice_is_told(tmp_path: Path) -> None:
    made("boxes_yolo", tmp_path)
    shutil.copy(tmp_path / "1.png", tmp_path / "9.png")
    boxes = open_boxed(tmp_path)
    told = [str(one) for one in check_boxes(boxes)]
    assert any("9.png is the same picture as" in one for one in told)
    sound = usable_boxes(boxes)
    assert [one.name for one in sound.pictures] == ["0.png", "1.png", "2.png", "3.png"]
    assert "9.png is the same picture as" in str(sound.problems[-1])
    first, second = (one for one in open_boxed(tmp_path).pictures if one.name in ("1.png", "9.png"))
    assert mark(first) == mark(second)


def test_a_picture_of_another_size_than_said_is_told(tmp_path: Path) -> None:
    made("boxes_voc", tmp_path)
    file = tmp_path / "0.xml"
    file.write_text(file.read_text("utf-8").replace("<width>96<", "<width>640<"), "utf-8")
    assert "640 x 96 in the labels, 96 x 96 in the picture" in problem(open_boxed(tmp_path))


def _text(name: str, text: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_text(text, "utf-8") and None


def _said(key: str, value: Any) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        file = folder / "instances.json"
        said = json.loads(file.read_text("utf-8"))
        said[key] = [*said[key], value] if isinstance(value, dict) else value
        file.write_text(json.dumps(said), "utf-8")

    return spoil


@pytest.mark.parametrize(
    ("kind", "spoil", "told"),
    [
        ("boxes_yolo", _text("0.txt", "0 .5 .5 .1 .1\n7 .5 .5 .1 .1"), "0.txt:2: unknown number of a class; got: 7"),
        ("boxes_yolo", _text("0.txt", "0 .5 .5 .1 .1\n0.5 .5 .5 .1 .1"), "0.txt:2: unknown number of a class"),
        ("boxes_yolo", _text("0.txt", "0 .5 .5 .1 .1\nnan .5 .5 .1 .1"), "0.txt:2: unknown number of a class"),
        ("boxes_yolo", _text("0.txt", "0 .5 .5 .1 .1\ninf .5 .5 .1 .1"), "0.txt:2: unknown number of a class"),
        ("boxes_yolo", _text("0.txt", "0 .5 .5 .1 .1\nnothing"), "0.txt:2: the line is no box"),
        (
            "boxes_yolo",
            _text("0.txt", "0 .5 .5 .1 .1\n0 .5 .5 .1 .1 .9"),
            "0.txt:2: the line is no box; got: 6 numbers",
        ),
        ("boxes_yolo", _text("0.txt", "0 .5 .5 .1 .1\n0 50 50 10 10"), "0.txt:2: the box is in pixels"),
        ("boxes_yolo", _text("0.txt", "0 .5 .5 .1 .1\n0 nan .5 .1 .1"), "0.txt:2: a side of the box is no number"),
        ("boxes_voc", _text("0.xml", "<annotation>"), "0.xml:1: no XML"),
        ("boxes_voc", _text("0.xml", "<page/>"), "no labels of Pascal VOC; got: <page>"),
        ("boxes_voc", _text("0.xml", '<?xml version="1.0" encoding="none"?><annotation/>'), "0.xml:1: no XML"),
        ("boxes_voc", _text("0.xml", '<?xml version="1.0" encoding="shift_jis"?><annotation/>'), "0.xml:1: no XML"),
        (
            "boxes_voc",
            _text("0.xml", "<annotation><size><width>1e999</width></size><object/></annotation>"),
            "0.xml: object 1: no box",
        ),
        (
            "boxes_voc",
            _text("0.xml", f"<annotation><object><name>red</name>{_HALF}</object></annotation>"),
            "0.xml: object 1: no box; got: xmin 'one', ymin ''",
        ),
        (
            "boxes_voc",
            _text("0.xml", f"<annotation><object>{_BNDBOX}</object></annotation>"),
            "0.xml: object 1: no name",
        ),
        ("boxes_tsv", _text("positive/0.bboxes.tsv", "1 1 9 9\n"), "the line is no box"),
        ("boxes_tsv", _text("positive/0.bboxes.labels.tsv", ""), "boxes and names are not as many"),
        ("boxes_tsv", _text("positive/0.bboxes.labels.tsv", "red\tblue\n"), "no name"),
        (
            "boxes_coco",
            _said("annotations", {"image_id": 0, "category_id": 9, "bbox": [1, 1, 9, 9]}),
            "unknown category",
        ),
        ("boxes_coco", _said("annotations", {"image_id": 0, "category_id": 1, "bbox": [1, 1]}), "no box; got: [1, 1]"),
        ("boxes_coco", _said("annotations", {"image_id": 77, "category_id": 1, "bbox": [1, 1, 2, 2]}), "image_id 77"),
        ("boxes_coco", _said("annotations", {"image_id": [0], "category_id": 1, "bbox": [1, 1, 2, 2]}), "image_id [0]"),
        ("boxes_coco", _said("annotations", {"image_id": 0, "category_id": 1, "bbox": [10**400, 1, 2, 2]}), "no box"),
        ("boxes_coco", _said("images", {"id": 50, "file_name": f"{'0' * 400}.png"}), "labels without a picture"),
        ("boxes_coco", _said("images", {"id": 0, "file_name": "0.png"}), "an id of its own"),
        ("boxes_coco", _said("images", {"id": 50, "file_name": "../0.png"}), "leads out of the set"),
        ("boxes_coco", _said("images", {"id": 50, "file_name": "0.png"}), "the picture is there twice"),
    ],
)
def test_wrong_labels_are_told(kind: str, spoil: Callable[[Path], None], told: str, tmp_path: Path) -> None:
    made(kind, tmp_path)
    spoil(tmp_path)
    problems = [str(one) for one in open_boxed(tmp_path).problems]
    assert any(told in one for one in problems), problems


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "{}",
        "no JSON",
        '{"images": [], "annotations": [], "categories": [{"id": 1}]}',
        '{"images": [], "annotations": [], "categories": [{"id": 1, "name": "a"}, {"id": 1, "name": "b"}]}',
        '{"images": [], "annotations": [7], "categories": []}',
        f'{{"images": [], "annotations": [], "categories": [], "number": {"9" * 5000}}}',
    ],
)
def test_a_file_that_is_no_coco_is_told(text: str, tmp_path: Path) -> None:
    made("boxes_coco", tmp_path)
    (tmp_path / "other.json").write_text(text + ' "images" "annotations"' * (text == "no JSON"), "utf-8")
    problems = open_boxed(tmp_path).problems
    assert all("other.json" in str(one) for one in problems)
    assert bool(problems) is (text not in ("[]", "{}"))


def test_crowds_are_left_out_and_told(tmp_path: Path) -> None:
    made("boxes_coco", tmp_path)
    _said("annotations", {"image_id": 0, "category_id": 1, "bbox": [1, 1, 9, 9], "iscrowd": 1})(tmp_path)
    assert any("1 annotations are of crowds" in note for note in open_boxed(tmp_path).notes)


BOMB = f"""<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "{"x" * 1000}"><!ENTITY c "&b;&b;&b;&b;">]>
<annotation><filename>&c;&c;</filename></annotation>"""


def test_xml_with_entities_is_refused_unread(tmp_path: Path) -> None:
    made("boxes_voc", tmp_path)
    (tmp_path / "0.xml").write_text(BOMB, "utf-8")
    assert "a type of document; got: <!DOCTYPE" in problem(open_boxed(tmp_path))


ENDLESS = "\n".join(
    ["a: &a [x]", *(f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]" for old, new in pairwise("abcdefghi"))]
)


@pytest.mark.parametrize(
    "text",
    [
        f"{ENDLESS}\nnames: [*i, *i]",
        "names: 2026-99-99",
        "names: 7",
        "names: [a, a]",
        "names: {1: a}",
        "names: [",
        "names: []",
    ],
)
def test_names_that_are_none_are_told(text: str, tmp_path: Path) -> None:
    made("boxes_yolo", tmp_path)
    (tmp_path / "data.yaml").write_text(text, "utf-8")
    with pytest.raises(InputError, match=r"data\.yaml"):
        open_boxed(tmp_path)
