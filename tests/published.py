"""Published weights as far as they are facts: tests/models/published/NAME.txt has a line for each tensor, its name and
sizes, and remarks that begin with #.
"""

from __future__ import annotations

from pathlib import Path
from zlib import crc32

import numpy as np
import torch
from torch import Tensor

FOLDER = Path(__file__).parent / "models" / "published"


def published_state(name: str) -> dict[str, Tensor]:
    """Noise of a useful size under each name, the same noise for the same name wherever it is drawn."""
    lines = (FOLDER / f"{name}.txt").read_text("utf-8").splitlines()
    facts = [line.split() for line in lines if not line.startswith("#")]
    return {tensor: _noise(tensor, [int(size) for size in shape.split("x")]) for tensor, shape in facts}


def _noise(name: str, shape: list[int]) -> Tensor:
    drawn = np.random.default_rng(crc32(name.encode())).random(shape, np.float32)
    if len(shape) == 1:
        return torch.from_numpy(drawn + np.float32(0.5))
    return torch.from_numpy((2 * drawn - 1) * np.float32(np.sqrt(3 / np.prod(shape[1:]))))
