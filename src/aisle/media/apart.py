"""Videos read in processes of their own, under limits: a hostile file costs one process, never the one that asked."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from queue import Empty, LifoQueue
from threading import Lock
from typing import Self

from aisle.core import DamagedError, OutputError, Progress, Timeline, UsageError, silent, whole
from aisle.core.unusual import Unusual
from aisle.media._child import Child, Header
from aisle.media._job import Job, JobReading, is_awake, told_info
from aisle.media._objects_wire import from_objects, from_unusual
from aisle.media._wire import from_time, from_timeline
from aisle.media.annotate import check_copy
from aisle.media.cover import Cover
from aisle.media.draw_objects import Objects
from aisle.media.limits import Limits
from aisle.media.read import Reading, Size, check_arguments, chosen_size

__all__ = ["Apart", "Limits"]

_WORKER = "aisle.media._worker:serve"
_LOOK = "allow them more memory, or see what they wrote to the standard error"


class Apart:
    """So many child processes, each at one video at a time; a context manager. Who comes when all are busy waits.

    A child is used again and again, and replaced after it crashed, hung or passed a limit; the job it was at ends with
    InputError then. All of it may be called from any thread.
    """

    def __init__(self, *, processes: int, limits: Limits) -> None:
        if processes < 1:
            raise UsageError("reading apart needs a process", got=processes, allowed="1 or more")
        self._limits = limits
        self._free: LifoQueue[Child | None] = LifoQueue()  # None is a child to be started
        self._children: set[Child] = set()
        self._changing = Lock()
        self._closed = False
        for _ in range(processes):
            self._free.put(self._started())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pids(self) -> tuple[int, ...]:
        """Of the child processes there are now, to measure them by."""
        with self._changing:
            return tuple(sorted(child.pid for child in self._children))

    def close(self) -> None:
        """Ends all children. Jobs that are under way fail, and so does whoever waits for a child."""
        with self._changing:
            self._closed = True
            for child in self._children:
                child.kill()
        with suppress(Empty):
            while True:
                self._forget(self._free.get_nowait())
        self._free.put(None)  # wakes one who waits, who wakes the next

    def reader(
        self,
        path: str | Path,
        *,
        size: Size = None,
        rate: Fraction | None = None,
        start: Fraction = Fraction(0),
        end: Fraction | None = None,
    ) -> AbstractContextManager[Reading]:
        """As `Reader`: the same frames, times and account, which may be up to 16 frames ahead of the loop.

        Entering and the loop raise InputError as soon as a limit is passed or the child is lost.
        """
        check_arguments(size, rate, start, end)
        order = {"do": "read", "rate": from_time(rate), "start": from_time(start), "end": from_time(end)}
        return self._reading(path, size, order)

    def annotate(
        self,
        source: str | Path,
        timeline: Timeline | None,
        out: str | Path,
        *,
        cover: Cover | None = None,
        objects: Objects | None = None,
        unusual: Unusual | None = None,
        progress: Progress = silent,
    ) -> None:
        """As `media.annotate`; the limits are for reading and writing together. `out` is whole or absent."""
        check_copy(source, out)
        with whole(Path(out)) as part, tempfile.TemporaryDirectory(prefix=".", dir=part.parent) as folder:
            copy = Path(folder).absolute() / "copy.mp4"  # of which an ended child may leave parts
            order = {
                "do": "annotate",
                "timeline": timeline and from_timeline(timeline),
                "out": str(copy),
                "cover": None,
                "objects": None,
                "unusual": None,
            }
            told = {
                "cover": cover and cover.to_json(),
                "objects": objects and from_objects(objects),
                "unusual": unusual and from_unusual(unusual),
            }
            for name, record in told.items():
                if record is not None:  # in a file, as it grows with the video
                    order[name] = str(copy.with_name(f"{name}.json"))
                    copy.with_name(f"{name}.json").write_text(json.dumps(record), "utf-8")
            try:
                self._annotate(source, order, progress)
            except OutputError as error:
                raise OutputError(f"cannot write {out}", got=error.got, do=error.do) from error
            copy.replace(part)

    def _annotate(self, source: str | Path, order: Header, progress: Progress) -> None:
        with self._job(source, order) as job:
            while "end" not in (header := job.receive().header):
                with job.believing():
                    done, total = header["progress"]
                    amounts = float(done), None if total is None else float(total)
                progress(*amounts)

    @contextmanager
    def _reading(self, path: str | Path, size: Size, order: Header) -> Iterator[Reading]:
        with self._job(path, order) as job:
            info = told_info(job)
            chosen = chosen_size(size, info)
            job.send({"size": chosen})
            with closing(JobReading(job, info, chosen)) as reading:
                yield reading

    @contextmanager
    def _job(self, path: str | Path, order: Header) -> Iterator[Job]:
        child = self._taken()
        try:
            job = Job(child, path, self._limits)
            try:
                job.begin(order)
                yield job
            finally:
                job.stop()
        finally:
            self._give_back(child)

    def _taken(self) -> Child:
        child = self._free.get()
        try:
            if child is None or not is_awake(child):
                self._forget(child)
                child = self._started()
                if not is_awake(child):
                    child.close()
                    raise DamagedError("the processes that read videos do not start", got=child.ended, do=_LOOK)
        except BaseException:
            self._forget(child)
            self._free.put(None)
            raise
        return child

    def _started(self) -> Child:
        with self._changing:
            if self._closed:
                raise UsageError("nothing is read apart any more", got="closed", do="make another Apart")
            child = Child(_WORKER, megabytes=self._limits.megabytes)
            self._children.add(child)
            return child

    def _forget(self, child: Child | None) -> None:
        if child is not None:
            with self._changing:
                self._children.discard(child)
            child.close()

    def _give_back(self, child: Child) -> None:
        with self._changing:
            is_fit = not self._closed and not child.ended
            if is_fit:
                self._free.put(child)
        if not is_fit:
            self._forget(child)
            self._free.put(None)
