"""A bundle, opened: what `analyze`, the command line and a service run. Imports no PyTorch."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from aisle.core import Progress, UnknownNameError, UsageError, silent
from aisle.deploy.backbone import Model
from aisle.deploy.bundle import Bundle, bundle_folder, read_card, verify
from aisle.deploy.head import BESIDE, is_head, read_head, shipped
from aisle.deploy.headed import HeadedModel
from aisle.deploy.runtime import RUNTIMES
from aisle.models.card import Card, card, names

SAME_ENOUGH = 0.97
"""An int8 network is the default where its answers point the way the reference's do: their mean cosine is at least
this.
"""


def open_model(name: str | Path, *, runtime: str | None = None, progress: Progress = silent) -> Model | HeadedModel:
    """A bundle by its folder, or a model of `aisle models list` by name, which is built first if it is not in the
    cache. A head is opened on its backbone.

    `runtime` is one of `RUNTIMES`; None takes OpenVINO, in int8 where the card says that this agrees with the
    reference. Raises UnknownNameError, UsageError or DamagedError, each with what to do.
    """
    return open_models([name], runtime=runtime, progress=progress)[0]


def open_models(
    names: Iterable[str | Path], *, runtime: str | None = None, progress: Progress = silent
) -> list[Model | HeadedModel]:
    """As `open_model`, for several that share their backbones, and with them the memory of a network."""
    if runtime is not None and runtime not in RUNTIMES:
        raise UnknownNameError("runtime", runtime, RUNTIMES)
    backbones: dict[str | Path, Model] = {}

    def backbone(name: str | Path) -> Model:
        if name not in backbones:
            backbones[name] = open_backbone(name, runtime=runtime, progress=progress)
        return backbones[name]

    def one(name: str | Path) -> Model | HeadedModel:
        folder = find_bundle(name)
        if folder is None or not is_head(folder):
            return backbone(name)
        bundle = read_head(folder)
        verify(bundle.files, folder)
        beside = folder / BESIDE
        return HeadedModel(bundle, folder, backbone(beside if beside.is_dir() else bundle.backbone))

    return [one(name) for name in names]


def open_backbone(name: str | Path, *, runtime: str | None = None, progress: Progress = silent) -> Model:
    """As `open_model`, for a network that reads pictures. Raises UsageError for a head."""
    folder = find_bundle(name)
    if folder is None:
        wanted = _network(str(name))
        from aisle.deploy.build import build_into_cache

        folder = build_into_cache(wanted, progress=progress)
    elif is_head(folder):
        raise UsageError("a head is not a backbone", got=name, allowed=", ".join(names()))
    bundle = read_card(folder)
    chosen = runtime or _best_runtime(bundle)
    verify(bundle.files, folder, part="onnx" if chosen == "onnxruntime" else f"openvino/{_file_of(chosen)}")
    return Model(bundle, folder, chosen)


def find_bundle(name: str | Path) -> Path | None:
    """The folder of a bundle that exists, be it damaged: `name` itself, a head that comes with the package, or a
    model's in the cache.

    Raises UsageError for a folder that is not a bundle.
    """
    folder = Path(name)
    if (folder / "card.json").is_file():
        return folder
    if str(name) in shipped():
        return shipped()[str(name)]
    if str(name) in names():
        built = bundle_folder(str(name))
        return built if built.is_dir() else None
    if folder.is_dir():
        raise UsageError(
            "this folder is not a bundle",
            got=f"no card.json in {folder}",
            allowed="a folder written by aisle train or aisle models export, or a name from aisle models list",
        )
    return None


def _network(name: str) -> Card:
    """Raises UnknownNameError, which also lists the heads that come with the package."""
    if name not in names():
        known = [*names(), *shipped()]
        raise UnknownNameError("model", name, known, do="see aisle models list, or name a folder that holds a bundle")
    return card(name)


def is_ready(name: str | Path) -> bool:
    """Whether `name` can be opened without fetching or building anything. Raises UnknownNameError."""
    return missing(name) is None


def missing(name: str | Path) -> Card | None:
    """The network that must be fetched and built before `name`, itself or a head on it, can be opened.

    Raises UnknownNameError.
    """
    folder = find_bundle(name)
    if folder is None:
        return _network(str(name))
    if not is_head(folder) or (folder / BESIDE).is_dir():
        return None
    return missing(read_head(folder).backbone)


def _best_runtime(bundle: Bundle) -> str:
    check = bundle.checks.get("openvino-int8")
    if check is not None and check.cosine >= SAME_ENOUGH:
        return "openvino-int8"
    return "openvino-fp32" if "openvino/fp32.xml" in bundle.files else "onnxruntime"


def _file_of(runtime: str) -> str:
    return "int8" if runtime.endswith("int8") else "fp32"
