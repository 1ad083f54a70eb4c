"""Weights that the training of a network begins with: published, an image network's, or a user's. Needs PyTorch."""

from __future__ import annotations

import importlib
from pathlib import Path

from aisle.core import InputError, Progress, UnreachableError, UsageError, silent
from aisle.deploy.clip import WEIGHTS, is_clip, read_clip_bundle
from aisle.deploy.clip_torch import torch_network
from aisle.deploy.weights import find_file, hash_told, read_published
from aisle.models.clip import ClipCard
from aisle.train.network import Initial

PUBLISHED, IMAGE, RANDOM = "published", "image", "random"


def default_weights(card: ClipCard) -> str:
    """The best that the card names."""
    return PUBLISHED if card.weights else IMAGE if card.initial else RANDOM


def initial_weights(card: ClipCard, wanted: str, *, progress: Progress = silent) -> tuple[Initial | None, str]:
    """What `wanted` names, and a sentence on what that is: published, image or random; else a bundle's folder, or a
    file of the publisher's or ours. None for random ones.

    Raises UsageError for what the card does not name, InputError for a path with nothing there, UnreachableError where
    nothing answers, DamagedError for a file that cannot be read.
    """
    if wanted == RANDOM:
        return None, "random ones"
    if wanted in (PUBLISHED, IMAGE):
        return _named(card, wanted, progress)
    path = Path(wanted)
    if path.name == WEIGHTS and (path.parent / "card.json").is_file():
        path = path.parent
    if not path.exists():
        raise InputError(
            "no weights to begin with",
            got=f"{wanted}: no such file",
            allowed=f"{PUBLISHED}, {IMAGE}, {RANDOM}, a bundle's folder, or a file",
        )
    if path.is_dir():
        return _of_bundle(card, path)
    module = importlib.import_module(f"aisle.models.{card.network}")
    state = read_published(path)
    return Initial(module.published(state) if hasattr(module, "published") else state), f"those of {path.name}"


def _named(card: ClipCard, wanted: str, progress: Progress) -> tuple[Initial, str]:
    sources = card.weights if wanted == PUBLISHED else (card.initial,) if card.initial else ()
    if not sources:
        raise UsageError(
            f"the card of {card.name} names no such weights to begin with",
            got=wanted,
            allowed=", ".join(sorted({default_weights(card), RANDOM})),
            do=f"use --weights {default_weights(card)}",
        )
    try:
        paths = [find_file(source, progress=progress) for source in sources]
    except UnreachableError as error:
        do = f"{error.do}; or begin with others, for instance --weights {RANDOM}"
        raise UnreachableError(error.what, got=error.got, allowed=error.allowed, do=do) from error
    module = importlib.import_module(f"aisle.models.{card.network}")
    told = ", ".join(f"{source.name} ({hash_told(path, source)})" for source, path in zip(sources, paths, strict=True))
    ours = module.published if wanted == PUBLISHED else module.initial
    state = {name: value for path in paths for name, value in ours(read_published(path)).items()}
    if wanted == IMAGE:
        return Initial(state, part=True), f"those of an image network, {told}"
    return Initial(state, card.labels), f"published ones, {told}"


def _of_bundle(card: ClipCard, folder: Path) -> tuple[Initial, str]:
    if not is_clip(folder):
        raise UsageError(
            f"{folder} holds no network that reads clips", got="another bundle", do=f"name one of a {card.network}"
        )
    bundle = read_clip_bundle(folder)
    if bundle.network != card.network:
        raise UsageError(
            "these are weights of another network", got=f"{bundle.network}, in {folder}", allowed=card.network
        )
    state = torch_network(folder).network.state_dict()
    return Initial(state, tuple(bundle.labels), seen=bundle.seen), f"those of {bundle.name}"
