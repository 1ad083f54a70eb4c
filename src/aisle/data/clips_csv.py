"""Clips listed in `clips.csv`: path, label, and the group (or actor) that must stay on one side of a split.

Columns `path,label,group[,split][,start,end]`; `actor` is another name for `group`. Paths are relative to the folder.
Without a group each video is its own.
"""

from __future__ import annotations

from pathlib import Path

from aisle.core import Dataset
from aisle.data.clips import clip_dataset, read_clips
from aisle.data.table import ignored, read_table

TITLE = "clips.csv: path,label,group"
FILE = "clips.csv"


def claims(folder: Path) -> bool:
    return (folder / FILE).is_file()


def read(folder: Path) -> Dataset:
    """Opens no video. Raises InputError where the file cannot be read or no clip of it can be used."""
    table = read_table(folder / FILE)
    clips, problems = read_clips(table, folder)
    return clip_dataset("clips_csv", folder, clips, problems, grouped="group" in table.columns, notes=ignored(table))
