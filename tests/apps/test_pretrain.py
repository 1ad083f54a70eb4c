"""From a folder of videos, of which nothing is known, to features that heads and trainings begin with."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from aisle.deploy.clip import read_clip_bundle
from aisle.deploy.model import open_backbone
from aisle.deploy.pixels import open_pixels
from videos import make_video, numbered

from .conftest import Run, files

SMALL = [word for setting in ("short_side=36", "crop=32", "test_crop=32", "batch=4") for word in ("--set", setting)]
QUICK = [*SMALL, "--epochs", "2", "--device", "cpu"]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight videos of unequal size, length and rate in two folders that name two classes, and one that is damaged."""
    folder = tmp_path_factory.mktemp("shop")
    for name, shift in (("day", 200), ("night", 20)):
        (folder / name).mkdir()
        for number in range(4):
            size = (64, 48) if number % 2 else (48, 80)
            pictures = [
                numbered(61 * (number + 1) * count % 64, *size) // 4 + shift // 4 for count in range(6 + number)
            ]
            make_video(folder / name / f"{number}.mp4", pictures, Fraction(8 + 7 * number))
    return folder


@pytest.fixture(scope="module")
def views(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("views")


def test_videos_without_labels_become_a_backbone(aisle: Run, shop: Path, views: Path, tmp_path: Path) -> None:
    (tmp_path / "videos").symlink_to(shop)
    data, out = tmp_path / "videos", tmp_path / "seen"
    done = aisle("pretrain", "--data", data, "--method", "masked", "--out", out, "--features", views, *QUICK)
    assert done.code == 0, done.err
    assert "8 videos, 8 stretches; 0 left out" in done.err
    assert "an epoch takes about" in done.err
    assert "epoch 2 of 2: loss " in done.err
    assert "aisle train --model linear --backbone" in done.out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["seen", "seen.course", "videos"]
    assert {"index.html", "log.csv", "epoch-00002.png", "epoch-00002.mp4"} <= set(files(tmp_path / "seen.course"))
    card = read_clip_bundle(out)
    assert card.is_unlabelled
    assert len(card.seen) == 8
    assert card.measured["epochs"] == 2
    assert open_pixels(out).card.frames == 8

    refused = aisle("classify", shop / "day/0.mp4", "--model", out)
    assert refused.code == 2
    assert f"do: train a head on it: aisle train --model linear --backbone {out}" in refused.error

    head = tmp_path / "head"
    words = ("--data", shop, "--folds", "2", "--features", tmp_path / "features", "-q")
    headed = aisle("train", "--model", "linear", "--backbone", out, "--out", head, *words)
    assert headed.code == 0, headed.err
    named = aisle("classify", shop / "day/0.mp4", "--model", head, "-q")
    assert named.code == 0, named.err
    assert "day" in named.out

    again = ("--data", shop, "--features", views, "--batch", "4", "--epochs", "1", "--device", "cpu", *SMALL[:-2], "-q")
    tuned = aisle("train", "--model", "masked-tiny", "--weights", out, "--out", tmp_path / "mine", *again)
    assert tuned.code == 0, tuned.err
    told = read_clip_bundle(tmp_path / "mine")
    assert "beginning with those of seen" in told.weights_told
    assert "from videos that the network that it began with had learnt from" in str(told.measured["doubts"])


def test_any_network_can_be_taught_by_telling_videos_apart(aisle: Run, shop: Path, views: Path, tmp_path: Path) -> None:
    out = tmp_path / "apart"
    words = ("--data", shop, "--method", "contrastive", "--out", out, "--features", views)
    done = aisle("pretrain", *words, *SMALL, "--minutes", "0", "--device", "cpu", "-q")
    assert done.code == 0, done.err
    assert done.err == ""
    assert read_clip_bundle(out).network == "slow"
    assert not (out / "pixels").exists()
    assert open_backbone(out).identity.startswith("apart-")


def test_what_is_damaged_is_left_out_and_told(aisle: Run, shop: Path, views: Path, tmp_path: Path) -> None:
    for number in range(2):
        (tmp_path / f"{number}.mp4").write_bytes((shop / f"day/{number}.mp4").read_bytes())
    (tmp_path / "broken.mp4").write_bytes(b"nothing")
    out = tmp_path / "out"
    words = ("--data", tmp_path, "--method", "order", "--out", out, "--features", views)
    done = aisle("pretrain", *words, *QUICK)
    assert done.code == 0, done.err
    assert "left out: " in done.err
    assert "broken.mp4" in done.err
    assert "2 videos, 2 stretches; 1 left out" in done.err
    assert "caution: so little video (2 in all) that none is kept aside" in done.out


def test_a_training_that_goes_astray_is_packaged_as_it_last_was(
    aisle: Run, shop: Path, views: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aisle.train._pretrainer.share_of", lambda learner, _: 1e6 * learner.current_epoch)
    out = tmp_path / "lost"
    words = ("--data", shop, "--method", "simvp", "--out", out, "--features", views, "--epochs", "4")
    done = aisle("pretrain", *words, *SMALL, "--set", "largest=0", "--device", "cpu", "-q")
    assert done.code == 1
    assert "the training went astray; got: " in done.error
    assert "do: lower --set learning_rate" in done.error
    assert f"{out} holds what was learnt up to epoch " in done.error
    assert "the training went astray" in str(read_clip_bundle(out).measured["doubts"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--method", "magic"), "unknown method"),
        (("--method", "vae", "--epochs", "1", "--minutes", "1"), "a training ends in one way"),
        (("--method", "vae", "--model", "slow-tiny"), "does not teach this network"),
        (("--method", "vae", "--resume"), "nothing to resume"),
        (("--method", "vae", "--set", "batch"), "an option has a name and a value"),
    ],
)
def test_wrong_usage_is_told(words: tuple[str, ...], said: str, aisle: Run, shop: Path, tmp_path: Path) -> None:
    done = aisle("pretrain", "--data", shop, "--out", tmp_path / "out", *words, "-q")
    assert done.code == 2
    assert said in done.error


def test_a_folder_without_videos_is_told(aisle: Run, tmp_path: Path) -> None:
    done = aisle("pretrain", "--data", tmp_path, "--method", "vae", "--out", tmp_path / "out")
    assert done.code == 1
    assert "has no video that can be used" in done.error
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told_before_anything_is_decoded(
    aisle: Run, shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from shutil import disk_usage

    full = disk_usage(tmp_path)._replace(free=10)
    monkeypatch.setattr("aisle.data.clip_store.shutil.disk_usage", lambda _: full)
    words = ("--data", shop, "--method", "vae", "--out", tmp_path / "out", "--features", tmp_path / "views", "-q")
    done = aisle("pretrain", *words)
    assert done.code == 1
    assert "do not fit on the disk" in done.error
    assert not (tmp_path / "views").exists()
