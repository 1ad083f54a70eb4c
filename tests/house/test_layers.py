"""A room imports only from rooms below it, and nothing goes round in a circle."""

from __future__ import annotations

import graphlib
import sys

import pytest

from .conftest import Plant, hold
from .source import Import, Module, modules

ORDER = (
    "apps > service > live > deploy > train > analysis > models | objects > data > "
    "media | evaluate | events | search > core"
)
LAYERS = [[room.strip() for room in layer.split("|")] for layer in reversed(ORDER.split(">"))]
RANK = {room: rank for rank, layer in enumerate([*LAYERS, [""]]) for room in layer}


def _room(target: str) -> str:
    """The room of `aisle.room.file.name`; "" for what lies beside the rooms."""
    return next((part for part in target.split(".")[1:2] if part in RANK), "")


def breaches(module: Module) -> list[str]:
    def allowed(entry: Import) -> bool:
        return (
            not entry.target.startswith("aisle.")
            or _room(entry.target) == module.room
            or RANK[_room(entry.target)] < RANK[module.room]
        )

    return [f"{module.name}:{entry.line} imports {entry.target}" for entry in module.imports if not allowed(entry)]


def foreign_parts(module: Module) -> list[str]:
    """Imports of another room's `_part`, or of a `_name` in it."""
    return [
        f"{module.name}:{entry.line} imports {entry.target}"
        for entry in module.imports
        if entry.target.startswith("aisle.")
        and _room(entry.target) != module.room
        and any(part.startswith("_") and not part.endswith("__") for part in entry.target.split("."))
    ]


def test_every_folder_is_a_room_of_the_design() -> None:
    assert {module.room for module in modules()} <= set(RANK)


def test_rooms_import_only_from_below() -> None:
    hold(line for module in modules() for line in breaches(module))


def test_core_needs_numpy_alone() -> None:
    allowed = sys.stdlib_module_names | {"numpy", "aisle"}
    hold(
        f"{module.name}:{entry.line} imports {entry.target}"
        for module in modules()
        if module.room == "core"
        for entry in module.imports
        if entry.target.split(".")[0] not in allowed
    )


def test_parts_stay_in_their_room() -> None:
    hold(line for module in modules() for line in foreign_parts(module))


def test_files_do_not_import_each_other_in_a_circle() -> None:
    names = {module.name for module in modules()}

    def file(target: str) -> str | None:
        return target if target in names else next(filter(names.__contains__, [target.rpartition(".")[0]]), None)

    graph = {module.name: {file(entry.target) for entry in module.imports} - {None} for module in modules()}
    assert set(graphlib.TopologicalSorter(graph).static_order()) == names


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("media/read.py", "from aisle.core import Frame", False),
        ("media/read.py", "from aisle.media.probe import probe", False),
        ("media/read.py", "from . import probe", False),
        ("apps/cli.py", "from aisle.analysis.video import analyze", False),
        ("__init__.py", "from aisle.apps import cli", False),
        ("media/read.py", "from aisle.search import index", True),
        ("media/read.py", "from aisle import open_model", True),
        ("media/read.py", "from aisle import analysis", True),
        ("media/read.py", "from ..deploy import bundle", True),
        ("core/time.py", "def late():\n    import aisle.media", True),
    ],
)
def test_a_planted_import_is_judged(plant: Plant, name: str, text: str, found: bool) -> None:
    assert bool(breaches(plant(name, text))) is found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("from aisle.media._convert import to_rgb", False),
        ("from aisle.core.files import whole", False),
        ("from aisle import __version__", False),
        ("from aisle.core._parts import thing", True),
        ("from aisle.core.files import _ADVICE", True),
    ],
)
def test_a_planted_part_is_judged(plant: Plant, text: str, found: bool) -> None:
    assert bool(foreign_parts(plant("media/read.py", text))) is found
