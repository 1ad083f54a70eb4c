"""Videos from a list, against a web server on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from aisle.core import InputError, UsageError
from aisle.data.get_videos import FAILED, GOT, MANIFEST, Manners, Wanted, get_videos, read_list
from servers import Shop, serving
from videos import make_video

pytest.importorskip("yt_dlp")


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    video = make_video(tmp_path / "made.mp4", 30).read_bytes()
    with serving(Shop({"/a.mp4": video, "/b.mp4": video, "/c.mp4": b"<html>no video</html>"})) as shop:
        yield shop


def wanted(shop: Shop, *names: str) -> list[Wanted]:
    return [Wanted("walk", f"{shop.url}/{name}.mp4") for name in names]


def test_each_address_once_and_a_pause_between(shop: Shop, tmp_path: Path) -> None:
    pauses: list[float] = []
    rows = get_videos(wanted(shop, "a", "b"), tmp_path / "got", manners=Manners(pause_s=7), sleep=pauses.append)
    assert [row.outcome for row in rows] == [GOT, GOT]
    assert all((tmp_path / "got" / row.file).stat().st_size > 0 for row in rows)
    assert pauses == [7]
    before = len(shop.requests)
    again = get_videos(wanted(shop, "a", "b"), tmp_path / "got", sleep=pauses.append)
    assert (again, len(shop.requests), pauses) == (rows, before, [7])


def test_what_failed_is_told_and_the_others_are_got(shop: Shop, tmp_path: Path) -> None:
    rows = get_videos(wanted(shop, "none", "c", "a"), tmp_path / "got", sleep=lambda _: None)
    assert [row.outcome for row in rows] == [FAILED, FAILED, GOT]
    assert "404" in rows[0].said
    assert len((tmp_path / "got" / MANIFEST).read_text("utf-8").splitlines()) == 4
    assert len([path for path in (tmp_path / "got").rglob("*") if path.suffix == ".mp4"]) == 1


def test_so_many_a_category(shop: Shop, tmp_path: Path) -> None:
    rows = get_videos(wanted(shop, "a", "b"), tmp_path / "got", manners=Manners(most=1), sleep=lambda _: None)
    assert [row.address for row in rows] == [f"{shop.url}/a.mp4"]


def test_too_large_is_left_there(shop: Shop, tmp_path: Path) -> None:
    rows = get_videos(wanted(shop, "a"), tmp_path / "got", manners=Manners(largest_mb=1e-4), sleep=lambda _: None)
    assert rows[0].outcome != GOT
    assert not [path for path in (tmp_path / "got").rglob("*") if path.suffix == ".mp4"]


def test_lists_are_tables_or_texts(tmp_path: Path) -> None:
    table, text = tmp_path / "list.csv", tmp_path / "list.txt"
    table.write_text("category,address\nwalk,https://a.example/1\nwalk,https://a.example/1\nrun,https://a.example/2\n")
    text.write_text("# mine\n[walk]\nhttps://a.example/1\n\n[run]\nhttps://a.example/2\n")
    both = [Wanted("walk", "https://a.example/1"), Wanted("run", "https://a.example/2")]
    assert read_list(table) == read_list(text) == both


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "names no address"),
        ("https://a.example/1\n", "without a category"),
        ("[walk]\nfile:///etc/passwd\n", "no address"),
        ("category,address\nwalk,not one\n", "no address"),
    ],
)
def test_what_is_no_list(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "list").write_text(text)
    with pytest.raises(InputError, match=said):
        read_list(tmp_path / "list")


def test_limits_are_positive() -> None:
    with pytest.raises(UsageError, match="positive"):
        Manners(tries=0)
