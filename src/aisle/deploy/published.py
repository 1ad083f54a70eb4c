"""Networks that read clips, with their published weights: from the publisher's file to a bundle in the cache."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from aisle.analysis.backbone import Answers
from aisle.analysis.sampling import indices
from aisle.analysis.viewer import read_clip
from aisle.core import LabelSet, MissingPartError, Progress, UsageError, silent
from aisle.core.clip import Array
from aisle.deploy.cache import cache_folder, locked, rebuilt
from aisle.deploy.clip import ClipBundle
from aisle.deploy.detectors import Networks
from aisle.deploy.weights import find_file, hash_told, read_published
from aisle.models.clip import ClipCard, clip_model, clip_models

SECONDS = 10
"""How long the clips of Kinetics are: what one answer of a network stands for that reads a whole clip, however long."""


def published_networks() -> list[str]:
    """The names of the networks of which whole weights are published, with what they name."""
    return [name for name in clip_models() if _is_published(clip_model(name))]


def _is_published(card: ClipCard) -> bool:
    return bool(card.weights and card.labels)


def published_folder(card: ClipCard) -> Path:
    """Where the built bundle of a published network lies, whether or not it exists."""
    return cache_folder() / "bundles" / card.identity


def published_bundle(card: ClipCard, *, weights_told: str = "") -> ClipBundle:
    """The card of the bundle. Raises UsageError for a network without published weights."""
    if not _is_published(card):
        raise UsageError(
            f"nobody has published weights of {card.name}", got="none", do=f"train it: aisle train --model {card.name}"
        )
    bundle = bundle_card(card, LabelSet(card.labels), weights_told=weights_told)
    return replace(bundle, identity=card.identity)


def bundle_card(card: ClipCard, labels: LabelSet, *, weights_told: str) -> ClipBundle:
    """The card of a bundle with the network of `card`, which says nothing of its training but what `card` does; its
    identity is left to its weights.
    """
    sampling = card.sampling
    return ClipBundle(
        name=card.name,
        title=card.title,
        network=card.network,
        options=card.options,
        task=card.task,
        views=card.views,
        sampling=sampling,
        mean=card.mean,
        spread=card.spread,
        labels=labels,
        features=card.features,
        answers=Answers(),
        window=sampling.span if sampling.stride else int(SECONDS * sampling.rate),
        identity="",
        paper=card.paper,
        trained_on=card.trained_on,
        not_for=card.not_for,
        licence=card.licence,
        published=card.published,
        weights_told=weights_told,
    )


def published_network(card: ClipCard, *, weights: Path | None = None) -> Any:
    """The PyTorch network with its published weights, in evaluation mode. See `find_file` for `weights`.

    Raises DamagedError for a file that is cut off, or of another network; MissingPartError without PyTorch.
    """
    return _filled(card, [find_file(source, folder=weights) for source in card.weights])


def _filled(card: ClipCard, paths: Sequence[Path]) -> Any:
    try:
        module = importlib.import_module(f"aisle.models.{card.network}")
    except ImportError as error:
        raise MissingPartError(f"building {card.name}", name="torch", extra="convert") from error
    from aisle.models.renaming import filled

    state = {name: value for path in paths for name, value in module.published(read_published(path)).items()}
    return filled(module.build(len(card.labels), **card.options), state)


def build_published(
    card: ClipCard,
    *,
    weights: Path | None = None,
    calibrate_on: Sequence[Path] = (),
    again: bool = False,
    progress: Progress = silent,
) -> Path:
    """The folder of `card`'s bundle, built if it is missing or `again`. Two processes never build at the same time.

    `weights` is a folder that holds the published file; int8 is calibrated on the videos given, else on generated
    clips alone. Raises what `find_file`, `published_network` and `package_network` raise; nothing half built stays.
    """
    target = published_folder(card)
    published_bundle(card)
    with locked(f"bundle-{card.name}"):
        if target.is_dir() and not again:
            return target
        paths = [find_file(source, folder=weights, progress=progress) for source in card.weights]
        network = _filled(card, paths)
        from aisle.deploy.clip_package import package_network

        bundle = published_bundle(card, weights_told=_told(card, paths))
        samples = [_sample(video, card) for video in calibrate_on]
        with rebuilt(target) as place:
            package_network(network, bundle, place, samples=samples, progress=progress)
    return target


def _told(card: ClipCard, paths: Sequence[Path]) -> str:
    files = [
        f"{source.name} from {source.place} ({hash_told(path, source)})"
        for source, path in zip(card.weights, paths, strict=True)
    ]
    return f"published ones, {' and '.join(files)}"


def _sample(video: Path, card: ClipCard) -> Mapping[str, Array]:
    """The middle of the first ten seconds of a user's video, as the network reads it."""
    sampling = card.sampling
    clip = read_clip(
        video,
        card.views,
        rate=sampling.rate,
        short_side=sampling.short_side,
        end=Fraction(SECONDS),
        side=sampling.crop,
        load=Networks(),
    )
    chosen = indices(clip.frames, sampling)
    return {name: view[chosen] for name, view in clip.views.items()}
