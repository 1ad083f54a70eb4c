"""The pictures that a packaged network reconstructs or predicts, and how far off they are. Imports no PyTorch.

A bundle whose network learnt from pixels may hold a folder `pixels` beside its card:

card.json              what it takes, how far each runtime is from PyTorch, hashes
pixels.onnx            pictures (B, T, H, W, 3) uint8 to pictures (B, T', H, W, 3) in [0, 1], and of an adversarial
                       network how much is doubted (B, T'', H'', W''); B is open
fp32.xml               and .bin: runs in fp32, and in bf16 where the processor has it
int8.xml               and .bin, where int8 paints like the original

Shapes: B windows, T pictures of one, T' of them reconstructed or predicted, H height, W width.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from aisle.core import DamagedError, InputError, UnknownNameError, UsageError
from aisle.deploy.bundle import damaged, read_sealed, verify, write_sealed
from aisle.deploy.runtime import kept_compiled, openvino, session_of

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Painter = Callable[[Bytes], tuple[Floats, ...]]
"""One window (1, T, H, W, 3) to what the network gives of it."""

KIND, FOLDER, ONNX = "pixels", "pixels", "pixels.onnx"


@dataclass(frozen=True, slots=True)
class PixelCheck:
    """How far one runtime is from PyTorch over `clips`: the root of the mean squared difference of pictures, pixels
    being 0 to 1, and the cosine between both maps of squared errors.
    """

    clips: int
    apart: float
    cosine: float


@dataclass(frozen=True, slots=True)
class PixelsCard:
    """It takes windows of `frames` pictures, `rate` a second, of `height` x `width` pixels; of these the last `ahead`
    are predicted, or with 0 all reconstructed. `doubts` says whether it has a discriminator. `network` is the module in
    aisle.models.
    """

    network: str
    rate: Fraction
    frames: int
    ahead: int
    height: int
    width: int
    doubts: bool
    checks: Mapping[str, PixelCheck] = field(default_factory=dict)
    made: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def predicts(self) -> bool:
        return self.ahead > 0

    @property
    def painted(self) -> int:
        """T': pictures of a window that it paints."""
        return self.ahead or self.frames

    def write(self, folder: Path) -> None:
        """Whole or not at all. Raises OutputError."""
        write_sealed({"kind": KIND, **asdict(replace(self, rate=Fraction(0))), "rate": str(self.rate)}, folder)


def read_pixels_card(bundle: Path) -> PixelsCard:
    """Of the bundle in this folder. Raises InputError where its network paints no pictures, DamagedError."""
    folder = bundle / FOLDER
    if not has_pixels(bundle):
        raise InputError(
            f"the network of {bundle} paints no pictures",
            got=f"nothing at {folder}",
            allowed="a bundle by aisle pretrain with the method vae, gan, lstm, simvp or masked",
        )
    plain = read_sealed(folder)
    with damaged(folder):
        del plain["kind"]
        checks = {name: PixelCheck(**check) for name, check in plain["checks"].items()}
        return PixelsCard(**{**plain, "rate": Fraction(plain["rate"]), "checks": checks})


def has_pixels(bundle: Path) -> bool:
    """Whether the network of the bundle in this folder also paints."""
    return (bundle / FOLDER / "card.json").is_file()


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """`pictures` (B, T', H, W, 3) in [0, 1], their squared `errors` (B, T', H, W), the mean over colours, and of an
    adversarial network `doubts` (B, T'', H'', W''): the higher, the less real what was shown there.
    """

    pictures: Floats
    errors: Floats
    doubts: Floats | None


class Pixels:
    """What a bundle's network reconstructs or predicts; see `PixelsCard` for what it takes."""

    def __init__(self, card: PixelsCard, paint: Painter) -> None:
        self.card, self._paint = card, paint

    def looked(self, frames: Bytes) -> Looked:
        """Of windows (B, T, any, any, 3), which are squeezed to the size that the network takes. Raises UsageError for
        another number of pictures.
        """
        card = self.card
        if frames.ndim != 5 or frames.shape[1] != card.frames or frames.shape[4] != 3:
            raise UsageError(
                "this network takes windows of pictures", got=frames.shape, allowed=f"(B, {card.frames}, H, W, 3)"
            )
        shown = squeezed(frames, card.height, card.width)
        parts = [self._paint(shown[number : number + 1]) for number in range(len(shown))]
        pictures = np.concatenate([part[0] for part in parts])
        doubts = np.concatenate([part[1] for part in parts]) if card.doubts else None
        return Looked(pictures, squared_errors(pictures, shown), doubts)

    def pictures(self, frames: Bytes) -> Floats:
        """(B, T', H, W, 3) in [0, 1] of windows (B, T, any, any, 3). Raises UsageError as `looked` does."""
        return self.looked(frames).pictures

    def errors(self, frames: Bytes) -> Floats:
        """(B, T', H, W): squared errors, 0 to 1, averaged over colours. Raises UsageError as `looked` does."""
        return self.looked(frames).errors


def squared_errors(pictures: Floats, shown: Bytes) -> Floats:
    """(B, T', H, W): of `pictures` (B, T', H, W, 3) in [0, 1], against the last T' of those `shown` (B, T, H, W, 3)."""
    wanted = shown[:, -pictures.shape[1] :] * np.float32(1 / 255)
    errors: Floats = np.square(pictures - wanted).mean(4)
    return errors


def squeezed(frames: Bytes, height: int, width: int) -> Bytes:
    """(..., H, W, 3) to (..., height, width, 3), each new pixel the mean of what it covers. Proportions may change."""
    if frames.shape[-3:-1] == (height, width):
        return frames
    rows, columns = covers(frames.shape[-3], height), covers(frames.shape[-2], width)
    flat = frames.reshape(-1, frames.shape[-3], frames.shape[-2] * 3).astype(np.float32)
    low = (rows @ flat).reshape(-1, frames.shape[-2], 3)
    small = (columns @ low).reshape(*frames.shape[:-3], height, width, 3)
    return np.rint(small).astype(np.uint8)


def covers(length: int, count: int) -> Floats:
    """(count, length): which share of each of `count` equal parts each pixel of a row of `length` has."""
    edges = np.linspace(0, length, count + 1)
    pixels = np.arange(length)
    shares = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    covered: Floats = (np.clip(shares, 0, None) * count / length).astype(np.float32)
    return covered


def open_pixels(bundle: Path, *, runtime: str | None = None) -> Pixels:
    """Of the bundle in this folder; without `runtime` in int8, else bf16, where the card says that it agrees.

    Raises InputError where there is none, UnknownNameError, DamagedError.
    """
    card, folder = read_pixels_card(bundle), bundle / FOLDER
    chosen = runtime or best_runtime(card)
    if chosen not in PIXEL_RUNTIMES:
        raise UnknownNameError("runtime", chosen, PIXEL_RUNTIMES)
    file = FILES[chosen]
    if f"{file}" not in card.files:
        raise InputError(
            f"these pixels have no {chosen}", got=", ".join(card.files), do="leave the runtime out, or name another"
        )
    verify(card.files, folder, part=file.split(".", maxsplit=1)[0])
    return Pixels(card, load_painter(chosen, folder, card))


def best_runtime(card: PixelsCard) -> str:
    """The quickest that agrees with PyTorch."""
    kept = [name for name in ("openvino-int8", "openvino-bf16") if FILES[name] in card.files and agrees(card, name)]
    return kept[0] if kept else "openvino-fp32" if FILES["openvino-fp32"] in card.files else "onnxruntime"


SAME, ALIKE = 0.01, 0.98
"""A runtime agrees with PyTorch where pictures are no more than the first apart, and maps of errors at least the second
alike.
"""


def agrees(card: PixelsCard, runtime: str) -> bool:
    """By the card's check, where there is one."""
    check = card.checks.get(runtime)
    return check is not None and check.apart <= SAME and check.cosine >= ALIKE


def load_painter(runtime: str, folder: Path, card: PixelsCard) -> Painter:
    """`folder` is the one of the card, `runtime` one of `PIXEL_RUNTIMES`."""
    return PIXEL_RUNTIMES[runtime](folder, card)


def _on_openvino(file: str, precision: str | None) -> Callable[[Path, PixelsCard], Painter]:
    def load(folder: Path, card: PixelsCard) -> Painter:
        core = openvino().Core()
        core.set_property(kept_compiled())
        # one thread, as a window is too little work to share out: more take longer in all
        hints: dict[str, Any] = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": 1}
        if precision is not None:
            hints["INFERENCE_PRECISION_HINT"] = precision
        try:
            model = core.read_model(folder / file)
            model.reshape([1, card.frames, card.height, card.width, 3])
            request = core.compile_model(model, "CPU", hints).create_infer_request()
        except RuntimeError as error:
            raise DamagedError(f"{folder / file} cannot be opened", got=str(error).splitlines()[0]) from error
        outputs = range(1 + card.doubts)

        def paint(frames: Bytes) -> tuple[Floats, ...]:
            request.infer([np.ascontiguousarray(frames)])
            return tuple(request.get_output_tensor(number).data.copy() for number in outputs)

        return paint

    return load


def _on_onnxruntime(folder: Path, card: PixelsCard) -> Painter:
    del card
    session = session_of(folder / ONNX)
    return lambda frames: tuple(session.run(None, {"frames": frames}))


PIXEL_RUNTIMES: dict[str, Callable[[Path, PixelsCard], Painter]] = {
    "openvino-int8": _on_openvino("int8.xml", None),
    "openvino-bf16": _on_openvino("fp32.xml", "bf16"),
    "openvino-fp32": _on_openvino("fp32.xml", "f32"),
    "onnxruntime": _on_onnxruntime,
}

FILES = {"openvino-int8": "int8.xml", "openvino-bf16": "fp32.xml", "openvino-fp32": "fp32.xml", "onnxruntime": ONNX}
"""What each runtime opens."""
