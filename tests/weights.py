"""Published weights that this machine may have already; no test downloads any."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from aisle.core.weights import WeightsSource


def found(source: WeightsSource | None) -> Path:
    """The file, in $AISLE_TEST_WEIGHTS or the user's cache; skips the test that asks where it is not there."""
    assert source is not None
    path = Path(os.environ["AISLE_TEST_WEIGHTS"], source.name)
    if not path.is_file():
        pytest.skip(f"needs the published weights, and {path} is not there; no test downloads them")
    return path
