"""What the tests of packaged models share."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

import pytest

from aisle.deploy.backbone import Model
from aisle.deploy.export import export_bundle
from aisle.deploy.model import open_model

Opener = Callable[[str], Model]


@pytest.fixture(scope="session")
def onnx_bundle(tiny_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small model, exported to ONNX."""
    target = tmp_path_factory.mktemp("exported") / "shop-onnx"
    export_bundle(tiny_bundle, "onnx", target)
    return target


@pytest.fixture(scope="session")
def opened(tiny_bundle: Path, onnx_bundle: Path) -> Opener:
    """The small model on the runtime named; opened once for all tests, as each opening compiles it."""

    @functools.cache
    def on(runtime: str) -> Model:
        return open_model(onnx_bundle if runtime == "onnxruntime" else tiny_bundle, runtime=runtime)

    return on
