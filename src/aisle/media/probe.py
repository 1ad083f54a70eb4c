"""What a video is, before it is read."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from aisle.core import VideoInfo
from aisle.media._open import open_container
from aisle.media._source import Source
from aisle.media.limits import UNLIMITED, Limits

_EPOCHS = 1990
"""Containers count from 1904 and 1970: a year like these is a clock that was never set."""


def probe(path: str | Path, limits: Limits = UNLIMITED) -> VideoInfo:
    """Opens a file, or an address such as rtsp://camera/1, and decodes its first picture.

    Raises InputError for whatever is no video that can be read: a missing path, a folder, an empty file, text, a file
    cut off before its index, sound without pictures, an unknown codec, an address that does not answer.
    """
    with Source(path, limits) as source:
        return source.info


def recorded_at(path: str | Path, limits: Limits = UNLIMITED) -> datetime | None:
    """When its container says that it was made, which of most cameras is when recording began; None where it says
    nothing or nothing that can be. Raises InputError for what cannot be opened.
    """
    with open_container(path, limits) as container:
        told = container.metadata.get("creation_time", "")
    try:
        made = datetime.fromisoformat(told)
    except ValueError:
        return None
    placed = made if made.tzinfo else made.replace(tzinfo=UTC)
    return placed if placed.year > _EPOCHS else None
