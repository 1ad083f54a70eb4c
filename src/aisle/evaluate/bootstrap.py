"""How far a figure could be off by chance: percentile intervals of the bootstrap (Efron 1979), drawn by group.

Clips of one film and samples of one video resemble each other. Drawing them one by one would pretend that there is more
to go by than there is, so whole groups are drawn, with replacement.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from aisle.core import Progress, UsageError, silent
from aisle.evaluate.figures import Ints

LEVEL = 0.95
RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Interval:
    """`value` is the figure itself; `level` of the resamples lie within [low, high].

    `resamples` are those in which the figure is defined: a class that was not drawn has no recall.
    """

    value: float
    low: float
    high: float
    level: float
    resamples: int

    def to_json(self) -> dict[str, float | int]:
        return asdict(self)


def bootstrap(
    figures: Callable[[Ints], Mapping[str, float]],
    groups: Sequence[Hashable],
    *,
    level: float = LEVEL,
    resamples: int = RESAMPLES,
    seed: int = 0,
    progress: Progress = silent,
) -> dict[str, Interval]:
    """One interval a figure, all from the same draws; none at all where there are fewer than two groups.

    `groups` names the group of each item. `figures` gets the indices of the drawn items, int64, a group drawn twice
    with its items twice, and gives figures by name, nan for what is undefined; those undefined for all items are left
    out. Raises UsageError for a level that is not between 0 and 1, and for no resamples.
    """
    if not 0 < level < 1 or resamples < 1:
        raise UsageError(
            "an interval needs a level and resamples",
            got=f"level {level}, {resamples} resamples",
            allowed="0 < level < 1, 1 resample or more",
        )
    members = _members(groups)
    if len(members) < 2:
        return {}
    whole = figures(np.arange(len(groups)))
    rng = np.random.default_rng(seed)
    drawn = []
    for done in range(resamples):
        chosen = rng.integers(len(members), size=len(members))
        drawn.append(figures(np.concatenate([members[group] for group in chosen])))
        progress(done + 1, resamples)
    return {
        name: _interval(value, np.array([one[name] for one in drawn]), level)
        for name, value in whole.items()
        if not np.isnan(value)
    }


def _members(groups: Sequence[Hashable]) -> list[Ints]:
    numbers: dict[Hashable, list[int]] = {}
    for item, group in enumerate(groups):
        numbers.setdefault(group, []).append(item)
    return [np.array(items, np.int64) for items in numbers.values()]


def _interval(value: float, drawn: np.ndarray, level: float) -> Interval:
    defined = drawn[~np.isnan(drawn)]
    if not defined.size:
        return Interval(value, value, value, level, 0)
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(value), float(low), float(high), level, int(defined.size))
