"""From normal videos to what is unusual in another, when and where; another camera; and what cannot be learnt from."""

from __future__ import annotations

import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from aisle.analysis.analyzer import Analyzer
from aisle.analysis.video import analyze
from aisle.apps.cli import app
from aisle.core.heat import place_of
from aisle.deploy.anomaly_bundle import read_anomaly
from aisle.deploy.anomaly_model import AnomalyModel
from aisle.deploy.model import open_model
from aisle.media.read import Reader
from moving import walking
from videos import make_video

from .conftest import Run

pytestmark = pytest.mark.usefixtures("tiny_bundle")

RATE, SIZE, SPEED = Fraction(25), (56, 48), 2
HURRY = slice(75, 90)
"""The pictures in which the one who is unusual runs."""

WITHOUT = """
import sys
for name in ("torch", "sklearn", "scipy", "nncf", "onnx"):
    sys.modules[name] = None
from aisle.deploy.model import open_model
from aisle.analysis.video import analyze
print(len(analyze(sys.argv[2], open_model(sys.argv[1])).scores.values))
"""


def path(frames: int, row: int, start: int, hurry: slice | None = None) -> list[tuple[int, int]]:
    """Somebody who walks to and fro between the walls, and in `hurry` seven times as fast."""
    places, left, ahead = [], start, SPEED
    for number in range(frames):
        fast = 7 if hurry is not None and hurry.start <= number < hurry.stop else 1
        if not 0 <= left + fast * ahead <= 176 - SIZE[1]:
            ahead = -ahead
        left = min(max(left + fast * ahead, 0), 176 - SIZE[1])
        places.append((row, left))
    return places


def video(file: Path, seed: int, *, frames: int = 150, hurry: slice | None = None, place: int = 0) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    row, start = _drawn(seed)
    return make_video(file, walking(path(frames, row, start, hurry), SIZE, seed=place), RATE)


@pytest.fixture(scope="module")
def normal(tiny_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    del tiny_bundle  # it lies in the cache, before anything asks for it
    folder = tmp_path_factory.mktemp("normal")
    for number in range(5):
        video(folder / "monday" / f"{number}.mp4", number)
    return folder / "monday"


@pytest.fixture(scope="module")
def unusual(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return video(tmp_path_factory.mktemp("unusual") / "hurry.mp4", 9, hurry=HURRY)


@pytest.fixture(scope="module")
def bundle(normal: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("bundle") / "usual"
    words = ["train", "-q", "--task", "anomaly", "--data", str(normal), "--out", str(out), "--alarms-a-day", "5"]
    done = CliRunner().invoke(app, words, prog_name="aisle")
    assert done.exit_code == 0, done.output
    assert "about 5 false alarms a day, extrapolated from" in done.stdout
    return out


def test_the_card_says_how_it_was_made(bundle: Path) -> None:
    card = read_anomaly(bundle)
    assert tuple(card.labels) == ("normal", "unusual")
    assert card.alarms_a_day == 5
    assert card.hours == pytest.approx(30 / 3600, rel=0.1)
    assert "5 normal videos of 5 groups" in card.trained_on
    assert len(card.seen) == 5


def test_what_is_unusual_is_told_when_and_where(bundle: Path, unusual: Path) -> None:
    model = open_model(bundle)
    assert isinstance(model, AnomalyModel)
    found = analyze(unusual, model)
    risks, step = found.scores.values[:, 1], found.scores.grid.step
    assert found.heat is not None
    assert found.heat.grid == found.scores.grid
    hottest = int(risks.argmax())
    begin, end = HURRY.start / RATE, HURRY.stop / RATE
    assert begin - step <= hottest * step <= end + step
    assert found.heat.values.max((1, 2)) == pytest.approx(risks, abs=1e-6)
    row, start = _drawn(9)
    near = slice(round((hottest - 1) * step * RATE), round((hottest + 2) * step * RATE))
    lefts = [left for _, left in path(150, row, start, HURRY)[near]]
    x0, y0, x1, y1 = place_of(found.heat.values[hottest])
    assert x0 < (max(lefts) + SIZE[1]) / 176
    assert min(lefts) / 176 < x1
    assert y0 < (row + SIZE[0]) / 128
    assert row / 128 < y1


def _drawn(seed: int) -> tuple[int, int]:
    rng = np.random.default_rng(seed)
    return int(rng.integers(10, 60)), int(rng.integers(0, 100))


def test_pieces_do_not_change_the_answers(bundle: Path, unusual: Path) -> None:
    model = open_model(bundle)
    found = []
    for piece in (8, 56, 400):
        analyzer = Analyzer(model, piece=piece)
        with Reader(unusual, size=lambda _: (48, 32), rate=RATE) as reader:
            for frame in reader:
                analyzer.push(frame)
        _, scores = analyzer.finish()
        heat = analyzer.heat()
        assert heat is not None
        found.append((scores.values, heat.values, analyzer.clip_probabilities()))
    for other in found[1:]:
        for one, two in zip(found[0], other, strict=True):
            assert one == pytest.approx(two, abs=1e-3)


def test_it_runs_without_what_made_it(bundle: Path, unusual: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, str(bundle), str(unusual)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert int(done.stdout) == 19


def test_it_classifies_as_any_model(aisle: Run, bundle: Path, unusual: Path) -> None:
    told = json.loads(aisle("classify", "-q", unusual, "--json", "--model", bundle).out)
    assert {one["label"] for one in told[0]["predictions"]} == {"normal", "unusual"}


def test_another_camera_is_learnt_and_the_old_one_kept(aisle: Run, bundle: Path, normal: Path, tmp_path: Path) -> None:
    other = [video(tmp_path / "other" / f"{number}.mp4", number + 20, place=5) for number in range(4)]
    out = tmp_path / "both"
    done = aisle("train", "-q", "--task", "anomaly", "--data", tmp_path / "other", "--out", out, "--extend", bundle)
    assert done.code == 0, done.err
    before, after = open_model(bundle), open_model(out)
    new_before, new_after = (analyze(other[0], model).scores.values[:, 1].mean() for model in (before, after))
    old = sorted(normal.iterdir())[0]
    old_before, old_after = (analyze(old, model).scores.values[:, 1].mean() for model in (before, after))
    assert new_after < 0.5 * new_before
    assert old_after <= old_before + 0.01
    assert "; and 4 normal videos" in read_anomaly(out).trained_on


def test_another_camera_is_noticed(bundle: Path, tmp_path: Path) -> None:
    foreign = video(tmp_path / "foreign.mp4", 3, place=11)
    assert any(
        "as if it were not from a camera that was learnt" in note for note in analyze(foreign, open_model(bundle)).notes
    )


@pytest.mark.parametrize(("count", "said"), [(1, "each half in time"), (2, "two videos or groups only")])
def test_few_videos_are_told(aisle: Run, tmp_path: Path, count: int, said: str) -> None:
    for number in range(count):
        video(tmp_path / "few" / f"{number}.mp4", number, frames=180 + 20 * number)
    done = aisle("train", "--task", "anomaly", "--data", tmp_path / "few", "--out", tmp_path / "out")
    assert done.code == 0, done.err
    assert said in done.err


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--alarms-a-day", "0"), "a threshold allows for some alarms; got: 0.0 a day"),
        (("--model", "mlp"), "no options of a model of what is normal; got: --model"),
        (("--pixels", "{data}"), "the network of"),
    ],
)
def test_wrong_calls_are_told(aisle: Run, normal: Path, tmp_path: Path, more: tuple[str, ...], said: str) -> None:
    extra = [one.format(data=normal) for one in more]
    done = aisle("train", "-q", "--task", "anomaly", "--data", normal, "--out", tmp_path / "out", *extra)
    assert done.code != 0
    assert said in done.err


def test_a_folder_without_video_is_told(aisle: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = aisle("train", "--task", "anomaly", "--data", tmp_path / "empty", "--out", tmp_path / "out")
    assert done.code == 1
    assert "there is no video in" in done.err
