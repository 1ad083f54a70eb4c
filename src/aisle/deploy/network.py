"""What every runtime makes of a bundle: one callable, arrays in, arrays out.

Shapes: B windows or views, T pictures, N steps, D features.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy.typing as npt

Array = npt.NDArray[Any]
Arrays = Sequence[Array]
Network = Callable[[Arrays], list[Array]]
"""Takes frames (T, H, W, 3) uint8, lead, end and the states; returns features, logits and the new states."""

ClipNetwork = Callable[[Sequence[Array]], tuple[Array, Array]]
"""Takes the card's views, each (B, T, ...), in the card's order; returns features (B, D) or (B, N, D), and logits."""
