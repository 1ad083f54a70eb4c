"""A packaged network that reads clips, behind the service."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from aisle.deploy.model import open_models
from aisle.deploy.turns import Urgency
from aisle.media.read import Reader
from aisle.service.engine import Engine
from clip_networks import packaged
from videos import make_video

from .running import running


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("networks") / "shop-toy"
    packaged(target, weights_told="random ones", measured={"top1": 0.5, "top1 95%": [0.25, 0.75]})
    return target


def test_it_is_warmed_and_analyses(folder: Path, tmp_path: Path) -> None:
    video = make_video(tmp_path / "a.mp4", 60)
    with closing(Engine(open_models([folder]), Reader)) as engine:
        engine.warm()
        assert engine.is_warm
        analysis = engine.analyze(video, "shop-toy", urgency=Urgency.REQUEST)
    assert {one.label for one in analysis.predictions} == {"a", "b", "c"}


def test_its_card_is_told(folder: Path, tmp_path: Path) -> None:
    with running(tmp_path / "data", models=(str(folder), "slowfast-r50")) as service:
        told = {each["name"]: each for each in service.client.get("/v1/models").json()["items"]}
    assert (told["shop-toy"]["task"], told["shop-toy"]["step_s"]) == ("clips", 0.4)
    assert told["shop-toy"]["labels"] == ["a", "b", "c"]
    assert told["shop-toy"]["measured"]["figures"] == [{"name": "top1", "value": 0.5, "low": 0.25, "high": 0.75}]
    assert len(told["slowfast-r50"]["labels"]) == 400
    assert told["slowfast-r50"]["measured"] is None
