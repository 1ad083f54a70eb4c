"""What a network reconstructs or predicts, packaged beside its bundle: ONNX, OpenVINO, int8, all compared with PyTorch.

Needs PyTorch. Shapes: B windows, T pictures of one, H height, W width.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from aisle.core import DamagedError, whole_folder, writing
from aisle.data.rendered import textures
from aisle.deploy.build import hashes, made, save
from aisle.deploy.clip import ClipBundle, read_clip_bundle
from aisle.deploy.clip_int8 import quantized
from aisle.deploy.pixels import (
    FOLDER,
    ONNX,
    PIXEL_RUNTIMES,
    Bytes,
    Floats,
    PixelCheck,
    PixelsCard,
    agrees,
    load_painter,
    squared_errors,
    squeezed,
)
from aisle.deploy.runtime import openvino

EXACT = 1e-3
"""What pictures may be apart, of 0 to 1, where both networks compute in fp32."""

GENERATED, CHECKED = 8, 4
"""Windows that are drawn in addition to the samples, for calibrating; windows that are compared, at most."""

INT8 = "openvino-int8"


class Painting(nn.Module):
    """Windows (B, T, H, W, 3) uint8 to pictures (B, T', H, W, 3) in [0, 1], and doubts if there is a discriminator."""

    def __init__(self, pretext: nn.Module) -> None:
        super().__init__()
        self.pretext = plain(pretext)
        self.doubts = hasattr(pretext, "doubts")

    def forward(self, frames: Tensor) -> tuple[Tensor, ...]:
        x = frames.permute(0, 4, 1, 2, 3).float() / 255
        pictures = self.pretext.pictures(x).permute(0, 2, 3, 4, 1)  # type: ignore[operator]
        return (pictures, self.pretext.doubts(x)) if self.doubts else (pictures,)  # type: ignore[operator]


def plain(pretext: nn.Module) -> nn.Module:
    """A copy on the CPU for answering only: weights that are computed of others, as by spectral norm, are fixed."""
    copied = copy.deepcopy(pretext).cpu().float().eval()
    for module in copied.modules():
        if parametrize.is_parametrized(module):
            fixed = {name: getattr(module, name).detach() for name in module.parametrizations}  # type: ignore[union-attr]
            # PyTorch's own way of removing them changes the class, which the original shares
            del module.parametrizations
            module.__class__ = type(module).__bases__[0]
            for name, weight in fixed.items():
                setattr(module, name, nn.Parameter(weight))
    return copied


def package_pixels(
    pretext: Any, bundle: Path, *, samples: Sequence[Bytes] = (), size: tuple[int, int] | None = None
) -> PixelsCard:
    """Adds the folder `pixels` to the bundle in this folder, and its files to the bundle's card.

    `pretext` is one that is `Pictured`. `samples` are pictures (any, any, any, 3) uint8 in a row, for calibrating int8
    and for comparing: fewer than a window has are played there and back. Without any, they are drawn. `size` is height
    and width of what is taken, by default the square that was learnt from. Raises OutputError where the bundle has that
    folder or cannot be written, DamagedError where the converted network paints otherwise.
    """
    told = read_clip_bundle(bundle)
    card = _card(pretext, told, size or (told.sampling.crop, told.sampling.crop))
    windows = _windows(card, samples)
    painting = Painting(pretext).eval()
    with whole_folder(bundle / FOLDER) as scratch:
        with writing(scratch):
            _to_onnx(painting, windows[0][None], scratch / ONNX)
        model = openvino().convert_model(scratch / ONNX)
        save(model, scratch / "fp32.xml")
        checked, calibrating = windows[:CHECKED], windows[CHECKED:]
        card = replace(card, checks=_checks(painting, scratch, card, checked, model, calibrating))
        card = replace(card, made=made("torch", "openvino", "nncf"), files=hashes(scratch))
        card.write(scratch)
    replace(told, files=hashes(bundle)).write(bundle)
    return card


def _card(pretext: Any, told: ClipBundle, size: tuple[int, int]) -> PixelsCard:
    sampling = told.sampling
    return PixelsCard(
        network=told.network,
        rate=sampling.rate / max(sampling.stride, 1),
        frames=pretext.frames,
        ahead=pretext.ahead,
        height=size[0],
        width=size[1],
        doubts=hasattr(pretext, "doubts"),
    )


def _windows(card: PixelsCard, samples: Sequence[Bytes]) -> list[Bytes]:
    """The samples, then drawn ones, as the network takes them; those to compare on first."""
    rows = [there_and_back(len(sample), card.frames) for sample in samples]
    shown = [squeezed(sample[row], card.height, card.width) for sample, row in zip(samples, rows, strict=True)]
    drawn = textures(count=GENERATED, frames=card.frames, width=card.width, height=card.height, seed=1)
    return [*shown, *drawn]


def there_and_back(length: int, count: int) -> npt.NDArray[np.int64]:
    """(count,): which of `length` pictures are shown one after the other."""
    turn = max(length - 1, 1)
    rows: npt.NDArray[np.int64] = np.minimum(turn - np.abs(np.arange(count) % (2 * turn) - turn), length - 1)
    return rows


def _to_onnx(painting: Painting, example: Bytes, path: Path) -> None:
    """Opset 17; only how many windows there are is left open."""
    names = ["pictures", "doubts"][: 1 + painting.doubts]
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # tracing warns of every size that it fixes: what comes out is compared
        torch.onnx.export(
            painting,
            (torch.from_numpy(example),),
            str(path),
            input_names=["frames"],
            output_names=names,
            dynamic_axes={name: {0: "batch"} for name in ("frames", *names)},
            opset_version=17,
            dynamo=False,
        )


def _checks(
    painting: Painting,
    folder: Path,
    card: PixelsCard,
    windows: Sequence[Bytes],
    model: Any,
    calibrating: Sequence[Bytes],
) -> dict[str, PixelCheck]:
    """Of every runtime; int8 is made and, where it paints otherwise, removed again."""
    with torch.no_grad():
        truth = [painting(torch.from_numpy(window[None]))[0].numpy() for window in windows]
    checks = {name: _compared(name, folder, card, windows, truth) for name in PIXEL_RUNTIMES if name != INT8}
    for name in ("onnxruntime", "openvino-fp32"):
        if not checks[name].apart <= EXACT:
            raise DamagedError(
                f"the network paints otherwise on {name}", got=f"{checks[name].apart} apart", allowed=f"{EXACT}"
            )
    save(quantized(model, [[window[None]] for window in calibrating]), folder / "int8.xml")
    checks[INT8] = _compared(INT8, folder, card, windows, truth)
    if not agrees(replace(card, checks=checks), INT8):
        for path in folder.glob("int8.*"):
            path.unlink()
    return checks


def _compared(
    runtime: str, folder: Path, card: PixelsCard, windows: Sequence[Bytes], truth: Sequence[Floats]
) -> PixelCheck:
    paint = load_painter(runtime, folder, card)
    got = [paint(window[None])[0] for window in windows]
    apart = np.sqrt(np.mean([np.square(one - other).mean() for one, other in zip(got, truth, strict=True)]))
    ours, theirs = (
        np.concatenate([squared_errors(one, window[None]).ravel() for one, window in zip(some, windows, strict=True)])
        for some in (got, truth)
    )
    cosine = ours @ theirs / max(float(np.linalg.norm(ours) * np.linalg.norm(theirs)), 1e-12)
    return PixelCheck(len(windows), round(float(apart), 6), round(float(cosine), 6))
