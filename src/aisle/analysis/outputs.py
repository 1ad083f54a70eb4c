"""The files that an analysis leaves in a folder, and their names."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import chain, count
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from aisle.analysis.report import write_report
from aisle.analysis.seen import Seen, drawable, write_seen
from aisle.analysis.tables import write_csv, write_json, write_parquet
from aisle.core import Analysis, MissingPartError, Progress, Timeline, UsageError, silent, writing
from aisle.core.address import is_address
from aisle.core.unusual import Unusual
from aisle.media.annotate import annotate
from aisle.media.draw_objects import Objects


class Annotate(Protocol):
    """Writes the copy with the actions drawn in, as `aisle.media.annotate.annotate` does."""

    def __call__(
        self,
        source: str | Path,
        timeline: Timeline | None,
        out: str | Path,
        *,
        objects: Objects | None = None,
        unusual: Unusual | None = None,
        progress: Progress,
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where the results of one video lie. `annotated` exists only if it was asked for."""

    json: Path
    csv: Path
    parquet: Path
    page: Path
    annotated: Path

    @property
    def stem(self) -> Path:
        """What the names of all of them begin with; the tables of what was seen lie there too."""
        return self.json.with_name(self.json.name.removesuffix(".json"))

    @classmethod
    def named(cls, folder: Path, stem: str) -> Outputs:
        kinds = ("json", "csv", "parquet", "html", "annotated.mp4")
        return cls(*(folder / f"{stem}.{kind}" for kind in kinds))


def prepare(folder: Path) -> None:
    """Makes `folder` and tries to write there, so that hours of work do not end at a locked door.

    Raises UsageError for a file, OutputError where nothing can be written, MissingPartError without pyarrow.
    """
    if find_spec("pyarrow") is None:
        raise MissingPartError("a Parquet table", name="pyarrow", extra="tables")
    probe = folder / f".{secrets.token_hex(4)}.part"
    with writing(folder):
        if folder.is_file():
            raise UsageError("the results go into a folder", got=f"{folder}, a file", do="name another one with --out")
        folder.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()


def outputs_for(videos: Iterable[str], folder: Path) -> list[Outputs]:
    """One set of names a video, after its own; videos of the same name get -2, -3 behind it."""
    taken: list[str] = []
    for video in videos:
        stem = _stem(video)
        names = chain([stem], (f"{stem}-{number}" for number in count(2)))
        taken.append(next(name for name in names if name not in taken))
    return [Outputs.named(folder, name) for name in taken]


def write(
    analysis: Analysis,
    outputs: Outputs,
    *,
    video: str,
    annotated: bool,
    annotate: Annotate = annotate,
    seen: Seen | None = None,
    risk: bool = False,
    progress: Progress = silent,
) -> None:
    """`video` is what was analysed, and `seen` what people did in it, where that was asked for; `risk` is drawn into
    the copy too. Each file is whole or absent. Raises OutputError where disk or folder refuses.
    """
    observed = None if seen is None else seen.observed
    write_json(analysis, outputs.json, observed)
    write_csv(analysis, outputs.csv, observed)
    write_parquet(analysis, outputs.parquet, observed)
    if seen is not None:
        write_seen(seen, outputs.stem)
    if annotated:
        objects = None if seen is None else drawable(seen, analysis if risk else None)
        annotate(
            video,
            analysis.timeline,
            outputs.annotated,
            objects=objects,
            unusual=Unusual.of(analysis),
            progress=progress,
        )
    write_report(analysis, outputs.page, video=_beside(video, outputs, annotated=annotated), seen=seen)


def _beside(video: str, outputs: Outputs, *, annotated: bool) -> str | None:
    """The video that the page plays, as seen from the page; None for an address, which a page on disk cannot rely
    on.
    """
    if annotated:
        return outputs.annotated.name
    if is_address(video):
        return None
    return Path(os.path.relpath(video, outputs.page.parent)).as_posix()


def _stem(video: str) -> str:
    path = unquote(urlsplit(video).path) if is_address(video) else video
    return Path(path).stem or "video"
