"""The story of somebody who wants to know who handled what: tables, the page, and the video with all of it drawn in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest

from aisle.analysis.object_tables import read_interactions, read_objects, read_visits
from aisle.core import Frame
from aisle.core.boxes import Boxes
from aisle.core.detections import PERSON
from aisle.data.sites import write_site
from aisle.media import Reader
from seen import SITE, Somebody
from videos import streams_of

from .conftest import Run


@pytest.fixture
def somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of published networks, which no test fetches."""
    pytest.importorskip("trackers", reason="needs the extra objects")
    monkeypatch.setattr("aisle.apps.observing.opened_detector", lambda *_, **__: Somebody())
    monkeypatch.setattr("aisle.apps.observing._poses", lambda **_: None)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    write_site(SITE, tmp_path / "site.yaml")
    return tmp_path / "site.yaml"


@pytest.mark.usefixtures("somebody")
def test_people_are_followed_told_and_drawn(aisle: Run, clip: Path, site: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = aisle("analyze", clip, "--out", out, "--objects", "--annotate", "--site", site)
    assert done.code == 0
    assert "1 person followed" in done.out
    kinds = [f"clip.{kind}.{ending}" for kind in ("objects", "interactions", "visits") for ending in ("csv", "parquet")]
    assert {path.name for path in out.iterdir()} == {
        *kinds,
        *(f"clip.{ending}" for ending in ("json", "csv", "parquet", "html", "annotated.mp4")),
    }
    seen = read_objects(out / "clip.objects.parquet")
    assert len(seen.observations) == 15
    assert {look.found.labels for look in seen.observations} == {(PERSON,)}
    assert read_interactions(out / "clip.interactions.csv") == ()
    (visit,) = read_visits(out / "clip.visits.csv")
    assert (visit.items, visit.end - visit.start > 2) == (0, True)
    page = (out / "clip.html").read_text("utf-8")
    assert "1 person was followed" in page
    assert streams_of(out / "clip.annotated.mp4") == [("video", "h264"), ("audio", "aac")]
    with Reader(clip) as before, Reader(out / "clip.annotated.mp4") as after:
        pairs = [(one.image, other.image) for one, other in zip(before, after, strict=True)]
    assert all(np.abs(one.astype(int) - other).mean() > 1 for one, other in pairs)


@pytest.mark.usefixtures("somebody")
def test_without_objects_nothing_is_looked_for(aisle: Run, clip: Path, tmp_path: Path) -> None:
    assert aisle("analyze", clip, "--out", tmp_path, "--quiet").code == 0
    assert not list(tmp_path.glob("*.objects.*"))
    assert "followed" not in (tmp_path / "clip.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--site", "a.yaml"], "nobody looks for people and things; got: --site; do: add --objects"),
        (["--rate", "3"], "nobody looks for people and things; got: --rate; do: add --objects"),
        (["--masks"], "got: --masks"),
        (["--detector", "overhead"], "got: --detector"),
        (["--risk"], "the risk is drawn into the annotated video"),
        (["--objects", "--rate", "0"], "that is no rate; got: 0"),
        (["--objects", "--site", "nowhere.yaml"], "nowhere.yaml"),
        (["--objects", "--detector", "nothing"], "detector"),
    ],
)
def test_what_cannot_be_asked(aisle: Run, clip: Path, tmp_path: Path, words: list[str], told: str) -> None:
    done = aisle("analyze", clip, "--out", tmp_path / "out", *words)
    assert done.code in (1, 2)
    assert told in done.error


@pytest.mark.usefixtures("somebody")
def test_heads_are_covered_below_what_is_drawn(
    aisle: Run, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def middle(frames: Iterable[Frame]) -> Iterator[Boxes]:
        for frame in frames:
            height, width = frame.image.shape[:2]
            yield Boxes(np.array([[6, 5, 0.8 * width, 0.8 * height]], np.float32), np.ones(1, np.float32))

    monkeypatch.setattr("aisle.apps.opening.finder", lambda *_, **__: middle)
    asked = ("analyze", clip, "--objects", "--annotate", "--quiet", "--out")
    assert aisle(*asked, tmp_path / "plain").code == 0
    assert aisle(*asked, tmp_path / "blurred", "--blur").code == 0
    pictures = []
    for folder in ("plain", "blurred"):
        with Reader(tmp_path / folder / "clip.annotated.mp4") as reader:
            pictures.append([frame.image.astype(int) for frame in reader][-1])
    plain, blurred = pictures
    is_drawn = np.abs(plain - blurred).mean(axis=2) < 12  # what lies over the blur is the same in both
    assert np.abs(plain - blurred).mean() > 3
    assert is_drawn.any()
