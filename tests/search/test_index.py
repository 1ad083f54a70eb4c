"""An index: what is put is found, by any number of readers, whatever happens to the writer."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import date
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from aisle.core import DamagedError, UsageError
from aisle.core.collection import Filters
from aisle.core.time_map import Stretch
from aisle.search import index as index_module
from aisle.search import writer as writer_module
from aisle.search.files import RECORDS
from aisle.search.index import Index
from aisle.search.records import Recipe
from aisle.search.space import Block
from aisle.search.writer import writing
from indexes import RECIPE, described

TESTS = Path(__file__).parents[1]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with writing(tmp_path / "index", RECIPE) as writer:
        writer.put(described("cup/a.mp4", (3, 0, 1, 0), (3, 0, 1, 0), category="cup", day=date(2026, 1, 5)))
        writer.put(described("cup/b.mp4", (2, 0, 1, 0.5), category="cup", camera="till", day=date(2026, 1, 6)))
        writer.put(described("dog/c.mp4", (0, 3, 0, 1), (0, 2, 0, 1), (0, 4, 1, 1), category="dog"))
    return tmp_path / "index"


def names(matches: object) -> list[str]:
    return [match.part.video for match in matches]  # type: ignore[attr-defined]


def test_what_is_like_is_found_and_why(folder: Path) -> None:
    with Index(folder) as index:
        assert list(index.videos()) == ["cup/a.mp4", "cup/b.mp4", "dog/c.mp4"]
        found = index.search(np.array([1, 0, 1, 0], np.float32), wholes=True, diversity=0)
        assert names(found) == ["cup/a.mp4", "cup/b.mp4", "dog/c.mp4"]
        assert found[0].similarity == pytest.approx(1, abs=0.02)
        assert [shared.label for shared in found[0].objects] == ["cup"]
        assert 0.4 < found[0].objects[0].share < 0.6  # half is motion
        assert found[2].objects == ()
        assert all(match.part.is_whole for match in found)
        parts = index.search(np.array([0, 1, 0, 1], np.float32), 1, wholes=False)
        assert (parts[0].part.video, parts[0].part.start) == ("dog/c.mp4", 0)


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (Filters(categories=frozenset({"dog"})), ["dog/c.mp4"]),
        (Filters(cameras=frozenset({"till"})), ["cup/b.mp4"]),
        (Filters(since=date(2026, 1, 6)), ["cup/b.mp4"]),
        (Filters(not_videos=frozenset({"cup/a.mp4"})), ["cup/b.mp4", "dog/c.mp4"]),
        (Filters(categories=frozenset({"horse"})), []),
    ],
)
def test_filters(folder: Path, filters: Filters, found: list[str]) -> None:
    with Index(folder) as index:
        assert names(index.search(np.array([1, 0, 1, 0], np.float32), 10, filters, wholes=True)) == found


def test_ten_copies_are_one_answer(folder: Path) -> None:
    with writing(folder, RECIPE) as writer:
        for number in range(10):
            writer.put(described(f"copies/{number}.mp4", (3, 0, 1, 0)))
    with Index(folder) as index:
        found = index.search(np.array([3, 0, 1, 0], np.float32), 10, wholes=True)
    assert len(found) == 3
    assert len(found[0].copies) == 10


def test_moments_are_paired_once_each(folder: Path) -> None:
    with Index(folder) as index:
        asked = [Stretch(Fraction(at), Fraction(at + 1)) for at in range(3)]
        raw = np.array([(0, 4, 1, 1), (0, 2, 0, 1), (5, 0, 0, 0)], np.float32)
        pairs = index.moments(asked, raw, "dog/c.mp4", 5)
    assert [(pair.asked.start, pair.found.start) for pair in pairs] in ([(0, 2), (1, 0)], [(1, 0), (0, 2)])
    assert pairs[0].similarity >= pairs[1].similarity > 0.9


def test_videos_are_replaced_renamed_and_removed(folder: Path) -> None:
    with Index(folder) as reader:
        reader.search(np.array([1, 0, 1, 0], np.float32))
        with writing(folder, RECIPE) as writer:
            writer.put(described("cup/a.mp4", (0, 9, 1, 0)))
            writer.rename("dog/c.mp4", "cat/c.mp4", reader.videos()["cup/b.mp4"].about, 7)
            writer.remove("cup/b.mp4")
        assert list(reader.videos()) == ["cat/c.mp4", "cup/a.mp4"]
        assert reader.videos()["cat/c.mp4"].about.camera == "till"
        assert reader.count == 4
        assert names(reader.search(np.array([0, 9, 1, 0], np.float32), 1, wholes=True)) == ["cup/a.mp4"]
        assert len(reader.parts("cat/c.mp4")) == 3
        parts, raw = reader.raw("cat/c.mp4")
        assert parts[0].is_whole
        assert raw.tolist()[0] == [0, 3, 0, 1]


def test_rows_that_nobody_names_go(folder: Path) -> None:
    for _ in range(4):
        with writing(folder, RECIPE) as writer:
            for number in range(3):
                writer.put(described(f"again/{number}", (number, 1, 1, 0), (number, 1, 0, 1)))
    with Index(folder) as index:
        assert index.records.number("rows") <= 2 * index.count
        assert index.raw("again/2")[1].tolist() == [[2, 1, 1, 0], [2, 1, 0, 1]]
        assert index.raw("dog/c.mp4")[1].tolist() == [[0, 3, 0, 1], [0, 2, 0, 1], [0, 4, 1, 1]]
    assert len(list(folder.glob("units-*"))) == len(list(folder.glob("space-*"))) == 1


def test_the_space_follows_the_collection(folder: Path) -> None:
    with Index(folder) as index:
        before = index.space.scale.copy()
        with writing(folder, RECIPE) as writer:
            for number in range(6):
                writer.put(described(f"more/{number}.mp4", (1, 0, 0.1 * number, 1)))
        assert index.space.scale[1] > before[1]  # dogs have become rarer
        assert index.space.scale[0] < before[0]


def test_an_empty_collection_and_one_of_two(tmp_path: Path) -> None:
    with writing(tmp_path / "i", RECIPE):
        pass
    with Index(tmp_path / "i") as index:
        assert index.search(np.ones(4, np.float32)) == ()
        assert index.wholes()[1].shape == (0, 4)
        with writing(tmp_path / "i", RECIPE) as writer:
            writer.put(described("a", (1, 0, 1, 0)))
            writer.put(described("b", (1, 1, 1, 0.2)))
        assert names(index.search(np.array([1, 0, 1, 0], np.float32))) == ["a", "b"]


def test_wrong_questions(folder: Path) -> None:
    with Index(folder) as index:
        with pytest.raises(UsageError, match="another space"):
            index.search(np.ones(3, np.float32))
        with pytest.raises(UsageError, match="some answers"):
            index.search(np.ones(4, np.float32), 0)
        assert index.parts("nobody.mp4") == ()
        assert index.moments([], np.empty((0, 4), np.float32), "dog/c.mp4") == ()


def test_another_recipe_is_refused(folder: Path) -> None:
    other = Recipe("both", "made-by-hand-2", RECIPE.blocks, RECIPE.labels)
    with (
        pytest.raises(UsageError, match=r"another model or version.*made-by-hand-1.*made-by-hand-2"),
        writing(folder, other),
    ):
        pass
    with pytest.raises(UsageError, match="labels name"):
        Recipe("x", "x", (Block("objects", 2, "counts"),), ("cup",))


def test_one_writer_at_a_time_and_readers_meanwhile(folder: Path) -> None:
    with writing(folder, RECIPE) as writer:
        writer.put(described("new.mp4", (1, 1, 1, 1)))
        code = f"""
import sys; sys.path[:0] = [{str(TESTS)!r}]
from pathlib import Path
from indexes import RECIPE
from aisle.core import UsageError
from aisle.search.index import Index
from aisle.search.writer import writing
with Index(Path({str(folder)!r})) as index:
    print(len(index.videos()))
try:
    with writing(Path({str(folder)!r}), RECIPE): pass
except UsageError as error:
    print(error)
"""
        said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.startswith("4\n")
    assert "another process writes to this index" in said


def test_no_index_and_a_damaged_one(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no index there"):
        Index(tmp_path)
    with sqlite3.connect(folder / RECORDS) as base:
        base.execute("UPDATE facts SET value = '99' WHERE name = 'format'")
    base.close()
    with pytest.raises(DamagedError, match=r"another version.*99"):
        Index(folder)
    for path in folder.glob("records.sqlite*"):
        path.unlink()
    (folder / RECORDS).write_bytes(b"this is no database at all, but a text" * 99)
    with pytest.raises(DamagedError, match="cannot be read"):
        Index(folder)


def test_rows_that_are_gone(folder: Path) -> None:
    next(folder.glob("units-*")).write_bytes(b"")
    with Index(folder) as index, pytest.raises(DamagedError, match="too short"):
        index.search(np.ones(4, np.float32))


def test_a_large_collection_has_a_graph(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (index_module, writer_module):
        monkeypatch.setattr(module, "GRAPH_FROM", 40)
    rng = np.random.default_rng(0)

    def put(first: int, count: int) -> None:
        with writing(folder, RECIPE) as writer:
            for number in range(first, first + count):
                writer.put(described(f"{number}.mp4", rng.random(4), category="odd" if number % 2 else "even"))

    put(0, 60)
    with Index(folder) as index:
        monkeypatch.setattr(writer_module, "GRAPH_FROM", 1000)
        put(60, 20)  # which the graph does not know
        monkeypatch.setattr(index_module, "GRAPH_FROM", 1000)
        query = rng.random(4).astype(np.float32)
        wanted = [index.search(query, 10, Filters(categories=kinds)) for kinds in (frozenset(), frozenset({"odd"}))]
        monkeypatch.setattr(index_module, "GRAPH_FROM", 10)
        assert len(list(folder.glob("graph-*"))) == 1
        got = [index.search(query, 10, Filters(categories=kinds)) for kinds in (frozenset(), frozenset({"odd"}))]
    assert [names(each) for each in got] == [names(each) for each in wanted]


PUTTING = """
import sys; sys.path[:0] = [sys.argv[1]]
from pathlib import Path
from indexes import RECIPE, described
from aisle.search.index import Index
from aisle.search.writer import writing
while True:
    with writing(Path(sys.argv[2]), RECIPE) as writer:
        known = len(writer.index.videos())
        for number in range(known, known + 7):
            writer.put(described(f"{number}.mp4", (number, 1, 1, 0), (number, 2, 0, 1)))
            print(number, flush=True)
"""


def test_the_plug_is_pulled(tmp_path: Path) -> None:
    """Killed at ten moments, in the middle of whatever it does; each time it opens, and knows all that was put."""
    folder, rng, last = tmp_path / "index", random.Random(0), -1
    for _ in range(10):
        writer = subprocess.Popen(
            [sys.executable, "-c", PUTTING, str(TESTS), str(folder)], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(rng.random() * 0.15)
        os.kill(writer.pid, signal.SIGKILL)
        told = [int(line) for line in writer.stdout.read().split()]
        writer.wait()
        writer.stdout.close()
        last = max([last, *told])
        with Index(folder) as index:
            videos = index.videos()
            assert {f"{number}.mp4" for number in range(last + 1)} <= set(videos)
            for name in videos:
                number = int(name.removesuffix(".mp4"))
                assert index.raw(name)[1].tolist() == [[number, 1, 1, 0], [number, 2, 0, 1]]
            assert names(index.search(np.array([last, 1, 1, 0], np.float32), 1, wholes=True))


def test_what_is_kept_is_plain(folder: Path) -> None:
    with sqlite3.connect(folder / RECORDS) as base:
        recipe = json.loads(base.execute("SELECT value FROM facts WHERE name = 'recipe'").fetchone()[0])
    base.close()
    assert recipe["labels"] == ["cup", "dog"]
