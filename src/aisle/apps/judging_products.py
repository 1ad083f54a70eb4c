"""`aisle evaluate` of a recogniser of products."""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from aisle.apps.console import progress, remark, say
from aisle.core import UsageError

if TYPE_CHECKING:
    from aisle.core.pictures import PictureSet
    from aisle.deploy.product_model import Recogniser


def judge_products(name: str, data: Path, kind: str | None, out: Path, split: str | None, *, quiet: bool) -> None:
    """Tells, and writes metrics.json and report.html.

    Without `split` it is the test split, else the validation split, else all. Raises UsageError for a product that the
    recogniser does not know and an empty split, and what reading the pictures raises.
    """
    from aisle.analysis.outputs import prepare
    from aisle.apps.product_files import Expense, headlines, worst, write_product_files
    from aisle.apps.verdicts import METRICS, PAGE
    from aisle.data.picture_check import picture, usable_pictures
    from aisle.data.picture_folder import open_pictures
    from aisle.deploy.product_model import open_recogniser
    from aisle.train.products import judge

    with progress(f"reading {data}", quiet=quiet) as listener:
        pictures = usable_pictures(open_pictures(data, kind), progress=listener)
    side = split or next((one for one in ("test", "validation") if _has(pictures, one)), "")
    pictures = pictures.split(side) if side else pictures
    recogniser = open_recogniser(name)
    _known(recogniser, pictures)
    prepare(out)
    rows, seconds = [], 0.0
    recogniser.probabilities([picture(pictures.pictures[0])])  # the first call prepares the network
    with progress(f"judging {name}", quiet=quiet) as listener:
        for number, one in enumerate(pictures.pictures, 1):
            image, begun = picture(one), perf_counter()
            rows.append(recogniser.probabilities([image])[0])
            seconds += perf_counter() - begun
            listener(number, len(pictures.pictures))
    shares, bundle = np.stack(rows), recogniser.bundle
    truth = np.array([recogniser.labels.index(one.label) for one in pictures.pictures], np.int64)
    logits = np.log(np.maximum(shares, np.float32(1e-30)))
    judged = judge(logits, truth, recogniser.labels, bundle.coarse, bundle.threshold)
    doubts = list(_doubts(recogniser, pictures))
    facts = {
        "Recogniser": f"{bundle.title} ({bundle.fingerprint})",
        "Learnt from": bundle.trained_on,
        "Data": f"{data}, {f'the {side} split' if side else 'all of it'}",
        "Pictures": str(len(pictures.pictures)),
    }
    unit = 1 if sys.platform == "darwin" else 1024
    expense = Expense(
        1000 * seconds / len(pictures.pictures), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    )
    notes = [*pictures.notes, *(f"left out: {problem}" for problem in pictures.problems)]
    write_product_files(
        out,
        f"{bundle.name} on {data.resolve().name}",
        judged,
        facts=facts,
        mistakes=tuple(worst(pictures, shares, list(recogniser.labels))),
        expense=expense,
        doubts=doubts,
        notes=notes,
    )
    for sentence in () if quiet else (*doubts, *notes):
        remark(f"note: {sentence}")
    say(f"{bundle.name} on {facts['Data']}: {facts['Pictures']} pictures")
    for figure, text in headlines(judged).items():
        say(f"  {figure:20}{text}")
    say(f"  {expense.milliseconds:.0f} ms a picture, {expense.peak_memory / 2**20:,.0f} MiB of memory at most")
    say(f"written to {out / METRICS} and {out / PAGE}")


def _has(pictures: PictureSet, split: str) -> bool:
    return any(one.split == split for one in pictures.pictures)


def _known(recogniser: Recogniser, pictures: PictureSet) -> None:
    shown = {one.label for one in pictures.pictures}
    if strange := sorted(shown - set(recogniser.labels)):
        raise UsageError(
            f"{recogniser.bundle.name} does not know {', '.join(strange)}",
            got=f"the data's products: {', '.join(sorted(shown)[:50])}",
            allowed=f"the recogniser's: {', '.join(list(recogniser.labels)[:50])}",
            do="name them as the recogniser does, leave them out, or teach it: aisle train --task products --extend",
        )


def _doubts(recogniser: Recogniser, pictures: PictureSet) -> Iterator[str]:
    from aisle.data.picture_check import mark

    known = set(recogniser.bundle.seen)
    if count := sum(mark(one) in known for one in pictures.pictures):
        yield (
            f"{count} of {len(pictures.pictures)} pictures are among those that it was trained on: it may know them by "
            "heart, and these figures say little about new ones."
        )
