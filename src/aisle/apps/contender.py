"""One model of a comparison, as it is in the process that it has for itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from time import perf_counter

import numpy as np
import numpy.typing as npt

from aisle.analysis.backbone import Producer
from aisle.analysis.embed import watched
from aisle.apps.apart import peak_memory
from aisle.apps.views import Views, viewed
from aisle.core import Example, LabelSet, Progress, UnreachableError, UsageError
from aisle.deploy.backbone import Model
from aisle.deploy.clip_model import ClipModel
from aisle.deploy.detectors import Networks
from aisle.deploy.head import FILE
from aisle.deploy.headed import HeadedModel
from aisle.deploy.hub_model import HubModel
from aisle.deploy.model import Opened, built, find_bundle, has_name, open_model, seen_by
from aisle.deploy.untrained import build_untrained
from aisle.models.clip import clip_model, clip_models

Floats = npt.NDArray[np.float32]
Times = npt.NDArray[np.float64]

FLOAT, MILLION = 4, 1e6
STORED = ("openvino/fp32.bin", "onnx/network.onnx")
"""Files of a bundle that hold its weights in float32 and hardly anything else."""


@dataclass(frozen=True, slots=True)
class Terms:
    """`views` of each video, for networks that read clips; `runtime` None is each model's best."""

    runtime: str | None = None
    views: Views = field(default_factory=Views)


@dataclass(frozen=True, slots=True)
class Contender:
    """A model that is ready to be asked: `place` is its name or folder. `weights` says in a sentence which it has;
    `trained` is False where they are random. `seen` are the contents of the videos it learnt from, by `seen_mark`.
    `parameters` are in millions; `views` says how much of a video one answer comes from.
    """

    name: str
    place: str
    title: str
    runtime: str
    weights: str
    trained: bool
    labels: LabelSet
    seen: frozenset[str]
    parameters: float
    views: str


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """What a model said of N clips and what it took: `probabilities` (N, C); seconds a clip (N,), of reading, with all
    views, and of the network; `gflops` a clip, a multiplication and an addition counted as one; bytes of memory.
    """

    probabilities: Floats
    reading_s: Times
    network_s: Times
    gflops: float
    peak_memory: int


def prepare(name: str, terms: Terms, scratch: Path, progress: Progress) -> Contender:
    """Fetches and builds what is not there. A published network whose weights cannot be had is built in `scratch` with
    random ones.

    Raises what `open_model` raises, and UsageError for a model that names no clips.
    """
    place, random = _place(name, scratch, progress)
    model = open_model(place, runtime=terms.runtime, progress=progress)
    if _names_no_clips(model):
        raise UsageError(f"{name} names no clips", got="steps, or features alone", do="leave it out, or aisle evaluate")
    return Contender(
        name=name,
        place=place,
        title=_title(model),
        runtime=model.runtime,
        weights=random or _weights(model),
        trained=not random,
        labels=model.labels,
        seen=seen_by(model),
        parameters=_parameters(model),
        views=str(terms.views) if isinstance(model, ClipModel) else "all of it",
    )


def _place(name: str, scratch: Path, progress: Progress) -> tuple[str, str]:
    """What to open, and, where its weights are random, why."""
    if name not in clip_models() or find_bundle(name) is not None:
        return name, ""
    card = clip_model(name)
    if has_name(name):
        try:
            built(card, progress=progress)
        except UnreachableError as error:
            return str(build_untrained(card, scratch / name, progress=progress)), f"random, as {error.what}"
        return name, ""
    return str(build_untrained(card, scratch / name, progress=progress)), "random, as none are published"


def ask(contender: Contender, terms: Terms, examples: Sequence[Example], progress: Progress) -> Asked:
    """`progress` counts examples. The first is asked twice, as the network is prepared on it.

    Raises InputError for a video that cannot be read.
    """
    model = open_model(contender.place, runtime=terms.runtime)
    if isinstance(model, ClipModel):
        one = partial(_of_clip, model, terms.views, Networks())
    else:
        side, backbone = model.reads.short_side, model.backbone if isinstance(model, HeadedModel) else model
        one = partial(_of_all, model, backbone.gflops(height=side, width=side) / 2)
    one(examples[0])
    answers = []
    for number, example in enumerate(examples):
        progress(number, len(examples))
        answers.append(one(example))
    progress(len(examples), len(examples))
    probabilities, reading, network, gflops = zip(*answers, strict=True)
    return Asked(np.stack(probabilities), np.array(reading), np.array(network), float(np.median(gflops)), peak_memory())


_Answer = tuple[Floats, float, float, float]
"""Probabilities (C,), seconds of reading and of the network, GFLOPs."""


def _of_clip(model: ClipModel, views: Views, load: Networks, example: Example) -> _Answer:
    said = viewed(model, example, views, load)
    return said.probabilities, said.reading_s, said.network_s, model.bundle.gflops * views.count


def _of_all(model: Opened, gflops: float, example: Example) -> _Answer:
    """`gflops` are those of a picture."""
    begun = perf_counter()
    analyzer = watched(example.path, model, start=example.start, end=example.end)
    analyzer.end()
    probabilities = analyzer.clip_probabilities()
    network = analyzer.inference_s
    return probabilities, perf_counter() - begun - network, network, analyzer.frames * gflops


def _names_no_clips(model: Opened) -> bool:
    if isinstance(model, HubModel):
        return not model.names_clips
    return isinstance(model, HeadedModel) and model.bundle.task == "timelines"


def _title(model: Opened) -> str:
    if isinstance(model, HubModel):
        return model.name
    return model.bundle.card.title if isinstance(model, Model) else model.bundle.title


def _weights(model: Opened) -> str:
    """In a sentence."""
    if isinstance(model, HubModel):
        return f"its publisher's, {model.name}"
    if isinstance(model, Model):
        return f"published, trained on {model.bundle.card.trained_on}"
    told = model.bundle.weights_told if isinstance(model, ClipModel) else ""
    return told or f"trained on {model.bundle.trained_on}"


def _parameters(model: Opened | Producer) -> float:
    """In millions; of a network that keeps no count, what its file holds."""
    if isinstance(model, ClipModel | HubModel):
        return model.parameters / MILLION
    if isinstance(model, HeadedModel):
        return _parameters(model.backbone) + _weighed(model.folder / FILE)
    if isinstance(model, Model):
        return next(_weighed(model.folder / name) for name in STORED if name in model.bundle.files)
    raise UsageError("nothing tells how many weights it has", got=model.name, allowed="a model of `aisle models list`")


def _weighed(file: Path) -> float:
    return file.stat().st_size / FLOAT / MILLION
