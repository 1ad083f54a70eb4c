"""Where in the picture something is unusual, for whoever draws it over a video."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
from fastapi import APIRouter

from aisle.core import whole
from aisle.core.heat import place_of
from aisle.core.unusual import Unusual
from aisle.service import problems
from aisle.service.analyses import job_of
from aisle.service.auth import Guarded, route
from aisle.service.context import Here, Identity
from aisle.service.files import TYPES, FileAnswer, file_answer
from aisle.service.folder import DataFolder
from aisle.service.records import Role

router = APIRouter(route_class=Guarded, tags=["analyses"])

HEAT: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The heat.",
        "content": {
            TYPES[".json"]: {
                "example": {
                    "start_s": 0.0,
                    "step_s": 0.32,
                    "rows": 1,
                    "columns": 2,
                    "steps": [12],
                    "places": [[0.5, 0.0, 1.0, 1.0]],
                    "levels": "AP8=",
                }
            }
        },
    },
    206: {"description": "The part that Range asked for."},
}


def write_heat(unusual: Unusual, path: Path) -> None:
    """One object: start_s, step_s, rows and columns, and of the `steps` whose risk is high, `places` (the box around
    the hottest part) and `levels`: in base64 a byte for each part of each of these steps, 255 where it is hottest in
    its step. Raises OutputError where the disk refuses.
    """
    values, grid = unusual.heat.values, unusual.heat.grid
    steps = [
        index for index in range(grid.count) if unusual.step(grid.cell(index)[0]) == index and values[index].max() > 0
    ]
    shares = values[steps] / values[steps].max(axis=(1, 2), keepdims=True, initial=1e-9)
    record = {
        "start_s": float(grid.start),
        "step_s": float(grid.step),
        "rows": values.shape[1],
        "columns": values.shape[2],
        "steps": steps,
        "places": [[round(side, 4) for side in place_of(values[index])] for index in steps],
        "levels": base64.b64encode(np.rint(np.clip(shares, 0, 1) * 255).astype(np.uint8).tobytes()).decode(),
    }
    with whole(path) as part:
        part.write_text(json.dumps(record, allow_nan=False, separators=(",", ":")), encoding="utf-8")


def heat_of(folder: DataFolder, job: str) -> Path:
    """Where the heat of the job with this id lies, if its model says where."""
    return folder.results(job) / "heat.json"


@router.get(
    "/v1/analyses/{id}/heat",
    operation_id="get_heat",
    summary="Where in the picture something is unusual",
    response_class=FileAnswer,
    **route(Role.viewer, problems.ABSENT, problems.RANGE, answers=HEAT),
)
def get_heat(service: Here, id_: Identity) -> FileAnswer:
    """For drawing over the video: step i of `steps` is from `start_s` + i * `step_s` on, and one step long. Its
    `levels`, in base64, are `rows` times `columns` bytes, 255 where it is hottest, and its place is the box around that
    as shares of the picture. Only of a model that says where.
    """
    return file_answer(heat_of(service.folder, job_of(service, id_).id), "heat")
