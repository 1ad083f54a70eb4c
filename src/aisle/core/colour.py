"""One colour per label, the same in the drawn video, on the page and in every run."""

from __future__ import annotations

import hashlib
from functools import lru_cache

Colour = tuple[int, int, int]

# Each is readable on white and on near-black (contrast of at least 3 with both). Among colours that are, these were
# found by maximising the smallest OKLab distance between any two, for normal, red-blind and green-blind sight.
PALETTE: tuple[Colour, ...] = (
    (9, 160, 168),
    (10, 119, 154),
    (77, 141, 197),
    (3, 149, 250),
    (82, 113, 237),
    (90, 109, 186),
    (113, 83, 200),
    (173, 117, 235),
    (154, 92, 211),
    (204, 99, 207),
    (187, 67, 165),
    (153, 82, 134),
    (228, 99, 166),
    (188, 48, 110),
    (199, 115, 131),
    (232, 93, 100),
    (168, 79, 74),
    (201, 58, 7),
    (189, 108, 24),
    (181, 139, 23),
    (118, 107, 3),
    (107, 136, 66),
    (33, 118, 77),
    (14, 154, 112),
)


@lru_cache(maxsize=1024)
def label_colour(label: str) -> Colour:
    """Red, green and blue, 0 to 255, from `PALETTE`. With many labels some share a colour, so write names too."""
    digest = hashlib.sha256(label.encode("utf-8", "surrogatepass")).digest()
    return PALETTE[int.from_bytes(digest[:4], "big") % len(PALETTE)]


def track_colour(track: int) -> Colour:
    """Of the person or thing with this number, from `PALETTE`; neighbours are far apart in it."""
    return PALETTE[track * 7 % len(PALETTE)]
