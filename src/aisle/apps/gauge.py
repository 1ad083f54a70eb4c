"""A line on the terminal that shows the risk as it is now."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from fractions import Fraction
from threading import Lock

from aisle.apps.console import remark, say
from aisle.core import clock

WIDTH = 30
FULL, EMPTY = "#", "."


class Gauge:
    """Drawn over itself on stderr, where that is a terminal; other lines go through `tell` and `note`."""

    def __init__(self, camera: str, threshold: float, *, quiet: bool) -> None:
        self._camera, self._threshold = camera, threshold
        self._drawn = not quiet and sys.stderr.isatty()
        self._quiet, self._line, self._lock = quiet, "", Lock()

    def show(self, time: Fraction, risks: Mapping[str, float], remarks: str = "") -> None:
        """`risks` by kind, 0 to 1, at `time` seconds of the camera."""
        kind, risk = max(risks.items(), key=lambda item: item[1])
        parts = [clock(time)[:-4], bar(risk, self._threshold), f"{risk:4.0%} {kind}", self._camera, remarks]
        with self._lock:
            self._draw("  ".join(filter(None, parts)))

    def tell(self, text: str) -> None:
        """A line on stdout."""
        with self._lock:
            self._erase()
            say(text)
            self._draw(self._line)

    def note(self, text: str) -> None:
        """A line on stderr, unless it is to be quiet."""
        if not self._quiet:
            with self._lock:
                self._erase()
                remark(text)
                self._draw(self._line)

    def close(self) -> None:
        with self._lock:
            self._erase()

    def _draw(self, line: str) -> None:
        self._line = line
        if self._drawn and line:
            width = shutil.get_terminal_size().columns - 1
            print(f"\r{line[:width]:<{width}}", end="", file=sys.stderr, flush=True)

    def _erase(self) -> None:
        if self._drawn and self._line:
            print("\r" + " " * (shutil.get_terminal_size().columns - 1) + "\r", end="", file=sys.stderr, flush=True)


def bar(risk: float, threshold: float) -> str:
    """`[######|.....]`, filled up to `risk`, with a stroke at `threshold`."""
    filled, mark = round(risk * WIDTH), min(round(threshold * WIDTH), WIDTH - 1)
    cells = [FULL if cell < filled else EMPTY for cell in range(WIDTH)]
    cells[mark] = "|"
    return f"[{''.join(cells)}]"
