"""A recogniser of products to a bundle: ONNX, compared with the PyTorch network, and its card. Needs PyTorch."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from aisle.core import DamagedError, Progress, silent, whole_folder, writing
from aisle.core.video import Image
from aisle.deploy.build import hashes, made
from aisle.deploy.product_bundle import NETWORK, ProductBundle, write_readout
from aisle.deploy.product_model import ASKED, open_embedder, prepared
from aisle.deploy.weights import find_file, read_published
from aisle.models.clip import clip_model
from aisle.models.efficientnet_lite import PUBLISHED, EfficientNetLite0
from aisle.models.picture_features import PictureFeatures
from aisle.models.product_readout import Readout
from aisle.models.renaming import renamed

SAME = 1e-3
"""How far a feature of the packaged network may be from PyTorch's; they are between -1 and 1."""

_SOURCE = "cnn-lstm"
"""The model whose card says where EfficientNet-Lite0 is to be had."""


def published_features(*, progress: Progress = silent) -> PictureFeatures:
    """EfficientNet-Lite0 as it was trained on ImageNet. Raises what `find_file` raises."""
    source = clip_model(_SOURCE).initial
    if source is None:
        raise DamagedError(f"the card of {_SOURCE} names no image network", got="none", do="install aisle again")
    network = EfficientNetLite0()
    network.load_state_dict(renamed(read_published(find_file(source, progress=progress)), PUBLISHED))
    return PictureFeatures(network).eval()


def convert(network: PictureFeatures, size: int, samples: Sequence[Image], folder: Path) -> float:
    """Writes the network into `folder`, and returns how far its features of `samples` are from PyTorch's, at most.

    Raises DamagedError where that is more than SAME, OutputError where the disk refuses.
    """
    with writing(folder):
        _to_onnx(network, size, folder / NETWORK)
    with torch.no_grad():
        wanted = network(torch.from_numpy(np.stack([prepared(one, size) for one in samples]))).numpy()
    got = open_embedder(folder, size).views(samples, ASKED[:1])[:, 0]
    off = float(np.abs(got - wanted).max()) if got.shape == wanted.shape else float("inf")
    if not off <= SAME:
        raise DamagedError("the packaged network answers otherwise", got=f"{off:.2g} off", allowed=str(SAME))
    return off


def package_products(bundle: ProductBundle, readout: Readout, network: Path, target: Path) -> ProductBundle:
    """Writes the bundle into the new folder `target`, with a copy of the converted `network`.

    Raises OutputError when `target` exists or cannot be written.
    """
    with whole_folder(target) as scratch:
        with writing(scratch):
            (scratch / NETWORK).write_bytes(network.read_bytes())
        write_readout(readout, scratch)
        complete = replace(bundle, made=made("torch", "openvino"), files=hashes(scratch))
        complete.write(scratch)
    return complete


def _to_onnx(network: PictureFeatures, size: int, path: Path) -> None:
    with warnings.catch_warnings():
        # the exporter by tracing announces its successor each time
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network.eval(),
            (torch.zeros(1, size, size, 3),),
            str(path),
            input_names=["pixels"],
            output_names=["features"],
            dynamic_axes={"pixels": {0: "pictures"}, "features": {0: "pictures"}},
            opset_version=17,
            dynamo=False,
        )
