"""A network that reads clips, packaged with random weights: it answers nonsense, at the cost of the trained one."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from aisle.core import LabelSet, MissingPartError, Progress, silent, writing
from aisle.deploy.clip import WEIGHTS, ClipBundle
from aisle.deploy.clip_model import ClipModel, OnlineModel
from aisle.deploy.published import bundle_card
from aisle.models.clip import ClipCard, clip_model, clip_models

CLASSES = 400
"""As many as Kinetics has, where the card names none."""

TOLD = "random"


def build_untrained(card: ClipCard, target: Path, *, progress: Progress = silent) -> Path:
    """The new folder `target`, a bundle. Raises what `package_network` raises, and MissingPartError without PyTorch."""
    try:
        import torch

        from aisle.deploy.clip_package import package_network
        from aisle.models.entry import network
    except ImportError as error:
        raise MissingPartError(f"building {card.name}", name=error.name or "torch", extra="convert") from error
    labels = card.labels or tuple(f"class {number}" for number in range(1, CLASSES + 1))
    torch.manual_seed(0)
    built = network(card, len(labels))
    package_network(
        built, bundle_card(card, LabelSet(labels), weights_told=TOLD), target, samples=(), progress=progress
    )
    return target


def untrained_twin(bundle: ClipBundle, target: Path, *, seed: int = 0) -> ClipModel:
    """The network of `bundle` with weights drawn by `seed`, opened from the new folder `target`.

    It runs on PyTorch, so that nothing is converted and it is there at once; two bundles of one network have the same
    twin. Raises DamagedError for a card that names no network, MissingPartError without PyTorch.
    """
    try:
        import torch

        from aisle.deploy.build import hashes
        from aisle.deploy.clip_torch import built
    except ImportError as error:
        raise MissingPartError(
            f"drawing weights for {bundle.name}", name=error.name or "torch", extra="train"
        ) from error
    card = network_card(bundle)
    said = repr((card.network, card.options, card.sampling, card.views, card.mean, card.spread, seed)).encode()
    told = replace(
        bundle_card(card, LabelSet(("nothing",)), weights_told=TOLD),
        name=f"{bundle.network}-{TOLD}-{seed}",
        title=f"{bundle.network} with random weights",
        identity=f"{bundle.network}-{TOLD}-{sha256(said).hexdigest()[:12]}",
        window=bundle.window,
        answered=bundle.answered,
        states=bundle.states,
        trained_on="nothing",
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = built(told, target)
    with writing(target):
        target.mkdir(parents=True)
        torch.save(network.state_dict(), target / WEIGHTS)
    told = replace(told, files=hashes(target))
    told.write(target)
    return (OnlineModel if bundle.states else ClipModel)(told, target, "pytorch")


def network_card(bundle: ClipBundle) -> ClipCard:
    """The card of the network in `bundle`, under the name of its variant where there is one, to train it anew."""
    same = {name: clip_model(name) for name in clip_models()}
    variants = [name for name, card in same.items() if (card.network, card.options) == (bundle.network, bundle.options)]
    return ClipCard(
        name=next(iter(variants), bundle.network),
        network=bundle.network,
        title=bundle.title,
        paper=bundle.paper,
        task=bundle.task,
        views=bundle.views,
        sampling=bundle.sampling,
        options=bundle.options,
        mean=bundle.mean,
        spread=bundle.spread,
        features=bundle.features,
        gflops=bundle.gflops,
        parameters=bundle.parameters / 1e6,
    )
