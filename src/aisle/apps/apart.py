"""Work in a fresh process of ours, so that its memory is its own and its end is not ours."""

from __future__ import annotations

import multiprocessing
import resource
import signal
import sys
from collections.abc import Callable
from contextlib import closing
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar

from aisle.core import AisleError, InputError, Progress, UsageError, silent

Result = TypeVar("Result")
Told = tuple[bool, str, str, str, str]
"""An error of ours: whether the call itself was wrong, and its four parts."""


def apart(work: Callable[..., Result], *arguments: Any, progress: Progress = silent) -> Result:
    """What `work(*arguments, listener)` returns, called in a process that starts from nothing; `work` is a function of
    a module, and all that goes in and out can be pickled. `progress` hears what `listener` is told.

    Raises an AisleError with the same text where `work` raises one, and one that says so where the process ends.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(theirs, work, arguments), daemon=True)
    with closing(ours):
        process.start()
        theirs.close()
        try:
            result: Result = _heard(ours, progress)
            return result
        except EOFError:
            process.join()
            raise InputError(
                "its process ended before it was done",
                got=_ending(process.exitcode or 0),
                do="make sure that there is memory enough, and see what was printed above",
            ) from None
        finally:
            process.terminate()
            process.join()


def peak_memory() -> int:
    """Bytes that this process has had in use at most."""
    status = Path("/proc/self/status")
    if status.is_file():
        # What getrusage tells of a process began in the one that started it; this began with the program itself.
        lines = dict(line.split(":", 1) for line in status.read_text("utf-8").splitlines() if ":" in line)
        return int(lines["VmHWM"].split()[0]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _heard(line: Connection, progress: Progress) -> Any:
    """Raises EOFError where the other side is gone."""
    while True:
        kind, value = line.recv()
        if kind == "done":
            return value
        if kind == "failed":
            wrong, what, got, allowed, do = value
            raise (UsageError if wrong else InputError)(what, got=got or None, allowed=allowed, do=do)
        progress(*value)


def _run(line: Connection, work: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started it ends it
    try:
        line.send(("done", work(*arguments, lambda done, total: line.send(("told", (done, total))))))
    except AisleError as error:
        line.send(("failed", _told(error)))
    except (MemoryError, RuntimeError) as error:  # of the libraries that compute: out of memory, above all
        said = (str(error).strip() or "no more said").splitlines()[0]
        line.send(("failed", (False, "it cannot be computed", f"{type(error).__name__}: {said}", "", "")))


def _told(error: AisleError) -> Told:
    got = "" if error.got is None else str(error.got)
    return isinstance(error, UsageError), error.what, got, error.allowed, error.do


def _ending(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"code {code}"
