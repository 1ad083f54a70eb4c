"""Masks from boxes: MobileSAM on OpenVINO, built once from its published weights and kept in the cache."""

from __future__ import annotations

from pathlib import Path

from aisle.core import MissingPartError, Progress, UsageError, silent
from aisle.deploy.cache import cache_folder, locked, rebuilt
from aisle.deploy.masks_runtime import Opened
from aisle.deploy.weights import find_file
from aisle.objects.mobile_sam import MULTIPLE, WEIGHTS, FindMasks, MobileSAM

SIDE = 512
"""Pixels of the long side of what is read: benchmarks/results/masks.json tells what others cost and change."""

SMALLEST, LARGEST = 128, 1024


def open_masks(*, side: int = SIDE, precision: str = "bf16", progress: Progress = silent) -> FindMasks:
    """What finds the mask of each box in a picture.

    Fetches the weights the first time, hears megabytes of it as `progress`, and converts them, which needs PyTorch and
    takes a minute; from then on neither is needed. `side` is the long side of what is read, a multiple of 16 up to
    1024. `precision` is "bf16", which a processor without it runs as "f32", or "f32".

    Raises UsageError for another side, what `find_file` raises, MissingPartError without PyTorch, and OutputError where
    the cache cannot be written.
    """
    if side % MULTIPLE or not SMALLEST <= side <= LARGEST:
        allowed = f"a multiple of {MULTIPLE}, {SMALLEST} to {LARGEST}"
        raise UsageError("masks are found in pictures of another size", got=side, allowed=allowed)
    folder = cache_folder() / "masks" / f"mobile-sam-{side}"
    with locked(folder.name):
        if not folder.is_dir():
            with rebuilt(folder) as place:
                place.mkdir()
                _build(find_file(WEIGHTS, progress=progress), side, place)
    return MobileSAM(Opened(folder, precision=precision), side=side)


def _build(weights: Path, side: int, folder: Path) -> None:
    try:
        from aisle.deploy.masks_build import build
    except ImportError as error:
        raise MissingPartError("converting MobileSAM", name="torch", extra="convert") from error
    build(weights, side, folder)
