"""RT-DETR and D-FINE as students, through the library transformers: a small one on EfficientNet-Lite0, which begins
with what that learnt of ImageNet, or a published one, which begins with all it knows.

Shapes: B pictures; of one of them G true boxes.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from aisle.core import DamagedError, UnknownNameError
from aisle.models.efficientnet_lite import EfficientNetLite0
from aisle.objects.family import Port, Reader, Signature
from aisle.objects.rtdetr import reader
from aisle.train.detector import DetectorRecipe
from aisle.train.yolox_loss import Truth

SIDE = 320
PUBLISHED_SIDE = 640

KINDS = ("rt_detr", "rt_detr_v2", "d_fine")
"""What transformers calls the kinds of networks that are read alike: pictures stretched, 0 to 1."""

_WIDTH, _QUERIES, _DECODERS = 128, 100, 3


class DetrStudent:
    """See aisle.train.detector.Student."""

    family, stretches, outputs = "rtdetr", True, ("logits", "pred_boxes")
    recipe = DetectorRecipe(epochs=150, batch=4, rate=5e-4, decay=1e-4)

    def __init__(self, network: nn.Module, title: str, classes: int, side: int) -> None:
        self.network, self.title, self.side, self._classes = network, title, side, classes

    def loss(self, pictures: Tensor, truth: Sequence[Truth]) -> Tensor:
        """See Student."""
        side = pictures.shape[-1]
        labels = [{"class_labels": classes, "boxes": _middles(boxes) / side} for boxes, classes in truth]
        loss: Tensor = self.network(pixel_values=pictures / 255, labels=labels).loss
        return loss

    def rates(self, rate: float) -> list[dict[str, object]]:
        """What looks at pictures knows already how, and learns at a tenth of the rate."""
        parts: tuple[list[nn.Parameter], list[nn.Parameter]] = ([], [])
        for name, weight in self.network.named_parameters():
            if weight.requires_grad:
                parts[".backbone." in f".{name}"].append(weight)
        return [{"params": parts[0], "lr": rate}, {"params": parts[1], "lr": rate / 10}]

    def exported(self) -> nn.Module:
        return _Answers(self.network)

    def reader(self) -> Reader:
        guesses = Port("logits", (None, None, self._classes)), Port("pred_boxes", (None, None, 4))
        pixels = Port("pixel_values", (None, 3, self.side, self.side))
        return reader(Signature((pixels,), guesses), (self.side, self.side))


def small_detr(classes: int, weights: Mapping[str, Tensor] | None, side: int = SIDE) -> DetrStudent:
    """`weights` are those of EfficientNet-Lite0 under our names; None begins at random."""
    from transformers import RTDetrConfig, RTDetrForObjectDetection

    with _quiet():
        config = RTDetrConfig(
            encoder_hidden_dim=_WIDTH,
            d_model=_WIDTH,
            encoder_ffn_dim=2 * _WIDTH,
            decoder_ffn_dim=2 * _WIDTH,
            encoder_attention_heads=4,
            decoder_attention_heads=4,
            decoder_layers=_DECODERS,
            decoder_in_channels=[_WIDTH] * 3,
            num_queries=min(_QUERIES, sum((side // stride) ** 2 for stride in (8, 16, 32))),
            num_denoising=50,
            hidden_expansion=0.5,
        )
        config.num_labels = classes
        network = RTDetrForObjectDetection(config)
    looks = _Lite(weights)
    network.model.backbone = looks
    for projected, channels in zip(network.model.encoder_input_proj, looks.channels, strict=True):
        projected[0] = nn.Conv2d(channels, _WIDTH, 1, bias=False)
    return DetrStudent(network, "RT-DETR on EfficientNet-Lite0", classes, side)


def published_detr(folder: Path, labels: Sequence[str], side: int = PUBLISHED_SIDE) -> DetrStudent:
    """The network that transformers wrote into `folder`; what names classes begins anew unless they are as many.

    Raises UnknownNameError for a kind of network that is read otherwise, DamagedError for files that are none.
    """
    from transformers import AutoConfig, AutoModelForObjectDetection

    names = {"id2label": dict(enumerate(labels)), "label2id": {label: n for n, label in enumerate(labels)}}
    config = _loaded(AutoConfig.from_pretrained, folder)
    if config.model_type not in KINDS:
        raise UnknownNameError("kind of detector", config.model_type, KINDS, do="name a network of one of these kinds")
    network = _loaded(
        AutoModelForObjectDetection.from_pretrained,
        folder,
        num_labels=len(labels),
        ignore_mismatched_sizes=True,
        use_safetensors=True,
        **names,
    )
    return DetrStudent(network, f"{config.model_type} of {folder.name}", len(labels), side)


def _loaded(load: Callable[..., Any], folder: Path, **options: object) -> Any:
    try:
        with _quiet():
            return load(folder, **options)
    except Exception as error:  # safetensors, the checks of configurations and torch have errors of their own
        got = next(iter(str(error).strip().splitlines()), type(error).__name__)
        do = "copy the folder here again, as save_pretrained writes it, with model.safetensors"
        raise DamagedError(f"cannot read the network in {folder}", got=got, do=do) from error


class _Lite(nn.Module):
    """EfficientNet-Lite0 in the place of transformers' own backbone: maps at strides 8, 16 and 32, each with a mask
    that nobody reads. Its batch norms stay as they are, as batches are small.
    """

    channels = (40, 112, 320)
    _taps = ("layer3", "layer5", "layer7")

    def __init__(self, weights: Mapping[str, Tensor] | None) -> None:
        super().__init__()
        self.network = EfficientNetLite0()
        if weights is not None:
            self.network.load_state_dict(dict(weights))

    def train(self, mode: bool = True) -> _Lite:
        """Never the norms."""
        super().train(mode)
        for module in self.network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
        return self

    def forward(self, pixel_values: Tensor, pixel_mask: Tensor) -> list[tuple[Tensor, Tensor]]:
        x = self.network.stem((pixel_values * 255 - 127) / 128)  # as its weights were trained
        maps = []
        for name in self.network.stages[1:-1]:
            x = self.network.get_submodule(name)(x)
            if name in self._taps:
                maps.append((x, pixel_mask))
        return maps


class _Answers(nn.Module):
    """What is packaged of a network: pictures (B, 3, S, S), 0 to 1, to logits (B, Q, C) and boxes (B, Q, 4)."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, pixel_values: Tensor) -> tuple[Tensor, Tensor]:
        said: Any = self.network(pixel_values=pixel_values)
        return said.logits, said.pred_boxes


def _middles(boxes: Tensor) -> Tensor:
    """Middle x, y, width and height of corners (G, 4)."""
    return torch.cat([(boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]], 1)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """transformers tells what it makes anew, which is meant so."""
    import logging as levels

    from transformers.utils import logging

    before = logging.get_verbosity()
    logging.set_verbosity(levels.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.set_verbosity(before)
