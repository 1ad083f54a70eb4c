from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from aisle.core import DamagedError, OutputError, UsageError
from aisle.events import spool as spool_file
from aisle.events.message import Account
from aisle.events.spool import Bounds, Spool
from brokers import happening


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "spool"


def fill(spool: Spool, *numbers: int) -> None:
    for number in numbers:
        spool.put(Account().message(happening(number), None), None)


def drain(spool: Spool) -> Iterator[str]:
    while letter := spool.first():
        yield letter.message.key
        assert spool.remove(letter.name)


def test_first_in_first_out_over_a_restart(folder: Path) -> None:
    spool = Spool(folder)
    fill(spool, 3, 1)
    spool.close()
    spool = Spool(folder)
    fill(spool, 2)
    assert len(spool) == 3
    assert list(drain(spool)) == ["e3-0", "e1-0", "e2-0"]
    assert list(folder.glob("*.json")) == []
    spool.close()


def test_the_clips_place_is_kept_and_not_told(folder: Path, tmp_path: Path) -> None:
    spool = Spool(folder)
    spool.put(Account().message(happening(), tmp_path / "e0.mp4"), tmp_path / "e0.mp4")
    letter = spool.first()
    assert letter is not None
    assert (letter.clip, letter.message.evidence) == (tmp_path / "e0.mp4", "e0.mp4")
    assert str(tmp_path) not in letter.message.json()
    spool.close()


def test_a_folder_belongs_to_one(folder: Path) -> None:
    spool = Spool(folder)
    with pytest.raises(UsageError, match="another process"):
        Spool(folder)
    spool.close()
    Spool(folder).close()


def test_it_is_nobody_elses_to_read(folder: Path) -> None:
    Spool(folder).close()
    assert folder.stat().st_mode & 0o777 == 0o700


def test_the_oldest_gives_way_and_is_counted(folder: Path) -> None:
    spool = Spool(folder, Bounds(count=3))
    fill(spool, *range(5))
    assert (len(spool), spool.dropped, len(list(folder.glob("*.json")))) == (3, 2, 3)
    assert list(drain(spool)) == ["e2-0", "e3-0", "e4-0"]
    spool.close()


def test_updates_give_way_before_starts_and_ends(folder: Path) -> None:
    spool, account = Spool(folder, Bounds(count=3)), Account()
    for event in (happening(), happening(updated=3), happening(updated=4), happening(updated=4, ended=True)):
        spool.put(account.message(event, None), None)
    fill(spool, 7)
    assert list(drain(spool)) == ["e0-0", "e0-3", "e7-0"]
    spool.close()


def test_bytes_are_bounded_too(folder: Path) -> None:
    spool = Spool(folder, Bounds(size=1000))
    fill(spool, *range(9))
    assert sum(path.stat().st_size for path in folder.glob("*.json")) <= 1000
    assert (len(spool) + spool.dropped, list(drain(spool))[-1]) == (9, "e8-0")
    spool.close()


def test_what_gave_way_on_its_way_out(folder: Path) -> None:
    spool = Spool(folder, Bounds(count=1))
    fill(spool, 0)
    letter = spool.first()
    assert letter is not None
    fill(spool, 1)
    assert not spool.remove(letter.name)
    spool.close()


def test_what_was_refused_lies_aside_with_the_reason(folder: Path) -> None:
    spool = Spool(folder)
    fill(spool, 0, 1)
    letter = spool.first()
    assert letter is not None
    spool.set_aside(letter.name, "404 not here")
    assert list(drain(spool)) == ["e1-0"]
    aside = folder / "refused" / letter.name
    assert aside.with_suffix(".txt").read_text(encoding="utf-8") == "404 not here\n"
    spool.close()
    aside.rename(folder / letter.name)  # as a person would, to try again
    spool = Spool(folder)
    assert list(drain(spool)) == ["e0-0"]
    spool.close()


def test_the_refused_are_bounded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_file, "REFUSED", 2)
    spool = Spool(folder)
    fill(spool, *range(4))
    while letter := spool.first():
        spool.set_aside(letter.name, "no")
    assert len(list((folder / "refused").glob("*.json"))) == 2
    assert len(list((folder / "refused").glob("*.txt"))) == 2
    spool.close()


def test_turns_go_on_after_the_refused(folder: Path) -> None:
    spool = Spool(folder)
    fill(spool, 0)
    spool.set_aside("000000000000.started.json", "no")
    spool.close()
    spool = Spool(folder)
    fill(spool, 1)
    assert [path.name for path in folder.glob("*.json")] == ["000000000001.started.json"]
    spool.close()


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"clip": null}', json.dumps({"clip": None, "message": {"key": 1}})]
)
def test_what_cannot_be_read_is_set_aside(content: str, folder: Path) -> None:
    folder.mkdir()
    (folder / "000000000000.started.json").write_text(content, encoding="utf-8")
    spool = Spool(folder)
    fill(spool, 1)
    with pytest.raises(DamagedError, match=r"000000000000\.started\.json"):
        spool.first()
    assert (folder / "refused" / "000000000000.started.json").exists()
    assert list(drain(spool)) == ["e1-0"]
    spool.close()


def test_what_somebody_threw_away_is_gone(folder: Path) -> None:
    spool = Spool(folder)
    fill(spool, 0, 1)
    (folder / "000000000000.started.json").unlink()
    assert list(drain(spool)) == ["e1-0"]
    spool.close()


def test_halves_of_a_killed_process_are_swept(folder: Path) -> None:
    folder.mkdir()
    (folder / ".abc.part.json").write_text("{", encoding="utf-8")
    spool = Spool(folder)
    assert (len(spool), list(folder.glob(".*.part*"))) == (0, [])
    spool.close()


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(OutputError, match="choose another folder"):
        Spool(tmp_path / "file" / "spool")
