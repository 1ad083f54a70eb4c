"""What was learnt of normal video to a bundle: arrays and a card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from aisle.analysis.scorer import Scorer
from aisle.analysis.tail import Tail
from aisle.core import whole_folder
from aisle.deploy.anomaly_bundle import AnomalyBundle, write_normal
from aisle.deploy.build import hashes, made


def package_anomaly(learnt: Sequence[tuple[Scorer, Tail]], bundle: AnomalyBundle, target: Path) -> AnomalyBundle:
    """Writes the bundle into the new folder `target`. Raises OutputError when `target` exists or cannot be written."""
    with whole_folder(target) as scratch:
        write_normal(learnt, scratch)
        complete = replace(bundle, made=made("numpy", "scikit-learn"), files=hashes(scratch))
        complete.write(scratch)
    return complete
