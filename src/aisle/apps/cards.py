"""A model's card as text."""

from __future__ import annotations

from aisle.deploy.bundle import Bundle
from aisle.models.card import Card


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
