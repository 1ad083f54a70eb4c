"""Decoded views on disk, by the content of the video: learning reads each clip many times and decodes it once.

A view is a plain .npy file of whole pictures, mapped into memory, so that only what is read of it is loaded.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from aisle.core import DamagedError, OutputError, whole
from aisle.core.clip import JOINTS, Array, Clip
from aisle.data.contents import Contents
from aisle.data.store import Stretch
from aisle.media import probe
from aisle.media.fit import EVEN, fit

MADE = 1
"""Grows whenever a view is made otherwise than before, so that what was kept is not taken for it."""

CHANNELS = {"rgb": 3, "flow": 2, "person_rgb": 3, "person_flow": 2}
POSE_BYTES = JOINTS * 3 * 4
ROOM = 1.02
"""What a disk must have free, as a multiple of what is written."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Which views, how: pictures a second, pixels of the short side of whole pictures, and of the side of crops."""

    views: tuple[str, ...]
    rate: Fraction
    short_side: int
    side: int


class ClipStore:
    """A folder of views. A video that was moved or renamed is found again; one that was changed is not."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._contents = Contents()

    def get(self, stretch: Stretch, kept: Kept) -> Clip | None:
        """Mapped into memory; None where a view of it was never kept. Raises DamagedError for one that cannot be read.

        A clip holds files open: drop it soon.
        """
        paths = {view: self.path(stretch, kept, view) for view in kept.views}
        if not all(path.is_file() for path in paths.values()):
            return None
        return Clip({view: _mapped(path) for view, path in paths.items()}, kept.rate)

    def put(self, stretch: Stretch, kept: Kept, clip: Clip) -> None:
        """Each view whole or not at all. Raises OutputError on a full disk; what was kept before stays."""
        for view in kept.views:
            with whole(self.path(stretch, kept, view)) as part, part.open("wb") as file:
                np.save(file, clip.views[view], allow_pickle=False)

    def path(self, stretch: Stretch, kept: Kept, view: str) -> Path:
        """Where that view is kept, once it is."""
        side = kept.side if view.startswith("person") else None
        what = [self.content(stretch.video), str(stretch.start), str(stretch.end), stretch.look]
        said = json.dumps([*what, view, str(kept.rate), kept.short_side, side])
        return self.folder / f"{view}.{MADE}" / f"{hashlib.sha256(said.encode()).hexdigest()[:32]}.npy"

    def content(self, video: Path) -> str:
        """SHA-256 of the file, read once. Raises InputError where it cannot be read."""
        return self._contents.of(video)

    def missing(self, stretches: Iterable[Stretch], kept: Kept) -> list[Stretch]:
        """Those of which a view is still to be made."""
        return [
            stretch for stretch in stretches if not all(self.path(stretch, kept, view).is_file() for view in kept.views)
        ]

    def check_room(self, stretches: Sequence[Stretch], kept: Kept) -> int:
        """About how many bytes `stretches` will take. Opens each video.

        Raises OutputError where the disk has not so much left, InputError where a video cannot be read.
        """
        needed = sum(expected_bytes(stretch, kept) for stretch in stretches)
        free = shutil.disk_usage(next(place for place in (self.folder, *self.folder.parents) if place.exists())).free
        if needed * ROOM > free:
            raise OutputError(
                f"the decoded clips do not fit on the disk of {self.folder}",
                got=f"{free / 1e9:.1f} GB free",
                allowed=f"{needed * ROOM / 1e9:.1f} GB or more",
                do="free some space, or choose a folder on another disk",
            )
        return needed


def expected_bytes(stretch: Stretch, kept: Kept) -> int:
    """On disk, by what the video says of itself. Raises InputError where it cannot be read."""
    info = probe(stretch.video)
    width, height = fit(info.width, info.height, short_side=kept.short_side, multiple=EVEN)
    end = stretch.end if stretch.end is not None else info.duration or stretch.start
    pictures = max(int((end - stretch.start) * kept.rate), 1)
    return pictures * sum(_bytes_a_picture(view, width * height, kept.side**2) for view in kept.views)


def _bytes_a_picture(view: str, pixels: int, crop: int) -> int:
    return CHANNELS[view] * (crop if view.startswith("person") else pixels) if view in CHANNELS else POSE_BYTES


def _mapped(path: Path) -> Array:
    try:
        view: Array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise DamagedError(f"{path} is damaged", got=str(error), do="delete it; it is made again") from error
    return view
