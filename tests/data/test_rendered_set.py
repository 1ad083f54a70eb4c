from __future__ import annotations

import itertools
import json
from fractions import Fraction
from pathlib import Path

import pytest

from aisle.core import DamagedError, Dataset, InputError, UsageError
from aisle.data import merl
from aisle.data._habits import Label
from aisle.data._scene import compose
from aisle.data.rendered_set import VIDEOS, intervals, visits_of, write_set
from aisle.data.truth import Truth, read_truth
from aisle.media import Reader, probe

SECONDS, FRAMES = Fraction(6), 180


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three videos of 6 seconds, in two processes."""
    folder = tmp_path_factory.mktemp("shop")
    assert write_set(folder, videos=3, seed=2, seconds=SECONDS, jobs=2) == 3
    return folder


@pytest.fixture(scope="module")
def dataset(folder: Path) -> Dataset:
    return merl.read(folder)


@pytest.fixture(scope="module")
def truths(folder: Path) -> dict[str, Truth]:
    return {path.name.removesuffix("_truth.json"): read_truth(path) for path in folder.glob("*_truth.json")}


def test_merls_reader_reads_it_and_finds_every_split(dataset: Dataset) -> None:
    assert not dataset.problems
    assert {example.split for example in dataset.examples} == {"train", "validation", "test"}
    assert len({example.group for example in dataset.examples}) == 3


def test_videos_are_as_merls(dataset: Dataset) -> None:
    for example in dataset.examples:
        info = probe(example.path)
        assert (info.width, info.height, info.rate) == (920, 680, 30)
        with Reader(example.path) as reader:
            assert sum(1 for _ in reader) == FRAMES


def test_labels_are_what_was_planned_and_lie_within_the_video(dataset: Dataset) -> None:
    for example in dataset.examples:
        subject, visit = map(int, example.path.name.split("_")[:2])
        planned = intervals(compose(2, subject, visit, FRAMES), FRAMES)
        found = {(segment.label, int(segment.start * 30), int(segment.end * 30)) for segment in example.segments}
        assert found == {(label, *span) for label, spans in planned.items() for span in spans}
        assert example.segments
        assert example.segments[-1].end <= SECONDS


def test_the_truth_tells_of_every_frame(truths: dict[str, Truth]) -> None:
    for truth in truths.values():
        assert (truth.frames, truth.rate, truth.size) == (FRAMES, 30, (920, 680))
        for track in truth.tracks:
            assert len(track.boxes) == len(track.left) == len(track.right) == FRAMES
            for left, top, right, bottom in filter(None, track.boxes):
                assert 0 <= left < right <= 920
                assert 0 <= top < bottom <= 680
            assert {held.product for held in track.holds} <= truth.products.keys()
        boxes = truth.tracks[0].boxes
        assert sum(box is not None for box in boxes) > 50


def test_hands_are_seen_within_the_box(truths: dict[str, Truth]) -> None:
    for truth in truths.values():
        track = truth.tracks[0]
        for box, *hands in zip(track.boxes, track.left, track.right, strict=True):
            for x, y, visible in filter(None, hands):
                if visible:
                    assert box is not None
                    assert box[0] - 2 <= x <= box[2] + 2
                    assert box[1] - 2 <= y <= box[3] + 2


def test_a_product_is_held_while_it_is_inspected_and_stolen_when_it_is_hidden(tmp_path: Path) -> None:
    subject = next(n for n in range(1, 20) if any(act.theft for act in compose(4, n, 1, 300).people[0].acts[:-2]))
    who = compose(4, subject, 1, 300).people[0]
    seconds = next(act.end for act in who.acts if act.theft) + 1
    from aisle.data.rendered_set import Recipe, render_visit

    render_visit(tmp_path, Recipe(4, str(seconds)), subject, 1)
    truth = read_truth(tmp_path / f"{subject}_1_truth.json")
    held = {frame: span.product for span in truth.tracks[0].holds for frame in range(span.start, span.end)}
    acts = [act for act in who.acts if act.end <= seconds]
    for act in acts:
        if act.label is Label.PRODUCT:
            assert all(held[frame] == act.product for frame in range(int(act.start * 30), int(act.end * 30)))
    stolen = [(theft.product, theft.start, theft.end) for theft in truth.thefts]
    assert stolen == [(act.product, act.start * 30, act.end * 30) for act in acts if act.theft]
    assert all(end not in held for _, _, end in stolen)
    ends = [(held.product, held.end, held.ended) for held in truth.tracks[0].holds]
    for theft in truth.thefts:
        assert (theft.product, theft.end, "hidden") in ends
    changes = {
        (one.product, then.start * 30): then for one, then in itertools.pairwise(acts) if one.product is not None
    }
    for product, end, ended in ends:
        if ended == "back":
            assert product not in (*changes[product, end].stowed, *changes[product, end].gone)
    assert truth.site is not None
    assert {zone.name for zone in truth.site.zones} >= {"shelf 0", "shelf 1", "entrance"}


def test_a_truth_without_ends_and_site_is_read(folder: Path, tmp_path: Path) -> None:
    truth = next(folder.glob("*_truth.json"))
    record = json.loads(truth.read_text())
    del record["site"]
    for track in record["tracks"]:
        for held in track["holds"]:
            del held["ended"]
    (tmp_path / truth.name).write_text(json.dumps(record))
    old = read_truth(tmp_path / truth.name)
    assert old.site is None
    assert {held.ended for track in old.tracks for held in track.holds} <= {""}


def test_what_is_there_is_kept_and_what_is_missing_is_made_as_before(folder: Path) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    labels = next(folder.glob("*_label.mat"))
    labels.unlink()
    assert write_set(folder, videos=3, seed=2, seconds=SECONDS, jobs=1) == 1
    assert before.keys() == {path.name for path in folder.iterdir()}
    assert all((folder / name).read_bytes() == data for name, data in before.items() if not name.endswith(".mat"))
    assert write_set(folder, videos=3, seed=2, seconds=SECONDS) == 0


@pytest.mark.parametrize("other", [{"seed": 3}, {"seconds": Fraction(9)}, {"seconds": None}])
def test_another_set_is_not_mixed_in(folder: Path, other: dict[str, int]) -> None:
    with pytest.raises(UsageError, match="holds another set"):
        write_set(folder, **{"videos": 3, "seed": 2, "seconds": SECONDS} | other)


def test_the_folder_says_what_it_is(folder: Path) -> None:
    told = json.loads((folder / "shop.json").read_text())
    assert (told["seed"], told["seconds"]) == (2, "6")
    assert "no real people" in told["note"]


def test_a_folder_of_real_videos_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "1_1_crop.mp4").write_bytes(b"real")
    with pytest.raises(UsageError, match="not rendered"):
        write_set(tmp_path, videos=3, seconds=SECONDS)
    assert [path.name for path in tmp_path.iterdir()] == ["1_1_crop.mp4"]


def test_a_broken_manifest_is_told(tmp_path: Path) -> None:
    (tmp_path / "shop.json").write_text("{")
    with pytest.raises(DamagedError, match=r"shop\.json"):
        write_set(tmp_path, videos=3, seconds=SECONDS)


def test_a_broken_truth_is_told(tmp_path: Path) -> None:
    (tmp_path / "1_1_truth.json").write_text('{"tracks": 3}')
    with pytest.raises(InputError, match=r"1_1_truth\.json"):
        read_truth(tmp_path / "1_1_truth.json")


@pytest.mark.parametrize(
    ("wrong", "got"),
    [
        ({"videos": 2}, "2; allowed"),
        ({"videos": 124}, "124"),
        ({"seed": -1}, "-1"),
        ({"seconds": Fraction(0)}, "0 s"),
        ({"seconds": Fraction(-3)}, "-3 s"),
        ({"jobs": 0}, "got: 0"),
    ],
)
def test_a_wrong_call_is_refused(tmp_path: Path, wrong: dict[str, int], got: str) -> None:
    with pytest.raises(UsageError) as refused:
        write_set(tmp_path, **wrong)
    assert got in str(refused.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("videos", [3, 4, 10, 41, VIDEOS, 123])
def test_the_videos_are_spread_over_merls_splits(videos: int) -> None:
    visits = visits_of(videos)
    assert len(set(visits)) == videos
    counts = {split: sum(subject in subjects for subject, _ in visits) for split, subjects in merl.SUBJECTS.items()}
    assert min(counts.values()) >= 1
    assert {visit for _, visit in visits} <= {1, 2, 3}
    if videos == VIDEOS:
        assert counts == {"train": 60, "validation": 18, "test": 28}
