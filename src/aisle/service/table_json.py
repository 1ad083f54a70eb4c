"""Tables for programs of the web: a CSV of ours as a JSON list, an object a row."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from aisle.core import whole

_WORDS = frozenset({"video", "label", "side", "kind", "zone", "product"})
_WHOLE = frozenset({"frame", "track_id", "items", "concealed"})

Value = str | int | float | None


def write_table_json(table: Path, out: Path) -> None:
    """`table` is a CSV of `aisle.analysis.object_tables`; a cell without a number is null, and times stand there in
    seconds alone. Raises OutputError where the disk refuses.
    """
    with (
        table.open(encoding="utf-8-sig", newline="") as file,
        whole(out) as part,
        part.open("w", encoding="utf-8") as into,
    ):
        into.write("[")
        for number, row in enumerate(csv.DictReader(file)):
            record = {name: _value(name, text) for name, text in row.items() if _is_plain(name, row)}
            into.write(f"{',' if number else ''}\n{json.dumps(record, ensure_ascii=False)}")
        into.write("\n]\n")


def _is_plain(name: str, row: dict[str, str]) -> bool:
    """Not a clock beside its seconds."""
    return f"{name}_s" not in row


def _value(name: str, text: str) -> Value:
    if name in _WORDS:
        return text
    if not text:
        return None
    return int(text) if name in _WHOLE else float(text)
