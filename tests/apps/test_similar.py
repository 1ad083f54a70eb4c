"""Searching a collection as its user does: index it once, ask, and be told what is in the way."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from aisle.analysis.describe_colours import Colours
from aisle.analysis.indexing import index_videos
from aisle.analysis.shots import find_cuts
from aisle.apps.finding import Collection
from aisle.apps.index_cli import place
from aisle.apps.recommend_cli import read_history
from aisle.data.collection import videos_below
from collections_of_colour import BLUE, GREEN, RED, collection, video

from .conftest import Run


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = collection(tmp_path_factory.mktemp("searched") / "videos")
    index_videos(videos_below(home), place(home, "colours"), Colours(), home=home, shots=find_cuts)
    return home


def matches(aisle: Run, *arguments: object) -> list[dict[str, object]]:
    done = aisle("similar", *arguments, "--json", "--quiet")
    assert (done.code, done.err) == (0, "")
    found: list[dict[str, object]] = json.loads(done.out)["matches"]
    return found


def test_what_is_like_a_video_of_the_collection(aisle: Run, searched: Path) -> None:
    found = matches(aisle, searched / "green/c.mp4")
    assert found[0]["video"] == "green/d.mp4"
    assert "green/c.mp4" not in [one["video"] for one in found]
    assert found[0]["category"] == "green"
    assert found[0]["moments"]
    done = aisle("similar", searched / "green/c.mp4", "--k", "1", "--quiet")
    assert done.out.splitlines()[0].split()[::2][:2] == ["1", "green/d.mp4"]


def test_a_video_from_elsewhere_and_seconds_of_it(aisle: Run, searched: Path, tmp_path: Path) -> None:
    strange = video(tmp_path / "strange.mp4", (GREEN, 3), (BLUE, 3), noise=7)
    found = matches(aisle, strange, "--in", searched, "--at", "0:03.5-5.5s", "--k", "1")
    assert (found[0]["video"], found[0]["start_s"], found[0]["whole"]) == ("red/b.mp4", 3.0, False)
    assert matches(aisle, strange, "--in", searched / ".aisle/index-colours", "--k", "1")


def test_filters_hold(aisle: Run, searched: Path) -> None:
    asked = searched / "green/c.mp4"
    assert {one["video"] for one in matches(aisle, asked, "--category", "red")} <= {"red/a-20260131.mp4", "red/b.mp4"}
    assert [one["video"] for one in matches(aisle, asked, "--since", "2026-01-31", "--until", "2026-02-01")] == [
        "red/a-20260131.mp4"
    ]
    done = aisle("similar", asked, "--category", "yellow")
    assert (done.code, done.out) == (0, "")
    assert "nothing in the collection" in done.err


def test_a_video_that_has_changed_is_looked_at_again(aisle: Run, searched: Path, tmp_path: Path) -> None:
    home = tmp_path / "changed"
    shutil.copytree(searched, home)
    video(home / "green/c.mp4", (RED, 2))
    assert matches(aisle, home / "green/c.mp4", "--k", "1")[0]["category"] == "red"
    (home / "green/c.mp4").unlink()  # one that has gone is known as it was
    assert matches(aisle, home / "green/c.mp4", "--k", "1")[0]["video"] == "green/d.mp4"


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--at", "5-4"], "no stretch"),
        (["--at", "soon"], "no stretch"),
        (["--at", "9-10"], "ends before"),
        (["--since", "yesterday"], "no day"),
        (["--since", "2026-02-01", "--until", "2026-01-01"], "no day is in it"),
        (["--by", "motion"], "no index by motion"),
    ],
)
def test_what_cannot_be_asked(aisle: Run, searched: Path, more: list[str], told: str) -> None:
    done = aisle("similar", searched / "green/c.mp4", *more, "--quiet")
    assert done.code in (1, 2)
    assert told in done.errors[0]


def test_without_an_index_it_says_how_to_make_one(aisle: Run, tmp_path: Path) -> None:
    alone = video(tmp_path / "alone.mp4", (RED, 1))
    done = aisle("similar", alone)
    assert done.code == 2
    assert "make one: aisle index" in done.errors[0]
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no video")
    home = collection(tmp_path / "videos")
    assert aisle("index", home, "--by", "colours", "--quiet").code == 0
    done = aisle("similar", broken, "--in", home, "--quiet")
    assert done.code == 1
    assert "broken.mp4" in done.errors[0]


def test_what_to_watch_next(aisle: Run, searched: Path, tmp_path: Path) -> None:
    table = tmp_path / "watched.csv"
    table.write_text("video,user,at\ngreen/c.mp4,ann,2026-01-02\nred/b.mp4,bob,2026-01-01\ngone.mp4,ann,2026-01-01\n")
    done = aisle("recommend", "--history", table, "--in", searched, "--user", "ann", "--json")
    told = json.loads(done.out)["recommendations"]
    assert told[0] == told[0] | {"video": "green/d.mp4", "because": "green/c.mp4"}
    assert "green/c.mp4" not in [one["video"] for one in told]
    assert "1 watched videos are not in the collection: gone.mp4" in done.err
    new = aisle("recommend", "--history", table, "--in", searched, "--user", "eve", "--quiet", "--k", "2")
    assert new.out.splitlines()[0].endswith("(popular)")
    several = aisle("recommend", "--history", table, "--in", searched)
    assert several.code == 2
    assert "of several users" in several.errors[0]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "heading"),
        ("film\na\n", "heading"),
        ("video,rating\ngreen/c.mp4,6\n", "no rating"),
        ("video,rating\ngreen/c.mp4\n", "does not fit"),
    ],
)
def test_a_history_that_is_none(aisle: Run, searched: Path, tmp_path: Path, text: str, told: str) -> None:
    table = tmp_path / "watched.csv"
    table.write_text(text)
    done = aisle("recommend", "--history", table, "--in", searched)
    assert done.code == 1
    assert told in done.errors[0]


@pytest.mark.parametrize(
    ("moments", "order"),
    [(("10", "9", "2.5"), "cba"), (("2026-01-03", "2026-01-01", "2026-01-02"), "bca"), (("", "", ""), "abc")],
)
def test_a_history_is_in_order_of_its_moments(tmp_path: Path, moments: tuple[str, ...], order: str) -> None:
    table = tmp_path / "history.csv"
    table.write_text("\n".join(["video,at", *(f"{name},{at}" for name, at in zip("abc", moments, strict=True))]))
    rows = read_history(table, Collection(tmp_path, None))
    assert "".join(row["video"] for row in rows) == order
