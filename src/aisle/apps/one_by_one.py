"""Videos one by one: whoever waits is told of each, and one that cannot be used does not stop the others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from aisle.apps.console import progress, remark
from aisle.core import AisleError, Analysis
from aisle.core.address import without_password

if TYPE_CHECKING:
    from aisle.analysis.backbone import Backbone


def analyzed(video: str, model: Backbone, *, quiet: bool) -> Analysis:
    """What `model` says of `video`; whoever waits is told what to know of it."""
    from aisle.analysis.video import analyze as analyze_video
    from aisle.apps.show import skipped

    with progress(without_password(video), quiet=quiet) as listener:
        analysis = analyze_video(video, model, progress=listener)
    if not quiet:
        for note in [*analysis.notes, *skipped(analysis.timeline)]:
            remark(f"{analysis.info.path}: {note}")
    return analysis


class Failures:
    """Inputs that could not be used: each is told at once, the others go on, and the exit code remembers."""

    def __init__(self) -> None:
        self.count = 0

    @contextmanager
    def noting(self, video: str) -> Iterator[None]:
        try:
            yield
        except AisleError as error:
            self.count += 1
            name, text = without_password(video), str(error)
            remark(f"error: {text}" if name in text else f"error: {name}: {text}")

    def leave(self) -> None:
        if self.count:
            raise typer.Exit(AisleError.exit_code)
