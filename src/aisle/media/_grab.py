"""What the process of a camera does: it takes in the stream, gives pictures on the grid k / rate, and keeps packets.

Messages are JSON headers; a fraction stands as "numerator/denominator".

to the child    first of all    the fields of Order
                connect         zero (the shared clock's time of second 0, or null), first (the lowest k to give)
                size            width, height: the answer to each info
                more            frames: so many more may be given of a recording
                picture         id: wants the latest picture as JPEG
                evidence        id, start, end, out: wants [start, end) as a file at out
to the parent   info            the fields of VideoInfo, zero, recording: a picture has come
                frame           k, and the picture as payload
                alive           nothing to give for a second
                lost            reason
                ended           a recording is over
                failed          error: it never can be read
                answer          id, start, end and the payload; or error: what, got, allowed, do, output
"""

from __future__ import annotations

import contextlib
import io
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from queue import SimpleQueue
from time import sleep

from av.video.frame import VideoFrame
from PIL import Image as Still

from aisle.core import AisleError, Frame, OutputError, VideoInfo
from aisle.core.video import Image
from aisle.media._axis import Axis, Ticks
from aisle.media._child import Channel, Header
from aisle.media._display import Converter, display_of
from aisle.media._live import Connection, LostError, now, open_live
from aisle.media._ring import Ring
from aisle.media.evidence import write_file, write_groups
from aisle.media.limits import Limits
from aisle.media.read import Reader

_STANDS = 2  # seconds that a picture stays on screen where none follows; past it nothing is known
_ALIVE = 1.0  # seconds
_WIDEST, _QUALITY = 640, 80  # of the JPEG that is shown on a wall of cameras


@dataclass(frozen=True, slots=True)
class Order:
    """What a camera's process is to do: `source` is a file, an address or the device of a webcam."""

    source: str
    is_file: bool
    realtime: bool
    rate: str
    keep: str
    most_bytes: int
    patience: float
    pixels: int | None
    streams: int | None


def run(channel: Channel) -> None:
    """Serves its parent until that is gone."""
    grabber = Grabber(channel, Order(**channel.receive().header))
    while True:
        grabber.obey(channel.receive().header)


class Grabber:
    """Pictures are grabbed in one thread, requests are answered meanwhile."""

    def __init__(self, channel: Channel, order: Order) -> None:
        self._channel, self._order = channel, order
        self._rate = Fraction(order.rate)
        self._limits = Limits(pixels=order.pixels, streams=order.streams)
        self._ring = Ring(Fraction(order.keep), order.most_bytes)
        self._axis = Axis()
        self._ticks = Ticks(self._rate)
        self._sizes: SimpleQueue[tuple[int, int]] = SimpleQueue()
        self._room = threading.Semaphore(0)
        self._latest: Callable[[], Image] | None = None
        self._is_recording = order.is_file
        self._told = Fraction(0)

    def obey(self, wanted: Header) -> None:
        match wanted["do"]:
            case "connect":
                self._axis = Axis(None if wanted["zero"] is None else Fraction(wanted["zero"]))
                self._ticks = Ticks(self._rate, wanted["first"])
                threading.Thread(target=self._grab, daemon=True).start()
            case "size":
                self._sizes.put((wanted["width"], wanted["height"]))
            case "more":
                self._room.release(wanted["frames"])
            case "picture":
                self._tell("answer", self._picture(), id=wanted["id"])
            case "evidence":
                threading.Thread(target=self._evidence, args=(wanted,), daemon=True).start()

    def _grab(self) -> None:
        try:
            if self._is_recording:
                self._play()
            else:
                self._connect()
        except LostError as lost:
            self._tell("lost", reason=str(lost))
        except AisleError as error:
            # What an address holds may be better next time; a file stays as it is.
            if self._is_recording:
                self._tell("failed", error=_told(error))
            else:
                self._tell("lost", reason=error.what)

    def _connect(self) -> None:
        order = self._order
        with contextlib.closing(open_live(order.source, order.patience, self._limits)) as container:
            # A file on a web server has a length. A camera behind RTSP stays one, whatever it says.
            self._is_recording = bool(container.duration) and order.source.startswith("http")
            if not self._is_recording:
                self._watch(
                    Connection(
                        order.source, container, self._ring, self._axis, patience=order.patience, limits=self._limits
                    )
                )
        self._play()

    def _watch(self, connection: Connection) -> None:
        converter, shown, half = None, None, connection.clock / 2
        for live in connection.pictures():
            if shown is None or converter is None:
                converter = self._converter(connection, live.frame)
            else:
                until = min(live.time, shown.time + _STANDS)
                ticks = self._ticks.during(shown.time - half, until - half)
                if ticks:
                    self._give(ticks, converter.image(shown.frame))
            shown = live
            self._latest = _showing(live.frame, connection.pixel_aspect)
            self._alive()

    def _converter(self, connection: Connection, frame: VideoFrame) -> Converter:
        size = self._introduce(connection.info(frame))
        return Converter(display_of(frame, connection.pixel_aspect), size)

    def _play(self) -> None:
        """A file, or one behind an address: in real time, or as far as there is room."""
        order = self._order
        with Reader(order.source, size=self._introduce, rate=self._rate, limits=self._limits) as reader:
            begun = now()
            for frame in reader:
                if order.realtime:
                    self._wait_until(begun + frame.time)
                else:
                    while not self._room.acquire(timeout=_ALIVE):
                        self._alive()
                self._latest = _held(frame)
                tick = int(frame.time * self._rate)
                self._give(range(tick, tick + 1), frame.image)
        self._tell("ended")

    def _wait_until(self, time: Fraction) -> None:
        while (rest := float(time - now())) > 0:
            sleep(min(rest, _ALIVE))
            self._alive()

    def _introduce(self, info: VideoInfo) -> tuple[int, int]:
        """Tells of the video, and waits for the size that is wanted of it."""
        zero = None if self._axis.zero is None else str(self._axis.zero)
        told = asdict(info) | {
            "rate": str(info.rate),
            "duration": None if info.duration is None else str(info.duration),
        }
        self._tell("info", info=told, zero=zero, recording=self._is_recording)
        return self._sizes.get()

    def _give(self, ticks: range, image: Image) -> None:
        for tick in ticks:
            self._tell("frame", image, k=tick)

    def _alive(self) -> None:
        if now() - self._told > _ALIVE:
            self._tell("alive")

    def _picture(self) -> bytes:
        """Empty if there has been none."""
        if self._latest is None:
            return b""
        still = Still.fromarray(self._latest())
        if still.width > _WIDEST:
            still = still.resize((_WIDEST, max(round(still.height * _WIDEST / still.width), 1)))
        jpeg = io.BytesIO()
        still.save(jpeg, "JPEG", quality=_QUALITY)
        return jpeg.getvalue()

    def _evidence(self, wanted: Header) -> None:
        start, end, out = Fraction(wanted["start"]), Fraction(wanted["end"]), Path(wanted["out"])
        try:
            if self._is_recording:
                span = write_file(self._order.source, start, end, out, self._limits)
            else:
                span = write_groups(self._ring.groups(start, end), end, out)
        except AisleError as error:
            self._tell("answer", id=wanted["id"], error=_told(error))
        else:
            self._tell("answer", id=wanted["id"], start=str(span[0]), end=str(span[1]))

    def _tell(self, kind: str, payload: bytes | Image = b"", **fields: object) -> None:
        self._told = now()
        self._channel.send({"tell": kind} | fields, payload)


def _told(error: AisleError) -> dict[str, object]:
    got = None if error.got is None else str(error.got)
    texts = {"what": error.what, "got": got, "allowed": error.allowed, "do": error.do}
    return texts | {"output": isinstance(error, OutputError)}


def _held(frame: Frame) -> Callable[[], Image]:
    return lambda: frame.image


def _showing(frame: VideoFrame, pixel_aspect: Fraction | None) -> Callable[[], Image]:
    """The picture as displayed, converted once it is wanted."""
    display = display_of(frame, pixel_aspect)
    shrink = max(Fraction(display.width, _WIDEST), Fraction(1))
    size = max(int(display.width / shrink), 1), max(int(display.height / shrink), 1)
    return lambda: Converter(display, size).image(frame)
