"""What a network that learns from pixels makes of clips, as a picture and as a short video.

Shapes: B clips, T pictures, S side.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image as Canvas
from torch import Tensor, nn

from aisle.core import Frame, whole
from aisle.media.write import Writer

Bytes = npt.NDArray[np.uint8]

EDGE = 2
"""Dark pixels between pictures."""


def rows(pretext: Any, clips: Tensor) -> list[Tensor]:
    """Of `clips` (B, 3, T, S, S) in [0, 1]: the last pictures themselves, what `pretext` makes of them, and, where it
    can, what it imagines freely. Each is (B, 3, T', S, S). Empty for what paints nothing.
    """
    if not hasattr(pretext, "pictures"):
        return []
    made: Tensor = pretext.pictures(clips)
    found = [clips[:, :, -made.shape[2] :], made]
    generator = torch.get_rng_state()
    torch.manual_seed(0)  # the same latents every time, so that progress shows
    if hasattr(pretext, "imagined"):
        found.append(pretext.imagined(pretext.encoded(clips))[1])
    elif hasattr(pretext, "drawn"):
        mean, spread = pretext.encoded(clips)
        found.append(pretext.drawn(torch.zeros_like(mean), torch.zeros_like(spread)))
    torch.set_rng_state(generator)
    return found


def write_pictures(pretext: nn.Module, clips: Tensor, place: Path, *, rate: Fraction) -> tuple[Path, ...]:
    """`place` with .png and .mp4: a band a clip, whose lines are `rows`; in the video they lie side by side. Nothing
    for what paints nothing. Raises OutputError.
    """
    shown = [_bytes(row) for row in rows(pretext, clips)]
    if not shown:
        return ()
    sheet, video = place.with_suffix(".png"), place.with_suffix(".mp4")
    bands = [_line([row[at] for row in shown]) for at in range(len(clips))]
    with whole(sheet) as part:
        Canvas.fromarray(np.concatenate(bands)).save(part, "PNG")
    pictures = np.concatenate([_across(row) for row in shown], axis=2)
    with Writer(video, pictures.shape[2], pictures.shape[1], rate) as writer:
        for number, picture in enumerate(pictures):
            writer.write(Frame(number / rate, np.ascontiguousarray(picture)))
    return sheet, video


def _bytes(row: Tensor) -> Bytes:
    """(B, 3, T, S, S) in [0, 1] to (B, T, S, S, 3)."""
    made: Bytes = (row.float().clamp(0, 1) * 255).round().byte().permute(0, 2, 3, 4, 1).cpu().numpy()
    return made


def _line(lines: list[Bytes]) -> Bytes:
    """Clips (T, S, S, 3), one under the other, their pictures from left to right."""
    padded = [np.pad(clip, ((0, 0), (EDGE, 0), (EDGE, 0), (0, 0))) for clip in lines]
    return np.concatenate([np.concatenate(list(clip), axis=1) for clip in padded])


def _across(row: Bytes) -> Bytes:
    """(B, T, S, S, 3) to (T, B S, S, 3): clips one under the other."""
    return np.concatenate(list(row), axis=1)
