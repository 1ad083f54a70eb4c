"""A process of ours beside this one, under limits, that talks in messages: a JSON header and raw bytes, never pickle.

What decodes a stranger's file runs in such a process: whatever becomes of it, its parent goes on. The child is believed
in nothing but the shape of its messages, which are bounded.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import resource
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any, Protocol, Self

import numpy as np

from aisle.core.video import Image

Header = dict[str, Any]
Bytes = bytes | bytearray | memoryview | Image

_LENGTHS = struct.Struct(">IQ")  # bytes of the header, bytes of what follows it
_LONGEST_HEADER = 1 << 24
_LONGEST_PAYLOAD = 1 << 31
_STALLED = 30.0  # seconds for the rest of a message that has begun, and to take one, before the other side is lost
_NO_NEW_PRIVILEGES = 38  # PR_SET_NO_NEW_PRIVS, prctl(2)
_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "LD_LIBRARY_PATH")
_START = "from aisle.media._child import main; main()"


@dataclass(frozen=True, slots=True, eq=False)
class Message:
    """`payload` is writable memory of its own, so that np.frombuffer need not copy it."""

    header: Header
    payload: memoryview


class Channel(Protocol):
    """One end of the line between parent and child."""

    def send(self, header: Header, *parts: Bytes) -> None:
        """`parts`, contiguous, make one payload. Waits while the other side is behind. Raises EOFError: it is gone."""
        ...

    def receive(self, timeout: float | None = None) -> Message:
        """The next message. Raises TimeoutError if none begins within so many seconds, EOFError if none ever will."""
        ...


class Child:
    """A process that runs `target`, "module:function", which is given its Channel; it ends when that returns.

    It starts without waiting, with an environment that holds no secrets, may gain no privileges, opens at most `files`
    files and, with `megabytes`, has so much address space. It ends with its parent, however that ends. A context
    manager; `send` and `kill` may be called from any thread, `receive` from one at a time.
    """

    def __init__(self, target: str, *, megabytes: int | None = None, files: int = 64) -> None:
        self._socket, theirs = socket.socketpair()
        self._socket.settimeout(_STALLED)
        self._sending = threading.Lock()
        with theirs:
            words = [str(theirs.fileno()), target, str(megabytes or 0), str(files)]
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", _START, *words],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env=_environment(),
                start_new_session=True,  # Ctrl-C is for the parent
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def ended(self) -> str:
        """How the process ended, in words; "" while it runs."""
        code = self._process.poll()
        if code is None:
            return ""
        return f"ended with code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"

    def send(self, header: Header, *parts: Bytes) -> None:
        """As Channel.send; a child that takes nothing for 30 s counts as gone."""
        with self._sending:
            _write(self._socket, header, parts)

    def receive(self, timeout: float | None = None) -> Message:
        """As Channel.receive; a message that begins and is not complete after 30 s counts as the end of the child."""
        begun = select.poll()
        begun.register(self._socket, select.POLLIN)
        if not begun.poll(None if timeout is None else timeout * 1000):
            raise TimeoutError
        return _read(self._socket, monotonic() + _STALLED)

    def kill(self) -> None:
        """At once, whatever it does; a `receive` that waits raises EOFError."""
        self._process.kill()

    def close(self) -> None:
        """Kills the process if it still runs; once this returns, there is none. May be called again."""
        self._process.kill()
        self._process.wait()
        self._socket.close()


class _Parent:
    """The child's end. A thread takes what comes, so that the end of the parent is seen whatever the child is at."""

    def __init__(self, line: socket.socket) -> None:
        self._socket = line
        self._sending = threading.Lock()
        self._come: SimpleQueue[Message] = SimpleQueue()
        threading.Thread(target=self._take, name="parent", daemon=True).start()

    def send(self, header: Header, *parts: Bytes) -> None:
        with self._sending:
            _write(self._socket, header, parts)

    def receive(self, timeout: float | None = None) -> Message:
        try:
            return self._come.get(timeout=timeout)
        except Empty:
            raise TimeoutError from None

    def _take(self) -> None:
        try:
            while True:
                self._come.put(_read(self._socket, None))
        except EOFError:
            os._exit(0)


def main() -> None:
    """What a child begins with."""
    descriptor, target, megabytes, files = sys.argv[1:]
    _confine(int(megabytes), int(files))
    module, function = target.split(":")
    getattr(importlib.import_module(module), function)(_Parent(socket.socket(fileno=int(descriptor))))


def _confine(megabytes: int, files: int) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    if megabytes:
        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    path = os.pathsep.join(entry for entry in sys.path if entry)
    # Each thread of a library, and each arena of malloc, takes address space whether it is used or not.
    sparing = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
    return {**kept, **sparing, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}


def _write(line: socket.socket, header: Header, parts: tuple[Bytes, ...]) -> None:
    text = json.dumps(header, separators=(",", ":")).encode()
    views = [view.cast("B") for view in map(_view, parts) if view.nbytes]
    try:
        line.sendall(_LENGTHS.pack(len(text), sum(view.nbytes for view in views)) + text)
        for view in views:
            line.sendall(view)
    except OSError as error:
        raise EOFError(f"the other process is gone: {error}") from error


def _view(part: Bytes) -> memoryview:
    return part.data if isinstance(part, np.ndarray) else memoryview(part)


def _read(line: socket.socket, deadline: float | None) -> Message:
    length, size = _LENGTHS.unpack(_exactly(line, _LENGTHS.size, deadline))
    if length > _LONGEST_HEADER or size > _LONGEST_PAYLOAD:
        raise EOFError(f"the other process sent nonsense: {length} and {size} bytes")
    text = _exactly(line, length, deadline)
    try:
        header = json.loads(bytes(text))
    except (ValueError, RecursionError) as error:
        raise EOFError("the other process sent nonsense") from error
    if not isinstance(header, dict):
        raise EOFError("the other process sent nonsense")
    return Message(header, _exactly(line, size, deadline))


def _exactly(line: socket.socket, size: int, deadline: float | None) -> memoryview:
    memory = np.empty(size, np.uint8).data
    filled = 0
    while filled < size:
        if deadline is not None and monotonic() > deadline:
            raise EOFError("the other process stopped in the middle of a message")
        try:
            count = line.recv_into(memory[filled:])
        except OSError as error:
            raise EOFError(f"the other process is gone: {error}") from error
        if count == 0:
            raise EOFError("the other process is gone")
        filled += count
    return memory
