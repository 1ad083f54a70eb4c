"""One line of JSON for each piece of news: appended to a file, or on standard output."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from aisle.core import Event, OutputError, UsageError, writing
from aisle.events.message import Account

SCHEMES = ("jsonl", "-")


class Lines:
    """Appends to `path`, which may hold lines already. What `send` returned from is on disk, whatever happens next."""

    def __init__(self, path: Path) -> None:
        self._path, self._account, self._turn = path, Account(), threading.Lock()
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("a+b", buffering=0)
            self._begin_a_line()

    def send(self, event: Event, evidence: Path | None) -> None:
        """Raises OutputError, with the file as it was before, where the disk refuses."""
        with self._turn, writing(self._path):
            line = f"{self._account.message(event, evidence).json()}\n".encode()
            size = self._file.seek(0, os.SEEK_END)
            try:
                self._write(line)
            except OSError:
                self._file.truncate(size)
                raise

    def close(self) -> None:
        self._file.close()

    def _write(self, line: bytes) -> None:
        """A disk that is nearly full takes a part, and tells of the rest only when asked again."""
        while line:
            line = line[self._file.write(line) :]
        os.fsync(self._file.fileno())

    def _begin_a_line(self) -> None:
        """Behind half a line, which a power cut may leave, the next one must not go on."""
        if self._file.seek(0, os.SEEK_END):
            self._file.seek(-1, os.SEEK_END)
            if self._file.read(1) != b"\n":
                self._write(b"\n")


class Console:
    """Lines on standard output, each written through at once."""

    def __init__(self) -> None:
        self._account, self._turn = Account(), threading.Lock()

    def send(self, event: Event, evidence: Path | None) -> None:
        with self._turn:
            try:
                print(self._account.message(event, evidence).json(), flush=True)
            except OSError as error:
                raise OutputError("cannot write to standard output", got=error.strerror) from error

    def close(self) -> None:
        """Standard output is not ours to close."""


def sink(address: str, _spool: Path) -> Lines | Console:
    """`jsonl:FILE`, or `-` for standard output. A file needs no spool: the line is there before `send` returns."""
    scheme, _, name = address.partition(":")
    if "-" in (scheme, name):
        return Console()
    if not name:
        raise UsageError("no file to write to", got=repr(address), allowed="jsonl:FILE, or - for standard output")
    return Lines(Path(name))
