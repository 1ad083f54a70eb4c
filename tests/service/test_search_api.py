"""A collection that a service has: its map, its videos and nothing else of the disk, and what is like what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from aisle.search.writer import writing
from aisle.service.collection import Searched
from indexes import RECIPE, described
from videos import make_video

from .running import Running, running


class Looks:
    """Stands for what describes videos: all of them show a cup."""

    recipe = RECIPE

    def rows(self, video: Path, stretches: Sequence[object], **_: object) -> np.ndarray:
        """See aisle.analysis.describe.Describer."""
        assert video.is_file()
        return np.array([[1, 0, 1, 0]] * len(stretches), np.float32)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "videos"
    folder.mkdir()
    for name in ("a", "b", "c"):
        make_video(folder / f"{name}.mp4")
    return folder


@pytest.fixture
def index(home: Path, tmp_path: Path) -> Iterator[Searched]:
    with writing(tmp_path / "index", RECIPE) as writer:
        writer.live_in(home)
        writer.put(described("a.mp4", [1, 0, 1, 0], [1, 0, 1, 0], [0, 1, 0, 1], category="till"))
        writer.put(described("b.mp4", [1, 0, 0.9, 0.1], [1, 0, 1, 0.1], [0, 1, 0, 1], category="till"))
        writer.put(described("c.mp4", [0, 1, 0, 1], [0, 1, 0.1, 1], [0, 1, 0, 1], category="shelf"))
    with closing(Searched(tmp_path / "index", describe=lambda _: Looks())) as opened:
        yield opened


@pytest.fixture
def service(index: Searched, tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path / "data", collection=index) as started:
        yield started


def test_a_collection_is_a_map(service: Running) -> None:
    told = service.client.get("/v1/collection").json()
    assert (told["by"], told["plays"]) == ("both", True)
    assert [(one["video"], one["category"]) for one in told["items"]] == [
        ("a.mp4", "till"),
        ("b.mp4", "till"),
        ("c.mp4", "shelf"),
    ]
    assert all(0 <= one[side] <= 1 for one in told["items"] for side in "xy")


def test_what_is_alike_is_found_but_not_the_video_itself(service: Running) -> None:
    found = service.client.get("/v1/search", params={"video": "a.mp4"}).json()["items"]
    assert [one["part"]["video"] for one in found] == ["b.mp4", "c.mp4"]
    assert found[0]["moments"]
    only = service.client.get("/v1/search", params={"video": "a.mp4", "category": "shelf"}).json()["items"]
    assert [one["part"]["video"] for one in only] == ["c.mp4"]


@pytest.mark.parametrize(("start", "end"), [(0, 2), (0.1, 0.4)])
def test_any_seconds_can_be_looked_for(service: Running, start: float, end: float) -> None:
    answer = service.client.get("/v1/search", params={"video": "a.mp4", "start_s": start, "end_s": end})
    assert answer.status_code == 200
    assert answer.json()["items"]
    assert not any(one["part"]["whole"] or one["part"]["video"] == "a.mp4" for one in answer.json()["items"])


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"video": "z.mp4"}, 404),
        ({"video": "a.mp4", "start_s": 50, "end_s": 60}, 422),
        ({"video": "a.mp4", "start_s": 2, "end_s": 1}, 422),
        ({"video": "a.mp4", "k": 0}, 422),
        ({"video": "a.mp4", "since": "2026-02-01", "until": "2026-01-01"}, 422),
        ({}, 422),
    ],
)
def test_what_cannot_be_looked_for_is_told(service: Running, asked: dict[str, str], status: int) -> None:
    answer = service.client.get("/v1/search", params=asked)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_videos_and_stills_are_given_out_and_nothing_beside(service: Running, home: Path) -> None:
    video, still = "/v1/collection/video", "/v1/collection/still"
    part = service.client.get(video, params={"video": "a.mp4"}, headers={"Range": "bytes=0-9"})
    assert (part.status_code, part.content) == (206, (home / "a.mp4").read_bytes()[:10])
    picture = service.client.get(still, params={"video": "a.mp4", "at_s": 0.2})
    assert (picture.headers["content-type"], picture.content[:2]) == ("image/jpeg", b"\xff\xd8")
    (home.parent / "secret.mp4").write_bytes(b"x")
    for name in ("../secret.mp4", "/etc/passwd", "secret.mp4", "a.mp4/../../secret.mp4"):
        assert service.client.get(video, params={"video": name}).status_code == 404
    (home / "b.mp4").unlink()
    (home / "b.mp4").symlink_to(home.parent / "secret.mp4")
    assert service.client.get(video, params={"video": "b.mp4"}).status_code == 422


def test_who_blurs_gives_no_picture_out(index: Searched, tmp_path: Path) -> None:
    with running(tmp_path / "blurred", collection=index, blur="heads") as service:
        assert not service.client.get("/v1/collection").json()["plays"]
        for what in ("video", "still"):
            assert service.client.get(f"/v1/collection/{what}", params={"video": "a.mp4"}).status_code == 404
        assert service.client.get("/v1/search", params={"video": "a.mp4"}).status_code == 200


def test_without_a_collection_nothing_is_found(tmp_path: Path) -> None:
    with running(tmp_path / "bare") as service:
        assert service.client.get("/v1/collection").json() == {"by": None, "plays": False, "count": 0, "items": []}
        assert service.client.get("/v1/search", params={"video": "a.mp4"}).status_code == 404


def test_keys_are_asked_for(index: Searched, tmp_path: Path) -> None:
    with running(tmp_path / "locked", collection=index, keys=True) as service:
        for path in ("/v1/collection", "/v1/search?video=a.mp4", "/v1/collection/video?video=a.mp4"):
            assert service.client.get(path).status_code == 401
