"""Clips that nobody filmed, for calibrating and for comparing runtimes: moving textures, and joints that wander."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from aisle.analysis.sampling import indices
from aisle.analysis.viewer import Viewer
from aisle.core.clip import JOINTS, Array
from aisle.data.rendered import textures
from aisle.deploy.clip import ClipBundle
from aisle.objects.poses import PEOPLE

LONGEST = 64
"""Pictures of which a clip is sampled that has no length of its own (stride 0)."""


def generated(bundle: ClipBundle, count: int, *, seed: int) -> list[dict[str, Array]]:
    """Views (T, ...) by name, as `bundle` samples them, of the size that it reads."""
    sampling = bundle.sampling
    length, side = sampling.span if sampling.stride else max(sampling.frames, LONGEST), bundle.reads.short_side
    chosen = indices(length, sampling)
    seen = [name for name in bundle.views if name != "poses"]
    rng, found = np.random.default_rng(seed), []
    drawn = textures(count=count, frames=length, width=side, height=side, seed=seed)
    for _ in range(count):
        views = Viewer(seen, side=sampling.crop).push(next(drawn)) if seen else {}
        views |= {"poses": _wandering(length, rng)} if "poses" in bundle.views else {}
        found.append({name: views[name][chosen] for name in bundle.views})
    return found


def _wandering(length: int, rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """(T, PEOPLE, JOINTS, 3): joints around a middle of their own, each on its own way."""
    places = rng.uniform(0.3, 0.7, (1, PEOPLE, 1, 2)) + rng.normal(0, 0.1, (1, PEOPLE, JOINTS, 2))
    ways = np.cumsum(rng.normal(0, 0.01, (length, PEOPLE, JOINTS, 2)), axis=0)
    sure = rng.uniform(0.3, 1, (length, PEOPLE, JOINTS, 1))
    return np.concatenate([np.clip(places + ways, 0, 1), sure], axis=-1).astype(np.float32)
