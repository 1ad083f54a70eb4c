"""From two folders of clips to a network of one's own, trained end to end."""

from __future__ import annotations

import csv
import json
import shutil
import signal
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from aisle.deploy.clip import read_clip_bundle
from aisle.deploy.head import read_head
from aisle.deploy.model import open_model, seen_by
from datasets import make_merl
from videos import Picture, make_video, numbered

from .conftest import AISLE, Run, files

SMALL = [
    word
    for setting in (
        "frames=4",
        "short_side=32",
        "crop=32",
        "test_crop=32",
        "light=0",
        "flip=false",
        "learning_rate=0.02",
    )
    for word in ("--set", setting)
]
TINY = ["--model", "tsm-tiny", *SMALL, "--batch", "8", "--device", "cpu", "-q"]


def bright(number: int) -> list[Picture]:
    return [255 - numbered(61 * (number + 1) * count % 64) // 4 for count in range(14)]


def dark(number: int) -> list[Picture]:
    return [numbered(53 * (number + 2) * count % 64) // 4 for count in range(14)]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten bright clips in the folder `day`, ten dark ones in `night`."""
    folder = tmp_path_factory.mktemp("data")
    for name, drawn in (("day", bright), ("night", dark)):
        (folder / name).mkdir()
        for number in range(10):
            make_video(folder / name / f"{number}.mp4", drawn(number))
    return folder


@pytest.fixture(scope="module")
def views(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where decoded clips are kept, so that each is decoded once for all these tests."""
    return tmp_path_factory.mktemp("views")


def test_two_folders_of_clips_become_a_network(aisle: Run, data: Path, views: Path, tmp_path: Path) -> None:
    out = tmp_path / "mine"
    trained = aisle("train", "--data", data, "--out", out, "--features", views, "--epochs", 6, *TINY[:-1])
    assert trained.code == 0, trained.err
    assert "decoded clips: about 1 MB more in" in trained.err or "decoded clips: about 0 MB more in" in trained.err
    assert "epoch 6 of 6: loss " in trained.err
    assert "aisle analyze VIDEO --model" in trained.out
    assert {"card.json", "log.csv", "metrics.json", "report.html", "weights.pt"} <= set(files(out))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine"]
    card = read_clip_bundle(out)
    assert (card.name, card.network, tuple(card.labels)) == ("mine", "tsm", ("day", "night"))
    assert (card.sampling.frames, card.sampling.test_crop) == (4, 32)
    assert card.answers.threshold is not None
    assert len(card.seen) == 20
    assert card.weights_told == "trained here for 6 epochs, beginning with random ones"
    assert "20 examples of 20 groups" in card.trained_on
    assert card.measured["top1"] == 1.0
    with (out / "log.csv").open() as log:
        rows = list(csv.DictReader(log))
    assert [row["number"] for row in rows] == [str(number) for number in range(1, 7)]
    page = (out / "report.html").read_text("utf-8")
    assert "The course of the training" in page
    assert "The threshold was chosen on these very answers" in page
    said = aisle("classify", make_video(tmp_path / "new.mp4", dark(30)), "--model", out, "--json", "--quiet")
    assert json.loads(said.out)[0]["predictions"][0]["label"] == "night"
    more = tmp_path / "more"
    words = (
        "--out",
        more,
        "--features",
        views,
        "--epochs",
        1,
        "--weights",
        out,
        "--freeze",
        3,
        "--checkpointing",
        *TINY,
    )
    assert aisle("train", "--data", data, *words).code == 0
    assert read_clip_bundle(more).weights_told == "trained here for 1 epochs, beginning with those of mine"
    before, after = (torch.load(folder / "weights.pt", weights_only=True) for folder in (out, more))
    stem = [
        name
        for name in before
        if name.startswith(("image.stem", "image.layer1", "image.layer2")) and "num_batches" not in name
    ]
    assert stem
    assert all(torch.equal(before[name], after[name]) for name in stem)


def test_what_it_began_with_has_seen_stays_known(aisle: Run, data: Path, views: Path, tmp_path: Path) -> None:
    """Through a network that begins with another's weights, to a head on that network's features."""
    first, second, head, features = (tmp_path / name for name in ("first", "second", "head", "features"))
    aisle("train", "--data", data, "--out", first, "--features", views, "--epochs", 1, *TINY)
    others = tmp_path / "others"
    shutil.copytree(data, others)
    for path in [*others.glob("day/[0-6].mp4"), *others.glob("night/[0-6].mp4")]:
        drawn = bright if path.parent.name == "day" else dark
        make_video(path, drawn(50 + int(path.stem)))
    known, begun = read_clip_bundle(first), ("--weights", first / "weights.pt", "--epochs", 1)
    done = aisle("train", "--data", others, "--out", second, "--features", views, *begun, "--seed", 3, *TINY)
    card = read_clip_bundle(second)
    assert card.weights_told.endswith("beginning with those of first")
    assert len(known.seen) == 20
    assert set(known.seen) < set(card.seen)
    assert len(card.seen) == 34
    (doubt,) = [
        told for told in card.measured["doubts"] if "that the network that it began with had learnt from" in told
    ]
    shown = aisle("models", "show", second).out
    for said in (done.out, shown, (second / "report.html").read_text("utf-8")):
        assert doubt in said
    assert f"caution: {doubt}" in shown

    words = ("--model", "linear", "--trend", "--backbone", second, "--features", features, "-q")
    done = aisle("train", "--data", data, "--out", head, *words)
    assert (done.code, done.err) == (0, "")
    told = read_head(head)
    assert set(told.seen) == set(card.seen)
    doubt = told.measured["doubts"][0]
    assert doubt.startswith(
        "20 of the 20 examples that it was judged on are from videos that its backbone had learnt from:"
    )
    for said in (done.out, aisle("models", "show", head).out, (head / "report.html").read_text("utf-8")):
        assert doubt in said
    assert seen_by(open_model(head)) == set(card.seen)
    replaced = replace(told, seen=())  # as heads were packaged before
    replaced.write(head)
    assert seen_by(open_model(head)) == set(card.seen)


def test_labelled_videos_become_a_network_that_says_when(aisle: Run, tmp_path: Path) -> None:
    data, out = make_merl(tmp_path / "visits", subjects=(1, 2, 3, 4)), tmp_path / "shopper"
    small = ["--set", "short_side=64", "--set", "crop=64", "--set", "test_crop=64"]
    options = ("--features", tmp_path / "views", "--epochs", 1, "--device", "cpu", "-q")
    trained = aisle("train", "--data", data, "--model", "msb-rnn-tiny", "--out", out, *small, *options)
    assert trained.code == 0, trained.err
    card = read_clip_bundle(out)
    assert (card.task, card.labels[-1], card.window) == ("timelines", "background", card.sampling.span)
    assert "aisle evaluate" in trained.out
    assert "log.csv" in files(out)
    assert aisle("analyze", data / "1_1_crop.mp4", "--model", out, "--out", tmp_path / "results", "-q").code == 0


def test_a_training_that_is_killed_goes_on(aisle: Run, data: Path, views: Path, tmp_path: Path) -> None:
    out = tmp_path / "mine"
    command = ["train", "--data", str(data), "--out", str(out), "--features", str(views), *TINY]
    started = subprocess.Popen(
        [*AISLE, *command, "--epochs", "500"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path
    )
    while started.poll() is None and not (tmp_path / "mine.run/last.ckpt").exists():
        time.sleep(0.01)
    started.send_signal(signal.SIGKILL)
    assert started.communicate() == (b"", b"")
    assert {name.partition("/")[0] for name in files(tmp_path)} == {"mine.run"}
    assert "holds a training that was stopped; got: tsm-tiny-" in aisle(*command, "--epochs", 500).error
    assert "holds another run; got: tsm-tiny-" in aisle(*command, "--resume", "--seed", 1, "--epochs", 500).error


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--model", "tsn-r51"], "unknown head or network; got: 'tsn-r51'"),
        (["--backbone", "kinetics-i3d"], "no options of a network that is trained end to end; got: --backbone"),
        (["--folds", "4", "--tune"], "got: --folds, --tune"),
        (
            ["--model", "linear", "--freeze", "2"],
            "no options of a head that is trained on another model's features; got: --",
        ),
        (["--old-data", "x"], "got: --old-data"),
        (["--weights", "published"], "names no such weights to begin with; got: published; allowed: random"),
        (["--weights", "nowhere/x.pth"], "no weights to begin with; got: nowhere/x.pth: no such file"),
        (["--freeze", "9"], "not so many stages can be frozen; got: 9; allowed: 0 to 5"),
        (["--precision", "fp8"], "unknown precision; got: 'fp8'"),
        (["--device", "tpu"], "unknown device; got: 'tpu'"),
        (["--device", "gpu"], "there is no graphics card"),
        (["--look", "nigth"], "unknown look; got: 'nigth'"),
        (["--set", "frames"], "an option has a name and a value; got: frames"),
        (["--resume"], "nothing to resume"),
    ],
    ids=lambda value: "".join(value[:2]) if isinstance(value, list) else "",
)
def test_words_that_mean_nothing(
    aisle: Run, data: Path, views: Path, tmp_path: Path, words: list[str], told: str
) -> None:
    if words == ["--device", "gpu"] and torch.cuda.is_available():
        pytest.skip("there is a graphics card")
    done = aisle("train", "--data", data, "--out", tmp_path / "mine", "--features", views, *TINY, *words)
    assert done.code in (1, 2)
    assert told in done.errors[0]
    assert not (tmp_path / "mine").exists()


def test_weights_that_cannot_be_used(aisle: Run, data: Path, views: Path, tmp_path: Path) -> None:
    words = ("train", "--data", data, "--out", tmp_path / "mine", "--features", views, *TINY)
    (tmp_path / "half.pth").write_bytes(b"half of it")
    assert "half.pth" in aisle(*words, "--weights", tmp_path / "half.pth").errors[0]
    torch.save({"encoder.weight": torch.ones(3)}, tmp_path / "other.pth")
    told = aisle(*words, "--weights", tmp_path / "other.pth").errors[0]
    assert "these are weights of another network; got: lacks " in told


def test_one_class(aisle: Run, data: Path, tmp_path: Path) -> None:
    shutil.copytree(data / "day", tmp_path / "data" / "day")
    done = aisle("train", "--data", tmp_path / "data", "--out", tmp_path / "mine", *TINY)
    assert done.code == 1
    assert "has one class; got: day" in done.errors[0]
