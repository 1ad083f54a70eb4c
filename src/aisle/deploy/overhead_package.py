"""Our networks for people seen from above to the bundles that come with this package. Needs PyTorch and onnx.

Weights are kept in 16 bits, which halves the files; what that and the other runtimes change is measured and written on
the card.
"""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import onnx
import torch
from torch import Tensor, nn

from aisle.core import DamagedError, whole_folder, writing
from aisle.core.boxes import Floats
from aisle.core.detections import PERSON
from aisle.deploy.build import made
from aisle.deploy.bundle import write_sealed
from aisle.deploy.detector_bundle import FILE, DetectorCard, write_detector_bundle
from aisle.deploy.object_network import read_object_network
from aisle.deploy.overhead import HANDLING, HANDS, KIND
from aisle.deploy.runtime import session_of
from aisle.deploy.weights import sha256
from aisle.train.overhead_networks import CROP, EVIDENCE, PEOPLE_SIZE, SAID, Hands

TRAINED_ON = "shops that aisle data render draws; no real video"
NOT_FOR = "real video: it knows drawings of people only"
LICENCE = "Apache-2.0"
CLOSE = 0.1
"""So far an answer of a packaged network may be from PyTorch's at most, in logits."""


@dataclass(frozen=True, slots=True)
class HandsCard:
    """`measured` are figures by what they are, on visits that were not trained on; `files` are hashes."""

    name: str
    title: str
    licence: str
    trained_on: str
    not_for: str
    measured: Mapping[str, float]
    made: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)


class _Answers(nn.Module):
    """`Hands` without the map of where palms are thought to be."""

    def __init__(self, network: Hands) -> None:
        super().__init__()
        self.network = network

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        palms, said, evidence, _ = self.network(pixels)
        return palms, said, evidence


def package_people(network: nn.Module, target: Path, *, samples: Floats, measured: Mapping[str, float]) -> DetectorCard:
    """Writes the detector into the new folder `target`; `samples` (N, 3, H, W) are pictures as the network reads them.

    Raises OutputError when `target` exists, DamagedError when the packaged network answers otherwise.
    """
    width, height = PEOPLE_SIZE
    with whole_folder(target) as scratch:
        path = scratch / f".{FILE}"
        with writing(scratch):
            _to_onnx(network, torch.zeros(1, 3, height, width), path, {"pixels": {0: "pictures"}}, ["people"])
        apart = _apart(network, path, samples)
        card = DetectorCard(
            name="overhead",
            title="People seen from above",
            family="overhead",
            labels=(PERSON,),
            score=0.4,
            size=(height, width),
            licence=LICENCE,
            trained_on=TRAINED_ON,
            not_for=NOT_FOR,
            measured={**measured, "largest difference from PyTorch": apart},
            made=made("torch", "openvino"),
        )
        complete = write_detector_bundle(scratch, path, card)
        path.unlink()
    return complete


def package_hands(
    hands: Hands, handling: nn.Module, target: Path, *, samples: Floats, looks: Floats, measured: Mapping[str, float]
) -> None:
    """Writes both networks and their card into the new folder `target`; `samples` (N, 3, 160, 160) are squares and
    `looks` (1, D, T) one person's, on which they are compared.

    Raises OutputError when `target` exists, DamagedError when a packaged network answers otherwise.
    """
    entry = _Answers(hands)
    with whole_folder(target) as scratch:
        with writing(scratch):
            names = ["palms", "said", "evidence"]
            _to_onnx(entry, torch.zeros(1, 3, CROP, CROP), scratch / HANDS, {"pixels": {0: "people"}}, names)
            start = torch.zeros(1, EVIDENCE + SAID + 5, 32)
            _to_onnx(handling, start, scratch / HANDLING, {"looks": {0: "people", 2: "times"}}, ["handling"])
        told = {
            **measured,
            "hands: largest difference from PyTorch": _apart(entry, scratch / HANDS, samples),
            "handling: largest difference from PyTorch": _apart_over_time(handling, scratch / HANDLING, looks),
        }
        card = HandsCard(
            name="overhead hands",
            title="Hands seen from above, and what they do with products",
            licence=LICENCE,
            trained_on=TRAINED_ON,
            not_for=NOT_FOR,
            measured=told,
            made=made("torch", "openvino"),
            files={name: sha256(scratch / name) for name in (HANDS, HANDLING)},
        )
        write_sealed({"kind": KIND, **asdict(card)}, scratch)


def _to_onnx(
    network: nn.Module, example: Tensor, path: Path, axes: dict[str, dict[int, str]], answers: Sequence[str]
) -> None:
    (name,) = axes
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter by tracing announces its successor each time
        torch.onnx.export(
            network.eval(),
            (example,),
            str(path),
            input_names=[name],
            output_names=list(answers),
            dynamic_axes={**axes, **dict.fromkeys(answers, axes[name])},
            opset_version=17,
            dynamo=False,
        )
    _halve(path)


def _halve(path: Path) -> None:
    """Keeps large weights in 16 bits, each with an operation that widens them when the file is opened."""
    model = onnx.load(str(path))
    graph = model.graph
    for weights in [each for each in graph.initializer if each.data_type == onnx.TensorProto.FLOAT]:
        values = onnx.numpy_helper.to_array(weights)
        if values.size >= 256:
            graph.initializer.remove(weights)
            small = f"{weights.name}_16"
            graph.initializer.append(onnx.numpy_helper.from_array(values.astype(np.float16), small))
            graph.node.insert(0, onnx.helper.make_node("Cast", [small], [weights.name], to=onnx.TensorProto.FLOAT))
    whole = path.with_suffix(".part")
    onnx.save(model, str(whole))
    shutil.move(whole, path)


def _apart(network: nn.Module, path: Path, samples: Floats) -> float:
    """How far any answer on OpenVINO is from PyTorch's at most."""
    with torch.inference_mode():
        answers = network(torch.from_numpy(samples))
    wanted = [answer.numpy() for answer in (answers if isinstance(answers, tuple) else (answers,))]
    got = read_object_network(path).opened([samples.shape[1:]], precision="f32")([(sample,) for sample in samples])
    worst = [
        float(np.abs(one[number] - other).max())
        for number, said in enumerate(got)
        for one, other in zip(wanted, said, strict=True)
    ]
    return _held(path, max(worst))


def _apart_over_time(network: nn.Module, path: Path, looks: Floats) -> float:
    with torch.inference_mode():
        wanted = network(torch.from_numpy(looks)).numpy()
    got = session_of(path).run(None, {"looks": looks})[0]
    return _held(path, float(np.abs(wanted - got).max()))


def _held(path: Path, apart: float) -> float:
    if not apart <= CLOSE:
        raise DamagedError(
            f"{path.name} answers otherwise than PyTorch", got=f"{apart:.4f}", allowed=f"{CLOSE} or less"
        )
    return round(apart, 4)
