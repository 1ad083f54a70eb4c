"""What was learnt of normal video to a bundle: arrays and a card."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from aisle.analysis.scorer import Scorer
from aisle.analysis.tail import Tail
from aisle.core import whole_folder, writing
from aisle.deploy.anomaly_bundle import AnomalyBundle, Told, write_normal
from aisle.deploy.build import hashes, made
from aisle.deploy.pixels import FOLDER as PIXELS


def package_anomaly(learnt: Sequence[tuple[Scorer, Tail]], bundle: AnomalyBundle, target: Path) -> AnomalyBundle:
    """Writes the bundle into the new folder `target`, with a copy of what paints pictures for it. Raises OutputError
    when `target` exists or cannot be written.
    """
    with whole_folder(target) as scratch:
        write_normal(learnt, scratch)
        with writing(scratch):
            parts = tuple(_beside(part, number, scratch) for number, part in enumerate(bundle.parts))
        complete = replace(bundle, parts=parts, made=made("numpy", "scikit-learn"), files=hashes(scratch))
        complete.write(scratch)
    return complete


def _beside(part: Told, number: int, folder: Path) -> Told:
    """`part` with its source copied into `folder`, so that the bundle can be taken elsewhere."""
    if not part.source:
        return part
    name = f"painted/{number}-{Path(part.source).name}"
    shutil.copytree(Path(part.source) / PIXELS, folder / name / PIXELS)
    return replace(part, source=name)
