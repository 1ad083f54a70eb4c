"""Which labels of a model mean a class of the data: a table of two columns, made by people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from aisle.core.rows import problem, read_lines

HEADING = ("class", "label")


def read_names(file: Path) -> Mapping[str, tuple[str, ...]]:
    """Labels by class, from rows `class,label`; a class may have several.

    Raises InputError, with the line, for another heading, a line with another number of cells, an empty cell, a row
    that is there twice, and a table without rows.
    """
    (head, names), *lines = read_lines(file) or [(1, ())]
    if tuple(name.lower() for name in names) != HEADING:
        got = ", ".join(names) or "nothing"
        raise problem(file, head, "the heading is another", got, "write it anew", ",".join(HEADING))
    found: dict[str, list[str]] = defaultdict(list)
    for line, cells in lines:
        if len(cells) != len(HEADING) or not all(cells):
            got = f"{len([cell for cell in cells if cell])} of {len(cells)} cells filled"
            raise problem(file, line, "a row is a class and a label", got, "quote cells with commas", ",".join(HEADING))
        name, label = cells
        if label in found[name]:
            raise problem(file, line, "the row is there twice", ",".join(cells), "keep one of them")
        found[name].append(label)
    if not found:
        raise problem(file, head, "the table has no row", "a heading", "add one: a class of the data, a model's label")
    return {name: tuple(labels) for name, labels in found.items()}
