"""`make bench`: every benchmark in turn, each in a process of its own, then the table in the README."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import accuracy

HERE = Path(__file__).parent
NEEDS_SHARED = {"accuracy"}


def main() -> None:
    for name in ("speed", "startup", "memory", "accuracy"):
        if name in NEEDS_SHARED and not accuracy.JHMDB.is_dir():
            print(f"{name}: skipped; got: no {accuracy.JHMDB}; do: set AISLE_SHARED to the folder that holds data/")
            continue
        print(f"== {name}", flush=True)
        subprocess.run([sys.executable, HERE / f"{name}.py"], check=True)
    subprocess.run([sys.executable, HERE / "table.py"], check=True)


if __name__ == "__main__":
    main()
