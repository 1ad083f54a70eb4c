"""What a terminal shows: results on stdout; progress, remarks and errors on stderr, in one line each."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

from aisle.core import OutputError, Progress, silent

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

PATIENCE = 2.0
"""Seconds that may pass before a progress bar appears."""


def say(text: str) -> None:
    """Lines on stdout, at once. Raises OutputError where they cannot be written, BrokenPipeError once nobody reads."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(
            "the results cannot be printed", got=error.strerror, do="check where the output is sent"
        ) from error


def remark(text: str) -> None:
    """A line on stderr."""
    print(text, file=sys.stderr)


@contextmanager
def progress(title: str, *, quiet: bool) -> Iterator[Progress]:
    """A bar with the remaining time, on a terminal and only once the work has lasted two seconds."""
    if quiet or not sys.stderr.isatty():
        yield silent
        return
    late = _LateBar(title)
    try:
        yield late.update
    finally:
        late.close()


class _LateBar:
    def __init__(self, title: str) -> None:
        self._title = title
        self._begun = monotonic()
        self._bar: Bar | None = None

    def update(self, done: float, total: float | None) -> None:
        if monotonic() - self._begun < PATIENCE:
            return
        if self._bar is None:
            self._bar = _bar()
            self._task = self._bar.add_task(self._title, total=total)
            self._bar.start()
        self._bar.update(self._task, completed=done, total=total)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.stop()


def _bar() -> Bar:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=Console(stderr=True), transient=True)
