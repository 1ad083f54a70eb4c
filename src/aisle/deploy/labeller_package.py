"""A network that names pictures to a bundle: ONNX, compared with the PyTorch network, and its card. Needs PyTorch."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from aisle.core import DamagedError, LabelSet, whole_folder, writing
from aisle.core.video import Image
from aisle.deploy.build import hashes, made
from aisle.deploy.labeller_bundle import NETWORK, USUAL, LabellerBundle
from aisle.deploy.labeller_runtime import Labeller
from aisle.deploy.weights import read_published
from aisle.models import picture_classes
from aisle.models.picture_classes import PictureClasses

SIZE = 224
SAME = 1e-3
"""How far a probability of the packaged network may be from PyTorch's."""

IMAGENET = "imagenet1000.txt"


def package_published(weights: Path, target: Path) -> LabellerBundle:
    """Writes the bundle of EfficientNet-Lite0 as it was trained on ImageNet into the new folder `target`.

    Raises DamagedError for weights of another network, OutputError.
    """
    names = Path(picture_classes.__file__).with_name(IMAGENET).read_text("utf-8").splitlines()
    bundle = LabellerBundle(
        name=USUAL,
        title="EfficientNet-Lite0, the 1000 classes of ImageNet",
        labels=LabelSet(tuple(names)),
        size=SIZE,
        scale=1.0,
        trained_on="ImageNet, by the authors of EfficientNet",
        not_for="Decisions about persons; it knows things and animals, and no people.",
        licence="Apache-2.0",
        apart=0.0,
    )
    return package_labeller(picture_classes.published(read_published(weights)), bundle, _patterns(), target)


def package_labeller(
    network: PictureClasses, bundle: LabellerBundle, samples: Sequence[Image], target: Path
) -> LabellerBundle:
    """Writes the bundle into the new folder `target`, once its probabilities of `samples` are PyTorch's.

    Raises DamagedError where they are not, OutputError when `target` exists or cannot be written.
    """
    with whole_folder(target) as scratch:
        with writing(scratch):
            _to_onnx(network, bundle.size, scratch / NETWORK)
        labeller = Labeller(bundle, scratch, "openvino")
        pixels = np.stack([_squared(one, bundle.size) for one in samples])
        with torch.no_grad():
            logits, _ = network(torch.from_numpy(pixels.astype(np.float32)))
        wanted = (logits * bundle.scale).softmax(1).numpy()
        apart = float(np.abs(labeller.probabilities(list(pixels)) - wanted).max())
        if not apart <= SAME:
            raise DamagedError("the packaged network answers otherwise", got=f"{apart:.2g} off", allowed=str(SAME))
        complete = replace(bundle, apart=apart, made=made("torch", "openvino"), files=hashes(scratch))
        complete.write(scratch)
    return complete


def _squared(image: Image, size: int) -> Image:
    from PIL import Image as Canvas

    return np.asarray(Canvas.fromarray(image).resize((size, size), Canvas.Resampling.BILINEAR))


def _patterns() -> list[Image]:
    """Something like pictures: blocks of a few colours."""
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (4, 14, 14, 3), np.uint8)
    return [one.repeat(16, axis=0).repeat(16, axis=1) for one in coarse]


def _to_onnx(network: PictureClasses, size: int, path: Path) -> None:
    with warnings.catch_warnings():
        # the exporter by tracing announces its successor each time
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network.eval(),
            (torch.zeros(1, size, size, 3),),
            str(path),
            input_names=["pixels"],
            output_names=["logits", "features"],
            dynamic_axes={name: {0: "pictures"} for name in ("pixels", "logits", "features")},
            opset_version=17,
            dynamo=False,
        )
