"""`aisle train --model` of a network that reads clips: end to end, from the pictures."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aisle.apps.console import progress, remark, say
from aisle.apps.trained import measured, summary
from aisle.apps.training import (
    EVERY,
    LICENCE,
    NOT_FOR,
    Asked,
    Way,
    begun,
    dataset_of,
    known_before,
    learnt_from,
    marks,
    pairs,
    resumable,
    told,
)
from aisle.apps.verdicts import PAGE, is_rendered, write_network_report
from aisle.data.clip_store import ClipStore
from aisle.deploy.cache import cache_folder
from aisle.deploy.clip import ClipBundle
from aisle.deploy.published import bundle_card
from aisle.models.clip import clip_model

if TYPE_CHECKING:
    from aisle.core import Dataset
    from aisle.train.course import Epoch
    from aisle.train.network import TrainedNetwork
    from aisle.train.recipe import NetworkPlan


def train(asked: Asked) -> None:
    """Decodes what was never decoded, learns, and packages. Raises whatever these raise."""
    from aisle.deploy.clip_package import package_network
    from aisle.deploy.detectors import Networks
    from aisle.deploy.initial import initial_weights
    from aisle.train.decoded import decode
    from aisle.train.device import check_device
    from aisle.train.fit import learning_part
    from aisle.train.network import train_network

    plan = _plan(asked)
    check_device(plan)
    store = ClipStore(asked.features or cache_folder() / "clips")
    dataset = dataset_of(asked, asked.data, plan.card.task)
    with progress(f"weights of {plan.card.name}", quiet=asked.quiet) as listener:
        initial, weights = initial_weights(plan.card, plan.weights, progress=listener)
    run = begun(asked, plan.identity(dataset))
    with resumable():
        with progress("decoding clips", quiet=asked.quiet) as listener:
            size = decode(
                learning_part(dataset), plan.card, store, looks=plan.looks, load=Networks(), progress=listener
            )
        if size and not asked.quiet:
            remark(f"decoded clips: about {size / 1e6:,.0f} MB more in {store.folder}")
        with progress("training", quiet=asked.quiet) as listener:
            trained = train_network(
                dataset,
                plan,
                store,
                initial=initial,
                run=run,
                told=None if asked.quiet else lambda epoch: remark(_line(epoch, plan.recipe.epochs)),
                progress=listener,
            )
        before = initial.seen if initial else ()
        aside = [example for example in dataset.examples if example.name in set(trained.kept)]
        doubts = known_before(aside, store, before, "the network that it began with")
        trained = replace(trained, doubts=(*doubts, *trained.doubts))
        seen = marks(learning_part(dataset), store).union(before)
        with progress("packaging", quiet=asked.quiet) as listener:
            bundle = package_network(
                trained.network,
                _bundle(asked, plan, dataset, trained, weights, seen),
                asked.out,
                samples=trained.samples,
                progress=listener,
            )
    run.remove()
    say(summary(bundle))
    judged = write_network_report(trained, plan, dataset, asked.out)
    told(asked, dataset, asked.out / PAGE if judged else None)


def _plan(asked: Asked) -> NetworkPlan:
    from aisle.deploy.initial import default_weights
    from aisle.train.recipe import NetworkPlan, recipe_for, with_settings

    card = clip_model(asked.model or "")
    card, recipe = with_settings(card, recipe_for(card), pairs(asked.options))
    return NetworkPlan(
        card,
        replace(recipe, epochs=asked.epochs or recipe.epochs, batch=asked.batch or recipe.batch),
        weights=asked.weights or default_weights(card),
        freeze=asked.freeze,
        checkpointing=asked.checkpointing,
        precision=asked.precision,
        device=asked.device,
        devices=asked.devices,
        workers=asked.workers,
        looks=tuple(asked.looks),
        beta=asked.beta,
        seed=asked.seed,
    )


def _bundle(
    asked: Asked, plan: NetworkPlan, dataset: Dataset, trained: TrainedNetwork, weights: str, seen: set[str]
) -> ClipBundle:
    """The card, but for what packaging finds out."""
    told = f"trained here for {plan.recipe.epochs} epochs, beginning with {weights}"
    return replace(
        bundle_card(plan.card, trained.labels, weights_told=told),
        name=asked.out.name,
        title=f"{plan.card.title}, {len(trained.labels)} classes",
        answers=trained.answers,
        window=trained.window,
        trained_on=learnt_from(asked, dataset, aside=len(trained.kept)),
        not_for=asked.not_for or NOT_FOR,
        licence=asked.licence or LICENCE,
        published="",
        seen=tuple(sorted(seen)),
        rendered=is_rendered(dataset),
        measured=measured(trained),
    )


def _line(epoch: Epoch, epochs: int) -> str:
    kept = "" if epoch.accuracy is None else f"; kept aside: {epoch.validation:.3f}, {epoch.accuracy:.1%} right"
    return f"epoch {epoch.number} of {epochs}: loss {epoch.loss:.3f}{kept}; {epoch.seconds:.1f} s"


WAY = Way(
    "a network that is trained end to end",
    frozenset(
        {
            *EVERY,
            *("--set", "--look", "--beta"),
            *("--weights", "--batch", "--freeze", "--checkpointing", "--precision", "--device", "--workers"),
        }
    ),
    train,
)
