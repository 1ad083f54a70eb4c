"""One video in one child, as its parent sees it: what the child says is checked, and what becomes of it is told."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator
from fractions import Fraction
from pathlib import Path
from time import monotonic

import numpy as np

from aisle.core import Frame, InputError, Skipped, UsageError, VideoInfo
from aisle.core.address import without_password
from aisle.core.video import Image
from aisle.media._child import Child, Header, Message
from aisle.media._wire import from_limits, from_path, to_error, to_info, to_skipped, to_time
from aisle.media.limits import Limits

_LAST = {"end", "error"}  # what a child says when it is free again
_START = 120.0  # seconds for a child to start; it takes 0.2 of its own, and more on a busy machine
_PATIENCE = 2.0  # seconds for a child to leave a job that nobody wants any more
_NONSENSE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, UsageError)
_TRY = "check whether it plays elsewhere; cut it into parts, or convert it to H.264 first"


def is_awake(child: Child) -> bool:
    """Whether it is there and waits for a job; one that is starting is waited for, which is not on any job's time."""
    try:
        child.send({"do": "answer"})
        return "awake" in child.receive(_START).header
    except (EOFError, TimeoutError):
        return False


class Job:
    """What `child` is told and answers about the video at `path`.

    Whatever goes wrong with the child is an InputError, and the child has ended then.
    """

    def __init__(self, child: Child, path: str | Path, limits: Limits) -> None:
        self._child, self._path, self._limits = child, path, limits
        self._left = limits.seconds
        self._over = False

    def begin(self, order: Header) -> None:
        paths = {"path": from_path(self._path), "folder": str(Path.cwd())}
        self.send({**order, **paths, "limits": from_limits(self._limits)})

    def send(self, header: Header) -> None:
        try:
            self._child.send(header)
        except EOFError as error:
            raise self._lost() from error

    def receive(self) -> Message:
        """The child's next message. Raises the error that it tells of, or the one that its end is."""
        begun = monotonic()
        try:
            message = self._child.receive(self._left)
        except TimeoutError as error:
            self._end()
            raise self._too_long() from error
        except EOFError as error:
            raise self._lost() from error
        if self._left is not None:
            self._left = max(self._left - (monotonic() - begun), 0)
        self._over = bool(message.header.keys() & _LAST)
        if "error" in message.header:
            with self.believing():
                told = to_error(message.header["error"])
            raise told
        if "memory" in message.header:
            self._end()
            raise self._too_much()
        return message

    @contextlib.contextmanager
    def believing(self) -> Iterator[None]:
        """Around whatever takes a child at its word: one that tells nonsense is ended like one that crashed."""
        try:
            yield
        except _NONSENSE as error:
            self._end()
            raise self._error("the process that reads the video told nonsense") from error

    def stop(self) -> None:
        """Makes the child free for the next job, or ends it: it must not answer the next one with what is left here."""
        deadline = monotonic() + _PATIENCE
        try:
            if not self._over:
                self._child.send({"do": "stop"})
            while not self._over:
                message = self._child.receive(max(deadline - monotonic(), 0))
                self._over = bool(message.header.keys() & _LAST)
        except (EOFError, TimeoutError):
            self._end()
        finally:
            if not self._over:
                self._end()

    def _end(self) -> None:
        self._over = True
        self._child.close()

    def _lost(self) -> InputError:
        self._end()
        if "SIGXCPU" in self._child.ended:
            return self._too_long()
        return self._error(f"the process that reads the video is gone: {self._child.ended}")

    def _too_long(self) -> InputError:
        return self._error("the video takes longer to read than is allowed", f"{self._limits.seconds:g} s")

    def _too_much(self) -> InputError:
        return self._error("the video takes more memory to read than is allowed", f"{self._limits.megabytes} MB")

    def _error(self, what: str, allowed: str = "") -> InputError:
        return InputError(what, got=without_password(self._path), allowed=allowed, do=_TRY)


class JobReading:
    """What `Reader` is to who iterates over it and asks what is known by now; `size` is that of every frame."""

    def __init__(self, job: Job, info: VideoInfo, size: tuple[int, int]) -> None:
        self._job, self._size = job, size
        self.info = info
        self.duration = Fraction(0)
        self.decode_s = 0.0
        self.skipped: tuple[Skipped, ...] = ()
        self._frames = self._run()

    def __iter__(self) -> Iterator[Frame]:
        return self._frames

    def close(self) -> None:
        self._frames.close()

    def _run(self) -> Generator[Frame, None, None]:
        last = None
        while True:
            message = self._job.receive()
            with self._job.believing():
                self._note(message.header)
                frames = [] if "end" in message.header else self._unpacked(message, last)
            if not frames:
                return
            last = frames[-1].image
            yield from frames

    def _note(self, header: Header) -> None:
        self.duration = to_time(header["duration"])
        self.decode_s = float(header["decode_s"])
        self.skipped += to_skipped(header["skipped"])

    def _unpacked(self, message: Message, last: Image | None) -> list[Frame]:
        """Frames with their images, of which one that is not new is the one before it again."""
        width, height = self._size
        images = iter(np.frombuffer(message.payload, np.uint8).reshape(-1, height, width, 3))
        frames = []
        for time, is_new in zip(message.header["times"], message.header["new"], strict=True):
            last = next(images, None) if is_new else last
            if last is None:
                raise UsageError("a frame without an image", got=time)
            frames.append(Frame(to_time(time), last))
        return frames


def told_info(job: Job) -> VideoInfo:
    """What the child finds out first about the video."""
    message = job.receive()
    with job.believing():
        return to_info(message.header["info"])
