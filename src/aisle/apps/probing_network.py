"""The network of a probed bundle, trained end to end on some of the labels: from its weights, and from random ones."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from aisle.apps.console import remark
from aisle.core import Dataset, UsageError
from aisle.data.clip_store import ClipStore
from aisle.deploy.cache import cache_folder
from aisle.deploy.clip import WEIGHTS
from aisle.deploy.clip_model import ClipModel
from aisle.evaluate.probes import SHARES, ProbeReport

if TYPE_CHECKING:
    from aisle.analysis.backbone import Producer
    from aisle.data.splits import Split
    from aisle.train.recipe import NetworkPlan

SAMPLES = 2


def check_tuning(model: Producer) -> None:
    """Raises UsageError for a model that cannot be trained on."""
    if not isinstance(model, ClipModel) or model.bundle.task != "clips":
        raise UsageError(
            f"{model.name} is not fine-tuned",
            got="another network",
            allowed="networks that read clips: aisle models list --networks",
            do="leave --fine-tune out",
        )
    if not (model.folder / WEIGHTS).is_file():
        raise UsageError(
            f"{model.name} has no weights to go on from",
            got=f"no {model.folder / WEIGHTS}",
            do="name the bundle that it was exported from, or leave --fine-tune out",
        )


def tuned(
    report: ProbeReport, model: ClipModel, dataset: Dataset, split: Split, epochs: int, *, quiet: bool
) -> ProbeReport:
    """`report` with one more figure for each share of the labels: of the bundle's row when training begins with its
    weights, of the second row, random weights, when it begins with these.

    Tells what it will take before it begins. Raises what training raises.
    """
    from aisle.deploy.detectors import Networks
    from aisle.deploy.initial import initial_weights
    from aisle.train.decoded import decode
    from aisle.train.probe_network import end_to_end

    plan = _plan(model, epochs)
    store = ClipStore(cache_folder() / "clips")
    if not quiet:
        remark(_cost(model, plan, split))
    decode([*split.train, *split.kept], plan.card, store, load=Networks())
    rows = list(report.rows)
    with tempfile.TemporaryDirectory() as scratch:
        for at, weights in enumerate(("bundle", "random")):
            initial = initial_weights(plan.card, str(model.folder))[0] if weights == "bundle" else None
            figures = end_to_end(
                dataset,
                split,
                replace(plan, weights=weights),
                store,
                Path(scratch),
                shares=SHARES,
                initial=initial,
                told=partial(_tell, rows[at].name, quiet=quiet),
            )
            rows[at] = replace(rows[at], figures=(*rows[at].figures, *figures))
    return replace(report, rows=tuple(rows))


def _tell(name: str, line: str, *, quiet: bool) -> None:
    if not quiet:
        remark(f"end to end, {name}, {line}")


def _plan(model: ClipModel, epochs: int) -> NetworkPlan:
    from aisle.deploy.untrained import network_card
    from aisle.train.recipe import NetworkPlan, recipe_for

    card = network_card(model.bundle)
    return NetworkPlan(card, replace(recipe_for(card), epochs=epochs), workers=0)


def _cost(model: ClipModel, plan: NetworkPlan, split: Split) -> str:
    """Before it begins: how many trainings, and about how long they take here."""
    from aisle.deploy.clip_samples import generated
    from aisle.train.probe_network import clips_learnt, seconds_a_clip

    clips = 2 * clips_learnt(split, SHARES, plan.recipe.epochs)
    each = seconds_a_clip(plan, generated(model.bundle, SAMPLES, seed=0))
    trainings = (
        f"{2 * len(SHARES)} trainings, {clips:,} clips to learn from in all, {each:.2g} s each on this processor"
    )
    return f"fine-tuning: {trainings}: about {max(clips * each / 60, 1):.0f} min"
