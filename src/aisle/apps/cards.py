"""A model's card as text."""

from __future__ import annotations

from aisle.apps.trained import TABLES
from aisle.deploy.bundle import Bundle
from aisle.deploy.head import HeadBundle
from aisle.models.card import Card

RANGE = " 95%"
"""Ends the name under which a card has a figure's interval."""


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
    figures = [f"  {name:20}{_figure(head, name)}" for name in _figures(head)]
    lines = [f"{key + ':':22}{value}" for key, value in facts.items()]
    lines += ["measured on groups that the measured head had not seen:", *figures] if figures else []
    return "\n".join([*lines, *(f"would help: {advice}" for advice in head.measured.get("advice", ()))])


def _span(head: HeadBundle) -> str:
    if head.task == "timelines":
        return f"every moment of a video, {head.answers.pieces} times a step; {head.context} steps around it count"
    return f"whole clips, and every step of a longer video by the {head.window} steps around it"


def _decision(head: HeadBundle) -> str:
    return f"{head.labels[1]} from a probability of {head.answers.threshold:.3f} on, else {head.labels[0]}"


def _figures(head: HeadBundle) -> list[str]:
    return [name for name in head.measured if name not in TABLES and not name.endswith(RANGE)]


def _figure(head: HeadBundle, name: str) -> str:
    span = head.measured.get(f"{name}{RANGE}")
    return str(head.measured[name]) + (f" (95% of resamples: {span[0]} to {span[1]})" if span else "")
