"""A classifier of whole videos to a bundle: its space, its weights and its card."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from aisle.core import whole_folder, writing
from aisle.deploy.build import hashes, made
from aisle.deploy.video_class import READOUT, Floats, VideoClassBundle
from aisle.search.space import Space


def package_video_class(
    bundle: VideoClassBundle, space: Space, weights: Floats, bias: Floats, target: Path
) -> VideoClassBundle:
    """Writes the bundle into the new folder `target`; `weights` (D, C) and `bias` (C,) are of units (N, D) in `space`.

    Raises OutputError when it exists or cannot be written.
    """
    with whole_folder(target) as scratch:
        with writing(scratch), (scratch / READOUT).open("wb") as file:
            np.savez(file, centre=space.centre, scale=space.scale, weights=weights, bias=bias)
        complete = replace(bundle, made=made("scikit-learn", "openvino"), files=hashes(scratch))
        complete.write(scratch)
    return complete
