"""Draws shops, fits the three overhead networks to them and packages them: python recipes/overhead.py FOLDER

About an hour and a half on two idle cores, most of it drawing and the network of hands. What was drawn is kept in
FOLDER and not drawn again. Visits for the network of hands are looked at seldom, since it learns from different people
and shops, not from more looks at the same ones; those for the network of time five times a second.

The weights that come with the package were made by such steps in several sittings, not by one run of this: people and
hands from 162 visits of seed 101, of which every tenth was held out. Four networks of time are averaged. Two learnt
from 22 visits that the network of hands had not seen (subjects 400 to 428) and 22 and 50 that it had, in 750 and 1500
steps; two more, in 800 steps each, from those 22 and 30 visits of seed 202 (1 to 30), all unseen. How they are decoded
was tuned on 30 more visits of seed 202 (31 to 60), as rendered videos; seeds 303 and 40417 were only judged.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np

import aisle.objects
from aisle.core import Progress
from aisle.data.rendered_looks import Looks, is_busy, read_looks, write_looks
from aisle.deploy.overhead_package import package_hands, package_people
from aisle.train.overhead import TIME, fit_hands, fit_people, fit_time, followed
from aisle.train.overhead_networks import Together
from aisle.train.overhead_pictures import Move, plain, small_picture, square

SEED, SECONDS = 101, 80
FOR_HANDS = range(1, 301), 24
"""Subjects, and frames from one look to the next."""

FOR_TIME = range(1001, 1101), 6
WAYS = 3
SEEDS = range(4)
"""Of the networks of time, whose answers are averaged."""


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    hands_visits, time_visits = draw(folder, *FOR_HANDS), draw(folder, *FOR_TIME)
    print(f"{len(hands_visits)} visits for hands, {len(time_visits)} for time", flush=True)
    people = fit_people(hands_visits, progress=told("people"))
    hands = fit_hands(hands_visits, progress=told("hands"))
    rng = np.random.default_rng(SEED)
    seen = [followed(hands, visit, WAYS, rng) for visit in time_visits]
    handling = Together([fit_time(seen, replace(TIME, seed=seed), progress=told(f"time {seed}")) for seed in SEEDS])
    target = Path(aisle.objects.__file__).parent
    samples = plain([small_picture(hands_visits[0], look)[0] for look in range(0, 80, 10)])
    squares = plain([square(hands_visits[0], number, Move())[0] for number in range(0, 64, 8)])
    for place in (target / "trained" / "overhead", target / "trained_hands"):
        shutil.rmtree(place, ignore_errors=True)
    package_people(people, target / "trained" / "overhead", samples=samples, measured={})
    looks = np.ascontiguousarray(seen[0].looks[0].T[np.newaxis])
    package_hands(hands, handling, target / "trained_hands", samples=squares, looks=looks, measured={})


def draw(folder: Path, subjects: Sequence[int], step: int) -> list[Looks]:
    """Visits in which something is stowed or hidden, which are rare, and a fifth of the others."""
    chosen = [subject for subject in subjects if subject % 5 == 0 or is_busy(SEED, subject, SECONDS)]
    paths = [folder / f"{SEED}_{subject}_{step}.npz" for subject in chosen]
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        waiting = [
            pool.submit(write_looks, path, seed=SEED, subject=subject, seconds=SECONDS, step=step)
            for path, subject in zip(paths, chosen, strict=True)
            if not path.exists()
        ]
        for future in waiting:
            future.result()
    return [read_looks(path) for path in paths]


def told(name: str) -> Progress:
    def progress(done: float, total: float | None) -> None:
        if total and int(done * 20 / total) > int((done - 32) * 20 / total):
            print(f"{name}: {done:.0f} of {total:.0f}", flush=True)

    return progress


if __name__ == "__main__":
    main(Path(sys.argv[1]))
