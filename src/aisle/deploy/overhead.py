"""Our networks for hands seen from above, which come with this package: opened on OpenVINO or ONNX Runtime."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from aisle.core import DamagedError
from aisle.core.boxes import Floats
from aisle.deploy.bundle import mend, read_sealed, verify
from aisle.deploy.object_network import read_object_network
from aisle.deploy.runtime import session_of
from aisle.objects.overhead_hands import SIDE, OverheadHandling, OverheadHands

KIND = "hands"
HANDS, HANDLING = "hands.onnx", "handling.onnx"


def shipped_hands() -> Path:
    """The folder of the two networks, with their card."""
    return Path(str(resources.files("aisle.objects"))) / "trained_hands"


def open_overhead_hands(
    folder: Path | None = None, *, runtime: str = "openvino", precision: str = "f32"
) -> OverheadHands:
    """Hands of people seen from above, by the networks in `folder` or those that come with this package.

    Raises DamagedError for a folder that holds no such networks, UnknownNameError for a runtime that does not exist.
    """
    run = read_object_network(_checked(folder) / HANDS, runtime=runtime).opened([(3, SIDE, SIDE)], precision=precision)

    def look(squares: Sequence[npt.NDArray[Any]]) -> list[tuple[Floats, Floats, Floats]]:
        return [(palms, said, evidence) for palms, said, evidence in run([(square,) for square in squares])]

    return OverheadHands(look)


def open_overhead_handling(folder: Path | None = None) -> OverheadHandling:
    """What follows hands over time, on ONNX Runtime, which takes tracks of any length. Raises DamagedError as above,
    MissingPartError without the package.
    """
    session = session_of(_checked(folder) / HANDLING)

    def follow(looks: Floats) -> Floats:
        said: Floats = session.run(None, {"looks": looks[np.newaxis]})[0][0]
        return said

    return OverheadHandling(follow)


def _checked(folder: Path | None) -> Path:
    place = folder or shipped_hands()
    plain = read_sealed(place)
    if plain.get("kind") != KIND:
        raise DamagedError(f"{place} holds no networks of hands", got=plain.get("kind"), allowed=KIND, do=mend(place))
    verify(plain["files"], place)
    return place
