"""A bundle for another machine: a folder of its own, with one format in it, that runs without PyTorch."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from aisle.analysis.backbone import Producer
from aisle.core import InputError, Progress, UnknownNameError, silent, whole_folder, writing
from aisle.deploy.anomaly_model import AnomalyModel
from aisle.deploy.backbone import Model
from aisle.deploy.bundle import Bundle, Check, verify, write_card
from aisle.deploy.clip_model import ClipModel
from aisle.deploy.head import BESIDE
from aisle.deploy.headed import HeadedModel
from aisle.deploy.model import open_model
from aisle.train.memory import FILE as MEMORY


def export_bundle(name: str | Path, to: str, target: Path, *, progress: Progress = silent) -> Check | None:
    """Writes `target` and returns how far its network is from the PyTorch one, None where that was checked before.

    A head, or a model of what is normal, is written with its backbone inside. Raises UnknownNameError for another
    format, OutputError when `target` exists or cannot be written.
    """
    if to not in FORMATS:
        raise UnknownNameError("format", to, FORMATS)
    model = open_model(name, progress=progress)
    with whole_folder(target) as scratch:
        if isinstance(model, HeadedModel | AnomalyModel):
            return _with_backbone(model, to, scratch)
        return _network(model, to, scratch)


def _network(model: Producer, to: str, folder: Path) -> Check | None:
    if isinstance(model, ClipModel):
        _clip(model, to, folder)
        return None
    if isinstance(model, Model):
        return FORMATS[to](model, folder)
    raise InputError(f"{model.name} cannot be exported", got="a network of another library", do="install it there")


def _clip(model: ClipModel, to: str, folder: Path) -> None:
    """One that reads clips holds every format already, compared when it was made; its weights stay here."""
    files = {path: digest for path, digest in model.bundle.files.items() if path.startswith(f"{to}/")}
    if not files:
        raise InputError(
            f"{model.folder} holds no {to} network", got=", ".join(model.bundle.files), do="export from its original"
        )
    verify(files, model.folder)
    with writing(folder):
        shutil.copytree(model.folder / to, folder / to)
    replace(model.bundle, files=files).write(folder)


def _with_backbone(model: HeadedModel | AnomalyModel, to: str, folder: Path) -> Check | None:
    """Without what it learnt from: another machine is not to have that, and does not learn."""
    files = {name: digest for name, digest in model.bundle.files.items() if name != MEMORY}
    with writing(folder):
        for name in files:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(model.folder / name, folder / name)
        (folder / BESIDE).mkdir()
    replace(model.bundle, files=files).write(folder)
    return _network(model.backbone, to, folder / BESIDE)


def _openvino(model: Model, folder: Path) -> None:
    files = {path: digest for path, digest in model.bundle.files.items() if path.startswith("openvino/")}
    if not files:
        raise InputError(
            f"{model.folder} holds no OpenVINO network",
            got=", ".join(model.bundle.files),
            do="export from its original",
        )
    with writing(folder):
        shutil.copytree(model.folder / "openvino", folder / "openvino")
    write_card(replace(model.bundle, files=files), folder)


def _onnx(model: Model, folder: Path) -> Check:
    from aisle.deploy.build import CHECK_CLIPS, compare, first_call, generated_clips, hashes
    from aisle.deploy.convert import to_onnx
    from aisle.deploy.reference import streaming_network

    card = model.bundle.card
    network = streaming_network(card)
    with writing(folder):
        (folder / "onnx").mkdir()
        to_onnx(network, first_call(network, generated_clips(1, card, seed=0)), folder / "onnx/network.onnx")
    checks = compare(card, network, folder, ["onnxruntime"], list(generated_clips(CHECK_CLIPS, card, seed=2)))
    write_card(Bundle(card, model.bundle.states, checks, model.bundle.made, hashes(folder)), folder)
    return checks["onnxruntime"]


FORMATS: dict[str, Callable[[Model, Path], Check | None]] = {"openvino": _openvino, "onnx": _onnx}
