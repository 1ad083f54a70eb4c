"""YAML as plain values with the line of each, so that an error can point at what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from aisle.core.errors import InputError, MissingPartError

Place = tuple[str | int, ...]
"""The keys and indices that lead to a value: ("zones", 0, "polygon", 2)."""

Where = Callable[[Place], str]

_MOST_BYTES, _DEEPEST = 1 << 20, 12
_TEXTS = ("name", "kind")
"""What stands there is text, also where YAML would read a number or a switch: a shelf may be called 12 or on."""


def parsed(file: Path) -> tuple[Any, Where]:
    """What `file` says, and a function that says `FILE:LINE` of a place in it.

    Raises InputError for a file that cannot be read, for what is no YAML, for a key that is there twice, and for
    references (`&`, `*`), which no site needs; MissingPartError without PyYAML.
    """
    try:
        import yaml
    except ModuleNotFoundError:
        raise MissingPartError("a site file", name="pyyaml", extra="objects") from None

    loader = yaml.SafeLoader(_text(file))
    lines = _Lines(loader, file)
    try:
        node = loader.get_single_node()
        plain = None if node is None else lines.plain(node, ())
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise _no_yaml(file, error) from error
    finally:
        loader.dispose()
    return plain, lines.where


def _text(file: Path) -> str:
    try:
        data = file.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {file}", got=error.strerror, do="check that it is there and readable") from error
    if len(data) > _MOST_BYTES:
        raise InputError(f"{file} is no site file", got=f"{len(data)} bytes", allowed="1 MiB", do="name a site file")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        got = f"the byte 0x{data[error.start]:02x}"
        raise InputError(f"{file}:{line}: the text is not UTF-8", got=got, do="save the file as UTF-8") from error


def _no_yaml(file: Path, error: Any) -> InputError:
    mark = getattr(error, "problem_mark", None)
    at = f"{file}:{mark.line + 1}" if mark else str(file)
    told = getattr(error, "problem", None) or getattr(error, "reason", None) or type(error).__name__
    return InputError(
        f"{at}: this is no YAML", got=told, do="indent with blanks, and write as `aisle site edit VIDEO` shows"
    )


class _Lines:
    """Makes plain values of the nodes of one file, and notes the line of each."""

    def __init__(self, loader: Any, file: Path) -> None:
        self._loader, self._file = loader, file
        self._lines: dict[Place, int] = {}
        self._seen: set[int] = set()

    def where(self, place: Place) -> str:
        ways = (place[:end] for end in range(len(place), -1, -1))
        return f"{self._file}:{next((self._lines[way] for way in ways if way in self._lines), 1)}"

    def plain(self, node: Any, place: Place) -> Any:
        line = node.start_mark.line + 1
        if id(node) in self._seen or len(place) > _DEEPEST:
            raise self._wrong(line, "a site is written out", "references, or lists in lists in lists", "repeat it")
        self._seen.add(id(node))
        self._lines.setdefault(place, line)
        if node.id == "mapping":
            return dict(self._entries(node, place))
        if node.id == "sequence":
            return [self.plain(each, (*place, at)) for at, each in enumerate(node.value)]
        text = place[-1:] and place[-1] in _TEXTS and not node.tag.endswith(":null")
        return node.value if text else self._loader.construct_object(node)

    def _entries(self, node: Any, place: Place) -> Iterator[tuple[str, Any]]:
        for key, value in node.value:
            line = key.start_mark.line + 1
            if key.id != "scalar":
                raise self._wrong(
                    line, "a key is a word", "a list, or keys within a key", "write name, kind or polygon"
                )
            name = str(key.value)
            if (*place, name) in self._lines:
                raise self._wrong(line, "a key is there twice", name, "keep one of them")
            self._lines[*place, name] = line
            yield name, self.plain(value, (*place, name))

    def _wrong(self, line: int, what: str, got: str, do: str) -> InputError:
        return InputError(f"{self._file}:{line}: {what}", got=got, do=do)


def at_place(record: str) -> Where:
    """For a record that has no lines: `zones 2, corner 3 of RECORD`, counted from 1."""

    def where(place: Place) -> str:
        words: list[str] = []
        for key in place:
            words.append(f"{words.pop()} {key + 1}" if isinstance(key, int) and words else str(key))
        return f"{record}, {', '.join(words)}" if words else record

    return where
