"""The files that an analysis leaves in a folder, and their names."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from aisle.core import Analysis, Progress, silent, writing


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where the results of one video lie. `annotated` exists only if it was asked for."""

    json: Path
    csv: Path
    parquet: Path
    page: Path
    annotated: Path

    @classmethod
    def named(cls, folder: Path, stem: str) -> Outputs:
        kinds = ("json", "csv", "parquet", "html", "annotated.mp4")
        return cls(*(folder / f"{stem}.{kind}" for kind in kinds))


def prepare(folder: Path) -> None:
    """Makes `folder` and tries to write there, so that hours of work do not end at a locked door. Raises
    OutputError.
    """
    probe = folder / f".{secrets.token_hex(4)}.part"
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()


def outputs_for(videos: Iterable[str], folder: Path) -> list[Outputs]:
    """One set of names a video, after its own; videos of the same name get -2, -3 behind it."""
    taken: dict[str, int] = {}
    found = []
    for video in videos:
        stem = _stem(video)
        taken[stem] = taken.get(stem, 0) + 1
        found.append(Outputs.named(folder, stem if taken[stem] == 1 else f"{stem}-{taken[stem]}"))
    return found


def write(analysis: Analysis, outputs: Outputs, *, annotated: bool, progress: Progress = silent) -> None:
    """Raises OutputError where the disk or folder refuses; each file is whole or absent."""
    from aisle.analysis.report import write_report
    from aisle.analysis.tables import write_csv, write_json, write_parquet
    from aisle.media.annotate import annotate

    if annotated:
        annotate(analysis.info.path, analysis.timeline, outputs.annotated, progress=progress)
    write_json(analysis, outputs.json)
    write_csv(analysis, outputs.csv)
    write_parquet(analysis, outputs.parquet)
    write_report(analysis, outputs.page, video=_beside(analysis.info.path, outputs, annotated=annotated))


def _beside(video: str, outputs: Outputs, *, annotated: bool) -> str | None:
    """The video that the page plays, as seen from the page; None for an address, which a page on disk cannot rely
    on.
    """
    if annotated:
        return outputs.annotated.name
    if is_address(video):
        return None
    return Path(os.path.relpath(video, outputs.page.parent)).as_posix()


def is_address(video: str) -> bool:
    return "://" in video


def _stem(video: str) -> str:
    path = unquote(urlsplit(video).path) if is_address(video) else video
    return Path(path).stem or "video"
