"""Whether `aisle serve` lets people be followed, and when the networks for it are opened."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from hashlib import sha256
from pathlib import Path

import pytest

from aisle.analysis.seen import Seen
from aisle.apps.observing import detector_at_hand
from aisle.apps.seeing import SeeingLater
from aisle.core import DamagedError, InputError, Progress, Timeline, silent
from aisle.core.site import Site
from aisle.core.weights import WeightsSource
from aisle.deploy.weights import at_hand
from aisle.objects.mobilenet_ssd import WEIGHTS
from seen import PICKED, observed

from .conftest import Run


def _see(video: str | Path, *, site: Site | None, timeline: Timeline | None, progress: Progress = silent) -> Seen:
    del video, timeline
    progress(1.0, 1.0)
    return Seen(observed(), (PICKED,), (), site)


def test_it_is_opened_with_the_first_video_and_once(tmp_path: Path) -> None:
    opened: list[int] = []

    def opening() -> object:
        opened.append(1)
        if len(opened) == 1:
            raise InputError("no weights", got="none")
        return _see

    later = SeeingLater(opening)  # type: ignore[arg-type]
    timeline = Timeline(Fraction(3), (), ())
    assert opened == []
    with pytest.raises(InputError):  # which is told, and tried again with the next
        later(tmp_path, site=None, timeline=timeline)
    for _ in range(2):
        assert later(tmp_path, site=None, timeline=timeline).interactions == (PICKED,)
    assert len(opened) == 2


def test_nothing_is_at_hand_where_nothing_was_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert detector_at_hand() is None
    monkeypatch.setenv("AISLE_WEIGHTS", str(tmp_path))
    assert detector_at_hand() is None
    assert not at_hand(WEIGHTS)


def test_weights_are_at_hand_where_the_users_folder_has_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AISLE_WEIGHTS", str(tmp_path))
    (tmp_path / "net.onnx").write_bytes(b"a network")
    digest = sha256(b"a network").hexdigest()
    known = WeightsSource(package="net", version="1", sha256=digest, member="net.onnx", member_sha256=digest)
    assert at_hand(known)
    assert not at_hand(replace(known, member="other.onnx"))
    (tmp_path / "net.onnx").write_bytes(b"another network")
    with pytest.raises(DamagedError):
        at_hand(known)


def test_products_cannot_be_named_where_nobody_is_followed(aisle: Run, tmp_path: Path) -> None:
    done = aisle("serve", "--detector", "none", "--products", tmp_path, "--data", tmp_path / "data")
    assert done.code == 2
    assert "nobody looks for people and products" in done.error
    assert "--detector mobilenet-ssd" in done.error
