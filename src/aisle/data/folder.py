"""One's own videos: a sub-folder for each class, or a CSV of `path,label[,start,end][,group][,split]`, or both.

A row without start and end is the whole video, one without end lasts to the video's end; times are seconds. The CSV is
`labels.csv`, or the only one that lies there. A video in a class folder that has rows of its own is described by them
alone. Clips of one `group` are never parted by a split; without that column each video is a group, and
`aisle.data.duplicates` finds those that show the same.
"""

from __future__ import annotations

from pathlib import Path

from aisle.core import Dataset, Example, InputError
from aisle.data.clips import VIDEOS, clip_dataset, read_clips
from aisle.data.table import Table, ignored, read_table

TITLE = "a sub-folder of videos for each class, or labels.csv: path,start,end,label,group"
FILE = "labels.csv"


def claims(folder: Path) -> bool:
    return bool(_tables(folder)) or any(_is_video(path) for path in folder.glob("*/*"))


def read(folder: Path) -> Dataset:
    """Opens no video. Raises InputError where the CSV cannot be read, several lie there, or no clip can be used."""
    table = _table(folder)
    rows, problems = read_clips(table, folder) if table else ([], [])
    named = {clip.path for clip in rows}
    files = [path for path in sorted(folder.glob("*/*")) if not _hidden(path)]
    videos = [path for path in files if _is_video(path) and path not in named]
    alone = [_whole(path, folder) for path in videos]
    classes = {path.parent for path in files if _is_video(path)}
    strange = [_stranger(path) for path in files if path.parent in classes and not _is_video(path)]
    grouped = table is not None and "group" in table.columns and not alone
    notes = ignored(table) if table else ()
    return clip_dataset("folder", folder, [*rows, *alone], [*problems, *strange], grouped=grouped, notes=notes)


def _tables(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.glob("*.csv")) if not _hidden(path)]


def _table(folder: Path) -> Table | None:
    found = _tables(folder)
    if len(found) > 1 and folder / FILE not in found:
        names = ", ".join(path.name for path in found)
        raise InputError(f"{folder} has several label files", got=names, do=f"call the right one {FILE}")
    return read_table(folder / FILE if folder / FILE in found else found[0]) if found else None


def _whole(path: Path, folder: Path) -> Example:
    name = path.relative_to(folder).as_posix()
    return Example(name, path, name, label=path.parent.name.strip(), place=str(path))


def _stranger(path: Path) -> InputError:
    got = "a folder" if path.is_dir() else f"a file {path.suffix}"
    return InputError(f"{path} is no video, and lies in the folder of a class", got=got, do="move it elsewhere")


def _is_video(path: Path) -> bool:
    return path.suffix.lower() in VIDEOS and path.is_file() and not _hidden(path)


def _hidden(path: Path) -> bool:
    """What systems leave behind: .DS_Store, ._clip.mp4, Thumbs.db."""
    return path.name.startswith(".") or path.parent.name.startswith(".") or path.name in ("Thumbs.db", "desktop.ini")
