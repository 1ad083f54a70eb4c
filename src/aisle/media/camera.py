"""Live sources: a camera's pictures on one axis of time whatever happens to it, and the seconds around a moment."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from time import monotonic, time_ns
from typing import Literal, Self

import numpy as np

from aisle.core import AisleError, Frame, InputError, OutputError, UsageError, VideoInfo
from aisle.core.address import is_address, without_password
from aisle.media._asking import Asking
from aisle.media._buffer import Buffer
from aisle.media._child import Child, Header, Message
from aisle.media._grab import Order
from aisle.media._live import LostError, now
from aisle.media.evidence import Span
from aisle.media.limits import Limits
from aisle.media.read import Size, chosen_size

LIMITS = Limits(megabytes=2048, pixels=8192 * 4608, streams=32)
"""Of a camera's process: 8K pictures, and what decoding them takes."""

MOST_BYTES = 64 << 20
"""Of packets kept for evidence: 30 seconds at 17 Mbit/s."""

_SCHEMES = ("rtsp", "rtsps", "http", "https")
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 60.0  # seconds before the next try
_SOUND = 10.0  # seconds that a connection must have lasted for the waiting to begin anew with the shortest
_HUNG = 30.0  # seconds beyond the time that libav itself takes to give up
_NONSENSE = "its process sent nonsense and is replaced"
_ANSWERS = 120.0  # seconds; encoding half a minute of pictures may take most of it on a small machine


@dataclass(frozen=True, slots=True)
class CameraState:
    """`attempt` counts connections since the last that held; a lost camera is tried again in `next_try` seconds."""

    kind: Literal["connecting", "live", "lost", "ended"]
    reason: str = ""
    attempt: int = 0
    next_try: float | None = None


def ignore(_: CameraState) -> None:
    """Listens to nothing."""


class Camera:
    """Iterates over the pictures of `source` at k / `rate`, k growing; a context manager. `close` ends it at any time.

    `source` is a file, a webcam's number ("0"), or an address (rtsp, rtsps, http, https). Second 0 is the first
    picture. A camera that is lost is connected to again, after 1 second at first, 60 at most, for ever; its time goes
    on meanwhile by the wall clock, so that a gap shows as a jump in `Frame.time`. Lost is what sends no pictures for
    `patience` seconds, ends its stream, changes the size of its pictures, or brings its process down. A file ends, also
    one behind http; it comes in real time, or with `realtime` False as fast as it is taken.

    More than `lag` seconds of pictures never wait: the one that would be too many takes the place of all that wait, and
    `dropped` counts those. Pictures of a file that comes as fast as it is taken are never dropped.

    Packets of the last `keep` seconds, at most 64 MiB, are kept for `evidence`. Decoding, and that store, are in a
    process of their own under `limits`, which is replaced if it dies or hangs; its store is lost then. `size` is as for
    Reader; pictures may change their size with a reconnection. `listener` hears of each change of state, in a thread of
    the camera's, and must not raise.

    Entering raises UsageError for an unknown kind of address, InputError for a webcam that is not there; the loop
    raises InputError for a file that cannot be read.
    """

    def __init__(
        self,
        source: str,
        *,
        rate: Fraction,
        size: Size = None,
        realtime: bool = True,
        lag: Fraction = Fraction(4),
        keep: Fraction = Fraction(30),
        patience: float = 10.0,
        limits: Limits = LIMITS,
        listener: Callable[[CameraState], None] = ignore,
    ) -> None:
        if rate <= 0 or lag <= 0 or keep < 0 or patience <= 0:
            got = f"rate {rate}, lag {lag}, keep {keep}, patience {patience}"
            raise UsageError("a camera's rate, lag and patience are positive", got=got)
        self.source = without_password(source)
        self.info: VideoInfo | None = None
        """What is known of it, once a picture has come."""
        self.clock: Fraction | None = None
        """Unix time of second 0, once a picture has come; None for a file."""
        self.state = CameraState("connecting")
        self._source, self._size, self._rate, self._patience = source, size, rate, patience
        self._realtime, self._keep, self._limits, self._listener = realtime, keep, limits, listener
        self._room = max(int(lag * rate), 1)
        self._buffer = Buffer(self._room)
        self._asking = Asking()
        self._closed = threading.Event()
        self._changed = threading.Condition()
        self._child: Child | None = None
        self._zero: str | None = None
        self._shape: tuple[int, int, int] | None = None
        self._next = 0
        self._is_recording = False
        self._live_since: float | None = None
        self._thread = threading.Thread(target=self._run, name=f"camera {self.source}", daemon=True)

    def __enter__(self) -> Self:
        self._order = self._ordered()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[Frame]:
        taken = 0
        while (frame := self._buffer.get()) is not None:
            taken += 1
            if taken * 4 >= self._room:
                self._allow(taken)
                taken = 0
            yield frame

    @property
    def dropped(self) -> int:
        """Pictures that came and were given up because too many waited."""
        return self._buffer.dropped

    @property
    def lag(self) -> Fraction:
        """Seconds between the oldest and the newest picture that wait."""
        return self._buffer.lag

    def finish(self) -> None:
        """Ends the loop, from any thread; what was kept can be asked for until `close`."""
        self._buffer.end(at_once=True)

    def close(self) -> None:
        """Ends the loop, the thread and the process; from any thread, at any time, and as often as one likes."""
        with self._changed:
            self._closed.set()
            if self._child is not None:
                self._child.kill()
        self._buffer.end(at_once=True)
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join()

    def picture(self) -> bytes | None:
        """The latest picture as JPEG, at most 640 wide, also of a camera that is lost; None if there is none.

        Takes milliseconds; at most `patience` seconds, where the camera's process hangs.
        """
        child = self._child
        answer = self._asking.ask(child, self._patience, do="picture") if child is not None else None
        return bytes(answer.payload) if answer is not None and answer.payload.nbytes else None

    def evidence(self, start: Fraction, end: Fraction, out: Path) -> Span:
        """Writes [start, end) seconds of the camera to `out` as MP4, whole or not at all; returns what it shows.

        Waits until `end` has come or the camera is lost. It begins with the key picture at or before `start`, or with
        the first that is still kept; see `evidence.write_groups` for what becomes of a change of coding in it. A file
        is read again, so that all of it can be had at any time. Raises UsageError for an empty stretch, InputError if
        nothing of it is kept, OutputError if it cannot be written.
        """
        if not 0 <= start < end:
            raise UsageError("evidence starts at or after 0 and ends later", got=f"[{start}, {end}) s")
        with self._changed:
            self._changed.wait_for(
                lambda: self._is_recording or self.state.kind != "live" or self._next >= end * self._rate
            )
            child = self._child
        wanted = {"start": str(start), "end": str(end), "out": str(Path(out).absolute())}
        answer = self._asking.ask(child, _ANSWERS, do="evidence", **wanted) if child is not None else None
        if answer is None:
            raise InputError(
                "the camera's process is gone, and with it what was kept",
                got=self.source,
                do="ask again for a later time, once the camera is back",
            )
        if "error" in answer.header:
            raise _error(answer.header["error"])
        return Fraction(answer.header["start"]), Fraction(answer.header["end"])

    def _ordered(self) -> Order:
        is_file, source = False, self._source
        if is_address(source):
            scheme = source.partition("://")[0].lower()
            if scheme not in _SCHEMES:
                raise UsageError("unknown kind of address", got=self.source, allowed=", ".join(_SCHEMES))
        elif source.isdecimal() and not Path(source).exists():
            source = f"/dev/video{int(source)}"
            if not Path(source).exists():
                raise InputError(
                    "there is no such webcam",
                    got=f"{self._source} ({source})",
                    do="plug it in, or name another number",
                )
        else:
            is_file = True
        return Order(
            source=source,
            is_file=is_file,
            realtime=self._realtime,
            rate=str(self._rate),
            keep=str(self._keep),
            most_bytes=MOST_BYTES,
            patience=self._patience,
            pixels=self._limits.pixels,
            streams=self._limits.streams,
        )

    def _run(self) -> None:
        error: AisleError | None = None
        attempt = 0
        try:
            while not self._closed.is_set():
                attempt += 1
                self._become(CameraState("connecting", attempt=attempt))
                lost = self._connection()
                if lost is None:
                    break
                if self._live_since is not None and monotonic() - self._live_since > _SOUND:
                    attempt = 1
                self._live_since = None
                wait = min(_FIRST_WAIT * 2 ** (attempt - 1) * random.uniform(1, 1.5), _LONGEST_WAIT)
                self._become(CameraState("lost", lost, attempt, wait))
                self._rest(wait)
        except AisleError as failed:
            error = failed
        finally:
            self._buffer.end(error)
            self._become(CameraState("ended", str(error) if error else ""))
            self._rest(None)  # evidence of a file is often asked for after its end
            self._let_go()

    def _connection(self) -> str | None:
        """One connection from its beginning to its end: why it was lost, None for the end of a file or of all."""
        try:
            child = self._process()
            child.send({"do": "connect", "zero": self._zero, "first": self._next})
            self._allow(self._room)
            while True:
                message = child.receive(2 * self._patience + _HUNG)
                if (end := self._take(child, message)) is not None:
                    return end or None
        except TimeoutError:
            return self._replaced("its process hung and is replaced")
        except EOFError:
            return self._replaced("its process died and is replaced")
        except OSError as error:  # behind TimeoutError, which is one
            return self._replaced(f"its process could not be started ({error.strerror}) and is replaced")
        except (LostError, KeyError, TypeError, ValueError, ArithmeticError):
            return self._replaced(_NONSENSE)

    def _process(self) -> Child:
        with self._changed:
            if self._closed.is_set():
                raise EOFError
            if self._child is None:
                self._child = Child("aisle.media._grab:run", megabytes=self._limits.megabytes)
                self._child.send(asdict(self._order))
            return self._child

    def _replaced(self, why: str) -> str | None:
        self._let_go()
        if self._closed.is_set():
            return None
        if self._is_recording or self._order.is_file:
            raise InputError(
                "the video could not be read within its limits",
                got=f"{self.source}: {why.removesuffix(' and is replaced')}",
                do="check whether it plays elsewhere; convert it to H.264",
            )
        return why

    def _let_go(self) -> None:
        with self._changed:
            child, self._child = self._child, None
        if child is not None:
            child.close()
        self._asking.none_will_come()

    def _rest(self, seconds: float | None) -> None:
        """Waits before the next try, or until the camera is closed, while what was kept can be asked for."""
        until = None if seconds is None else monotonic() + seconds
        while not self._closed.is_set():
            rest = None if until is None else max(until - monotonic(), 0)
            child = self._child
            try:
                if child is None:
                    self._closed.wait(rest)
                    return
                self._take(child, child.receive(rest))
            except TimeoutError:
                return
            except (AisleError, LostError, EOFError, KeyError, TypeError, ValueError, ArithmeticError):
                self._let_go()

    def _take(self, child: Child, message: Message) -> str | None:
        """What the child tells; returns why its connection ended, "" for the end of a file."""
        told = message.header
        match told["tell"]:
            case "frame":
                self._show(int(told["k"]), message)
            case "info":
                self._meet(child, told)
            case "answer":
                self._asking.answered(message)
            case "lost":
                return str(told["reason"]) or "for no reason given"
            case "ended":
                return ""
            case "failed":
                raise _error(told["error"])
        return None

    def _meet(self, child: Child, told: Header) -> None:
        self.info = _info(told["info"])
        width, height = chosen_size(self._size, self.info)
        self._shape = height, width, 3
        self._is_recording = bool(told["recording"])
        if told["zero"] is not None and not self._is_recording:
            self._zero = told["zero"]
            self.clock = self.clock or Fraction(time_ns(), 10**9) - now() + Fraction(told["zero"])
        self._live_since = monotonic()
        self._become(CameraState("live"))
        child.send({"do": "size", "width": width, "height": height})

    def _show(self, number: int, message: Message) -> None:
        if self._shape is None or number < self._next:
            raise LostError(_NONSENSE)
        image = np.frombuffer(message.payload, np.uint8).reshape(self._shape)
        self._buffer.put(Frame(number / self._rate, image))
        with self._changed:
            self._next = number + 1
            self._changed.notify_all()

    def _allow(self, frames: int) -> None:
        """The child may give so many more; cameras give what comes."""
        child = self._child
        if child is not None and not self._realtime:
            try:
                child.send({"do": "more", "frames": frames})
            except EOFError:
                return  # whoever listens to it will notice

    def _become(self, state: CameraState) -> None:
        with self._changed:
            self.state = state
            self._changed.notify_all()
        self._listener(state)


def _info(told: Header) -> VideoInfo:
    duration = told["duration"]
    exact = {"rate": Fraction(told["rate"]), "duration": None if duration is None else Fraction(duration)}
    return VideoInfo(**(told | exact))


def _error(told: Header) -> AisleError:
    kind = OutputError if told["output"] else InputError
    return kind(told["what"], got=told["got"], allowed=told["allowed"], do=told["do"])
