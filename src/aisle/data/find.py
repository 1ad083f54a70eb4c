"""Which dataset lies in a folder. Each file of this room with `TITLE`, `claims` and `read` is one kind; other packages
add theirs by an entry point in the group `aisle.datasets` that names such a module.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

from aisle.core import Dataset, UnknownNameError, UsageError

GENERAL = "folder"
"""Class folders are what several layouts look like from afar, so this kind gives way to any other."""


@dataclass(frozen=True, slots=True)
class Kind:
    """`claims` says whether a folder has this layout, `read` reads it; neither decodes a video."""

    name: str
    title: str
    claims: Callable[[Path], bool]
    read: Callable[[Path], Dataset]


def kinds() -> tuple[Kind, ...]:
    """Sorted by name. Raises UsageError for an entry point that names no such module."""
    own = [file.stem for file in Path(__file__).parent.glob("*.py") if _defines_a_kind(file)]
    found = [_kind(name, import_module(f"aisle.data.{name}")) for name in own]
    return tuple(sorted([*found, *_others()], key=lambda kind: kind.name))


def open_dataset(folder: str | Path, kind: str | None = None) -> Dataset:
    """Reads the dataset in `folder`, of whatever kind claims it, or of `kind`.

    Raises UsageError for what is no folder and where no kind or several claim it, UnknownNameError for an unknown kind,
    InputError where the kind cannot use anything there.
    """
    path, known = Path(folder), {each.name: each for each in kinds()}
    if not path.is_dir():
        raise UsageError("a dataset is a folder", got=f"{path}: {'a file' if path.exists() else 'not there'}")
    if kind is not None:
        if kind not in known:
            raise UnknownNameError("kind of dataset", kind, known)
        return known[kind].read(path)
    return _only_claim(path, known).read(path)


def _only_claim(folder: Path, known: dict[str, Kind]) -> Kind:
    claiming = [kind for kind in known.values() if kind.claims(folder)]
    claiming = [kind for kind in claiming if kind.name != GENERAL] or claiming
    if len(claiming) == 1:
        return claiming[0]
    layouts = "; ".join(f"{kind.name} ({kind.title})" for kind in claiming or known.values())
    raise UsageError(
        f"it is not clear which dataset lies in {folder}",
        got="several kinds" if claiming else "none that is known",
        allowed=layouts,
        do="name one with --kind" if claiming else "bring the folder into one of these layouts",
    )


def _defines_a_kind(file: Path) -> bool:
    """Told from the text, so that opening a folder does not load what renders shops and draws pages."""
    text = file.read_text(encoding="utf-8")
    return "\ndef claims(" in text and "\ndef read(" in text


def _kind(name: str, module: ModuleType) -> Kind:
    return Kind(name, module.TITLE, module.claims, module.read)


def _others() -> list[Kind]:
    """Kinds of other packages."""
    others = []
    for entry in entry_points(group="aisle.datasets"):
        try:
            module = entry.load()
        except (ImportError, AttributeError) as error:
            raise UsageError(
                f"the dataset {entry.name} cannot be loaded", got=str(error), do="mend its package"
            ) from error
        if not all(hasattr(module, name) for name in ("TITLE", "claims", "read")):
            raise UsageError(
                f"the dataset {entry.name} is none", got=entry.value, allowed="a module with TITLE, claims and read"
            )
        others.append(_kind(entry.name, module))
    return others
