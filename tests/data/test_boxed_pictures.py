"""Pictures with boxes in four layouts, read alike; what a folder is, and what is kept aside of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from aisle.core import InputError, UnknownNameError, UsageError
from aisle.core.boxed import BoxedPicture
from aisle.data.boxed_pictures import check_boxes, holds_boxes, layouts, open_boxed, picture
from aisle.data.boxed_split import folds, parted
from boxed_squares import LAYOUTS, NAMES, draw, made, write_coco, write_voc

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
