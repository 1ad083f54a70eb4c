"""What looks at videos, by name, with a word to whoever waits for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from aisle.apps.console import progress, remark
from aisle.core import UsageError, exact

if TYPE_CHECKING:
    from aisle.objects.detector import ObjectDetector
    from aisle.objects.mobile_sam import FindMasks
    from aisle.objects.movenet import FindPoses
    from aisle.objects.observer import Observer
    from aisle.objects.product_names import Recognise
    from aisle.objects.wrists import FindHands

OVERHEAD = "overhead"
"""The detector of people seen from above, whose hands a network of its own finds."""

BATCH = 4
"""Pictures of a file that are looked at together."""


@dataclass(frozen=True, slots=True)
class Looking:
    """How videos are looked at: `rate` looks a second with a `detector`, which tells what has at least `score` (None:
    its own) and one of `labels` (all, if there are none).
    """

    detector: str
    rate: Fraction
    score: float | None = None
    labels: tuple[str, ...] = ()
    poses: bool = True
    masks: bool = False


def usual_detector(*, quiet: bool) -> str:
    """See aisle.deploy.object_detectors.usual_detector; says how to have the better one."""
    from aisle.deploy.object_detectors import BETTER, usual_detector

    name = usual_detector()
    if name != BETTER and not quiet:
        remark(f"looking with {name}; {BETTER} finds more people: once --detector {BETTER} has fetched it, it is used")
    return name


def detector_at_hand() -> str | None:
    """The usual detector, where all that looking with it needs is on this machine already."""
    from aisle.deploy.object_detectors import detector_at_hand
    from aisle.deploy.weights import at_hand
    from aisle.objects.movenet import WEIGHTS

    return detector_at_hand() if at_hand(WEIGHTS) else None


def rate_of(text: str) -> Fraction:
    """Looks a second, as a person writes them. Raises UsageError."""
    rate = exact(text)
    if not 0 < rate <= 1000:
        raise UsageError("that is no rate", got=text, allowed="above 0, at most 1000 looks a second", do="--rate 5")
    return rate


def observers(
    looking: Looking, *, quiet: bool, batch: int = BATCH, recognise: Recognise | None = None
) -> Callable[[], Observer]:
    """What makes an Observer for each video, all with the same networks; `recognise` names products. Raises what
    opening these raises.
    """
    from aisle.objects.naming import Naming
    from aisle.objects.observer import Observer
    from aisle.objects.tracking import SURE, Tracker

    detector = opened_detector(looking, quiet=quiet)
    detector = detector if recognise is None else Naming(detector, recognise)
    if looking.detector == OVERHEAD and not quiet:
        remark(f"looking with {OVERHEAD}, which knows rendered shops only: before real cameras name another --detector")
    hands = _hands() if looking.detector == OVERHEAD else None
    poses = _poses(quiet=quiet) if looking.poses and hands is None else None
    masks = _masks(quiet=quiet) if looking.masks else None
    sure = SURE if looking.score is None else min(looking.score, SURE)

    def new() -> Observer:
        tracker = Tracker(looking.rate, sure=sure)
        return Observer(
            detector, rate=looking.rate, batch=batch, tracker=tracker, poses=poses, hands=hands, masks=masks
        )

    new()  # so that a part that is missing is told before anything is read
    return new


def opened_detector(looking: Looking, *, quiet: bool) -> ObjectDetector:
    """See aisle.deploy.object_detectors.open_detector; says what it fetches."""
    from aisle.deploy.object_detectors import PUBLISHED, open_detector
    from aisle.deploy.weights import must_be_fetched

    if looking.detector in PUBLISHED and not quiet:
        weights = PUBLISHED[looking.detector][1].weights
        if must_be_fetched(weights):
            remark(f"fetching {looking.detector}, once, {weights.megabytes} MB")
    with progress(f"preparing {looking.detector}", quiet=quiet) as listener:
        return open_detector(looking.detector, score=looking.score, labels=looking.labels, progress=listener)


def _poses(*, quiet: bool) -> FindPoses:
    from aisle.deploy.detectors import Networks
    from aisle.deploy.weights import find_file, must_be_fetched
    from aisle.objects.movenet import WEIGHTS, MoveNet

    if must_be_fetched(WEIGHTS) and not quiet:
        remark(f"fetching what finds joints, once, {WEIGHTS.megabytes} MB; --no-poses goes without")
    with progress("preparing to find joints", quiet=quiet) as listener:
        find_file(WEIGHTS, progress=listener)
        return MoveNet(Networks(progress=listener))


def _hands() -> FindHands:
    from aisle.deploy.overhead import open_overhead_hands

    return open_overhead_hands()


def _masks(*, quiet: bool) -> FindMasks:
    from aisle.deploy.masks import open_masks
    from aisle.deploy.weights import must_be_fetched
    from aisle.objects.mobile_sam import WEIGHTS

    if must_be_fetched(WEIGHTS) and not quiet:
        remark(f"fetching what finds masks and converting it, once, {WEIGHTS.megabytes} MB and about a minute")
    with progress("preparing to find masks", quiet=quiet) as listener:
        return open_masks(progress=listener)
