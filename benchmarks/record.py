"""Writes a benchmark's figures beside the machine, the versions and the date they hold for."""

from __future__ import annotations

import json
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
PACKAGES = ("aisle", "av", "numpy", "openvino", "nncf", "onnxruntime", "torch", "opencv-python")


def save(name: str, figures: dict[str, Any]) -> None:
    """Replaces results/NAME.json and shows it."""
    RESULTS.mkdir(exist_ok=True)
    record = {"date": datetime.now(UTC).isoformat(timespec="minutes"), "machine": machine(), "figures": figures}
    text = json.dumps(record, indent=1)
    (RESULTS / f"{name}.json").write_text(text + "\n", "utf-8")
    print(text)


def load(name: str) -> dict[str, Any]:
    """The figures of the last run, {} if there was none."""
    path = RESULTS / f"{name}.json"
    figures: dict[str, Any] = json.loads(path.read_text("utf-8"))["figures"] if path.exists() else {}
    return figures


def load_machine(name: str) -> dict[str, Any]:
    """Where the last run was, {} if there was none."""
    path = RESULTS / f"{name}.json"
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))["machine"] if path.exists() else {}
    return found


def machine() -> dict[str, Any]:
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines() if Path("/proc/cpuinfo").exists() else []
    said = dict(line.split(":", 1) for line in lines if ":" in line)
    flags = {key.strip(): value.strip() for key, value in said.items()}.get("flags", "").split()
    model = next((value.strip() for key, value in said.items() if key.strip() == "model name"), platform.processor())
    return {
        "processor": model,
        "cores": sum(line.startswith("processor") for line in lines),
        "speeds_up_ai": [
            flag for flag in ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8") if flag in flags
        ],
        "system": platform.platform(),
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in PACKAGES},
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
