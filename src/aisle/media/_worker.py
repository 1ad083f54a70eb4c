"""The child's side of `Apart`: reads and annotates what it is told to, one video after the other."""

from __future__ import annotations

import json
import math
import os
import resource
from collections.abc import Iterator
from pathlib import Path

from aisle.core import AisleError, Frame, VideoInfo
from aisle.core.video import Image
from aisle.media._child import Channel, Header
from aisle.media._objects_wire import to_objects, to_unusual
from aisle.media._wire import (
    from_error,
    from_info,
    from_skipped,
    from_time,
    to_end,
    to_limits,
    to_path,
    to_time,
    to_timeline,
)
from aisle.media.annotate import annotate
from aisle.media.cover import Cover
from aisle.media.limits import Limits
from aisle.media.read import Reader

PIECE = 16
"""Frames that one message holds at most."""

_PIECE_BYTES = 4 << 20  # of large pictures there are fewer in a message


class _UnwantedError(Exception):
    """The parent wants no more of this job."""


def serve(channel: Channel) -> None:
    """Does one job after the other until the parent is gone, memory runs out, or what nobody thought of goes wrong."""
    while True:
        job = channel.receive().header
        try:
            match job["do"]:
                case "answer":
                    last = {"awake": True}
                case "stop":
                    continue  # it crossed with the end of the job that it was for
                case _:
                    last = _done(channel, job)
        except AisleError as error:
            last = {"error": from_error(error)}
        except _UnwantedError:
            last = {"end": True}
        except MemoryError:
            channel.send({"memory": True})
            return
        channel.send(last)


def _done(channel: Channel, job: Header) -> Header:
    limits = to_limits(job["limits"])
    limit_job(limits, writes=job["do"] == "annotate")
    os.chdir(job["folder"])
    return _annotate(channel, job, limits) if job["do"] == "annotate" else _read(channel, job, limits)


def limit_job(limits: Limits, *, writes: bool) -> None:
    """The soft limits, which a process may raise again: nothing is written but by a job that says so."""
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most if writes else 0, most))
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    allowed = most if limits.seconds is None else math.ceil(usage.ru_utime + usage.ru_stime + limits.seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (allowed, most))


def _read(channel: Channel, job: Header, limits: Limits) -> Header:
    def ask(info: VideoInfo) -> tuple[int, int]:
        channel.send({"info": from_info(info)})
        answer = channel.receive().header
        if "size" not in answer:
            raise _UnwantedError
        width, height = answer["size"]
        return width, height

    with Reader(
        to_path(job["path"]),
        size=ask,
        rate=to_end(job["rate"]),
        start=to_time(job["start"]),
        end=to_end(job["end"]),
        limits=limits,
    ) as reader:
        told = 0
        last: Image | None = None
        for piece in _pieces(reader):
            _heed(channel)
            new = [frame.image is not before for frame, before in zip(piece, _before(last, piece), strict=True)]
            times = [from_time(frame.time) for frame in piece]
            images = [frame.image for frame, is_new in zip(piece, new, strict=True) if is_new]
            channel.send({"times": times, "new": new} | _account(reader, told), *images)
            told, last = len(reader.skipped), piece[-1].image
        return {"end": True} | _account(reader, told)


def _pieces(reader: Reader) -> Iterator[list[Frame]]:
    piece: list[Frame] = []
    for frame in reader:
        piece.append(frame)
        if len(piece) == PIECE or len(piece) * frame.image.nbytes > _PIECE_BYTES:
            yield piece
            piece = []
    if piece:
        yield piece


def _before(last: Image | None, piece: list[Frame]) -> list[Image | None]:
    return [last, *(frame.image for frame in piece[:-1])]


def _account(reader: Reader, told: int) -> Header:
    """What is known by now; of the stretches that were skipped those that were not `told`."""
    skipped = from_skipped(reader.skipped[told:])
    return {"duration": from_time(reader.duration), "decode_s": reader.decode_s, "skipped": skipped}


def _annotate(channel: Channel, job: Header, limits: Limits) -> Header:
    def progress(done: float, total: float | None) -> None:
        _heed(channel)
        channel.send({"progress": [done, total]})

    timeline = job["timeline"] and to_timeline(job["timeline"])
    cover = job["cover"] and Cover.from_json(json.loads(Path(job["cover"]).read_text("utf-8")))
    objects = job["objects"] and to_objects(json.loads(Path(job["objects"]).read_text("utf-8")))
    unusual = job["unusual"] and to_unusual(json.loads(Path(job["unusual"]).read_text("utf-8")))
    annotate(
        to_path(job["path"]),
        timeline,
        Path(job["out"]),
        cover=cover,
        objects=objects,
        unusual=unusual,
        progress=progress,
        limits=limits,
    )
    return {"end": True}


def _heed(channel: Channel) -> None:
    try:
        channel.receive(0)
    except TimeoutError:
        return
    raise _UnwantedError
