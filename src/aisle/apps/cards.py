"""A model's card as text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aisle.apps.trained import TABLES
from aisle.deploy import anomaly_bundle, clip, detector_bundle, labeller_bundle, product_bundle, video_class
from aisle.deploy import head as head_bundle
from aisle.deploy.anomaly_bundle import AnomalyBundle
from aisle.deploy.bundle import Bundle, kind_of, read_card
from aisle.deploy.clip import ClipBundle
from aisle.deploy.detector_bundle import DetectorCard
from aisle.deploy.head import HeadBundle
from aisle.deploy.labeller_bundle import LabellerBundle
from aisle.deploy.product_bundle import ProductBundle
from aisle.deploy.video_class import VideoClassBundle
from aisle.models.card import Card
from aisle.models.clip import ClipCard, clip_model, clip_models

RANGE = " 95%"
"""Ends the name under which a card has a figure's interval."""

MEASURED = "measured on groups that the measured model had not seen:"

UNNAMED = (
    "none, as it learnt without labels; its features serve heads (aisle train --backbone), and aisle evaluate "
    "--probe says how good they are"
)


def text_of(folder: Path) -> str:
    """Of the bundle in `folder`, of whatever kind. Raises DamagedError for a card that cannot be read, and UsageError
    for one of a kind that is a part of another bundle.
    """
    return _TEXTS.get(kind_of(folder), _stream_text)(folder)


def text(card: Card, bundle: Bundle | None) -> str:
    """What a person should know before using the model; `bundle` adds what was measured on this machine."""
    reads, steps = card.reads, card.steps
    facts = {
        "model": f"{card.name}: {card.title}",
        "paper": card.paper,
        "licence": card.licence,
        "trained on": card.trained_on,
        "not for": card.not_for,
        "published": card.published,
        "reads": f"{reads.rate} pictures a second, whole picture, short side {reads.short_side}, RGB",
        "answers": f"{len(card.labels)} labels, once every {float(card.step):.2f} s ({steps.stride} pictures)",
        "features": f"{card.features} numbers a step: " + ", ".join(block.name for block in card.blocks),
    }
    if bundle is not None:
        facts |= {"made": ", ".join(f"{key} {value}" for key, value in bundle.made.items())}
        facts |= {
            f"check {name}": f"cosine {check.cosine:.4f}, same answer in {check.same_top1:.0%} of {check.steps} steps"
            for name, check in bundle.checks.items()
        }
    return "\n".join(f"{key + ':':22}{value}" for key, value in facts.items())


def head_text(head: HeadBundle) -> str:
    """What a person should know before using a head: what it learnt from, what it is not for, how good it was."""
    drawn = "; those were drawings" if head.rendered else ""
    facts = {
        "model": f"{head.name}: {head.title}",
        "trained on": f"{head.trained_on}{drawn}",
        "not for": head.not_for,
        "licence": head.licence,
        "answers": f"{len(head.labels)} labels: {', '.join(head.labels)}",
        "names": _span(head),
        "reads": f"features of {head.backbone} ({head.identity})",
        "head": ", ".join([head.head, *(f"{name} {value}" for name, value in head.options.items())]),
        **({"threshold": _decision(head)} if head.answers.threshold is not None else {}),
        "made": ", ".join(f"{key} {value}" for key, value in head.made.items()),
    }
    lines = [f"{key + ':':22}{value}" for key, value in facts.items()]
    return "\n".join([*lines, *_measured(head.measured)])


def clip_text(bundle: ClipBundle) -> str:
    """What a person should know before using a packaged network that reads clips."""
    often, seen = bundle.steps.stride / bundle.reads.rate, bundle.windows.length / bundle.sampling.rate
    drawn = "; those were drawings" if bundle.rendered else ""
    seen_by = "all that came before it" if bundle.states else f"the {float(seen):.2f} s around it"
    step = f"once every {float(often):.2f} s, by {seen_by}"
    facts = {
        "model": f"{bundle.name}: {bundle.title}",
        "paper": bundle.paper,
        "weights": bundle.weights_told,
        "licence": bundle.licence,
        "trained on": f"{bundle.trained_on}{drawn}",
        "not for": bundle.not_for,
        "published": bundle.published,
        "reads": _reads(bundle),
        "network": _network(bundle.network, bundle.options),
        "cost": f"{bundle.gflops:.3g} GFLOPs a view (multiplications), {bundle.parameters / 1e6:.3g} M parameters",
        "answers": UNNAMED if bundle.is_unlabelled else f"{len(bundle.labels)} labels, {step}",
        "features": f"{bundle.features} numbers a step{_when(bundle, step)} ({bundle.identity})",
        **({"threshold": _decision(bundle)} if bundle.answers.threshold is not None else {}),
        "made": ", ".join(f"{key} {value}" for key, value in bundle.made.items()),
        **{f"check {name}": _check(name, bundle) for name in bundle.checks},
    }
    how = "measured while it learnt:" if bundle.is_unlabelled else MEASURED
    return "\n".join([_lines(facts), *_measured(bundle.measured, how)])


def anomaly_text(bundle: AnomalyBundle) -> str:
    """What a person should know before being warned by a model of what is normal."""
    drawn = "; those were drawings" if bundle.rendered else ""
    facts = {
        "model": f"{bundle.name}: {bundle.title}",
        "trained on": f"{bundle.trained_on}{drawn}",
        "not for": bundle.not_for,
        "licence": bundle.licence,
        "answers": f"{', '.join(bundle.labels)}, and where in the picture",
        "reads": f"features of {bundle.backbone} ({bundle.identity}), and the pictures",
        "looks at": ", ".join(part.name for part in bundle.parts),
        "threshold": bundle.threshold_told,
        "made": ", ".join(f"{key} {value}" for key, value in bundle.made.items()),
    }
    return "\n".join([_lines(facts), *(f"note: {note}" for note in bundle.measured.get("notes", ()))])


def naming_text(bundle: DetectorCard | LabellerBundle | ProductBundle | VideoClassBundle, reads: str) -> str:
    """What a person should know before using what names things, pictures or whole videos."""
    labels = [label for label in bundle.labels if label]
    facts = {
        "model": f"{bundle.name}: {bundle.title}",
        "trained on": bundle.trained_on,
        "not for": bundle.not_for,
        "licence": bundle.licence,
        "answers": f"{len(labels)} labels: {', '.join(labels)}",
        "reads": reads,
        "made": ", ".join(f"{key} {value}" for key, value in bundle.made.items()),
    }
    return "\n".join([_lines(facts), *_measured(bundle.measured, "measured on what the measured one had not seen:")])


def network_text(card: ClipCard) -> str:
    """What a person should know of a network that reads clips before getting or training it."""
    where = ", ".join(f"{source.megabytes} MB from {source.place}" for source in card.weights)
    got = f"aisle models get {card.name} ({where})" if card.weights and card.labels else ""
    facts = {
        "network": f"{card.name}: {card.title}",
        "paper": card.paper,
        "weights": got or "none are published",
        "licence": card.licence if card.weights else "",
        "trained on": card.trained_on if card.weights else "",
        "not for": card.not_for,
        "published": card.published,
        "reads": _reads(card),
        "made by": _network(card.network, card.options),
        "cost": f"{card.gflops:.3g} GFLOPs a view (multiplications), {card.parameters:.3g} M parameters",
        "features": f"{card.features} numbers a step",
        "differs": card.about,
        "train it": f"aisle train --model {card.name} --data DIR --out BUNDLE",
    }
    return _lines(facts)


def networks_text() -> str:
    """A table: what there is to get and to train, what it costs, how good it was published to be."""
    heading = ("name", "title", "M weights", "GFLOPs", "published", "weights")
    rows = [heading, *(_row(clip_model(name)) for name in clip_models())]
    widths = [max(len(row[column]) for row in rows) for column in range(len(heading))]
    return "\n".join(
        "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _row(card: ClipCard) -> tuple[str, ...]:
    top1 = re.search(r"top-1 ([0-9.]+)", card.published)
    hosts = [source.package or urlsplit(source.url).hostname or "" for source in card.weights]
    reached = " and ".join(hosts) if card.labels else "train it"
    figures = (
        f"{card.parameters:.3g}",
        f"{card.gflops:.3g}",
        f"{card.published.split()[0]} top-1 {top1[1]}" if top1 else "-",
    )
    return card.name, card.title, *figures, reached


def _reads(card: ClipBundle | ClipCard) -> str:
    sampling = card.sampling
    apart = f"{sampling.stride} apart" if sampling.stride else "one of each equal part of a clip"
    size = f"short side {sampling.short_side}, trained on squares of {sampling.crop}"
    return f"{', '.join(card.views)}: {sampling.frames} pictures, {apart}, at {sampling.rate} a second; {size}"


def _network(name: str, options: Mapping[str, Any]) -> str:
    return ", ".join([name, *(f"{key} {value}" for key, value in options.items())])


def _check(name: str, bundle: ClipBundle) -> str:
    check = bundle.checks[name]
    dropped = name.endswith("int8") and not any("int8" in file for file in bundle.files)
    apart = f" ({check.apart:.4f} of what tells clips apart)" if check.apart is not None else ""
    same = "" if bundle.is_unlabelled else f", same answer in {check.same_top1:.0%}"
    told = f"cosine {check.cosine:.4f}{apart}{same} of {check.steps} clips"
    return f"{told}; too far off, left out" if dropped else told


def _lines(facts: Mapping[str, str]) -> str:
    return "\n".join(f"{key + ':':22}{value}" for key, value in facts.items() if value)


def _span(head: HeadBundle) -> str:
    if head.task == "timelines":
        around = "around" if head.reaches >= head.context else f"before and {head.reaches} after"
        return f"every moment of a video, {head.answers.pieces} times a step; {head.context} steps {around} it count"
    return f"whole clips, and every step of a longer video by the {head.window} steps around it"


def _decision(head: HeadBundle | ClipBundle) -> str:
    return f"{head.labels[1]} from a probability of {head.answers.threshold:.3f} on, else {head.labels[0]}"


def _when(bundle: ClipBundle, step: str) -> str:
    """Where no answer tells it."""
    return f", {step}" if bundle.is_unlabelled else ""


def _measured(measured: Mapping[str, Any], how: str = MEASURED) -> list[str]:
    """Figures, a line each, then why they may flatter and what would help."""
    names = [name for name in measured if name not in TABLES and not name.endswith(RANGE)]
    figures = [f"  {name:19} {_figure(measured, name)}" for name in names]
    told = [how, *figures] if figures else []
    doubts = [f"caution: {doubt}" for doubt in measured.get("doubts", ())]
    return [*told, *doubts, *(f"would help: {advice}" for advice in measured.get("advice", ()))]


def _figure(measured: Mapping[str, Any], name: str) -> str:
    span = measured.get(f"{name}{RANGE}")
    return str(measured[name]) + (f" (95% of resamples: {span[0]} to {span[1]})" if span else "")


def _stream_text(folder: Path) -> str:
    bundle = read_card(folder)
    return text(bundle.card, bundle)


def _detector_text(folder: Path) -> str:
    card = detector_bundle.read_detector_card(folder)
    return naming_text(card, f"pictures, as {card.size[1]} x {card.size[0]} pixels")


def _labeller_text(folder: Path) -> str:
    bundle = labeller_bundle.read_labeller(folder)
    return naming_text(bundle, f"whole pictures, as {bundle.size} x {bundle.size} pixels")


def _products_text(folder: Path) -> str:
    bundle = product_bundle.read_products(folder)
    unsure = f"below a probability of {bundle.threshold:.3f} it says {product_bundle.UNKNOWN}"
    return naming_text(bundle, f"pictures of one product, as {bundle.size} x {bundle.size} pixels; {unsure}")


def _video_class_text(folder: Path) -> str:
    bundle = video_class.read_video_class(folder)
    return naming_text(bundle, f"whole videos, described by {bundle.by} ({bundle.producer})")


_TEXTS: dict[str, Callable[[Path], str]] = {
    head_bundle.KIND: lambda folder: head_text(head_bundle.read_head(folder)),
    anomaly_bundle.KIND: lambda folder: anomaly_text(anomaly_bundle.read_anomaly(folder)),
    clip.KIND: lambda folder: clip_text(clip.read_clip_bundle(folder)),
    detector_bundle.KIND: _detector_text,
    labeller_bundle.KIND: _labeller_text,
    product_bundle.KIND: _products_text,
    video_class.KIND: _video_class_text,
}
