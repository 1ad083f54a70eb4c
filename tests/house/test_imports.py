"""What is loaded when: the base install runs a bundle, so nothing optional, torch least of all, is loaded there."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from .conftest import Plant, hold
from .source import ROOT, Import, Module, modules

LOADS_OPTIONAL = {"models", "objects", "train", "deploy", "service"}
"""Rooms that may load optional packages as they are imported."""

USES_TORCH = LOADS_OPTIONAL - {"service"} | {"analysis"}
"""Rooms that may use torch at all."""

RUNS_BUNDLES = (
    *("aisle.models", "aisle.models.card", "aisle.models.head", "aisle.deploy", "aisle.objects"),
    *("aisle.service", "aisle.service.records", "aisle.service.folder"),
    *(
        f"aisle.deploy.{name}"
        for name in (
            "backbone",
            "bundle",
            "cache",
            "head",
            "headed",
            "model",
            "network",
            "runtime",
            "stream",
            "weights",
        )
    ),
)
"""Files of the rooms above that lie on the path that runs a bundle, and so load nothing optional."""

MAKES_BUNDLES = ("torch", "nncf", "onnx", "onnxscript", "onnxruntime")

WITHOUT = """
import sys
for name in sys.argv.pop(1).split():
    sys.modules[name] = None  # importing it now fails, as if it were not installed
from aisle.apps.cli import main
main()
"""

WATCH = """
import importlib, sys
optional, names = set(sys.argv[1].split()), sys.argv[2].split()
for name in names:
    importlib.import_module(name)
    if loaded := optional & set(sys.modules):
        sys.exit(f"importing {name} loads {sorted(loaded)}")
"""


def _normal(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


def _distributions(requirements: Iterable[str]) -> set[str]:
    return {_normal(re.split(r"[^\w.-]", requirement)[0]) for requirement in requirements} - {"aisle"}


PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
BASE = _distributions(PROJECT["dependencies"])
OPTIONAL = _distributions(
    requirement
    for extra, requirements in PROJECT["optional-dependencies"].items()
    if extra != "dev"
    for requirement in requirements
)


def _top(entry: Import) -> str:
    return entry.target.split(".")[0]


def misplaced(module: Module) -> list[str]:
    """Optional packages loaded at import time, or torch used at all, in a room where that may not be."""
    wrong = [
        entry
        for entry in module.imports
        if (_top(entry) in OPTIONAL and entry.at_import and module.room not in LOADS_OPTIONAL)
        or (_top(entry) == "torch" and module.room not in USES_TORCH)
    ]
    return [f"{module.name}:{entry.line} imports {entry.target}" for entry in wrong]


def test_optional_packages_are_imported_where_they_may_be() -> None:
    hold(line for module in modules() for line in misplaced(module))


def test_running_a_bundle_loads_nothing_optional() -> None:
    light = [m.name for m in modules() if m.room not in LOADS_OPTIONAL and m.path.name != "__main__.py"]
    names = " ".join([*light, *RUNS_BUNDLES])
    done = subprocess.run(
        [sys.executable, "-c", WATCH, " ".join(OPTIONAL), names], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("command", [["classify"], ["analyze", "--out", "results"]], ids=lambda words: words[0])
@pytest.mark.usefixtures("tiny_bundle")
def test_a_bundle_runs_where_what_made_it_is_not_installed(
    command: list[str], document_video: Path, tmp_path: Path
) -> None:
    call = [sys.executable, "-c", WITHOUT, " ".join(MAKES_BUNDLES), *command, str(document_video)]
    done = subprocess.run(call, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "square" in done.stdout


def test_every_import_is_a_declared_dependency() -> None:
    sources = packages_distributions()
    hold(
        f"{module.name}:{entry.line} imports {entry.target}"
        for module in modules()
        for entry in module.imports
        if _top(entry) not in sys.stdlib_module_names | {"aisle"}
        and not set(map(_normal, sources.get(_top(entry), []))) & (BASE | OPTIONAL)
    )


def test_a_planted_import_is_judged(plant: Plant) -> None:
    late_pyarrow, late_torch = "def late():\n    import pyarrow", "def late():\n    import torch"
    typed = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pyarrow"
    assert misplaced(plant("apps/a.py", "import pyarrow")) == ["aisle.apps.a:1 imports pyarrow"]
    assert misplaced(plant("apps/b.py", late_torch)) == ["aisle.apps.b:2 imports torch"]
    assert misplaced(plant("apps/c.py", late_pyarrow)) == []
    assert misplaced(plant("apps/d.py", typed)) == []
    assert misplaced(plant("analysis/e.py", late_torch)) == []
    assert misplaced(plant("models/f.py", "import torch.nn")) == []
