"""A folder of videos becomes an index, and stays one whatever happens to its videos."""

from __future__ import annotations

import shutil
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from aisle.analysis.describe_colours import Colours
from aisle.analysis.indexing import index_videos, length
from aisle.analysis.shots import find_cuts
from aisle.analysis.similar import known_query, new_query, similar
from aisle.core import InputError, UsageError
from aisle.core.time_map import Stretch
from aisle.data.collection import check_some, read_about, videos_below
from aisle.search.index import Index
from collections_of_colour import GREEN, RED, collection, video
from videos import make_video, numbered


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return collection(tmp_path / "videos")


def indexed(home: Path, index: Path, **how: object):  # type: ignore[no-untyped-def]
    return index_videos(videos_below(home), index, Colours(), home=home, shots=find_cuts, **how)  # type: ignore[arg-type]


def test_from_a_folder_to_answers(home: Path, tmp_path: Path) -> None:
    done = indexed(home, tmp_path / "index")
    assert (done.new, done.problems, done.seconds) == (4, [], 19)
    with Index(tmp_path / "index") as index:
        assert index.home == home
        assert index.videos()["red/a-20260131.mp4"].about.recorded == date(2026, 1, 31)
        assert {known.about.category for known in index.videos().values()} == {"red", "green"}
        # a shot each of the edited one, windows of four seconds of the long one, and one window of the short ones
        counts = {name: len(index.parts(name)) for name in index.videos()}
        assert counts == {"red/a-20260131.mp4": 2, "red/b.mp4": 3, "green/c.mp4": 2, "green/d.mp4": 5}
        assert [part.start for part in index.parts("red/b.mp4")] == [0, 0, 3]
        query = known_query(index, "green/c.mp4")
        assert query is not None
        found = similar(index, query, 3)
        assert found[0].part.video == "green/d.mp4"
        assert "green/c.mp4" not in [match.part.video for match in found]
        assert found[0].moments[0].asked == Stretch(Fraction(0), Fraction(2))
        # of seconds the answers are moments
        red = new_query(home / "red/b.mp4", Colours(), Stretch(Fraction(1), Fraction(2)), name="red/b.mp4")
        assert similar(index, red, 1)[0].part.video == "red/a-20260131.mp4"
        assert not similar(index, red, 1)[0].part.is_whole


def test_what_changed_moved_and_went(home: Path, tmp_path: Path) -> None:
    indexed(home, tmp_path / "index")
    again = indexed(home, tmp_path / "index")
    assert (again.new, again.same, again.took_s) == (0, 4, 0)
    shutil.move(home / "red/a-20260131.mp4", home / "green/moved.mp4")
    (home / "green/c.mp4").unlink()
    video(home / "red/b.mp4", (GREEN, 2))
    (home / "green/d.mp4").touch()
    done = indexed(home, tmp_path / "index")
    assert (done.new, done.changed, done.moved, done.removed, done.same) == (0, 1, 1, 1, 1)
    with Index(tmp_path / "index") as index:
        assert list(index.videos()) == ["green/d.mp4", "green/moved.mp4", "red/b.mp4"]
        assert index.videos()["green/moved.mp4"].about.category == "green"
        assert index.parts("green/moved.mp4")[0].end == 2


def test_what_cannot_be_read_is_told_and_leaves_the_others(home: Path, tmp_path: Path) -> None:
    (home / "red/broken.mp4").write_bytes(b"no video")
    make_video(home / "red/one.mp4", [numbered(0)])
    done = indexed(home, tmp_path / "index")
    assert done.new == 5  # that of one picture as well
    assert "broken.mp4" in str(done.problems[0])
    (home / "red/one.mp4").write_bytes(b"broken since")
    done = indexed(home, tmp_path / "index")
    assert (done.removed, len(done.problems)) == (1, 2)


def test_a_table_says_more(home: Path, tmp_path: Path) -> None:
    table = tmp_path / "about.csv"
    table.write_text("path,camera,recorded\nred/b.mp4,till,2026-02-01\n")
    told = read_about(table)
    index_videos(videos_below(home, told), tmp_path / "index", Colours())
    with Index(tmp_path / "index") as index:
        about = index.videos()["red/b.mp4"].about
        assert (about.category, about.camera, about.recorded) == ("red", "till", date(2026, 2, 1))
    with pytest.raises(UsageError, match="no such video"):
        videos_below(home, {"blue/x.mp4": about})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("video\nred/b.mp4\n", "heading"),
        ("path,recorded\nred/b.mp4,1st of May\n", "no day"),
        ("path,camera\nred/b.mp4\n", "does not fit"),
        ("path\nred/b.mp4\nred/b.mp4\n", "twice"),
    ],
)
def test_a_table_that_is_none(tmp_path: Path, text: str, told: str) -> None:
    table = tmp_path / "about.csv"
    table.write_text(text)
    with pytest.raises(InputError, match=told):
        read_about(table)


def test_a_question_beyond_the_end(home: Path) -> None:
    assert length(home / "red/b.mp4") == 6
    with pytest.raises(InputError, match="ends before"):
        new_query(home / "red/b.mp4", Colours(), Stretch(Fraction(6), Fraction(7)))
    query = new_query(home / "red/b.mp4", Colours(), Stretch(Fraction(5), Fraction(99)))
    assert query.rows.shape == (1, len(query.row))


def test_a_question_longer_than_anything_indexed(home: Path, tmp_path: Path) -> None:
    indexed(home, tmp_path / "index")
    long = video(tmp_path / "long.mp4", (RED, 60))
    with Index(tmp_path / "index") as index:
        found = similar(index, new_query(long, Colours()), 2)
    assert found[0].part.video == "red/a-20260131.mp4"


def test_where_else_in_the_same_video(home: Path, tmp_path: Path) -> None:
    indexed(home, tmp_path / "index")
    with Index(tmp_path / "index") as index:
        asked = new_query(home / "green/d.mp4", Colours(), Stretch(Fraction(0), Fraction(2)), name="green/d.mp4")
        found = similar(index, asked, 3, diversity=0)
        moments = [match.part for match in found if match.part.video == "green/d.mp4"]
        moments += [copy for match in found for copy in match.copies if copy.video == "green/d.mp4"]
    assert moments
    assert all(part.start >= 2 for part in moments)


def test_a_folder_of_other_files(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no video")
    with pytest.raises(InputError, match="holds no video"):
        check_some(videos_below(tmp_path), tmp_path)
