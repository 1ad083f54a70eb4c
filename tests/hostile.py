"""Files that nobody should have to read: damaged, renamed, spliced, lying, endless, or far larger than they look.

All are made here, from a seed, and small. `corpus` makes what `count` asks for, so that the tests and the benchmark of
the service try the same kinds, the latter many more of each.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image

from aisle.core import InputError
from aisle.media.apart import Apart
from videos import make_video, number_of, numbered

SIDE = 16_000
"""Pixels of a bomb: 256 million of them, the most that libav itself would take as a square."""

Change = Callable[[bytes, np.random.Generator, list[bytes]], bytes]


def said_of(apart: Apart, path: Path) -> str:
    """What is said of a file that cannot be read; "" if it was read."""
    try:
        with apart.reader(path, size=(32, 24), rate=Fraction(25)) as reader:
            for _ in reader:
                pass
    except InputError as error:
        return str(error)
    return ""


def works(apart: Apart, path: Path) -> bool:
    """Whether the 40 pictures of a good video are read."""
    with apart.reader(path, rate=Fraction(30)) as reader:
        return [number_of(frame.image) for frame in reader] == list(range(40))


def corpus(folder: Path, count: int, seed: int = 0, side: int = SIDE) -> list[Path]:
    """`count` damaged videos, then every lie, bomb and list of other files; each named after what it is."""
    folder.mkdir(parents=True, exist_ok=True)
    damaged = list(_damaged(folder, count, seed))
    others = {**lies(folder), **bombs(folder, side), **lists(folder), **strangers()}
    for name, content in others.items():
        (folder / name).write_bytes(content)
    return [*damaged, *(folder / name for name in others)]


def originals(folder: Path) -> dict[str, bytes]:
    """A good video of each kind that is damaged here, by its suffix."""
    fast = {"movflags": "+faststart"}
    makers: dict[str, Callable[[Path], Path]] = {
        "mp4": lambda path: make_video(path, 24, sound="aac"),
        "mov": lambda path: make_video(path, 24, container=fast),
        "mkv": lambda path: make_video(path, 24),
        "webm": lambda path: make_video(path, 8, codec="libvpx", options={"deadline": "realtime"}),
        "avi": lambda path: make_video(path, 24, codec="mpeg4", options={}),
        "ts": lambda path: make_video(path, 24, sound="mp2"),
        "flv": lambda path: make_video(path, 24, codec="flv", options={}),
        "mpg": lambda path: make_video(path, 24, codec="mpeg2video", options={}),
        "mjpeg": lambda path: make_video(path, 8, codec="mjpeg", pixel_format="yuvj420p", options={}),
        "gif": _gif,
    }
    return {suffix: make(folder / f"original.{suffix}").read_bytes() for suffix, make in makers.items()}


def _damaged(folder: Path, count: int, seed: int) -> Iterator[Path]:
    random = np.random.default_rng(seed)
    whole = originals(folder)
    suffixes = list(whole)
    for number in range(count):
        # Counted off in two strides, so that every change meets every kind.
        change = CHANGES[number % len(CHANGES)]
        suffix = suffixes[(number + number // len(suffixes)) % len(suffixes)]
        shown = suffixes[random.integers(len(suffixes))] if number % 3 == 0 else suffix
        path = folder / f"{number:05}-{change.__name__.strip('_')}-{suffix}.{shown}"
        path.write_bytes(change(whole[suffix], random, list(whole.values())))
        yield path


def _cut(content: bytes, random: np.random.Generator, _: list[bytes]) -> bytes:
    return content[: random.integers(1, len(content))]


def _beheaded(content: bytes, random: np.random.Generator, _: list[bytes]) -> bytes:
    return content[random.integers(1, len(content)) :]


def _flipped(content: bytes, random: np.random.Generator, _: list[bytes]) -> bytes:
    """A bit in about every 10 to 10,000 bytes."""
    bits = np.unpackbits(np.frombuffer(content, np.uint8))
    share = 10 ** -random.uniform(2, 5)
    return np.packbits(bits ^ (random.random(len(bits)) < share)).tobytes()


def _spliced(content: bytes, random: np.random.Generator, others: list[bytes]) -> bytes:
    other = others[random.integers(len(others))]
    return content[: random.integers(1, len(content))] + other[random.integers(0, len(other)) :]


def _overwritten(content: bytes, random: np.random.Generator, _: list[bytes]) -> bytes:
    """A stretch of noise, of zeros or of ones."""
    begin = int(random.integers(0, len(content)))
    length = int(random.integers(1, max(len(content) // 8, 2)))
    fill = [random.bytes(length), bytes(length), b"\xff" * length][random.integers(3)]
    return content[:begin] + fill + content[begin + length :]


def _repeated(content: bytes, random: np.random.Generator, _: list[bytes]) -> bytes:
    begin, end = sorted(random.integers(0, len(content), 2))
    return content[:end] + content[begin:end] * int(random.integers(1, 4)) + content[end:]


def _lengths_changed(content: bytes, random: np.random.Generator, _: list[bytes]) -> bytes:
    """Words in the head or the tail, where containers keep sizes and counts, become extreme numbers."""
    changed = bytearray(content)
    extremes = [0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x00FFFFFF]
    for _unused in range(int(random.integers(1, 6))):
        near = int(random.integers(0, min(len(content) - 4, 700)))
        at = near if random.random() < 0.5 else len(content) - 4 - near
        changed[at : at + 4] = struct.pack(">I", extremes[random.integers(len(extremes))])
    return bytes(changed)


CHANGES: list[Change] = [_cut, _beheaded, _flipped, _spliced, _overwritten, _repeated, _lengths_changed]


def _gif(path: Path) -> Path:
    """It asks to be repeated for ever."""
    first, *rest = [Image.fromarray(numbered(number)) for number in range(8)]
    first.save(path, save_all=True, append_images=rest, duration=40, loop=0)
    return path


def lies(folder: Path) -> dict[str, bytes]:
    """Videos of a few pictures that claim, or are stamped, to last for weeks; and one whose pixels are wide."""
    weeks = [Fraction(0), Fraction(1_000_000), Fraction(2_000_000)]
    claimed = bytearray(make_video(folder / "honest.mkv", 12).read_bytes())
    at = claimed.index(b"\x44\x89\x88") + 3  # the segment's Duration (RFC 9559, 5.1.2.10), in milliseconds
    claimed[at : at + 8] = struct.pack(">d", 1e12)
    stepped = bytearray(make_video(folder / "honest.mp4", 12, options={"bf": "0"}).read_bytes())
    at = stepped.index(b"stts") + 16  # how long each picture stays (ISO/IEC 14496-12, 8.6.1.2), in ticks
    stepped[at : at + 4] = struct.pack(">I", 0x0FFFFFFF)
    return {
        "claims-weeks.mkv": bytes(claimed),
        "stays-weeks.mp4": bytes(stepped),
        "stamped-weeks.mkv": make_video(folder / "stamped.mkv", 3, times=weeks).read_bytes(),
        "wide-pixels.mkv": make_video(folder / "wide.mkv", 3, pixel_aspect=Fraction(20)).read_bytes(),
    }


def bombs(folder: Path, side: int = SIDE) -> dict[str, bytes]:
    """Small files of pictures `side` pixels wide and high. Of some the container says so, of others it says 64 x 48."""
    still = _png(side)
    large = bytes(_enlarged(make_video(folder / "plain.h264", 12, options={"profile": "baseline"}).read_bytes(), side))
    (folder / "large.h264").write_bytes(large)
    jpeg = _jpeg(side)
    hidden = {f"bomb-hidden.{suffix}": _hidden(folder, jpeg, suffix) for suffix in ("avi", "mkv", "mov")}
    shown = {"bomb.png": still, "bomb-named.mp4": still, "bomb.h264": large, "bomb.jpg": jpeg}
    return {**shown, **hidden, "bomb.ts": _carried(folder, "ts"), "bomb.mkv": _carried(folder, "mkv")}


def _png(side: int) -> bytes:
    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    rows = zlib.compress(bytes((side // 8 + 1) * side))  # one bit a pixel
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def _jpeg(side: int) -> bytes:
    """A grey picture, with tables made for it: each block of 64 pixels is two bits, and both are 0."""
    small = io.BytesIO()
    Image.new("L", (16, 16), 128).save(small, "JPEG", optimize=True)
    head = small.getvalue()[: small.getvalue().index(b"\xff\xda") + 10]
    size = head.index(b"\xff\xc0") + 5
    return (
        head[:size] + struct.pack(">HH", side, side) + head[size + 4 :] + bytes((side // 8) ** 2 // 4 + 1) + b"\xff\xd9"
    )


def _hidden(folder: Path, jpeg: bytes, suffix: str) -> bytes:
    """Motion JPEG whose container says 64 x 48."""
    path = folder / f"hidden.{suffix}"
    with av.open(str(path), "w") as output:
        stream = output.add_stream("mjpeg", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuvj420p"
        for number in range(3):
            packet = av.Packet(jpeg)
            packet.stream, packet.time_base, packet.is_keyframe = stream, Fraction(1, 10), True
            packet.pts = packet.dts = number
            output.mux(packet)
    return path.read_bytes()


def _carried(folder: Path, suffix: str) -> bytes:
    """The large H.264 in a container."""
    path = folder / f"carried.{suffix}"
    with (
        av.open(str(folder / "large.h264"), options={"max_pixels": "1000000"}) as source,
        av.open(str(path), "w") as output,
    ):
        stream = output.add_stream_from_template(source.streams.video[0])
        stream.width, stream.height = 64, 48
        for number, packet in enumerate(packet for packet in source.demux() if packet.size):
            packet.stream, packet.time_base = stream, Fraction(1, 25)
            packet.pts = packet.dts = number
            output.mux(packet)
    return path.read_bytes()


def _enlarged(content: bytes, side: int) -> bytes:
    """H.264 (baseline, in NAL units) with another size in its sequence parameter sets; the rest stays as it is."""
    units = re.split(b"\0\0\0?\1", content)[1:]
    return b"".join(b"\0\0\0\1" + (_larger_set(unit, side) if unit[0] & 31 == 7 else unit) for unit in units)


def _larger_set(unit: bytes, side: int) -> bytes:
    """ITU-T H.264, 7.3.2.1.1, for the profile that has the fewest fields."""
    bits = "".join(f"{byte:08b}" for byte in unit.replace(b"\0\0\3", b"\0\0"))
    at = 32  # past the unit's own byte, the profile, its constraints and the level

    def number() -> str:
        nonlocal at
        zeros = bits.index("1", at) - at
        begin, at = at, at + 2 * zeros + 1
        return bits[begin:at]

    kept = [number(), number(), order := number()]
    kept += [number()] if order == "1" else []  # the order of showing, by counts
    kept += [number(), bits[at : (at := at + 1)]]
    number(), number()  # the width and the height
    size = f"{side // 16:b}"
    sizes = [("0" * (len(size) - 1) + size)] * 2
    rest = bits[at : at + 2] + "001"  # frames alone; not cropped, nothing about how to show it, the end
    whole = bits[:32] + "".join([*kept, *sizes, rest])
    whole += "0" * (-len(whole) % 8)
    raw = bytes(int(whole[begin : begin + 8], 2) for begin in range(0, len(whole), 8))
    return re.sub(rb"\0\0(?=[\0-\3])", b"\0\0\3", raw)


def lists(folder: Path) -> dict[str, bytes]:
    """Files that ask for others: a good video beside them, a file outside, and an address."""
    secret = make_video(folder / "other.ts", 12)
    names = [secret.name, str(secret.absolute()), f"file://{secret.absolute()}", "http://127.0.0.1:9/x.ts"]
    head = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n"
    plays = {f"list-{k}.m3u8": f"{head}#EXTINF:1,\n{name}\n#EXT-X-ENDLIST\n" for k, name in enumerate(names)}
    joins = {f"join-{k}.mp4": f"ffconcat version 1.0\nfile '{name}'\n" for k, name in enumerate(names)}
    session = (
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\na=rtpmap:96 H264/90000\n"
    )
    shape = f'<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period><BaseURL>{secret.name}</BaseURL></Period></MPD>'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="64" height="48"><image href="{secret.name}"/></svg>'
    others = {"session.sdp": session, "shape.mpd": shape, "drawing.svg": svg}
    return {name: text.encode() for name, text in {**plays, **joins, **others}.items()}


def strangers() -> dict[str, bytes]:
    """What is no video and says that it is."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("zeros", bytes(10_000_000))
    still = io.BytesIO()
    Image.fromarray(numbered(5)).save(still, "PNG")
    page = b"<!doctype html><script>alert(1)</script>"
    return {
        "text.mp4": b"This is not a video.\n" * 100,
        "zip.mp4": archive.getvalue(),
        "still.mp4": still.getvalue(),
        "page.webm": page,
        "zeros.mkv": bytes(100_000),
        "ones.avi": b"\xff" * 100_000,
        "noise.mp4": np.random.default_rng(1).bytes(100_000),
        "nothing.mp4": b"",
        "script.mp4": b"#!/bin/sh\nexit 1\n",
        "pickle.mp4": b"cos\nsystem\n(S'exit 1'\ntR.",
    }
