"""The data folder: where the service keeps videos, results and clips, and which processes have it open."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from aisle.core import UsageError, writing


def database_in(root: Path) -> str:
    """The address of the database that lies in a data folder, unless another one is named."""
    return f"sqlite:///{root.absolute() / 'aisle.db'}"


class DataFolder:
    """Open in this process until it is closed; several processes may have it open at a time.

    `owner` names this process. Each holds a lock on a file of its name, which the system lets go however the process
    ends: so a process that was killed is told from one that is slow. Raises OutputError where nothing can be written.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self.owner = secrets.token_hex(8)
        with writing(self.root):
            for folder in (self.root, self.uploads, self.analyses, self.evidence, self.sites, self._open):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._handle = _locked(self._open / f".{self.owner}")
            (self._open / f".{self.owner}").rename(self._open / self.owner)  # in sight only once it is locked

    @property
    def uploads(self) -> Path:
        """Videos of jobs."""
        return self.root / "uploads"

    @property
    def analyses(self) -> Path:
        """Results of jobs, a folder each."""
        return self.root / "analyses"

    @property
    def evidence(self) -> Path:
        """Clips of events."""
        return self.root / "evidence"

    @property
    def sites(self) -> Path:
        """What cameras see, a file each."""
        return self.root / "sites"

    @property
    def _open(self) -> Path:
        return self.root / "open"

    def results(self, job: str) -> Path:
        """The folder of what the job with this id wrote."""
        return self.analyses / job

    def inside(self, path: str) -> Path:
        """A path relative to this folder, as records hold it. Raises UsageError where it leads out."""
        found = Path(os.path.normpath(self.root / path))
        if not found.is_relative_to(self.root) or found == self.root:
            raise UsageError("the path leads out of the data folder", got=ascii(path), do="name one inside")
        return found

    def dead(self) -> frozenset[str]:
        """The owners that had it open and were killed; none of those of other machines' folders."""
        return frozenset(name for name in self._others() if _is_free(self._open / name))

    def alone(self) -> bool:
        """Whether no other process has it open."""
        return self.dead() == frozenset(self._others())

    def bury(self, owner: str) -> None:
        """Forgets a dead owner, once nothing is left to be done for it."""
        (self._open / owner).unlink(missing_ok=True)

    def close(self) -> None:
        self.bury(self.owner)
        os.close(self._handle)

    def _others(self) -> Iterator[str]:
        return (file.name for file in self._open.iterdir() if file.name not in (self.owner, f".{self.owner}"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _locked(file: Path) -> int:
    handle = os.open(file, os.O_CREAT | os.O_RDWR, 0o600)
    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return handle


def _is_free(file: Path) -> bool:
    try:
        handle = os.open(file, os.O_RDWR)
    except FileNotFoundError:
        return False  # closed in this very moment
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(handle)
    return True
