"""What is committed: our own text, no third party's data, pictures or weights, and no address of a registry."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from .conftest import hold
from .source import ROOT

MEDIA = {".avi", ".gif", ".jpeg", ".jpg", ".mkv", ".mov", ".mp3", ".mp4", ".png", ".wav", ".webm", ".webp"}
WEIGHTS = {".bin", ".ckpt", ".h5", ".npy", ".npz", ".onnx", ".pb", ".pkl", ".pt", ".pth", ".safetensors", ".tflite"}
DATA = {".mat", ".parquet", ".tar", ".gz", ".zip"}
MADE_BY_US = (
    {
        f"src/aisle/models/trained/{name}/head.onnx": f"trained by recipes/{name}.sh"
        for name in ("everyday", "fight", "shoplifting", "shopper")
    }
    | {
        f"src/aisle/objects/{name}.onnx": "trained on rendered shops as recipes/overhead.sh does it"
        for name in ("trained/overhead/network", "trained_hands/hands", "trained_hands/handling")
    }
    | {
        f"docs/pictures/{name}.webp": "taken by benchmarks/screenshots.py of videos that aisle data render has drawn"
        for name in ("live", "timeline")
    }
    | {
        "docs/pictures/noticing.webp": "drawn by aisle analyze --annotate into videos of aisle data render",
        "docs/pictures/hard.webp": "made by benchmarks/hard_cases.py of videos that aisle data render has drawn",
    }
)
"""Path from the root, and how the project made the file."""

REGISTRIES = ("py" + "pi.org", "pytho" + "nhosted.org", "deb" + "ian.org", "registry.npm" + "js.org")
"""Packages come through the user's own settings, so their hosts are named nowhere; in halves, or this file would."""


@pytest.fixture(scope="module")
def committed() -> list[Path]:
    """Files in the repository, and those that would be with the next commit."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout, so nothing tells what is committed")
    listing = [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in names.split("\0") if name and (ROOT / name).is_file()]


def test_no_data_or_weights_of_others(committed: list[Path]) -> None:
    suspects = {str(path.relative_to(ROOT)) for path in committed if path.suffix.lower() in MEDIA | WEIGHTS | DATA}
    hold(suspects - set(MADE_BY_US))
    hold(f"{name} is on the list but not there" for name in set(MADE_BY_US) - suspects)


def test_no_registry_is_named(committed: list[Path]) -> None:
    texts = {path: path.read_bytes().decode("utf-8", errors="replace") for path in committed}
    hold(
        f"{path.relative_to(ROOT)} names {host}" for path, text in texts.items() for host in REGISTRIES if host in text
    )
