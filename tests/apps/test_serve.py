"""`aisle serve` as a process: it says where it is, answers, and leaves when asked."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import httpx
import pytest

from .conftest import AISLE, Run


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_asked_to_end(tiny_bundle: Path, clip: Path, tmp_path: Path, how: signal.Signals) -> None:
    assert tiny_bundle.is_dir()
    command = [*AISLE, "serve", "--port", "0", "--models", "kinetics-i3d", "--data", str(tmp_path / "data")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        first = process.stderr.readline()
        assert first.startswith("aisle serves at http://127.0.0.1:")
        with httpx.Client(base_url=first.split()[-1], timeout=60) as client, clip.open("rb") as file:
            answer = client.post("/v1/classify", files={"file": file}, data={"top": "3"}).json()
            assert len(answer["predictions"]) == 3
            assert answer["duration_s"] == 3.0
            assert "<title>" in client.get("/").text
        process.send_signal(how)
        rest = process.stderr.read()
    assert process.returncode == 0
    assert "Traceback" not in rest


def test_it_does_not_open_the_door_without_a_key(aisle: Run, tmp_path: Path) -> None:
    done = aisle("serve", "--host", "0.0.0.0", "--models", "kinetics-i3d", "--data", tmp_path / "data")
    assert done.code == 2
    assert "a service that others can call needs a key" in done.error


def test_models_that_are_none(aisle: Run, tmp_path: Path) -> None:
    done = aisle("serve", "--models", "kinetics-i3", "--data", tmp_path / "data")
    assert done.code == 2
    assert "did you mean kinetics-i3d?" in done.error
