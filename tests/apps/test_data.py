"""`aisle data get` and `aisle data check`, as their user sees them."""

from __future__ import annotations

from pathlib import Path

from datasets import make_clips_csv, make_merl, write_rows
from servers import Shop, serving

from .conftest import Run


def test_check_counts_and_finds_nothing(aisle: Run, tmp_path: Path) -> None:
    make_merl(tmp_path)
    done = aisle("data", "check", tmp_path)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        f"{tmp_path}: merl, 4 timelines, 4 groups",
        "split: train 2, validation 1, test 1",
        "  reach_to_shelf      4",
        "  retract_from_shelf  4",
        "  hand_in_shelf       4",
        "  inspect_product     4",
        "  inspect_shelf       4",
        "no problems",
    ]


def test_check_lists_every_problem(aisle: Run, tmp_path: Path) -> None:
    make_clips_csv(tmp_path)
    write_rows(tmp_path / "clips.csv", "path,label", "normal/0.mp4,normal", "normal/9.mp4,normal", "theft/1.mp4,theft")
    done = aisle("data", "check", tmp_path, "--kind", "clips_csv", "--label", "normal", "--label", "theft")
    assert (done.code, done.err) == (1, "")
    assert f"problem: {tmp_path / 'clips.csv'}:3: no such video; got: normal/9.mp4" in done.out
    assert done.out.splitlines()[-1] == "3 problems"


def test_check_of_what_is_no_dataset(aisle: Run, tmp_path: Path) -> None:
    assert aisle("data", "check", tmp_path).code == 2
    assert "did you mean merl" in aisle("data", "check", tmp_path, "--kind", "merk").error


def test_get_says_what_is_missing(aisle: Run, tmp_path: Path) -> None:
    with serving(Shop({})) as shop:
        done = aisle("data", "get", "merl", tmp_path, "--from", shop.url)
    assert done.code == 1
    assert done.error.startswith(
        f"error: cannot fetch {shop.url}/Labels_MERL_Shopping_Dataset.zip; got: HTTP Error 404"
    )
