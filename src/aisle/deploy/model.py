"""A bundle, opened: what `analyze`, the command line and a service run. Imports no PyTorch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

from aisle.analysis.backbone import Producer
from aisle.core import Progress, UnknownNameError, UsageError, silent
from aisle.deploy.anomaly_bundle import AnomalyBundle, is_anomaly, read_anomaly
from aisle.deploy.anomaly_model import AnomalyModel
from aisle.deploy.backbone import Model
from aisle.deploy.bundle import Check, bundle_folder, read_card, verify
from aisle.deploy.clip import ClipBundle, is_clip, read_clip_bundle
from aisle.deploy.clip_model import ClipModel, OnlineModel
from aisle.deploy.head import BESIDE, HeadBundle, is_head, read_head, shipped
from aisle.deploy.headed import HeadedModel
from aisle.deploy.hub import is_hub
from aisle.deploy.hub_model import HubCard, HubModel, hub_card, named, open_hub
from aisle.deploy.published import build_published, published_bundle, published_folder, published_networks
from aisle.deploy.runtime import RUNTIMES
from aisle.models.card import Card, card, names
from aisle.models.clip import ClipCard, clip_model, clip_models

SAME_ENOUGH = 0.97
"""An int8 network is the default where its answers point the way the reference's do: their mean cosine is at least
this.
"""

Backbone = Model | ClipModel | HubModel
Opened = Backbone | HeadedModel | AnomalyModel


def open_model(name: str | Path, *, runtime: str | None = None, progress: Progress = silent) -> Opened:
    """A bundle by its folder, or a model of `aisle models list` by name, which is built first if it is not in the
    cache. A head, or a model of what is normal, is opened on its backbone.

    `runtime` is one of `RUNTIMES`; None takes OpenVINO, in int8 where the card says that this agrees with the
    reference. Raises UnknownNameError, UsageError or DamagedError, each with what to do.
    """
    return open_models([name], runtime=runtime, progress=progress)[0]


def open_models(
    names: Iterable[str | Path], *, runtime: str | None = None, progress: Progress = silent
) -> list[Opened]:
    """As `open_model`, for several that share their backbones, and with them the memory of a network."""
    if runtime is not None and runtime not in RUNTIMES:
        raise UnknownNameError("runtime", runtime, RUNTIMES)
    backbones: dict[str | Path, Backbone] = {}

    def backbone(name: str | Path) -> Backbone:
        if name not in backbones:
            backbones[name] = open_backbone(name, runtime=runtime, progress=progress)
        return backbones[name]

    def one(name: str | Path) -> Opened:
        folder = find_bundle(name)
        if folder is None or not reads_features(folder):
            return _naming(backbone(name))
        bundle = reader_of(folder)
        verify(bundle.files, folder)
        beside = folder / BESIDE
        under = backbone(beside if beside.is_dir() else bundle.backbone)
        if isinstance(bundle, HeadBundle):
            return HeadedModel(bundle, folder, under)
        return AnomalyModel(bundle, folder, under)

    return [one(name) for name in names]


def _naming(backbone: Backbone) -> Opened:
    """`backbone` where it names what it sees. Raises UsageError for one that has learnt without labels."""
    if isinstance(backbone, HubModel):
        return named(backbone)
    if isinstance(backbone, ClipModel) and backbone.bundle.is_unlabelled:
        raise UsageError(
            f"{backbone.name} names nothing: it has learnt without labels",
            got=str(backbone.folder),
            allowed="a model with classes",
            do=f"train a head on it: aisle train --model linear --backbone {backbone.folder}",
        )
    return backbone


def open_backbone(name: str | Path, *, runtime: str | None = None, progress: Progress = silent) -> Backbone:
    """As `open_model`, for a network that reads pictures. Raises UsageError for a head."""
    if is_hub(name):
        return open_hub(str(name), runtime=runtime, progress=progress)
    folder = find_bundle(name) or built(network(str(name)), progress=progress)
    if reads_features(folder):
        raise UsageError("a head is not a backbone", got=name, allowed=", ".join(names()))
    if is_clip(folder):
        told = read_clip_bundle(folder)
        made = OnlineModel if told.states else ClipModel
        return made(told, folder, _checked_runtime(runtime, told.checks, told.files, folder))
    bundle = read_card(folder)
    return Model(bundle, folder, _checked_runtime(runtime, bundle.checks, bundle.files, folder))


def built(
    wanted: Card | ClipCard,
    *,
    weights: Path | None = None,
    calibrate_on: Sequence[Path] = (),
    again: bool = False,
    progress: Progress = silent,
) -> Path:
    """The folder of the bundle in the cache, built there if it is missing or `again`. See `build_into_cache` and
    `build_published` for the others.
    """
    if isinstance(wanted, ClipCard):
        return build_published(wanted, weights=weights, calibrate_on=calibrate_on, again=again, progress=progress)
    from aisle.deploy.build import build_into_cache

    return build_into_cache(wanted, weights=weights, calibrate_on=calibrate_on, again=again, progress=progress)


def find_bundle(name: str | Path) -> Path | None:
    """The folder of a bundle that exists, be it damaged: `name` itself, a head that comes with the package, or a
    model's in the cache.

    Raises UsageError for a folder that is not a bundle.
    """
    folder, text = Path(name), str(name)
    if (folder / "card.json").is_file():
        return folder
    if text in shipped():
        return shipped()[text]
    if has_name(text):
        built = bundle_folder(text) if text in names() else published_folder(clip_model(text))
        return built if built.is_dir() else None
    if folder.is_dir():
        raise UsageError(
            "this folder is not a bundle",
            got=f"no card.json in {folder}",
            allowed="a folder written by aisle train or aisle models export, or a name from aisle models list",
        )
    return None


def has_name(name: str) -> bool:
    """Whether a network of this name, with published weights, is there to get."""
    return name in names() or name in published_networks()


def network(name: str) -> Card | ClipCard:
    """The card of what is built from published weights. Raises UnknownNameError, which lists all that has a name, and
    UsageError for a network that must be trained first.
    """
    if name in names():
        return card(name)
    if name in clip_models():
        published_bundle(clip_model(name))
        return clip_model(name)
    known = [*names(), *shipped(), *published_networks()]
    raise UnknownNameError("model", name, known, do="see aisle models list, or name a folder that holds a bundle")


def is_ready(name: str | Path) -> bool:
    """Whether `name` can be opened without fetching or building anything. Raises UnknownNameError."""
    return missing(name) is None


def missing(name: str | Path) -> Card | ClipCard | None:
    """The network that must be fetched and built before `name`, itself or a head on it, can be opened.

    Raises UnknownNameError.
    """
    if is_hub(name):
        return None  # it is fetched whole, and built of nothing
    folder = find_bundle(name)
    if folder is None:
        return network(str(name))
    if not reads_features(folder) or (folder / BESIDE).is_dir():
        return None
    return missing(reader_of(folder).backbone)


def reads_features(folder: Path) -> bool:
    """Whether what lies there reads another bundle's features. Raises DamagedError when the card cannot be read."""
    return is_head(folder) or is_anomaly(folder)


def reader_of(folder: Path) -> HeadBundle | AnomalyBundle:
    """The card of what reads another bundle's features. Raises DamagedError."""
    return read_anomaly(folder) if is_anomaly(folder) else read_head(folder)


def known_as(backbone: Producer) -> str:
    """What `open_model` finds `backbone` again by: its name, or the folder of a bundle that somebody made."""
    if isinstance(backbone, ClipModel) and backbone.name not in published_networks():
        return str(backbone.folder.resolve())
    return backbone.name


def seen_by(model: Producer | HeadedModel | AnomalyModel) -> frozenset[str]:
    """The contents of the videos that a model and its backbone learnt from, by `aisle.deploy.head.seen_mark`, so far as
    their cards say.
    """
    if isinstance(model, HeadedModel | AnomalyModel):
        return seen_by(model.backbone).union(model.bundle.seen)
    return frozenset(model.bundle.seen if isinstance(model, ClipModel) else ())


def step_of(name: str | Path) -> Fraction:
    """Seconds between two answers of a model that reads pictures, told without opening it. Raises UnknownNameError."""
    told: Card | ClipBundle | HubCard
    folder = None if is_hub(name) else find_bundle(name)
    if is_hub(name):
        told = hub_card(str(name))
    elif folder is None:
        wanted = network(str(name))
        told = wanted if isinstance(wanted, Card) else published_bundle(wanted)
    else:
        told = read_clip_bundle(folder) if is_clip(folder) else read_card(folder).card
    return told.steps.stride / told.reads.rate


def _checked_runtime(runtime: str | None, checks: Mapping[str, Check], files: Mapping[str, str], folder: Path) -> str:
    """The one named, else the best, once its files are known to be whole."""
    chosen = runtime or _best_runtime(checks, files)
    verify(files, folder, part=_part_of(chosen))
    return chosen


def _best_runtime(checks: Mapping[str, Check], files: Mapping[str, str]) -> str:
    check = checks.get("openvino-int8")
    if check is not None and check.cosine >= SAME_ENOUGH and "openvino/int8.xml" in files:
        return "openvino-int8"
    return "openvino-fp32" if "openvino/fp32.xml" in files else "onnxruntime"


def _part_of(runtime: str) -> str:
    parts = {"onnxruntime": "onnx", "openvino-int8": "openvino/int8", "pytorch": "weights"}
    return parts.get(runtime, "openvino/fp32")
