"""A trained head to a bundle: ONNX, compared with the PyTorch network, and its card. Needs PyTorch."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import nn

from aisle.core import DamagedError, Features, whole_folder, writing
from aisle.deploy.build import hashes, made
from aisle.deploy.head import FILE, HeadBundle
from aisle.deploy.runtime import load_head
from aisle.train.memory import Memory

SAME = 1e-3
"""How far a logit of the packaged head may be from PyTorch's."""


def package(
    network: nn.Module,
    bundle: HeadBundle,
    target: Path,
    *,
    samples: Sequence[Features],
    memory: Memory | None = None,
) -> HeadBundle:
    """Writes the bundle into the new folder `target`; `samples` are what the two networks are compared on. With a
    `memory` beside it, the head can be extended.

    Raises OutputError when `target` exists or cannot be written, DamagedError when the packaged head answers otherwise.
    """
    with whole_folder(target) as scratch:
        with writing(scratch):
            _to_onnx(network, samples[0], scratch / FILE)
        _check(network, scratch / FILE, samples)
        if memory is not None:
            memory.write(scratch)
        complete = replace(bundle, made=made("torch", "lightning", "scikit-learn"), files=hashes(scratch))
        complete.write(scratch)
    return complete


def _to_onnx(network: nn.Module, sample: Features, path: Path) -> None:
    with warnings.catch_warnings():
        # the exporter by tracing is the one that keeps the number of steps open; it announces its successor each time
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            (torch.from_numpy(sample.values),),
            str(path),
            input_names=["features"],
            output_names=["logits"],
            dynamic_axes={"features": {0: "steps"}, "logits": {0: "answers"}},
            opset_version=17,
            dynamo=False,
        )


def _check(network: nn.Module, path: Path, samples: Sequence[Features]) -> None:
    run = load_head("openvino", path)
    for sample in samples:
        with torch.no_grad():
            wanted = network(torch.from_numpy(sample.values)).numpy()
        got = run(sample.values)
        off = float(np.abs(got - wanted).max()) if got.shape == wanted.shape else np.inf
        if not off <= SAME * max(1.0, float(np.abs(wanted).max())):
            raise DamagedError("the packaged head answers otherwise", got=f"{off:.2g} off", allowed=f"{SAME}")
