"""`aisle train --task pictures`: EfficientNet-Lite0 with a last layer for your own folders of pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from aisle.apps.console import progress, remark, say
from aisle.apps.opening import labeller
from aisle.apps.training import EVERY, Asked, Way
from aisle.core import LabelSet, UsageError
from aisle.core.page import many

if TYPE_CHECKING:
    from aisle.core.pictures import Pictured
    from aisle.core.video import Image
    from aisle.deploy.labeller_runtime import Labeller
    from aisle.train.pictures import Floats, Layer

AT_ONCE = 64
"""Pictures that are in memory at once."""

SAMPLES = 8
NOT_FOR = "Decisions about persons; pictures of another kind than it learnt from."
LICENCE = "that of the pictures it was trained on; the image network: Apache-2.0"


def train(asked: Asked) -> None:
    """Reads the pictures, learns the layer, says how good it is on pictures that look unlike, and packages."""
    from aisle.apps.verdicts import METRICS, clip_figures, made, write_json
    from aisle.data.picture_check import at_least_two, mark, usable_pictures
    from aisle.data.picture_folder import open_pictures
    from aisle.deploy.labeller import SOURCE
    from aisle.deploy.labeller_bundle import USUAL, LabellerBundle
    from aisle.deploy.labeller_package import package_labeller
    from aisle.deploy.weights import find_file, read_published
    from aisle.models.clip import clip_model
    from aisle.models.picture_classes import published
    from aisle.train.pictures import learn_layer

    if asked.model is not None:
        raise UsageError("pictures have one model", got=f"--model {asked.model}", do="leave --model out")
    with progress("reading the pictures", quiet=asked.quiet) as listener:
        pictures = usable_pictures(open_pictures(asked.data, asked.kind), progress=listener)
    for problem in pictures.problems:
        remark(f"left out: {problem}")
    at_least_two(pictures)
    chosen = pictures.to_learn().pictures
    used = {one.label for one in chosen}
    labels = LabelSet(tuple(label for label in pictures.labels if label in used))
    names = labeller(USUAL, quiet=asked.quiet)
    features, samples = _looked(asked, names, chosen)
    targets = np.array([labels.index(one.label) for one in chosen])
    with progress("training", quiet=asked.quiet):
        layer = learn_layer(features, targets, labels)
    source = clip_model(SOURCE).initial
    if source is None:
        raise UsageError("no card names EfficientNet-Lite0", got=SOURCE, do="install aisle again")
    network = published(read_published(find_file(source))).with_layer(layer.weight, layer.bias)
    bundle = LabellerBundle(
        name=asked.out.name,
        title=f"EfficientNet-Lite0 (ImageNet) with a last layer of {len(labels)} classes",
        labels=labels,
        size=names.size,
        scale=layer.scale,
        trained_on=asked.trained_on
        or f"{len(chosen)} pictures of {len(labels)} classes in {asked.data.resolve().name}",
        not_for=asked.not_for or NOT_FOR,
        licence=asked.licence or LICENCE,
        apart=0.0,
        seen=tuple(sorted({mark(one) for one in chosen})),
        measured=_measured(layer),
    )
    complete = package_labeller(network, bundle, samples, asked.out)
    say(f"{complete.name}: {complete.title}")
    if layer.report is None:
        say("  it was not judged: no class has two pictures of which one could be kept aside")
    else:
        judged = many(int(layer.report.confusion.counts.sum()), "picture that looks", "pictures that look")
        say(f"  on {judged} unlike those that the judged layer had learnt from: top-1 {layer.report.top1:.1%}")
        write_json({**made(), "model": complete.title, **clip_figures(layer.report, None)}, asked.out / METRICS)
    say(f"{asked.out}  (aisle label-frames VIDEO --model {asked.out} --out labels)")


def _looked(asked: Asked, names: Labeller, chosen: tuple[Pictured, ...]) -> tuple[Floats, list[Image]]:
    """Features (N, D) of the pictures, and some of these."""
    from aisle.data.picture_check import picture

    rows, samples = [], list[np.ndarray]()
    with progress("looking at the pictures", quiet=asked.quiet) as listener:
        for first in range(0, len(chosen), AT_ONCE):
            images = [picture(one) for one in chosen[first : first + AT_ONCE]]
            samples += images[: max(SAMPLES - len(samples), 0)]
            rows.append(names.look(images).features)
            listener(first + len(images), len(chosen))
    return np.concatenate(rows), samples


def _measured(layer: Layer) -> dict[str, float]:
    report = layer.report
    if report is None:
        return {}
    found = {"top1": report.top1, "macro_f1": report.macro.f1, "calibration_error": report.calibration_error}
    return {name: round(value, 4) for name, value in found.items() if value is not None}


WAY = Way(
    "a network that names pictures",
    EVERY - {"--model", "--resume", "--features", "--devices", "--epochs"},
    train,
)
