"""Videos that the tests make: every picture carries its own number, so that what was read can be told after coding."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]

RATE = Fraction(30)
CODING = {"preset": "veryfast", "crf": "18", "g": "12"}  # reordered pictures (B-frames) and several key frames
COLUMNS, ROWS = 4, 3
SOUND_RATE = 48_000
FULL_RANGE = 2  # ITU-T H.273: black is 0 and white 255


def numbered(number: int, width: int = 64, height: int = 48) -> Picture:
    """A picture that shows `number`, 0 to 4095, in binary as 4 x 3 dark or bright blocks."""
    bits = [number >> place & 1 for place in range(COLUMNS * ROWS)]
    blocks = np.where(np.reshape(bits, (ROWS, COLUMNS)), 210, 40).astype(np.uint8)
    rows, columns = np.arange(height) * ROWS // height, np.arange(width) * COLUMNS // width
    return np.repeat(blocks[np.ix_(rows, columns)][..., np.newaxis], 3, axis=2)


def number_of(image: Picture) -> int:
    """The number that a picture made by `numbered` shows, whatever its size and coding."""
    height, width, _ = image.shape
    rows = (2 * np.arange(ROWS) + 1) * height // (2 * ROWS)
    columns = (2 * np.arange(COLUMNS) + 1) * width // (2 * COLUMNS)
    bits = (image[np.ix_(rows, columns)].mean(axis=2) > 125).ravel()
    return sum(1 << place for place, bit in enumerate(bits) if bit)


def quarters(width: int = 64, height: int = 48) -> Picture:
    """Red, green, blue and white, from the upper left to the lower right: tells turned and mirrored pictures apart."""
    image = np.full((height, width, 3), 235, np.uint8)
    image[: height // 2, : width // 2] = (220, 30, 30)
    image[: height // 2, width // 2 :] = (30, 200, 30)
    image[height // 2 :, : width // 2] = (30, 30, 220)
    return image


def make_video(
    path: Path,
    pictures: int | Iterable[Picture] = 30,
    rate: Fraction = RATE,
    *,
    times: Sequence[Fraction] | None = None,
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    options: dict[str, str] | None = None,
    container: dict[str, str] | None = None,
    rotation: int = 0,
    mirrored: bool = False,
    pixel_aspect: Fraction | None = None,
    sound: str | None = None,
    sound_lasts: Fraction | None = None,
    clicks: Sequence[float] = (),
) -> Path:
    """Writes `pictures`, or that many numbered ones, and returns `path`, whose suffix chooses the container.

    Picture k is shown at `times`[k] (in ticks of 1/90000 s) or at k / rate. `rotation` is in degrees clockwise and goes
    into the display matrix. `sound` is the name of an encoder; the sound is silence but for clicks at `clicks` seconds.
    """
    shown = [numbered(number) for number in range(pictures)] if isinstance(pictures, int) else list(pictures)
    clock = Fraction(1, 90_000) if times else 1 / rate
    stamps = [int(time / clock) for time in times] if times else range(len(shown))
    with av.open(str(path), "w", container_options=container or {}) as output:
        stream = output.add_stream(codec, rate=rate, options=CODING if options is None else options)
        stream.height, stream.width = shown[0].shape[:2]
        stream.pix_fmt = pixel_format
        stream.codec_context.time_base = clock
        if pixel_format.startswith(("gray", "yuvj")):
            stream.codec_context.color_range = FULL_RANGE
        if pixel_aspect:
            stream.codec_context.sample_aspect_ratio = pixel_aspect
        if rotation or mirrored:
            stream.set_display_rotation(-rotation, hflip=mirrored)
        track = output.add_stream(sound, rate=SOUND_RATE) if sound else None
        if track is not None:
            lasts = sound_lasts or Fraction(len(shown)) / rate
            for packet in _sound(track, lasts, clicks):
                output.mux(packet)
        for stamp, picture in zip(stamps, shown, strict=True):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = stamp, clock
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


def make_sound(path: Path, codec: str = "aac", seconds: int = 1) -> Path:
    """A file that holds sound and nothing else."""
    with av.open(str(path), "w") as output:
        track = output.add_stream(codec, rate=SOUND_RATE)
        for packet in _sound(track, Fraction(seconds), clicks=()):
            output.mux(packet)
    return path


def _sound(track: av.AudioStream, seconds: Fraction, clicks: Sequence[float]) -> Iterable[av.Packet]:
    track.layout = "stereo"
    samples = np.zeros(int(seconds * SOUND_RATE), np.int16)
    tone = (np.sin(np.arange(SOUND_RATE // 50) * (2 * np.pi * 1000 / SOUND_RATE)) * 30_000).astype(np.int16)
    for click in clicks:
        begin = int(click * SOUND_RATE)
        samples[begin : begin + len(tone)] = tone[: len(samples) - begin]
    for begin in range(0, len(samples), 1024):
        stereo = np.repeat(samples[begin : begin + 1024], 2)[np.newaxis]
        frame = av.AudioFrame.from_ndarray(stereo, format="s16", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = SOUND_RATE, begin, Fraction(1, SOUND_RATE)
        yield from track.encode(frame)
    yield from track.encode(None)


def heard_clicks(path: Path) -> list[float]:
    """When the clicks of the first track of sound begin, in seconds on the container's own clock."""
    to_mono = av.AudioResampler(format="s16", layout="mono")
    begins: list[float] = []
    with av.open(str(path)) as container:
        for mono in (mono for frame in container.decode(audio=0) for mono in to_mono.resample(frame)):
            loud = np.flatnonzero(np.abs(mono.to_ndarray()[0].astype(int)) > 8000)
            for time in float(mono.pts * mono.time_base) + loud / mono.sample_rate:
                if not begins or time - begins[-1] > 0.25:
                    begins.append(float(time))
    return begins


def streams_of(path: Path) -> list[tuple[str, str]]:
    """The type and codec of every stream."""
    with av.open(str(path)) as container:
        return [(stream.type, stream.codec_context.codec.canonical_name) for stream in container.streams]
