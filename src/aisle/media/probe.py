"""What a video is, before it is read."""

from __future__ import annotations

from pathlib import Path

from aisle.core import VideoInfo
from aisle.media._source import Source
from aisle.media.limits import UNLIMITED, Limits


def probe(path: str | Path, limits: Limits = UNLIMITED) -> VideoInfo:
    """Opens a file, or an address such as rtsp://camera/1, and decodes its first picture.

    Raises InputError for whatever is no video that can be read: a missing path, a folder, an empty file, text, a file
    cut off before its index, sound without pictures, an unknown codec, an address that does not answer.
    """
    with Source(path, limits) as source:
        return source.info
