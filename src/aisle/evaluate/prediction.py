"""How far pictures that were predicted or reconstructed are from those that came, by step ahead.

Shapes: T steps ahead, H height, W width.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from aisle.core import MissingPartError, UsageError

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.float64]
Similarity = Callable[..., float]

CLOSEST = 1e-10
"""A mean squared error that is no smaller in decibels, as equal pictures would be infinitely alike."""


@dataclass(frozen=True, slots=True)
class StepFigures:
    """The means of single pictures; pixels are 0 to 1.

    `mse_sum` is the squared error summed up over the pixels of a picture, as the papers on Moving MNIST give it, and
    `mse` its mean; both are means over the colours. `psnr` is in decibels, `ssim` at most 1 (Wang et al.: Image quality
    assessment. IEEE Transactions on Image Processing 2004).
    """

    mse_sum: float
    mse: float
    psnr: float
    ssim: float


@dataclass(frozen=True, slots=True)
class PictureReport:
    """`steps` are those ahead, or the pictures of a window that was reconstructed; `copied` the same for whoever takes
    the last picture seen for all to come, none for reconstructions.
    """

    sequences: int
    height: int
    width: int
    steps: tuple[StepFigures, ...]
    copied: tuple[StepFigures, ...] = ()

    @property
    def all(self) -> StepFigures:
        """Over all steps."""
        return mean_figures(self.steps)

    @property
    def all_copied(self) -> StepFigures | None:
        """Over all steps, where there is one to copy."""
        return mean_figures(self.copied) if self.copied else None

    def to_json(self) -> dict[str, Any]:
        """Plain types only."""
        copied = self.all_copied
        return {**asdict(self), "all": asdict(self.all), "all_copied": asdict(copied) if copied else None}


def mean_figures(steps: tuple[StepFigures, ...]) -> StepFigures:
    """The means of `steps`."""
    names = ("mse_sum", "mse", "psnr", "ssim")
    return StepFigures(**{name: float(np.mean([getattr(one, name) for one in steps])) for name in names})


class Judge:
    """Takes one sequence after the other, and keeps sums only. Raises MissingPartError without scikit-image."""

    def __init__(self) -> None:
        self._similar = _similarity()
        self._count = 0
        self._size = (0, 0)
        self._sums: list[Numbers] = []

    def add(self, said: Floats, shown: Bytes) -> None:
        """`said` (T, H, W, 3) in [0, 1] of the last T of the pictures `shown` (any, H, W, 3); where there are pictures
        before those, the last of them is also judged as a copy. Raises UsageError for another size.
        """
        if said.shape[1:] != shown.shape[1:] or len(said) > len(shown):
            raise UsageError("pictures are compared with their like", got=f"{said.shape} and {shown.shape}")
        came = shown[-len(said) :] * np.float32(1 / 255)
        found = [self._figures(said, came)]
        if len(shown) > len(said):
            last = shown[-len(said) - 1] * np.float32(1 / 255)
            found.append(self._figures(np.broadcast_to(last, came.shape), came))
        self._sums = [had + one for had, one in zip(self._sums, found, strict=True)] if self._count else found
        self._count += 1
        self._size = (shown.shape[1], shown.shape[2])

    def report(self) -> PictureReport:
        """Raises UsageError before anything was added."""
        if not self._count:
            raise UsageError("nothing to judge", got="no sequence", do="take longer videos, or more of them")
        tables = [tuple(StepFigures(*map(float, row)) for row in sums / self._count) for sums in self._sums]
        return PictureReport(self._count, *self._size, tables[0], tables[1] if len(tables) > 1 else ())

    def _figures(self, said: Floats, came: Floats) -> Numbers:
        """(T, 4), in the order of `StepFigures`."""
        mse = np.square(said.astype(np.float64) - came).mean((1, 2, 3))
        psnr = -10 * np.log10(np.maximum(mse, CLOSEST))
        grey = bool((came[..., :1] == came[..., 1:]).all())  # whose three colours are alike, and one tells all
        alike = [self._ssim(one, other, grey=grey) for one, other in zip(said, came, strict=True)]
        return np.stack([mse * came.shape[1] * came.shape[2], mse, psnr, alike], 1)

    def _ssim(self, one: Floats, other: Floats, *, grey: bool) -> float:
        if grey:
            return self._similar(one.mean(2), other[..., 0], data_range=1.0)
        return self._similar(one, other, data_range=1.0, channel_axis=2)


def _similarity() -> Similarity:
    try:
        from skimage.metrics import structural_similarity
    except ImportError as error:
        raise MissingPartError("comparing pictures", name="skimage", extra="train") from error
    found: Similarity = structural_similarity
    return found
