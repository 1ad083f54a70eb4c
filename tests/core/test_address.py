from __future__ import annotations

import pytest

from aisle.core.address import is_address, without_password


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("rtsp://camera/1", "rtsp://camera/1"),
        ("rtsp://user@camera/1", "rtsp://user@camera/1"),
        ("rtsp://user:secret@camera:554/1", "rtsp://user:...@camera:554/1"),
        ("rtsp://user:se@cret@camera/1", "rtsp://user:...@camera/1"),
        ("rtsp://user:se#cret@camera/1", "rtsp://user:...@camera/1"),
        ("rtsp://user:se/cret@camera/1", "rtsp://user:...@camera/1"),
        ("http://camera:8080/a@b?size=1", "http://camera:8080/a@b?size=1"),
        ("http://camera/v?user=a&pwd=secret&size=1", "http://camera/v?user=a&pwd=...&size=1"),
        ("http://camera/v?Token=secret#t", "http://camera/v?Token=...#t"),
        ("folder/user:secret@file.mp4", "folder/user:secret@file.mp4"),
    ],
)
def test_a_password_is_not_shown(address: str, shown: str) -> None:
    assert without_password(address) == shown
    assert is_address(address) is ("://" in address)
