from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest

from aisle.analysis.spool import Spool
from aisle.core import OutputError


def test_rows_come_back_as_they_were_put_in() -> None:
    random = np.random.default_rng(0)
    blocks = [random.random((count, 5), np.float32) for count in (3, 0, 1, 700)]
    spool = Spool(5)
    for block in blocks:
        spool.append(block)
    assert spool.count == 704
    assert np.array_equal(spool.rows(), np.concatenate(blocks))


def test_rows_can_be_had_before_the_end() -> None:
    spool = Spool(2)
    spool.append(np.ones((1, 2), np.float32))
    first = spool.rows()
    spool.append(np.zeros((1, 2), np.float32))
    assert first.tolist() == [[1, 1]]
    assert spool.rows().tolist() == [[1, 1], [0, 0]]


def test_without_rows_there_are_none() -> None:
    assert Spool(4).rows().shape == (0, 4)


def test_a_block_in_another_memory_order_is_kept_right() -> None:
    block = np.arange(6, dtype=np.float64).reshape(3, 2).T
    spool = Spool(3)
    spool.append(block.astype(np.float32))
    assert spool.rows().tolist() == block.tolist()


def test_rows_cannot_be_changed() -> None:
    spool = Spool(1)
    spool.append(np.ones((1, 1), np.float32))
    with pytest.raises(ValueError, match="read-only"):
        spool.rows()[0, 0] = 2


def test_rows_outlive_the_spool_and_leave_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    spool = Spool(2)
    spool.append(np.ones((3, 2), np.float32))
    rows = spool.rows()
    assert list(tmp_path.iterdir()) == []
    del spool
    assert rows.sum() == 6


def test_a_folder_that_is_not_there_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(OutputError, match="gone"):
        Spool(2)
