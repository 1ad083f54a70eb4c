"""Cameras in the store."""

from __future__ import annotations

import pytest

from aisle.core import UsageError
from aisle.service.records import StreamRecord
from aisle.service.store import Store

from .stores import NOON, Clock

SOURCE = "rtsp://guard:secret@10.0.0.5/main"


def test_cameras_are_listed_as_they_were_added(store: Store, clock: Clock) -> None:
    door = store.add_stream("door", name="Front door", source=SOURCE, model="shoplifting", threshold=0.8)
    clock.now += 1
    attic = store.add_stream("attic", name="Attic", source="0", model="shoplifting")
    assert store.streams() == (door, attic)
    assert door == store.stream("door") == StreamRecord("door", "Front door", SOURCE, "shoplifting", NOON, 0.8)
    assert attic.threshold is None


def test_a_camera_is_added_and_removed_once(store: Store) -> None:
    store.add_stream("door", name="Front door", source=SOURCE, model="shoplifting")
    with pytest.raises(UsageError, match="already"):
        store.add_stream("door", name="Back door", source="0", model="shoplifting")
    assert store.remove_stream("door")
    assert not store.remove_stream("door")
    assert store.stream("door") is None
