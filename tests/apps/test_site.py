"""`aisle site`: a picture and a file to start from, and what is wrong with a file."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from aisle.data.sites import read_site

from .conftest import Run, files


def test_a_site_is_begun_and_looked_at_again(
    aisle: Run, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = aisle("site", "edit", clip, "--at", "1s")
    assert (done.code, done.err) == (0, "")
    assert files(tmp_path) == ["clip.site.png", "clip.site.yaml"]
    assert "in pixels" in done.out
    with Image.open("clip.site.png") as picture:
        assert picture.width > 1000
    site = read_site(Path("clip.site.yaml"))
    assert [zone.name for zone in site.zones] == ["shelf 1", "door", "till"]
    text = Path("clip.site.yaml").read_text(encoding="utf-8").replace("shelf 1", "milk")
    Path("clip.site.yaml").write_text(text, encoding="utf-8")
    again = aisle("site", "edit", clip)
    assert "whose zones are drawn" in again.out
    assert Path("clip.site.yaml").read_text(encoding="utf-8") == text  # what a person wrote stays


def test_a_site_file_is_not_where_its_picture_goes(aisle: Run, clip: Path, tmp_path: Path) -> None:
    done = aisle("site", "edit", clip, "--out", tmp_path / "shop.png")
    assert (done.code, "a site file is YAML" in done.error, files(tmp_path)) == (2, True, [])


def test_a_good_site_is_counted_and_drawn(aisle: Run, clip: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    assert aisle("site", "edit", clip, "--out", file).code == 0
    (tmp_path / "a.png").unlink()
    done = aisle("site", "check", file, clip)
    assert (done.code, done.err) == (0, "")
    assert "1 shelf, 1 entrance, 1 till; no problems" in done.out
    assert files(tmp_path) == ["a.png", "a.yaml"]


def test_all_that_is_wrong_is_told(aisle: Run, tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    zone = "{{name: {}, kind: {}, polygon: {}}}"
    tie, fine = "[[0, 0], [1, 1], [1, 0], [0, 1]]", "[[0, 0], [1, 0], [1, 1]]"
    zones = [zone.format("milk", "shelf", tie), zone.format("tea", "shlf", fine), zone.format("milk", "till", fine)]
    file.write_text("zones:\n" + "".join(f"  - {each}\n" for each in zones), encoding="utf-8")
    done = aisle("site", "check", file)
    assert done.code == 1
    lines = done.out.splitlines()
    assert lines[0].startswith(f"problem: {file}:2: a polygon crosses itself")
    assert lines[1].startswith(f"problem: {file}:3: unknown kind of zone; got: 'shlf'")
    assert "did you mean shelf" in lines[1]
    assert "two zones have one name" in lines[2]
    assert lines[-1] == "3 problems"


def test_a_site_without_a_shelf_is_noted(aisle: Run, tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("zones: [{name: till, kind: till, polygon: [[0, 0], [1, 0], [1, 1]]}]", encoding="utf-8")
    done = aisle("site", "check", file)
    assert (done.code, done.err.startswith("note: There is no shelf")) == (0, True)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--at", "soon"), "not a moment; got: 'soon'"),
        (("--at", "-1s"), "a video starts at 0"),
        (("--at", "9m"), "has no picture there"),
    ],
)
def test_a_moment_that_is_none_is_refused(
    aisle: Run, clip: Path, tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    done = aisle("site", "edit", clip, "--out", tmp_path / "a.yaml", *words)
    assert done.code in (1, 2)
    assert told in done.error
    assert files(tmp_path) == []


def test_what_is_no_video_is_refused(aisle: Run, tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("hello", encoding="utf-8")
    assert aisle("site", "edit", file).error
