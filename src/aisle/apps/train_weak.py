"""`aisle train --model mil`: moments of what is unusual, from videos that are normal or hold something somewhere."""

from __future__ import annotations

from fractions import Fraction

from aisle.apps.console import progress, remark
from aisle.apps.training import (
    EVERY,
    Asked,
    Way,
    backbone_of,
    begun,
    bundle_of,
    dataset_of,
    feature_store,
    finished,
    pairs,
    resumable,
)
from aisle.models.head import head

EPOCHS = 60
KEPT = 0.2
"""The share of the groups that the threshold is chosen on."""


def train(asked: Asked) -> None:
    """Raises UsageError for data of one kind of video, UnknownNameError for another option than the head's."""
    from aisle.analysis.backbone import Answers
    from aisle.apps.judging_anomalies import NORMAL, UNUSUAL, as_unusual
    from aisle.core import LabelSet
    from aisle.data.splits import hold_out
    from aisle.models.reading import StepReading
    from aisle.train.embed import embedded
    from aisle.train.fit import Trained, learning_part
    from aisle.train.plan import Plan
    from aisle.train.weak import fit_weak, weak_threshold

    card = head(asked.model or "")
    options = card.with_options(pairs(asked.options))
    plan = Plan(card, options, beta=asked.beta, seed=asked.seed, epochs=asked.epochs or EPOCHS)
    dataset = as_unusual(dataset_of(asked, asked.data, "clips"))
    opened, store = backbone_of(asked, asked.backbone), feature_store(asked)
    run = begun(asked, plan.identity(dataset, opened.fingerprint))
    split = hold_out(learning_part(dataset), KEPT, asked.seed)
    with resumable():
        with progress("computing features", quiet=asked.quiet) as listener:
            known = embedded(split.train, opened, store, progress=listener)
            kept = embedded(split.kept, opened, store, progress=listener)
        with progress("training", quiet=asked.quiet) as listener:
            kinds = [one.label == UNUSUAL for one in split.train]
            network = fit_weak(plan, known, kinds, opened.blocks, progress=listener)
        threshold = weak_threshold(network, kept, [one.label == UNUSUAL for one in split.kept], asked.beta)
    remark(f"the threshold {threshold:.3f} was chosen on {len(split.kept)} videos kept aside")
    pieces = StepReading(opened.blocks).pieces
    trained = Trained(
        network=network,
        labels=LabelSet((NORMAL, UNUSUAL)),
        answers=Answers(threshold=threshold, pieces=pieces, smooth=Fraction(0), shortest=Fraction(1, 4), surest=0.0),
        window=0,
        samples=known[:3],
        context=card.context,
        ahead=card.context,
    )
    finished(asked, plan, dataset, trained, bundle_of(asked, plan, dataset, trained, opened, {}), run)


WAY = Way(
    "a head that learns moments from labels of whole videos",
    (EVERY | {"--backbone", "--set", "--beta"}) - {"--devices", "--resume"},
    train,
)
