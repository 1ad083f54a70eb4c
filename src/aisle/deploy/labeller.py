"""Opens what names pictures as a whole: EfficientNet-Lite0, converted once into the cache, or a bundle."""

from __future__ import annotations

from pathlib import Path

from aisle.core import MissingPartError, Progress, UnknownNameError, UsageError, silent
from aisle.deploy.cache import cache_folder, locked, rebuilt
from aisle.deploy.labeller_bundle import USUAL, read_labeller
from aisle.deploy.labeller_runtime import RUNTIMES, Labeller
from aisle.deploy.weights import find_file
from aisle.models.clip import clip_model

SOURCE = "cnn-lstm"
"""The model whose card says where EfficientNet-Lite0 is to be had."""


def open_labeller(name: str | Path = USUAL, *, runtime: str | None = None, progress: Progress = silent) -> Labeller:
    """`name` is USUAL, or the folder of a bundle by `aisle train --task pictures`; `runtime` one of RUNTIMES, None for
    the first.

    The first time the usual one fetches its weights, of which `progress` hears megabytes, and converts them, for which
    it needs PyTorch. Raises UnknownNameError, UsageError for an unknown runtime, DamagedError for a bundle that is not
    sound, what `find_file` raises, and MissingPartError without PyTorch.
    """
    chosen = runtime or next(iter(RUNTIMES))
    if chosen not in RUNTIMES:
        raise UsageError("nothing names pictures so", got=chosen, allowed=", ".join(RUNTIMES))
    folder = Path(name)
    if not (folder / "card.json").is_file():
        if str(name) != USUAL:
            do = "name the folder of a bundle by aisle train --task pictures"
            raise UnknownNameError("network that names pictures", str(name), [USUAL], do=do)
        folder = _usual(progress)
    return Labeller(read_labeller(folder), folder, chosen)


def must_be_built(name: str | Path) -> bool:
    """Whether `open_labeller` would fetch weights or convert them."""
    return str(name) == USUAL and not (_place() / "card.json").is_file()


def _place() -> Path:
    return cache_folder() / "labellers" / USUAL


def _usual(progress: Progress) -> Path:
    folder = _place()
    with locked(f"labeller-{USUAL}"):
        if not (folder / "card.json").is_file():
            source = clip_model(SOURCE).initial
            if source is None:
                raise UsageError("no card names EfficientNet-Lite0", got=SOURCE, do="install aisle again")
            weights = find_file(source, progress=progress)
            try:
                from aisle.deploy.labeller_package import package_published
            except ImportError as error:
                raise MissingPartError("converting EfficientNet-Lite0", name="torch", extra="convert") from error
            with rebuilt(folder) as place:
                package_published(weights, place)
    return folder
