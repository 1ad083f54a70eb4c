"""Who is who: poses found picture by picture, put into places so that each place keeps one person."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aisle.core.boxes import Floats
from aisle.core.clip import JOINTS
from aisle.core.video import Image
from aisle.objects.movenet import FindPoses

PEOPLE = 2
"""How many are followed, as the networks that read poses do."""

_NEAR = 0.5  # how far a person's joints move from picture to picture at most, in diagonals of the person
_WAITING = 30  # pictures for which the place of somebody who is not seen is kept


@dataclass(slots=True)
class _Place:
    pose: Floats  # (17, 3) in pixels and confidence, as last seen
    unseen: int = 0  # pictures since


class SamePeople:
    """One a video. A person keeps a place while seen and for a while after; a place that is free goes to the surest
    newcomer. Whoever comes when all places are taken is left out.
    """

    def __init__(self, find: FindPoses, *, people: int = PEOPLE) -> None:
        self._find = find
        self._places: list[_Place | None] = [None] * people

    def __call__(self, image: Image) -> Floats:
        """(P, 17, 3) of the next picture, as FindPoses says; 0 where the place's person is not seen."""
        found = self._find(image)
        size = np.array([image.shape[1], image.shape[0], 1], np.float32)
        seen = self._assigned(found * size)
        poses = np.zeros((len(self._places), JOINTS, 3), np.float32)
        for place in range(len(self._places)):
            if place in seen:
                self._places[place] = _Place(found[seen[place]] * size)
                poses[place] = found[seen[place]]
            else:
                self._wait(place)
        return poses

    def _assigned(self, found: Floats) -> dict[int, int]:
        """Place to pose: the nearest pairs first, then newcomers."""
        pairs = sorted(
            (_distance(held.pose, pose), place, number)
            for place, held in enumerate(self._places)
            if held is not None
            for number, pose in enumerate(found)
        )
        seen: dict[int, int] = {}
        for distance, place, number in pairs:
            if distance < _NEAR and place not in seen and number not in seen.values():
                seen[place] = number
        new = (number for number in range(len(found)) if number not in seen.values())
        free = (place for place, held in enumerate(self._places) if held is None)
        return seen | dict(zip(free, new, strict=False))

    def _wait(self, place: int) -> None:
        held = self._places[place]
        if held is not None:
            held.unseen += 1
            if held.unseen > _WAITING:
                self._places[place] = None


def _distance(before: Floats, now: Floats) -> float:
    """How far the joints moved on average, the surer ones counting more, in diagonals of the person as it was."""
    sure = before[:, 2] * now[:, 2]
    moved = np.linalg.norm(now[:, :2] - before[:, :2], axis=1)
    diagonal = float(np.linalg.norm(np.ptp(before[:, :2], axis=0)))
    return float((sure * moved).sum() / max(sure.sum() * diagonal, np.finfo(np.float32).tiny))
