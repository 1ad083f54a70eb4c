"""DCSASS: clips of a second or two cut from surveillance videos of thirteen kinds of crime (Kaggle, mateohervas).

`CLASS/SOURCE.mp4/SOURCE_n.mp4`, where SOURCE.mp4 is a folder, and `Labels/CLASS.csv` without a heading, with rows
`SOURCE_n,CLASS,1` where the clip shows the act and 0 where it does not. All may lie one or two folders down. A clip
with 0 is `normal`; the others have their folder's name in lower case. One class folder alone makes two classes. The
group is the source video, so that no clip is tested on a model that saw its neighbour.
"""

from __future__ import annotations

from pathlib import Path

from aisle.core import Dataset, Example, InputError
from aisle.core.rows import problem, read_lines
from aisle.data.clips import clip_dataset

TITLE = "DCSASS: CLASS/SOURCE.mp4/SOURCE_n.mp4 with Labels/CLASS.csv"
NORMAL = "normal"


def claims(folder: Path) -> bool:
    return bool(_roots(folder))


def read(folder: Path) -> Dataset:
    """Opens no video. Raises InputError where a CSV cannot be read, a copy lies there twice, or no clip can be used."""
    roots = _roots(folder)
    if len(roots) != 1:
        got = ", ".join(map(str, roots)) or "no Labels/CLASS.csv beside a folder CLASS"
        raise InputError(f"{folder} does not hold DCSASS once", got=got, do="name the folder that holds Labels")
    clips: list[Example] = []
    problems: list[InputError] = []
    for table in sorted((roots[0] / "Labels").glob("*.csv")):
        if (roots[0] / table.stem).is_dir():
            named, wrong = _read_class(table, roots[0])
            clips, problems = clips + named, problems + wrong
    return clip_dataset("dcsass", folder, clips, problems, grouped=True, notes=_absent(roots[0]))


def _roots(folder: Path) -> list[Path]:
    """Where `Labels` lies; the published archive has a folder round it, and may hold the same below a second one."""
    for depth in ("Labels/*.csv", "*/Labels/*.csv", "*/*/Labels/*.csv"):
        tables = sorted(folder.glob(depth))
        if roots := {table.parents[1]: None for table in tables if any((table.parents[1] / table.stem).glob("*.mp4/"))}:
            return list(roots)
    return []


def _read_class(table: Path, root: Path) -> tuple[list[Example], list[InputError]]:
    clips, problems = [], []
    for line, cells in read_lines(table):
        try:
            clips.append(_example(table, line, cells, root))
        except InputError as error:
            problems.append(error)
    named = {clip.path for clip in clips}
    unnamed = sorted(set((root / table.stem).glob("*.mp4/*.mp4")) - named)
    problems += [InputError(f"{path} has no label", got=f"no row in {table}", do="add it") for path in unnamed]
    return clips, problems


def _example(table: Path, line: int, cells: tuple[str, ...], root: Path) -> Example:
    if len(cells) != 3 or cells[1] != table.stem or cells[2] not in ("0", "1"):
        raise problem(table, line, "no label", ",".join(cells), "correct it", allowed=f"CLIP,{table.stem},0 or 1")
    source = cells[0].rpartition("_")[0]
    path = root / table.stem / f"{source}.mp4" / f"{cells[0]}.mp4"
    if "/" in cells[0] or not path.is_file():
        raise problem(table, line, "no such clip", path.relative_to(root), "put it there, or delete the line")
    label = table.stem.lower() if cells[2] == "1" else NORMAL
    return Example(path.relative_to(root).as_posix(), path, source, label=label, place=f"{table}:{line}")


def _absent(root: Path) -> list[str]:
    absent = [path.stem for path in sorted((root / "Labels").glob("*.csv")) if not (root / path.stem).is_dir()]
    return [f"there are labels but no videos of {', '.join(absent)}"] if absent else []
