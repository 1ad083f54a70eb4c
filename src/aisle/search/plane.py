"""A map of a collection: videos as points on a plane, near each other where they are alike.

Shapes: N videos, D numbers each.
"""

from __future__ import annotations

import warnings
from importlib.util import find_spec

import numpy as np

from aisle.search.rows import Floats

FEWEST, MOST = 10, 2000
"""Of fewer videos neighbours say nothing, for more it takes minutes: then the two widest directions are taken."""

_NEAR, _APART = 30.0, 1e-3
_INNER = 50  # directions that are looked at: the others are noise to the neighbours


def plane(units: Floats, *, seed: int = 0) -> Floats:
    """(N, 2), 0 to 1 each way, of rows (N, D) of length 1: by t-SNE (van der Maaten and Hinton, JMLR 2008) where
    scikit-learn is installed and there are neither very few nor very many, else along the two directions in which they
    differ most.
    """
    if not len(units):
        return np.empty((0, 2), np.float32)
    wide = _principal(units, _INNER)
    if FEWEST <= len(units) <= MOST and wide.any() and find_spec("sklearn") is not None:
        return _framed(_neighbours(wide, seed))
    return _framed(wide[:, :2])


def _neighbours(rows: Floats, seed: int) -> Floats:
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    # copies of one video are moved apart a little, as points that are one and the same make its tree endless
    spread = rows.std(0).max()
    rows = rows + _APART * spread * np.random.default_rng(seed).standard_normal(rows.shape).astype(np.float32)
    begin = rows[:, :2] / max(float(rows[:, 0].std()), 1e-9) * 1e-4
    perplexity = min(_NEAR, (len(rows) - 1) / 3)
    # threads that wait for others by spinning take ten times as long where the machine is busy
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore")  # of what its next version will do
        made = TSNE(perplexity=perplexity, init=begin, random_state=seed, method="barnes_hut", max_iter=500)
        found: Floats = made.fit_transform(rows).astype(np.float32)
    return found


def _principal(rows: Floats, most: int) -> Floats:
    """(N, K): along the directions in which they differ most, the widest first; two at least."""
    centred = rows - rows.mean(0)
    # the smaller of two matrices, N x N or D x D, which have the same eigenvalues
    are_many = len(rows) > rows.shape[1]
    products = (centred.T @ centred if are_many else centred @ centred.T).astype(np.float64)
    squares, vectors = np.linalg.eigh(products)
    sizes, vectors = np.sqrt(np.maximum(squares[::-1][:most], 0)), vectors[:, ::-1][:, :most]
    kept = max(int((sizes > 1e-3 * max(float(sizes[0]), 1e-9)).sum()), 1)
    vectors = vectors[:, :kept].astype(np.float32)
    found: Floats = centred @ vectors if are_many else vectors * sizes[:kept].astype(np.float32)
    return np.pad(found, ((0, 0), (0, max(2 - kept, 0))))


def _framed(places: Floats) -> Floats:
    """Moved and scaled to 0 to 1, each way by itself; in the middle where they do not differ."""
    low, high = places.min(0), places.max(0)
    spread = high - low
    framed: Floats = np.where(spread > 0, (places - low) / np.where(spread > 0, spread, 1), 0.5).astype(np.float32)
    return framed
