"""Where people were and how they walked, over a picture of the place."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from aisle.apps.report_figures import Period, Scene
from aisle.apps.report_page import Shown
from aisle.core import InputError
from aisle.core.page import length, many
from aisle.core.site import Site
from aisle.core.video import Image
from aisle.events.stays import HOLD
from aisle.events.walks import Walk
from aisle.media.fit import fit
from aisle.media.shop_map import Way, heat, paths
from aisle.media.still import LOOKS, jpeg, place

_SHORT_SIDE = 540
_EMPTY = 46
"""How bright a place is drawn of which there is no picture."""


def maps(now: Period, site: Site | None) -> tuple[tuple[Shown, ...], tuple[str, ...]]:
    """A heat map and the paths of all recordings together, with notes on what is missing; nothing of nobody.

    The picture is that of the first recording whose video is still there.
    """
    people = [one for one in now.scenes if one.walks]
    if not people:
        return (), ()
    background, notes = _place(people)
    ways = [_way(walk) for one in people for walk in one.walks]
    hot, most = heat(background, ways, site)
    walked, drawn = paths(background, ways, site)
    spent = f"People spent {length(most)} within a step of the brightest place."
    whose = f"{drawn} of {many(len(ways), 'person', 'people')}"
    told = f"The longest ways, those of {whose}. Each begins with a ring and ends with a dot."
    return (
        Shown(
            jpeg(hot), f"The brighter, the more time people spent there. {spent}", "A heat map of where people stood"
        ),
        Shown(jpeg(walked), told, "Lines along which people walked"),
    ), notes


def _way(walk: Walk) -> Way:
    spans = np.array([float(span) for span in walk.spans])
    times = np.array([float(time) for time in walk.times])
    broken = np.append(np.diff(times) > float(HOLD), True)
    return Way(walk.places, spans, walk.breadths, broken)


def _place(scenes: list[Scene]) -> tuple[Image, tuple[str, ...]]:
    info = scenes[0].recording.observed.info
    for one in scenes:
        size = fit(
            one.recording.observed.info.width, one.recording.observed.info.height, short_side=_SHORT_SIDE, multiple=2
        )
        if one.recording.video is None:
            continue
        try:
            return place(one.recording.video, _quiet(one), size), ()
        except InputError:
            continue
    width, height = fit(info.width, info.height, short_side=_SHORT_SIDE, multiple=2)
    note = (
        f"The video {info.path} is not where it was, so the maps have no picture behind them. Put it into the folder."
    )
    return np.full((height, width, 3), _EMPTY, np.uint8), (note,)


def _quiet(scene: Scene) -> list[Fraction]:
    """When the fewest people are to be seen, in order: the place is shown, and nobody in it."""
    looks = sorted(scene.recording.observed.observations, key=lambda look: len(look.found))
    fewest = len(looks[min(LOOKS, len(looks)) - 1].found)
    return sorted(look.time for look in looks if len(look.found) <= fewest)
