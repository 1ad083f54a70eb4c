"""Pictures with boxes in four layouts, and everything that is wrong with them, each with its file and line."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from aisle.core import InputError, UnknownNameError, UsageError
from aisle.core.boxed import BoxedPicture, BoxedSet
from aisle.data.boxed_pictures import check_boxes, holds_boxes, layouts, mark, open_boxed, picture, usable_boxes
from aisle.data.boxed_split import folds, parted
from boxed_squares import NAMES, Drawn, draw, write_coco, write_tsv, write_voc, write_yolo

_BNDBOX = "<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax><ymax>9</ymax></bndbox>"
_HALF = "<bndbox><xmin>one</xmin></bndbox>"
LAYOUTS = ("boxes_coco", "boxes_tsv", "boxes_voc", "boxes_yolo")


def made(kind: str, folder: Path, count: int = 4) -> list[Drawn]:
    """A whole folder of `kind`; the last picture is empty."""
    drawn = draw(folder, count)
    if kind == "boxes_tsv":
        for place, several in (("positive", drawn[:-1]), ("negative", drawn[-1:])):
            (folder / place).mkdir()
            for one in several:
                (folder / one.name).rename(folder / place / one.name)
            write_tsv(folder / place, several)
    else:
        {"boxes_coco": write_coco, "boxes_voc": write_voc, "boxes_yolo": write_yolo}[kind](folder, drawn)
    return drawn


def problem(boxes: BoxedSet) -> str:
    """The only one."""
    assert len(boxes.problems) == 1, [str(one) for one in boxes.problems]
    return str(boxes.problems[0])


def first(boxes: BoxedSet) -> BoxedPicture:
    return next(one for one in boxes.pictures if one.path.stem == "0")


# --- what is right


def test_each_layout_is_found_by_its_file() -> None:
    assert tuple(layout.name for layout in layouts()) == LAYOUTS


@pytest.mark.parametrize("kind", LAYOUTS)
def test_every_layout_says_the_same(kind: str, tmp_path: Path) -> None:
    drawn = made(kind, tmp_path)
    boxes = open_boxed(tmp_path)
    assert (boxes.kind, tuple(boxes.labels), boxes.problems) == (kind, NAMES, ())
    assert [Path(one.name).name for one in sorted(boxes.pictures, key=lambda one: one.path.name)] == [
        one.name for one in drawn
    ]
    for one in boxes.pictures:
        truth = next(other for other in drawn if other.name == one.path.name)
        assert (one.width, one.height) == (truth.width, truth.height)
        np.testing.assert_allclose(one.corners, np.array([b[1:] for b in truth.boxes]).reshape(-1, 4), atol=1e-3)
        assert list(one.labels) == [box[0] for box in truth.boxes]
    assert any("without a box: 1 of 4" in note for note in boxes.notes)


@pytest.mark.parametrize("kind", LAYOUTS)
def test_a_good_folder_has_no_problem_but_rare_classes(kind: str, tmp_path: Path) -> None:
    made(kind, tmp_path, count=14)
    assert check_boxes(open_boxed(tmp_path)) == []
    assert holds_boxes(tmp_path)
    assert holds_boxes(tmp_path, kind)


def test_the_picture_is_read_upright(tmp_path: Path) -> None:
    _rotated(tmp_path / "a.jpg")
    (tmp_path / "classes.txt").write_text("red", "utf-8")
    (tmp_path / "a.txt").write_text("0 0.25 0.25 0.5 0.5", "utf-8")
    one = open_boxed(tmp_path).pictures[0]
    assert (one.width, one.height) == (40, 80)
    assert one.corners.tolist() == [[0, 0, 20, 40]]
    image = picture(one)
    assert image.shape == (80, 40, 3)
    assert image[10, 30].tolist() > [200, 0, 0]  # upright, the red corner is the right upper one


def test_boxes_of_the_stored_picture_are_turned_with_it(tmp_path: Path) -> None:
    _rotated(tmp_path / "a.jpg")
    box = {"image_id": 1, "category_id": 1, "bbox": [0, 0, 20, 10]}  # of the stored 80 x 40: the red corner
    image = {"id": 1, "file_name": "a.jpg", "width": 80, "height": 40}
    _coco(tmp_path, images=[image], annotations=[box])
    one = open_boxed(tmp_path).pictures[0]
    assert one.corners.tolist() == [[30, 0, 40, 20]]
    left, top, right, bottom = one.corners[0].astype(int)
    inside = picture(one)[top + 2 : bottom - 2, left + 2 : right - 2].astype(int)
    assert (inside[..., 0] > 180).all()


@pytest.mark.parametrize("orientation", range(2, 9))
def test_every_orientation_is_turned_as_pillow_turns_the_picture(orientation: int, tmp_path: Path) -> None:
    image = np.full((40, 80, 3), 90, np.uint8)
    image[4:12, 8:28] = (250, 0, 0)
    exif = Image.Exif()
    exif[274] = orientation
    Image.fromarray(image).save(tmp_path / "a.png", exif=exif)
    box = {"image_id": 1, "category_id": 1, "bbox": [8, 4, 20, 8]}
    _coco(tmp_path, images=[{"id": 1, "file_name": "a.png", "width": 80, "height": 40}], annotations=[box])
    one = open_boxed(tmp_path).pictures[0]
    upright = picture(one)
    red = np.argwhere(upright[..., 0] > 200)
    wanted = [red[:, 1].min(), red[:, 0].min(), red[:, 1].max() + 1, red[:, 0].max() + 1]
    turned = one.corners[0].tolist() if orientation >= 5 else wanted  # 2 to 4 keep the size, so nobody can tell
    assert turned == wanted


def test_yolo_in_folders_with_a_table_of_names_and_outlines(tmp_path: Path) -> None:
    drawn = draw(tmp_path / "valid" / "images", 2)
    draw(tmp_path / "train" / "images", 1)
    (tmp_path / "valid" / "labels").mkdir()
    (tmp_path / "data.yaml").write_text("nc: 2\nnames: {0: blue, 1: red}\n", "utf-8")
    (tmp_path / "valid" / "labels" / "0.txt").write_text("1 .1 .1 .5 .1 .3 .6\n", "utf-8")
    boxes = open_boxed(tmp_path)
    one = next(one for one in boxes.pictures if one.labels)
    assert (one.split, one.labels) == ("validation", ("red",))
    np.testing.assert_allclose(one.corners / drawn[0].width, [[0.1, 0.1, 0.5, 0.6]], atol=1e-6)
    assert {one.split for one in boxes.pictures} == {"train", "validation"}


def test_voc_in_its_own_folders_with_its_splits(tmp_path: Path) -> None:
    drawn = draw(tmp_path / "JPEGImages", 3)
    (tmp_path / "Annotations").mkdir()
    write_voc(tmp_path / "Annotations", drawn)
    (tmp_path / "ImageSets" / "Main").mkdir(parents=True)
    (tmp_path / "ImageSets" / "Main" / "train.txt").write_text("0\n2\n", "utf-8")
    (tmp_path / "ImageSets" / "Main" / "val.txt").write_text("1\n", "utf-8")
    boxes = open_boxed(tmp_path)
    assert [(one.path.stem, one.split) for one in boxes.pictures] == [
        ("0", "train"),
        ("1", "validation"),
        ("2", "train"),
    ]
    assert [one.path.stem for one in boxes.split("validation").pictures] == ["1"]
    with pytest.raises(UsageError, match="empty split"):
        boxes.split("test")


def test_coco_in_annotations_with_a_file_for_each_side(tmp_path: Path) -> None:
    drawn = draw(tmp_path / "val2017", 2)
    (tmp_path / "annotations").mkdir()
    write_coco(tmp_path / "annotations", drawn).rename(tmp_path / "annotations" / "instances_val2017.json")
    assert {one.split for one in open_boxed(tmp_path).pictures} == {"validation"}


def test_classes_without_a_box_and_a_single_class_are_told(tmp_path: Path) -> None:
    draw(tmp_path, 1)
    _coco(tmp_path, images=[{"id": 1, "file_name": "0.png"}], annotations=[_box(1)])
    boxes = open_boxed(tmp_path)
    assert tuple(boxes.labels) == ("red",)
    assert any("one class, red" in note for note in boxes.notes)
    assert any("without a box are left out: blue" in note for note in boxes.notes)
    told = [str(one) for one in check_boxes(boxes)]
    assert any("too rare" in one for one in told)


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
    told = [str(one) for one in check_boxes(open_boxed(tmp_path))]
    assert any("9.png is the same picture as" in one for one in told)
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
    "text", ["[]", "{}", "no JSON", '{"images": [], "annotations": [], "categories": [{"id": 1}]}']
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


@pytest.mark.parametrize("text", ["names: 7", "names: [a, a]", "names: {1: a}", "names: [", "names: []"])
def test_names_that_are_none_are_told(text: str, tmp_path: Path) -> None:
    made("boxes_yolo", tmp_path)
    (tmp_path / "data.yaml").write_text(text, "utf-8")
    with pytest.raises(InputError, match=r"data\.yaml"):
        open_boxed(tmp_path)


# --- the whole folder


def test_a_folder_without_boxes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not clear in which layout"):
        open_boxed(tmp_path)
    with pytest.raises(UsageError, match="are a folder"):
        open_boxed(tmp_path / "nowhere")
    with pytest.raises(UnknownNameError):
        open_boxed(tmp_path, "boxes_cocoa")
    assert not holds_boxes(tmp_path)


def test_two_layouts_in_one_folder_need_a_name(tmp_path: Path) -> None:
    drawn = made("boxes_yolo", tmp_path)
    write_voc(tmp_path, drawn)
    with pytest.raises(UsageError, match="several"):
        open_boxed(tmp_path)
    assert open_boxed(tmp_path, "boxes_voc").kind == "boxes_voc"


def test_a_folder_in_which_no_box_is_right_is_an_error(tmp_path: Path) -> None:
    draw(tmp_path, 1)
    _coco(tmp_path, images=[{"id": 1, "file_name": "0.png"}], annotations=[{**_box(1), "bbox": [5, 5, 0, 0]}])
    with pytest.raises(InputError, match="no box that can be used"):
        open_boxed(tmp_path)


def test_classes_that_may_not_be_there_are_told(tmp_path: Path) -> None:
    made("boxes_yolo", tmp_path, count=14)
    told = check_boxes(open_boxed(tmp_path), labels=["blue", "green"])
    assert ["unknown class" in str(one) for one in told] == [True]


def test_a_box_beyond_its_picture_is_none() -> None:
    with pytest.raises(UsageError, match="reaches beyond"):
        BoxedPicture("a", Path("a"), 10, 10, np.array([[0, 0, 11, 5]], np.float32), ("red",))
    with pytest.raises(UsageError, match="four corners and a label"):
        BoxedPicture("a", Path("a"), 10, 10, np.zeros((2, 4), np.float32), ("red",))


# --- what is learnt from, and what it is judged by


def test_some_are_kept_aside_and_every_class_is_learnt(tmp_path: Path) -> None:
    made("boxes_yolo", tmp_path, count=11)
    boxes = open_boxed(tmp_path)
    learnt, aside = parted(boxes)
    assert len(aside.pictures) == 2
    assert {one.name for one in learnt.pictures} | {one.name for one in aside.pictures} == {
        o.name for o in boxes.pictures
    }
    assert {label for one in learnt.pictures for label in one.labels} == set(NAMES)
    assert [one.name for one in parted(boxes)[1].pictures] == [one.name for one in aside.pictures]


def test_each_picture_with_boxes_is_aside_once(tmp_path: Path) -> None:
    made("boxes_yolo", tmp_path, count=8)
    boxes = open_boxed(tmp_path)
    several = list(folds(boxes, 3))
    aside = [one.name for _, kept in several for one in kept.pictures]
    assert sorted(aside) == [one.name for one in boxes.pictures if one.labels]
    for learnt, kept in several:
        assert not {one.name for one in learnt.pictures} & {one.name for one in kept.pictures}
        assert "7.png" in {one.name for one in learnt.pictures}


def test_one_picture_is_too_little(tmp_path: Path) -> None:
    made("boxes_yolo", tmp_path, count=2)
    with pytest.raises(InputError, match="too little"):
        parted(open_boxed(tmp_path))


# --- parts


def _box(image: int) -> dict[str, Any]:
    return {"image_id": image, "category_id": 2, "bbox": [5, 5, 20, 20]}


def _coco(folder: Path, *, images: list[dict[str, Any]], annotations: list[dict[str, Any]]) -> None:
    categories = [{"id": number, "name": name} for number, name in enumerate(NAMES, 1)]
    said = {"images": images, "annotations": annotations, "categories": categories}
    (folder / "boxes.json").write_text(json.dumps(said), "utf-8")


def _rotated(path: Path) -> None:
    """Stored 80 x 40, its left upper corner red; shown 40 x 80, a quarter turned to the right."""
    image = np.full((40, 80, 3), 90, np.uint8)
    image[:10, :20] = (250, 0, 0)
    exif = Image.Exif()
    exif[274] = 6
    Image.fromarray(image).save(path, exif=exif, quality=95)
