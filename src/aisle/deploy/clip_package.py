"""A network that reads clips to a bundle: ONNX, OpenVINO, int8, all compared with PyTorch, and its card. Needs PyTorch.

Shapes: B batch, T pictures, H W picture, D features, C classes.
"""

from __future__ import annotations

import copy
import hashlib
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import nn

from aisle.analysis.analyzer import softmax
from aisle.analysis.segment import winners
from aisle.core import DamagedError, Progress, UsageError, silent, whole_folder, writing
from aisle.core.clip import Array
from aisle.deploy.build import hashes, made, save
from aisle.deploy.bundle import Check
from aisle.deploy.clip import ONNX, WEIGHTS, ClipBundle
from aisle.deploy.clip_int8 import quantized
from aisle.deploy.clip_runtime import load_clip_network
from aisle.deploy.clip_samples import generated
from aisle.deploy.clip_torch import as_network
from aisle.deploy.convert import state_shapes
from aisle.deploy.cost import growing, work
from aisle.deploy.network import Arrays, ClipNetwork
from aisle.deploy.online import calls, is_online, online, write_onnx
from aisle.deploy.reference import as_runtime
from aisle.deploy.runtime import openvino
from aisle.models.entry import Entry

SAME = 0.9999
"""The least cosine of features where both networks compute in fp32."""

SAME_INT8, SAME_APART, SAME_NAMES = 0.97, 0.9, 0.9
"""An int8 network is kept where its features point the way PyTorch's do, their mean cosine being at least the first;
where what tells clips apart does too, the mean of all being taken off, by the second; and where it names at least this
share of real clips alike.
"""

CALIBRATION, CHECKED = 24, 8
"""So many of the samples at most are calibrated on, and compared on."""

APART = 4
"""So many answers have a mean that is worth being taken off."""

GENERATED = 4
"""Clips that are drawn in addition, for calibrating, and where there are no others for comparing."""

CHECKS = ("onnxruntime", "openvino-fp32", "openvino-bf16")

INT8 = "openvino-int8"

STAGES = 6

Sample = Mapping[str, Array]
"""Views (T, ...) as sampled, by name."""


def package_network(
    network: nn.Module,
    bundle: ClipBundle,
    target: Path,
    *,
    samples: Sequence[Sample],
    progress: Progress = silent,
) -> ClipBundle:
    """Writes the bundle into the new folder `target`, and returns it with what was found out: its identity where
    `bundle` has none, its cost, its checks, its files. See aisle.models.clip for `network`.

    int8 is calibrated on most of the `samples`, and every runtime is compared with PyTorch on the others; int8 is left
    out where it answers otherwise, and its check says so; networks that read joints have none. Raises OutputError when
    `target` exists or cannot be written, DamagedError when the converted network answers otherwise, UsageError for
    samples that the network does not take.
    """
    entry = Entry(copy.deepcopy(network).cpu().float(), bundle).eval()
    others, own = _parted(samples)
    kept = own or generated(bundle, GENERATED, seed=2)
    learnt = [*others, *generated(bundle, GENERATED, seed=1)]
    checked, calibrating = ([_batch(sample, bundle.views) for sample in part] for part in (kept, learnt))
    calibration: list[Arrays] = list(calibrating)
    with whole_folder(target) as scratch:
        bundle = _completed(bundle, entry, checked[0])
        with writing(scratch):
            torch.save(entry.network.state_dict(), scratch / WEIGHTS)
        progress(1, STAGES)
        if is_online(bundle):
            streaming = online(entry.network, bundle)
            bundle = replace(bundle, states=state_shapes(streaming))
            write_onnx(streaming, checked[0][0][0], scratch / ONNX)
            calibration = list(calls(as_runtime(streaming), bundle.states, [clip[0][0] for clip in calibrating]))
        else:
            _to_onnx(entry, bundle.views, checked[0], scratch / ONNX)
        progress(2, STAGES)
        model = openvino().convert_model(scratch / ONNX)
        save(model, scratch / "openvino/fp32.xml")
        progress(3, STAGES)
        truth = _answers(as_network(entry), checked)
        checks = {name: _compared(name, scratch, bundle, checked, truth) for name in CHECKS}
        _check(checks)
        progress(4, STAGES)
        if "poses" not in bundle.views:  # whose places are shares of the picture: 256 steps are too few
            save(quantized(model, calibration), scratch / "openvino/int8.xml")
            checks[INT8] = _compared(INT8, scratch, bundle, checked, truth)
            if not _passes(checks[INT8], real=bool(samples)):
                for path in scratch.glob("openvino/int8.*"):
                    path.unlink()
        progress(5, STAGES)
        complete = replace(bundle, checks=checks, made=made("torch", "openvino", "nncf"), files=hashes(scratch))
        complete.write(scratch)
    progress(STAGES, STAGES)
    return complete


def _parted(samples: Sequence[Sample]) -> tuple[list[Sample], list[Sample]]:
    """Those to calibrate on, and those to compare on: a quarter, at least one. Drawn, as classes follow an order."""
    order = np.random.default_rng(0).permutation(len(samples)).tolist()
    split = -(-len(samples) // 4)
    others, own = order[split:][:CALIBRATION], order[:split][:CHECKED]
    return [samples[number] for number in others], [samples[number] for number in own]


def _batch(sample: Sample, names: Sequence[str]) -> list[Array]:
    """The views of one clip as a network takes them, (1, T, ...)."""
    return [np.ascontiguousarray(sample[name])[None] for name in names]


def _answers(run: ClipNetwork, views: Sequence[Sequence[Array]]) -> tuple[Array, Array]:
    """Features (M, D) and logits (M, C) of all clips, one by one."""
    parts = [run(view) for view in views]
    features, logits = (np.concatenate([part[index] for part in parts]) for index in (0, 1))
    return features.reshape(-1, features.shape[-1]), logits.reshape(-1, logits.shape[-1])


def _completed(bundle: ClipBundle, entry: Entry, example: Sequence[Array]) -> ClipBundle:
    """`bundle` with what its network says of itself. Raises UsageError where it is another than `bundle` says."""
    features, logits = as_network(entry)(example)
    answered = features.shape[1] if features.ndim == 3 else 1
    if (features.shape[-1], logits.shape[-1]) != (bundle.features, len(bundle.labels)) or bundle.window % answered:
        raise UsageError(
            f"{bundle.name} is not what its card says",
            got=f"features {features.shape}, logits {logits.shape}",
            allowed=f"{bundle.features} features, {len(bundle.labels)} labels, answers that divide {bundle.window}",
        )
    digest = hashlib.sha256()
    for name, value in entry.network.state_dict().items():
        digest.update(name.encode() + value.cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes())
    return replace(
        bundle,
        answered=answered,
        identity=bundle.identity or f"{bundle.name}-{digest.hexdigest()[:12]}",
        gflops=float(f"{work(entry, bundle).gflops:.4g}"),
        growing=round(growing(entry, bundle), 3),
        parameters=sum(weight.numel() for weight in entry.network.parameters()),
    )


def _to_onnx(entry: Entry, names: Sequence[str], example: Sequence[Array], path: Path) -> None:
    """Opset 17; how many clips and how large whole pictures are is left open, how many pictures a clip has is not."""
    axes = {name: {0: "batch"} | ({2: "height", 3: "width"} if name in ("rgb", "flow") else {}) for name in names}
    with warnings.catch_warnings(), writing(path):
        path.parent.mkdir()
        # the exporter by tracing keeps sizes open without being told their ranges; it announces its successor each
        # time, and warns of every size it fixes, which the comparison would show
        warnings.simplefilter("ignore")
        torch.onnx.export(
            entry,
            tuple(torch.from_numpy(view) for view in example),
            str(path),
            input_names=list(names),
            output_names=["features", "logits"],
            dynamic_axes={**axes, "features": {0: "batch"}, "logits": {0: "batch"}},
            opset_version=17,
            dynamo=False,
        )


def _compared(
    runtime: str, folder: Path, bundle: ClipBundle, views: Sequence[Sequence[Array]], truth: tuple[Array, Array]
) -> Check:
    features, logits = _answers(load_clip_network(runtime, folder, bundle), views)
    cosine, middle = _cosines(features, truth[0]), truth[0].mean(0)
    apart = float(_cosines(features - middle, truth[0] - middle).mean()) if len(features) >= APART else None
    names, wanted = (winners(softmax(said), bundle.answers.threshold) for said in (logits, truth[1]))
    return Check(
        steps=len(features),
        cosine=round(float(cosine.mean()), 6),
        worst_cosine=round(float(cosine.min()), 6),
        same_top1=round(float((names == wanted).mean()), 4),
        apart=apart and round(apart, 4),
    )


def _cosines(some: Array, others: Array) -> Array:
    """(M,) between rows; where there is nothing in one of them, 1 if there is nothing in the other one either."""
    lengths = np.linalg.norm(some, axis=1) * np.linalg.norm(others, axis=1)
    same = (some * others).sum(1) / np.maximum(lengths, np.finfo(np.float32).tiny)
    cosines: Array = np.where(lengths > 0, same, (some == others).all(1))
    return cosines


def _check(checks: Mapping[str, Check]) -> None:
    for name in ("onnxruntime", "openvino-fp32"):
        if not checks[name].worst_cosine >= SAME:
            raise DamagedError(
                f"the network answers otherwise on {name}", got=f"cosine {checks[name].worst_cosine}", allowed=f"{SAME}"
            )


def _passes(check: Check, *, real: bool) -> bool:
    """What a network calls clips that nobody filmed says little, so there only features count."""
    apart = check.apart is None or check.apart >= SAME_APART
    return check.cosine >= SAME_INT8 and apart and (check.same_top1 >= SAME_NAMES or not real)
