"""What describes videos for a search, by name: objects, motion, both, colours, or the features of any backbone."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

from aisle.analysis.describe import Describer
from aisle.analysis.describe_both import NAME as BOTH
from aisle.analysis.describe_both import Together
from aisle.analysis.describe_colours import NAME as COLOURS
from aisle.analysis.describe_colours import Colours
from aisle.analysis.describe_motion import NAME as MOTION
from aisle.analysis.describe_motion import Motion
from aisle.analysis.describe_objects import NAME as OBJECTS
from aisle.analysis.describe_objects import Objects
from aisle.analysis.reduced import Reduced
from aisle.core import Progress, UnknownNameError, silent
from aisle.deploy.labeller import must_be_built, open_labeller
from aisle.deploy.labeller_bundle import USUAL as USUAL_LABELLER
from aisle.deploy.model import find_bundle, has_name, missing, open_backbone

NAMES = (OBJECTS, MOTION, BOTH, COLOURS)
USUAL = BOTH

BACKBONE, RUNTIME = "kinetics-i3d", "openvino-int8"
"""What describes motion."""

SIDE, RATE = 128, Fraction(25, 2)
"""Pixels of the short side, and pictures a second, at which it looks: a sixth of the work of the whole network, for a
sixth less of the right answers (docs/log.md).
"""

WEIGHTS = {OBJECTS: 0.25, MOTION: 1.0}
"""Of the blocks where both describe; chosen on classes on which no figure is reported (docs/log.md)."""


def open_describer(by: str | Path = USUAL, *, progress: Progress = silent) -> Describer:
    """`by` is one of NAMES, or what `open_backbone` takes: a backbone then describes by itself, as it was trained.

    `progress` hears megabytes where weights must be fetched. Raises UnknownNameError, and what opening them raises.
    """
    name = str(by)
    if name in _MADE:
        return _MADE[name](progress)
    if not (has_name(name) or Path(name).is_dir() or find_bundle(name)):
        do = "or name a backbone: aisle models list"
        raise UnknownNameError("way to describe videos", name, NAMES, do=do)
    return Motion(open_backbone(by, progress=progress), name=name)


def to_prepare(by: str | Path) -> tuple[str, ...]:
    """The networks that must be fetched or converted before `open_describer` can open this."""
    name, lacking = str(by), []
    if name in (OBJECTS, BOTH) and must_be_built(USUAL_LABELLER):
        lacking.append(USUAL_LABELLER)
    backbone = BACKBONE if name in (MOTION, BOTH) else name if has_name(name) else ""
    if backbone and missing(backbone) is not None:
        lacking.append(backbone)
    return tuple(lacking)


def _objects(progress: Progress) -> Describer:
    return Objects(open_labeller(progress=progress), weight=WEIGHTS[OBJECTS])


def _motion(progress: Progress) -> Describer:
    whole = open_backbone(BACKBONE, runtime=RUNTIME, progress=progress)
    return Motion(Reduced(whole, SIDE, RATE), weight=WEIGHTS[MOTION])


def _both(progress: Progress) -> Describer:
    return Together([_objects(progress), _motion(progress)])


_MADE: dict[str, Callable[[Progress], Describer]] = {
    OBJECTS: _objects,
    MOTION: _motion,
    BOTH: _both,
    COLOURS: lambda _: Colours(),
}
