"""How well people are followed and what they do with products is told, on rendered shops that nothing was trained on.

Each video is read from its H.264 file as any video is, with the networks that come with the package. The shopper of
each is matched with the tracks that lie on them.

    python benchmarks/interactions.py FOLDER...   # each made by `aisle data render`, with truth that tells ends
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from fractions import Fraction
from functools import cache
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import record

from aisle.analysis.observe import observe
from aisle.core.boxes import Boxes, intersection_over_union
from aisle.core.detections import NOBODY, PERSON, Detections, Observation
from aisle.core.interaction import Interaction, InteractionKind
from aisle.core.observed import Observed
from aisle.core.site import Site
from aisle.data.truth import Held, Truth, read_truth
from aisle.data.truth import Track as TrueTrack
from aisle.deploy.object_detectors import open_detector
from aisle.deploy.overhead import open_overhead_handling, open_overhead_hands
from aisle.evaluate.bootstrap import bootstrap
from aisle.evaluate.interactions import TOLERANCE, Handled, evaluate_interactions
from aisle.evaluate.tracking import Followed, evaluate_tracking
from aisle.events.interactions import interactions
from aisle.events.visits import visits
from aisle.objects.detector import ObjectDetector
from aisle.objects.observer import Observer
from aisle.objects.overhead_hands import OverheadHandling, OverheadHands

JOBS = 2
KINDS = {
    "back": InteractionKind.PUT_BACK,
    "stowed": InteractionKind.STOWED,
    "hidden": InteractionKind.CONCEALED,
}
LIES = 0.3
"""Intersection over union from which a box is taken to be of a true person."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One video: who was followed, what the shopper did, pixels by which palms were missed, looks at which holding was
    told rightly, and processor seconds.
    """

    followed: Followed
    shopper: Handled
    palms: tuple[float, ...]
    holding: tuple[bool, ...]
    tracks: int
    seconds: float
    cost: float


def main(folders: Sequence[Path]) -> None:
    paths = [sorted(folder.glob("*_truth.json")) for folder in folders]
    with ProcessPoolExecutor(JOBS, get_context("spawn")) as pool:
        judged = [list(pool.map(judged_video, some)) for some in paths]
    each = {str(_seed(some[0])): of_set(videos) for some, videos in zip(paths, judged, strict=True)}
    record.save("interactions", {**figures([one for videos in judged for one in videos]), "of each seed": each})


def _seed(path: Path) -> int:
    """That of the shops in the set to which the truth at `path` belongs."""
    return int(json.loads((path.parent / "shop.json").read_text())["seed"])


def judged_video(path: Path) -> Judged:
    detector, hands, handling = networks()
    truth, start = read_truth(path), time.process_time()
    observed = observe(path.with_name(truth.video), Observer(detector, hands=hands))
    looks = handling(observed.observations)
    told = interactions(looks, truth.site or Site("", ()))
    one = judge(truth, observed, looks, told, time.process_time() - start)
    counts = len(one.shopper.truth), len(one.shopper.found), one.shopper.items, one.shopper.found_items
    print(path.stem, *counts, f"{one.cost:.1f} s", flush=True)
    return one


@cache
def networks() -> tuple[ObjectDetector, OverheadHands, OverheadHandling]:
    """Once a process."""
    return open_detector("overhead"), open_overhead_hands(), open_overhead_handling()


def judge(
    truth: Truth, observed: Observed, looks: Sequence[Observation], told: Sequence[Interaction], cost: float
) -> Judged:
    true = [_true(truth, look) for look in looks]
    owner = _owners(true, looks)
    own = {track for track, person in owner.items() if person == 0}
    shopper = truth.tracks[0]
    held = tuple(held for held in shopper.holds)
    items = sum(visit.items for visit in visits(looks, told) if visit.track in own)
    handled = Handled(
        _told(truth, held),
        tuple(each for each in told if each.track in own),
        sum(each.ended != "back" for each in held),
        items,
    )
    palms, holding = _hands(shopper, looks, own)
    duration = float(observed.duration or observed.end)
    return Judged(Followed(true, [look.found for look in looks]), handled, palms, holding, len(own), duration, cost)


def _true(truth: Truth, look: Observation) -> Detections:
    frame = min(round(look.time * truth.rate), truth.frames - 1)
    there = [(track.id, track.boxes[frame]) for track in truth.tracks]
    seen = [(number, box) for number, box in there if box is not None]
    corners = np.array([box for _, box in seen], np.float32).reshape(-1, 4)
    boxes = Boxes(corners, np.ones(len(seen), np.float32))
    return Detections(boxes, (PERSON,) * len(seen), np.array([number for number, _ in seen], np.int64))


def _owners(true: Sequence[Detections], looks: Sequence[Observation]) -> dict[int, int]:
    """Of each track the person it lay on most often; those that lay on nobody are left out."""
    votes: dict[int, Counter[int]] = {}
    for there, look in zip(true, looks, strict=True):
        alike = intersection_over_union(look.found.boxes.corners, there.boxes.corners)
        for number, track in enumerate(look.found.tracks.tolist()):
            if track != NOBODY and alike.shape[1] and alike[number].max() >= LIES:
                votes.setdefault(track, Counter())[int(there.tracks[alike[number].argmax()])] += 1
    return {track: count.most_common(1)[0][0] for track, count in votes.items()}


def _told(truth: Truth, holds: Sequence[Held]) -> tuple[Interaction, ...]:
    """As the truth tells them, around the frame at which they happened."""
    moments = [(InteractionKind.PICKED_UP, held.start) for held in holds]
    moments += [(KINDS[held.ended], held.end) for held in holds if held.ended]
    tenth = Fraction(1, 10)
    times = [(kind, max(Fraction(frame, truth.rate), tenth)) for kind, frame in moments]
    return tuple(Interaction(kind, time - tenth, time + tenth, 0) for kind, time in times)


def _hands(
    shopper: TrueTrack, looks: Sequence[Observation], own: set[int]
) -> tuple[tuple[float, ...], tuple[bool, ...]]:
    """Pixels from each visible palm to where it was told, and whether it was told rightly that something is held."""
    palms, holding = [], []
    for look in looks:
        frame = min(round(look.time * 30), len(shopper.boxes) - 1)
        truly = any(held.start <= frame < held.end for held in shopper.holds)
        for hand in look.hands:
            true = (shopper.left if hand.side == "left" else shopper.right)[frame]
            if hand.track in own and true is not None and true[2]:
                palms.append(float(np.hypot(hand.x - true[0], hand.y - true[1])))
        holding += [(each.holds > 0.5) == truly for each in look.handling if each.track in own]
    return tuple(palms), tuple(holding)


def of_set(judged: Sequence[Judged]) -> dict[str, float]:
    told = evaluate_interactions([one.shopper for one in judged])
    return {"videos": len(judged), "F1": told.pooled.f1, "exact counts": told.exact}


def figures(judged: Sequence[Judged]) -> dict[str, object]:
    people = [one.shopper for one in judged]
    told = evaluate_interactions(people)
    following = evaluate_tracking([one.followed for one in judged])

    def drawn(numbers: np.ndarray) -> dict[str, float]:
        some = evaluate_interactions([people[number] for number in numbers.tolist()])
        return {"F1": some.pooled.f1, "exact counts": some.exact}

    ranges = bootstrap(drawn, list(range(len(people))))
    palms = np.array([each for one in judged for each in one.palms])
    kinds = {
        str(kind): {
            "precision": found.precision,
            "recall": found.recall,
            "F1": found.f1,
            "matched": found.matched,
            "true": found.true,
            "found": found.found,
        }
        for kind, found in told.kinds.items()
    }
    within = {
        f"{seconds} s": evaluate_interactions(people, Fraction(seconds)).pooled.f1 for seconds in ("0.3", "0.5", "1")
    }
    return {
        "videos": len(judged),
        "seconds a video": round(sum(one.seconds for one in judged) / len(judged), 1),
        "looks a second": 5,
        "tolerance, seconds": float(TOLERANCE),
        "following": asdict(following),
        "tracks a shopper": sum(one.tracks for one in judged) / len(judged),
        "interactions": {
            "precision": told.pooled.precision,
            "recall": told.pooled.recall,
            "F1 within": within,
            **{name: each.to_json() for name, each in ranges.items()},
            "kinds": kinds,
        },
        "palms, pixels of 920 x 680": {
            "median": float(np.median(palms)),
            "mean": float(palms.mean()),
            "90%": float(np.quantile(palms, 0.9)),
        },
        "holding told rightly, share of looks": float(np.mean([each for one in judged for each in one.holding])),
        "processor seconds a second of video": sum(one.cost for one in judged) / sum(one.seconds for one in judged),
    }


if __name__ == "__main__":
    main([Path(each) for each in sys.argv[1:]])
