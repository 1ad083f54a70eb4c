"""Addresses such as rtsp://camera/1, which may stand wherever a path may."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit


def is_address(path: str | Path) -> bool:
    return isinstance(path, str) and "://" in path


def without_password(path: str | Path) -> str:
    """`path` as it may be shown and written down."""
    text = str(path)
    password = urlsplit(text).password if is_address(path) else None
    return text.replace(f":{password}@", ":...@") if password else text
