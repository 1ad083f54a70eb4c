"""What waits to be delivered, in a folder: a file for each message, so that neither kill -9 nor a power cut loses one.

A file is there whole or not at all, and is named after its turn: 000000000012.updated.json. What the other side refuses
lies in `refused/`, with the reason; moved back up, it is tried again at the next start. The folder belongs to one sink
of one process at a time.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from aisle.core import DamagedError, OutputError, UsageError, whole, writing
from aisle.events.message import Message

REFUSED = 1000
"""So many of those that were refused are kept, the latest."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many messages may wait, and how many bytes on disk they may take. The oldest gives way to the newest, and an
    update before a start or an end.
    """

    count: int = 10_000
    size: int = 64 << 20


BOUNDS = Bounds()


@dataclass(frozen=True, slots=True)
class Letter:
    """A message, and where the clip lies that goes with it. `name` is its file in the spool."""

    name: str
    message: Message
    clip: Path | None


class Spool:
    """Messages in the order in which they came, over restarts too. One thread at a time, please.

    `dropped` counts those that gave way. Raises UsageError where another sink uses the folder, OutputError where the
    disk refuses.
    """

    def __init__(self, folder: Path, bounds: Bounds = BOUNDS) -> None:
        self._folder, self._bounds, self.dropped = folder, bounds, 0
        with writing(folder):
            (folder / "refused").mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)  # they tell who was where
        self._lock = FileLock(folder / ".lock", thread_local=False)
        try:
            self._lock.acquire(timeout=0)
        except Timeout as error:
            text = "another process delivers what waits for this sink, or the sink is named twice"
            raise UsageError(text, got=folder, do="name it once, or give each process a folder of its own") from error
        with writing(folder):
            for part in folder.glob(".*.part*"):
                part.unlink()
            self._sizes = {path.name: path.stat().st_size for path in sorted(folder.glob("*.json"))}
        self._next = 1 + max((_turn(path) for path in folder.rglob("*.json")), default=-1)

    def __len__(self) -> int:
        return len(self._sizes)

    def put(self, message: Message, clip: Path | None) -> None:
        """Once this returns, the message outlives the process and the machine's power."""
        name = f"{self._next:012d}.{message.state}.json"
        content = {"message": asdict(message), "clip": None if clip is None else str(clip.absolute())}
        self._sizes[name] = _write(self._folder / name, content)
        self._next += 1
        while len(self) > self._bounds.count or sum(self._sizes.values()) > self._bounds.size:
            self.remove(_first_to_go(self._sizes))
            self.dropped += 1

    def first(self) -> Letter | None:
        """The one whose turn it is. Raises DamagedError, with the file set aside, for one that is not ours, OutputError
        where the disk does not give it back.
        """
        while name := next(iter(self._sizes), None):
            try:
                return _read(self._folder / name)
            except FileNotFoundError:  # somebody threw it away
                del self._sizes[name]
            except DamagedError as error:
                self.set_aside(name, str(error))
                raise
            except OSError as error:
                text = f"cannot read {self._folder / name}"
                raise OutputError(text, got=error.strerror, do="check the disk") from error
        return None

    def remove(self, name: str) -> bool:
        """False where it gave way meanwhile."""
        with writing(self._folder):
            (self._folder / name).unlink(missing_ok=True)
        return self._sizes.pop(name, None) is not None

    def set_aside(self, name: str, reason: str) -> None:
        """Moves it to `refused/`, with the reason beside it in a .txt."""
        refused = self._folder / "refused"
        if self._sizes.pop(name, None) is not None:
            with writing(refused):
                (self._folder / name).rename(refused / name)
                (refused / name).with_suffix(".txt").write_text(f"{reason}\n", "utf-8")
                for old in sorted(refused.glob("*.json"))[:-REFUSED]:
                    old.unlink()
                    old.with_suffix(".txt").unlink(missing_ok=True)

    def close(self) -> None:
        self._lock.release()


def _turn(path: Path) -> int:
    number = path.name.partition(".")[0]
    return int(number) if number.isdecimal() else -1


def _first_to_go(names: Iterable[str]) -> str:
    """Of names in their order."""
    ordered = list(names)
    return next((name for name in ordered if name.endswith(".updated.json")), ordered[0])


def _read(path: Path) -> Letter:
    try:
        content = json.loads(path.read_text("utf-8"))
        clip = content["clip"]
        return Letter(path.name, Message.read(content["message"]), None if clip is None else Path(clip))
    except (ValueError, KeyError, TypeError, DamagedError) as error:
        raise DamagedError(f"a message that waited cannot be read: {path.name}", got=str(error)) from error


def _write(path: Path, content: dict[str, Any]) -> int:
    """Returns the size in bytes, once they are on the disk."""
    data = json.dumps(content, ensure_ascii=False).encode()
    with whole(path) as part, part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    if os.name == "posix":  # the name is in the folder, which is a file of its own
        with writing(path):
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
    return len(data)
