"""What goes wrong with one's own data, or while learning from it: one clear line, and nothing computed is lost."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aisle.deploy.head import read_head
from datasets import make_clips_csv, make_merl, write_rows

from .conftest import AISLE, Run, files

Disk = Callable[[str], Path]
FULL = "got: No space left on device; do: free some space"


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six films of three shops, two classes."""
    return make_clips_csv(tmp_path_factory.mktemp("clips"))


@pytest.fixture(scope="module")
def visits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four labelled videos of two subjects to learn from and two others."""
    return make_merl(tmp_path_factory.mktemp("visits"), subjects=(1, 2, 3, 4))


@pytest.fixture(scope="module")
def features(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("features")


@pytest.fixture
def copy(clips: Path, tmp_path: Path) -> Callable[..., Path]:
    """The six films with other rows: `copy("path,start,end,label,group", "normal/0.mp4,0,1,normal,a", ...)`."""

    def rows(*said: str) -> Path:
        folder = tmp_path / "data"
        shutil.copytree(clips, folder)
        write_rows(folder / "clips.csv", *said)
        return folder

    return rows


HEAD = "path,start,end,label,group"
LATE = "theft/1.mp4,0.1,9,theft,shop 0"
SOUND = [f"{('normal', 'theft')[n % 2]}/{n}.mp4,,,{('normal', 'theft')[n % 2]},shop {n // 2}" for n in range(6)]


def test_times_that_cannot_be_are_left_out_before_anything_is_computed(
    aisle: Run, copy: Callable[..., Path], features: Path, tmp_path: Path
) -> None:
    data = copy(HEAD, *SOUND, "normal/0.mp4,0.1,9,normal,shop 0", "theft/1.mp4,0.3,0.2,theft,shop 0", SOUND[5])
    done = aisle("train", "--data", data, "--model", "knn", "--out", tmp_path / "head", "--features", features, "-q")
    table = data / "clips.csv"
    assert done.code == 0
    assert done.err.splitlines() == [
        f"left out: {table}:9: the stretch ends before it starts; got: 0.3 to 0.2; do: correct it",
        f"left out: {table}:10: the line is there twice; got: theft; theft in {table}:7; do: keep one of them",
        f"left out: {table}:8: normal lasts past the end of 0.mp4; got: 0.1 to 9.0 s of 0.4 s; do: correct the times",
    ]
    assert "; 3 left out" in read_head(tmp_path / "head").trained_on


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        pytest.param([*SOUND, "theft/1.mp4,0,0.2,odd,shop 0"], "the class odd has a single clip; got: ", id="one clip"),
        pytest.param(
            [*SOUND, "theft/1.mp4,0,0.2,odd,shop 0", "theft/1.mp4,0.2,0.4,odd,shop 0"],
            "the class odd cannot be on both sides of a split; got: one group alone has it: shop 0",
            id="one group",
        ),
        pytest.param(SOUND[::2], "has one class; got: normal", id="one class"),
        pytest.param([SOUND[0], SOUND[2], LATE], "the class theft has no clip to learn from", id="no clip"),
    ],
)
def test_classes_that_cannot_be_learnt(
    aisle: Run, copy: Callable[..., Path], features: Path, tmp_path: Path, rows: list[str], told: str
) -> None:
    data = copy(HEAD, *rows)
    done = aisle("train", "--data", data, "--model", "knn", "--out", tmp_path / "head", "--features", features, "-q")
    assert done.code == 1
    (error,) = done.errors
    assert told in error
    assert not (tmp_path / "head").exists()


def test_a_split_without_examples(aisle: Run, copy: Callable[..., Path], tmp_path: Path) -> None:
    data = copy(f"{HEAD},split", *(f"{row},test" for row in SOUND))
    done = aisle("train", "--data", data, "--model", "knn", "--out", tmp_path / "head", "-q")
    assert done.code == 1
    assert "the class normal has no clip to learn from" in done.error


def test_labels_without_a_video_and_labels_that_are_none(
    aisle: Run, visits: Path, features: Path, tmp_path: Path
) -> None:
    data = shutil.copytree(visits, tmp_path / "data")
    (data / "1_1_label.mat").write_text("no matrix")
    (data / "2_1_crop.mp4").unlink()
    (data / "3_1_crop.mp4").write_bytes(b"no video")
    done = aisle("train", "--data", data, "--model", "knn", "--out", tmp_path / "head", "--features", features, "-q")
    assert done.code == 1
    left_out = [line for line in done.err.splitlines() if line.startswith("left out: ")]
    assert len(left_out) == 3
    for name in ("1_1_label.mat", "2_1_label.mat", "3_1_crop.mp4"):
        assert any(name in line for line in left_out)
    assert "has a single clip" in done.errors[0]


def test_features_that_are_no_numbers_or_no_file(aisle: Run, clips: Path, tmp_path: Path) -> None:
    kept = tmp_path / "features"
    command = ("train", "--data", clips, "--model", "knn", "--features", kept, "-q", "--out", tmp_path / "head")
    assert aisle(*command).code == 0
    shutil.rmtree(tmp_path / "head")
    broken, cut, *others = sorted(kept.rglob("*.npz"))
    with np.load(broken) as found:
        np.savez(broken, values=found["values"] * np.nan, step=found["step"])
    done = aisle(*command)
    assert done.code == 1
    assert f"do: delete {broken}, and they are computed again" in done.errors[0]
    assert f"error: {clips / 'clips.csv'}:" in done.errors[0]
    broken.unlink()
    cut.write_bytes(cut.read_bytes()[:100])
    assert f"error: {cut} is damaged; got: " in aisle(*command, "--resume").errors[0]
    cut.unlink()
    assert aisle(*command, "--resume").code == 0
    assert sorted(kept.rglob("*.npz")) == [broken, cut, *others]


def test_what_cannot_be_extended(aisle: Run, clips: Path, features: Path, tmp_path: Path) -> None:
    base = ("train", "--data", clips, "--features", features, "-q")
    head = tmp_path / "head"
    assert aisle(*base, "--model", "knn", "--no-memory", "--out", head).code == 0
    assert files(head) == ["card.json", "head.onnx", "metrics.json", "report.html"]
    more = (*base, "--extend", head, "--out", tmp_path / "more")
    assert aisle(*more).error == (
        f"error: {head} keeps no memory of what it was trained on; got: no memory.npz in {head}; "
        "do: name that data with --old-data DIR, or use a bundle that was trained without --no-memory"
    )
    assert "there is nothing new to learn" in aisle(*more, "--old-data", clips).errors[0]
    done = aisle(*more, "--old-data", clips, "--set", "neighbours=1")
    assert "a head that is extended keeps its options; got: --set" in done.error
    assert "got: a backbone; allowed: a head of clips" in aisle(*base, "--extend", "kinetics-i3d", "--out", "x").error
    replace(read_head(head), identity="kinetics-i3d-0").write(head)
    assert "reads the features of another backbone; got: kinetics-i3d-" in aisle(*more, "--old-data", clips).error


def test_nothing_to_resume(aisle: Run, clips: Path, tmp_path: Path) -> None:
    done = aisle("train", "--data", clips, "--model", "knn", "--out", tmp_path / "head", "--resume", "-q")
    assert done.code == 2
    assert done.error == (
        f"error: nothing to resume; got: no {tmp_path / 'head.run' / 'run.json'}; do: leave --resume out to begin"
    )


def test_more_graphics_cards_than_there_are(aisle: Run, clips: Path, tmp_path: Path) -> None:
    done = aisle("train", "--data", clips, "--model", "mlp", "--out", tmp_path / "head", "--devices", "99", "-q")
    assert done.code == 2
    assert done.error.startswith("error: not so many graphics cards; got: --devices 99; allowed: 1 to ")
    assert not files(tmp_path)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_training_that_is_stopped_goes_on(
    aisle: Run, visits: Path, features: Path, tmp_path: Path, how: signal.Signals
) -> None:
    out = tmp_path / "head"
    command = ["train", "--data", str(visits), "--model", "bilstm", "--set", "hidden=4", "--features", str(features)]
    command += ["--out", str(out), "-q"]
    started = subprocess.Popen(
        [*AISLE, *command, "--epochs", "100000"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    )
    while started.poll() is None and not (tmp_path / "head.run/last.ckpt").exists():
        time.sleep(0.01)
    started.send_signal(how)
    told = started.communicate()
    if how is signal.SIGINT:
        stopped = "stopped; features and checkpoints are kept: the same command with --resume goes on\n"
        assert (started.returncode, *told) == (130, "", stopped)
    else:
        assert (started.returncode, *told) == (-signal.SIGKILL, "", "")
    assert {name.partition("/")[0] for name in files(tmp_path)} == {"head.run"}
    assert f"{out}.run holds a training that was stopped; got: bilstm-" in aisle(*command).error
    assert f"{out}.run holds another run; got: bilstm-" in aisle(*command, "--seed", "1", "--resume").error
    done = aisle(*command, "--resume", "--epochs", "40")
    assert (done.code, done.err) == (0, "")
    assert {name.partition("/")[0] for name in files(tmp_path)} == {"head"}


def test_a_disk_that_is_full_of_features(aisle: Run, disk: Disk, clips: Path, tmp_path: Path) -> None:
    kept = disk("size=200k")
    done = aisle("train", "--data", clips, "--model", "knn", "--features", kept, "--out", tmp_path / "head", "-q")
    assert done.code == 1
    assert done.error.startswith(f"error: cannot write {kept}")
    assert FULL in done.error
    assert files(kept)
    assert not any(".part" in name for name in files(kept))


def test_a_disk_that_is_full_of_checkpoints(aisle: Run, disk: Disk, visits: Path, features: Path) -> None:
    out = disk("size=40k") / "head"
    done = aisle(
        "train", "--data", visits, "--model", "bilstm", "--set", "hidden=64", "--features", features, "--out", out, "-q"
    )
    assert done.code == 1
    assert done.error.startswith(f"error: cannot write {out}.run; {FULL}")


def test_a_disk_that_is_full_of_bundles(aisle: Run, disk: Disk, clips: Path, features: Path) -> None:
    out = disk("size=40k") / "head"
    done = aisle("train", "--data", clips, "--model", "knn", "--features", features, "--out", out, "-q")
    assert done.code == 1
    assert done.error.startswith(f"error: cannot write {out.parent}")
    assert FULL in done.error
    assert files(out.parent) == ["head.run/run.json"]
