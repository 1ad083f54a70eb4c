"""The nearest rows, exactly, and by a graph."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.core import DamagedError
from aisle.search import graph as graphs
from aisle.search import nearest as exact
from aisle.search.nearest import nearest
from aisle.search.rows import Rows


def unit_rows(count: int, width: int = 16, seed: int = 0) -> np.ndarray:
    found = np.random.default_rng(seed).standard_normal((count, width)).astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def test_by_hand() -> None:
    units = np.array([[1, 0], [0, 1], [0.6, 0.8], [1, 0]], np.float16)
    found = nearest(units, np.array([1, 0], np.float32), 3)
    assert found.rows.tolist() == [0, 3, 2]
    assert found.cosines == pytest.approx([1, 1, 0.6], abs=1e-3)
    assert nearest(units, np.array([1, 0], np.float32), 9).rows.tolist() == [0, 3, 2, 1]
    assert nearest(units, np.array([0, 1], np.float32), 1, np.array([0, 2])).rows.tolist() == [2]
    assert not len(nearest(units, np.array([0, 1], np.float32), 3, np.array([], np.int64)).rows)
    assert not len(nearest(units[:0], np.array([0, 1], np.float32), 3).rows)


@given(st.integers(1, 60), st.integers(1, 20), st.integers(0, 9))
def test_with_and_without_usearch_the_same(count: int, wanted: int, seed: int) -> None:
    units, query = unit_rows(count, seed=seed).astype(np.float16), unit_rows(1, seed=seed + 10)[0]
    with pytest.MonkeyPatch.context() as patch:
        quick = nearest(units, query, wanted)
        patch.setattr(exact, "find_spec", lambda _: None)
        patch.setattr(exact, "BLOCK", 7)
        plain = nearest(units, query, wanted)
    assert quick.cosines == pytest.approx(plain.cosines, abs=2e-3)


def test_a_file_of_rows_is_read_as_far_as_it_is_known(tmp_path: Path) -> None:
    rows = Rows(tmp_path / "rows", 3)
    assert rows.view(0).shape == (0, 3)
    rows.put(0, np.ones((2, 3), np.float32))
    rows.put(2, np.full((4, 3), 2, np.float32))
    rows.put(3, np.full((1, 3), 1e9, np.float32))  # over what a write that was cut off had left
    assert rows.view(4).tolist() == [[1] * 3, [1] * 3, [2] * 3, [np.finfo(np.float16).max] * 3]
    with pytest.raises(DamagedError, match="too short"):
        rows.view(7)


def test_a_graph_finds_what_is_near_and_grows(tmp_path: Path) -> None:
    units = unit_rows(2000).astype(np.float16)
    graphs.build(units[:1500], tmp_path / "graph")
    assert len(graphs.Graph(tmp_path / "graph", 16)) == 1500
    graphs.build(units, tmp_path / "graph", begin=tmp_path / "graph")
    graph = graphs.Graph(tmp_path / "graph", 16)
    assert len(graph) == 2000
    hits = [
        len({*graph.nearest(units, query, 10).rows} & {*nearest(units, query, 10).rows})
        for query in unit_rows(50, seed=1)
    ]
    assert sum(hits) / 500 > 0.99


def test_a_graph_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "graph").write_bytes(b"no graph at all")
    with pytest.raises(DamagedError, match="no graph of neighbours"):
        graphs.Graph(tmp_path / "graph", 16)
