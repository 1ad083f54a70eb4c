"""Small folders of videos that are told apart by their colours, which needs no network."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np

from videos import Picture, make_video

RATE = Fraction(10)
RED, GREEN, BLUE = (200, 30, 30), (30, 200, 30), (30, 30, 200)


def plain(colour: Sequence[int], seconds: float, noise: int = 0) -> list[Picture]:
    still = np.clip(np.full((48, 64, 3), colour) + np.random.default_rng(noise).integers(-9, 9, (48, 64, 3)), 0, 255)
    return [still.astype(np.uint8)] * round(seconds * RATE)


def video(path: Path, *shots: tuple[Sequence[int], float], noise: int = 0) -> Path:
    """Each shot is a colour and its seconds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return make_video(path, [picture for colour, seconds in shots for picture in plain(colour, seconds, noise)], RATE)


def collection(folder: Path) -> Path:
    """Two red videos, one of which turns blue, two green ones, and what is no video."""
    video(folder / "red/a-20260131.mp4", (RED, 2))
    video(folder / "red/b.mp4", (RED, 3), (BLUE, 3), noise=1)
    video(folder / "green/c.mp4", (GREEN, 2), noise=2)
    video(folder / "green/d.mp4", ((40, 170, 60), 9), noise=3)
    (folder / "green/notes.txt").write_text("no video")
    (folder / "green/.hidden.mp4").write_bytes(b"no video either")
    return folder
