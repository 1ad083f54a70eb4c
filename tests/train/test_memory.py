from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aisle.core import DamagedError
from aisle.train.memory import FILE, Memory, read_memory


@pytest.fixture
def memory() -> Memory:
    return Memory(np.ones((1, 2, 3), np.float16), ("a.mp4", "ü.mp4"), ("shop", "shop"), ("normal", "theft"))


def test_it_comes_back(memory: Memory, tmp_path: Path) -> None:
    memory.write(tmp_path)
    found = read_memory(tmp_path)
    assert found is not None
    assert (found.names, found.groups, found.labels) == (memory.names, memory.groups, memory.labels)
    assert found.views.dtype == np.float16
    np.testing.assert_array_equal(found.views, memory.views)


def test_without_one(tmp_path: Path) -> None:
    assert read_memory(tmp_path) is None


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 cut"])
def test_damage_is_told(memory: Memory, tmp_path: Path, content: bytes) -> None:
    memory.write(tmp_path)
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(DamagedError, match="is damaged"):
        read_memory(tmp_path)


def test_no_pickles(tmp_path: Path) -> None:
    np.savez(tmp_path / FILE, views=np.array([{}], dtype=object), names=["a"], groups=["a"], labels=["a"])
    with pytest.raises(DamagedError):
        read_memory(tmp_path)
