"""The backbone's features of the whole picture: one row a step."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from aisle.analysis.cue import Bytes, Floats
from aisle.core.heat import EVERYWHERE
from aisle.core.sightings import Sightings

MOST = 1024
"""The first numbers of a step's features, which are looked at: of kinetics-i3d the means over the picture, of which all
others are variations.
"""


class BackboneCue:
    """See aisle.analysis.cue.Cue."""

    name = "backbone"

    def start(self, stride: int, rate: Fraction) -> BackboneCue:
        """Itself: a step needs nothing of those before."""
        del stride, rate
        return self

    def push(self, frames: Bytes, features: Floats, *, last: bool) -> Sightings:
        """See aisle.analysis.cue.Look."""
        del frames, last
        places = np.tile(np.array(EVERYWHERE, np.float32), (len(features), 1))
        return Sightings(features[:, :MOST], np.arange(len(features)), places, len(features))
