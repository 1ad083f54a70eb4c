"""Getting MERL Shopping from a server, a folder or a zip; the files are tiny, their names are all 212."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import zipfile
from pathlib import Path

import pytest

from aisle.core import DamagedError, InputError, OutputError, UnreachableError, UsageError
from aisle.data.get import ARCHIVES, PUBLISHED, get_merl, missing
from datasets import shared
from servers import Shop, serving

ALL = missing(Path("nowhere"))


def zipped(names: list[str], home: str = "") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in names:
            archive.writestr(f"{home}{name}", name * 20)
    return made.getvalue()


VIDEOS = zipped([name for name in ALL if name.endswith(".mp4")], "Videos_MERL_Shopping_Dataset/")
LABELS = zipped([name for name in ALL if name.endswith(".mat")], "Labels_MERL_Shopping_Dataset/")


@pytest.fixture
def shop() -> Shop:
    return Shop({f"/merl/{name}": content for name, content in zip(ARCHIVES, (LABELS, VIDEOS), strict=True)})


def test_the_names_are_those_of_the_published_split() -> None:
    assert len(ALL) == 212
    listed = [(shared("merl") / f"{split}.txt").read_text().split() for split in ("train", "validation", "test")]
    assert {name for names in listed for name in names} == {name.rpartition("_")[0] for name in ALL}
    assert PUBLISHED.startswith("https://www.merl.com/")


@pytest.mark.parametrize("cuts", [0, 2])
def test_from_a_server(cuts: int, shop: Shop, tmp_path: Path) -> None:
    shop.cuts = cuts
    with serving(shop):
        get_merl(tmp_path, source=f"{shop.url}/merl")
        assert missing(tmp_path) == []
        asked = len(shop.requests)
        get_merl(tmp_path, source=f"{shop.url}/merl")
        assert len(shop.requests) == asked, "what is whole is not fetched again"
    notes = sorted(f"{name}.json" for name in ARCHIVES)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*ALL, *notes])
    note = json.loads((tmp_path / notes[1]).read_text(encoding="utf-8"))
    assert note == {
        "url": f"{shop.url}/merl/{ARCHIVES[1]}",
        "size": len(VIDEOS),
        "mark": '"one"',
        "sha256": hashlib.sha256(VIDEOS).hexdigest(),
    }


def test_a_stop_half_way_loses_nothing(shop: Shop, tmp_path: Path) -> None:
    shop.cuts, shop.ranges = 99, False
    with serving(shop), pytest.raises(UnreachableError, match="the same command goes on after"):
        get_merl(tmp_path, source=f"{shop.url}/merl/")
    shop.cuts, shop.ranges, shop.requests = 0, True, []
    with serving(shop) as again:
        get_merl(tmp_path, source=f"{again.url}/merl/")
    assert missing(tmp_path) == []


def test_a_damaged_archive_is_fetched_anew(shop: Shop, tmp_path: Path) -> None:
    good = shop.files[f"/merl/{ARCHIVES[1]}"]
    shop.files[f"/merl/{ARCHIVES[1]}"] = b"<html>Maintenance</html>"
    with serving(shop):
        with pytest.raises(DamagedError, match="cannot be unpacked"):
            get_merl(tmp_path, source=f"{shop.url}/merl")
        shop.files[f"/merl/{ARCHIVES[1]}"] = good
        get_merl(tmp_path, source=f"{shop.url}/merl")
    assert missing(tmp_path) == []


def test_what_is_missing_is_listed_and_the_rest_stays(tmp_path: Path) -> None:
    names = [name for name in ALL if name not in ("3_2_crop.mp4", "41_2_label.mat")]
    with serving(Shop({"/all.zip": zipped(names)})) as mirror, pytest.raises(InputError) as caught:
        get_merl(tmp_path, source=f"{mirror.url}/all.zip")
    assert caught.value.got == "2 of 212 files are missing: 3_2_crop.mp4, 41_2_label.mat"
    assert (tmp_path / "1_1_crop.mp4").is_file()


@pytest.mark.parametrize("whole", [True, False])
def test_from_this_machine(whole: bool, tmp_path: Path) -> None:
    source = tmp_path / "archives"
    source.mkdir()
    if whole:
        source /= "merl.zip"
        source.write_bytes(zipped(ALL))
    else:
        for name, content in zip(ARCHIVES, (LABELS, VIDEOS), strict=True):
            (source / name).write_bytes(content)
    get_merl(tmp_path / "out", source=str(source))
    assert missing(tmp_path / "out") == []
    assert source.exists(), "the user's own archives stay"


@pytest.mark.parametrize(("name", "said"), [("empty", "no zip in it"), ("nowhere", "not there")])
def test_a_source_that_is_none(name: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match=said):
        get_merl(tmp_path / "out", source=str(tmp_path / name))


def test_the_disk_is_measured_before_anything_is_fetched(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=len(VIDEOS)))
    with serving(shop), pytest.raises(OutputError, match="too little room"):
        get_merl(tmp_path / "out", source=f"{shop.url}/merl")
    assert {method for method, _ in shop.requests} == {"HEAD"}
    assert not (tmp_path / "out").exists()
