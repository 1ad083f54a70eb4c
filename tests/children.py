"""What the tests let a child process run: each function is given its Channel."""

from __future__ import annotations

import os
import resource
import socket
import struct
import sys
import time
from fractions import Fraction
from pathlib import Path

import numpy as np

from aisle.core import VideoInfo
from aisle.media._child import Channel
from aisle.media._wire import from_info
from aisle.media._worker import limit_job
from aisle.media.limits import Limits


def echo(channel: Channel) -> None:
    while True:
        message = channel.receive()
        channel.send(message.header, message.payload)


def adder(channel: Channel) -> None:
    """Waits for two messages before it answers, and ends."""
    first, second = channel.receive().header, channel.receive().header
    channel.send({"sum": first["number"] + second["number"]})


def impatient(channel: Channel) -> None:
    try:
        channel.receive(0.01)
    except TimeoutError:
        channel.send({"came": False})
    channel.send({"came": channel.receive(60).header})


def pictures(channel: Channel) -> None:
    for number in range(3):
        parts = [np.full((4, 5, 3), 10 * number + part, np.uint8) for part in range(2)]
        channel.send({"number": number}, *parts)


def crash(channel: Channel) -> None:
    channel.receive()
    os.abort()


def mistake(channel: Channel) -> None:
    channel.receive()
    sys.stderr.close()  # the traceback is not what is tested
    raise ValueError("nobody thought of this")


def busy(channel: Channel) -> None:
    channel.send({"ready": True})
    while True:
        pass


def dear(channel: Channel) -> None:
    """Takes more processor time than it is allowed."""
    limit_job(Limits(seconds=0.1), writes=False)
    busy(channel)


def hungry(channel: Channel) -> None:
    try:
        bytearray(channel.receive().header["bytes"])
    except MemoryError:
        channel.send({"refused": True})
    else:
        channel.send({"refused": False})


def surroundings(channel: Channel) -> None:
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    channel.send(
        {
            "environment": dict(os.environ),
            "open": sorted(str(entry.readlink()) for entry in Path("/proc/self/fd").iterdir() if entry.is_symlink()),
            "privileges": status["NoNewPrivs"].strip(),
            "core": resource.getrlimit(resource.RLIMIT_CORE),
            "files": resource.getrlimit(resource.RLIMIT_NOFILE),
        }
    )


def writer(channel: Channel) -> None:
    """Writes to a file in a job that may not."""
    limit_job(Limits(), writes=False)
    try:
        Path(channel.receive().header["path"]).write_bytes(b"x")
    except OSError as error:
        channel.send({"refused": str(error)})


def _line() -> socket.socket:
    return socket.socket(fileno=int(sys.argv[1]))


def shouts(channel: Channel) -> None:
    """A header longer than any."""
    channel.receive()
    _line().sendall(struct.pack(">IQ", 0xFFFFFFFF, 0) + b"x" * 100)
    time.sleep(60)


def floods(channel: Channel) -> None:
    """A payload longer than any."""
    channel.receive()
    _line().sendall(struct.pack(">IQ", 2, 1 << 62) + b"{}" + b"x" * 100)
    time.sleep(60)


def babbles(channel: Channel) -> None:
    channel.receive()
    _line().sendall(struct.pack(">IQ", 5, 0) + b"hello")
    time.sleep(60)


def nests(channel: Channel) -> None:
    """A header too deep to be taken apart."""
    channel.receive()
    _line().sendall(struct.pack(">IQ", 200_000, 0) + b"[" * 200_000)
    time.sleep(60)


def lists(channel: Channel) -> None:
    channel.receive()
    _line().sendall(struct.pack(">IQ", 2, 0) + b"[]")
    time.sleep(60)


def breaks_off(channel: Channel) -> None:
    channel.receive()
    _line().sendall(struct.pack(">IQ", 2, 1000) + b"{}" + b"x" * 100)


_INFO = from_info(VideoInfo("v", 64, 48, Fraction(25), None, None, "h264", "yuv420p"))
_PIECE = {"times": [[0, 1]], "new": [True], "duration": [1, 25], "decode_s": 0.1, "skipped": []}

LIES: dict[str, tuple[dict[str, object], ...]] = {
    "no info": ({"hello": 1},),
    "no width": ({"info": {**_INFO, "width": 0}},),
    "other fields": ({"info": {**_INFO, "shell": "sh"}},),
    "no error": ({"error": 5},),
    "division by zero": ({"info": _INFO}, {**_PIECE, "times": [[1, 0]]}),
    "text for time": ({"info": _INFO}, {**_PIECE, "times": ["1e9999"]}),
    "no picture": ({"info": _INFO}, {**_PIECE, "new": [False]}),
    "too few pictures": ({"info": _INFO}, {**_PIECE, "times": [[0, 1], [1, 25]], "new": [True, True]}),
    "infinite": ({"info": _INFO}, {**_PIECE, "decode_s": "soon"}),
    "negative": ({"info": _INFO}, {**_PIECE, "skipped": [[[-1, 1], [0, 1], "x"]]}),
}
"""What a worker that was taken over might say, one answer after the other."""


def liar(channel: Channel) -> None:
    """Told which lie by the path that it is to read."""
    channel.receive()
    channel.send({"awake": True})
    order = channel.receive().header
    for answer in LIES[Path(order["path"][0]).name]:
        channel.send(answer, bytes(64 * 48 * 3) if "times" in answer else b"")
    time.sleep(60)
