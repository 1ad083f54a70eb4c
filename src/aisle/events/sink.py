"""Where news of events goes. Each file of this room with `SCHEMES` and `sink` is one kind, chosen by the scheme of an
address; other packages add theirs by an entry point in the group `aisle.sinks` that names such a module.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Protocol

from aisle.core import Event, UnknownNameError, UsageError


class Sink(Protocol):
    """Is told of every event as it starts, is updated and ends; may be shared by several cameras and threads."""

    def send(self, event: Event, evidence: Path | None) -> None:
        """Takes the news in hand and returns soon, whatever the other side does. `evidence` is the clip, once there
        is one. Raises OutputError where this machine's disk refuses.
        """
        ...

    def close(self) -> None:
        """No news follow. What could not be delivered by now waits on disk for the next start."""
        ...


def open_sink(address: str, *, spool: Path) -> Sink:
    """The sink at an address such as jsonl:alarms.jsonl, https://host/hook, mqtt://host/prefix, smtp://host/?to=a@b.

    What waits to be delivered lies in a folder of its own below `spool`. Raises UnknownNameError for another scheme,
    UsageError for an address that its kind cannot use, MissingPartError where a package is not installed.
    """
    scheme = address.partition(":")[0].lower()
    known = {name: module for module in (*_own(), *_others()) for name in module.SCHEMES}
    if scheme not in known:
        raise UnknownNameError("kind of sink", scheme, known, do="an address begins with one of them, as in jsonl:FILE")
    sink: Sink = known[scheme].sink(address, spool)
    return sink


def _own() -> list[ModuleType]:
    return [import_module(f"aisle.events.{file.stem}") for file in Path(__file__).parent.glob("*.py") if _is_kind(file)]


def _is_kind(file: Path) -> bool:
    text = file.read_text(encoding="utf-8")
    return "\nSCHEMES = " in text and "\ndef sink(" in text


def _others() -> list[ModuleType]:
    """Kinds of other packages."""
    others = []
    for entry in entry_points(group="aisle.sinks"):
        try:
            module = entry.load()
        except (ImportError, AttributeError) as error:
            text = f"the sink {entry.name} cannot be loaded"
            raise UsageError(text, got=str(error), do="mend its package") from error
        if not all(hasattr(module, name) for name in ("SCHEMES", "sink")):
            raise UsageError(
                f"the sink {entry.name} is none", got=entry.value, allowed="a module with SCHEMES and sink"
            )
        others.append(module)
    return others
