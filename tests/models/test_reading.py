"""How features are read, worked out by hand on blocks of one or two numbers."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from torch import Tensor

from aisle.models.card import Block, card
from aisle.models.reading import FIRM, Calibrated, Centred, ClipReading, Layout, Standard, StepReading, Trailing

ONE = (Block("one", 2), Block("motion", 1))


def unit(*numbers: float) -> Tensor:
    """These numbers, brought to length 1."""
    return torch.nn.functional.normalize(torch.tensor(numbers, dtype=torch.float32), dim=0)


def close(got: Tensor, wanted: Tensor) -> None:
    torch.testing.assert_close(got, wanted, rtol=1e-3, atol=1e-3)


def test_a_layout_puts_the_shorter_steps_of_a_block_in_order_of_time() -> None:
    layout = Layout((Block("late", 1), Block("early", 2, times=2)))
    late, early = layout(torch.tensor([[1.0, 2, 3, 4, 5], [6, 7, 8, 9, 10]]))
    assert late.tolist() == [[1], [6]]
    assert early.tolist() == [[2, 3], [4, 5], [7, 8], [9, 10]]


def test_the_layout_of_the_published_features_is_complete() -> None:
    blocks = card("kinetics-i3d").blocks
    parts = Layout(blocks)(torch.arange(7361.0)[None])
    assert [part.shape for part in parts] == [(block.times, block.width) for block in blocks]
    assert torch.cat([part.flatten() for part in parts]).tolist() == list(range(7361))
    assert blocks[-1] == Block("motion", 1)


def test_steps_in_which_more_moves_count_more() -> None:
    """(3, 0) where 3 levels change and (0, 1) where 1 does: 3 (3, 0) + 1 (0, 1) is (9, 1)."""
    read = ClipReading(ONE, trend=False)(torch.tensor([[3.0, 0, 3], [0, 1, 1]]))
    assert read.shape == (1, 4)
    close(read[0, :2], unit(9, 1))


def test_in_a_still_clip_all_steps_count_alike() -> None:
    read = ClipReading(ONE, trend=True)(torch.tensor([[3.0, 0, 0], [0, 1, 0]]))
    close(read[0, :2], unit(3, 1))
    assert read.isfinite().all()


def test_without_a_block_of_motion_all_steps_count_alike() -> None:
    reading = ClipReading((Block("one", 2),), trend=False)
    read = reading(torch.tensor([[3.0, 0], [1, 0], [0, 4]]))
    assert reading.outputs == read.shape[1] == 4
    close(read[0, :2], unit(4, 4))


def test_what_is_negative_stays_so_in_a_step() -> None:
    close(StepReading((Block("one", 2),))(torch.tensor([[-4.0, 9]])), torch.tensor([[-2.0, 3]]))


def test_a_block_of_two_shorter_steps_is_weighted_by_the_step_they_are_in() -> None:
    """The shorter steps (1, 0), (1, 0) have 3 levels of motion and (0, 1), (0, 3) one: 3 + 3 to 1 + 3."""
    blocks = (Block("early", 2, times=2), Block("motion", 1))
    read = ClipReading(blocks, trend=False)(torch.tensor([[1.0, 0, 1, 0, 3], [0, 1, 0, 3, 1]]))
    close(read[0, :2], unit(6, 4))


def test_change_is_its_mean_size_whichever_way_it_goes() -> None:
    """The first number goes 0, 2, 0, a way of 4; the second 1, 1, 4, a way of 3. Motion does not matter here."""
    read = ClipReading(ONE, trend=False)(torch.tensor([[0.0, 1, 9], [2, 1, 1], [0, 4, 1]]))
    close(read[0, 2:], unit(4, 3))


def test_the_trend_tells_growing_from_falling() -> None:
    """Times less their mean are -1, 0, 1: the first number grows by 2 over them, the second falls by 4."""
    rows = torch.tensor([[1.0, 5, 1], [7, 3, 1], [3, 1, 1]])
    reading = ClipReading(ONE, trend=True)
    close(reading(rows)[0, 2:], unit(2, -4))
    close(reading(rows.flip(0))[0, 2:], unit(-2, 4))
    close(reading(rows.flip(0))[0, :2], reading(rows)[0, :2])


def test_a_clip_of_one_step_has_no_change_and_no_trend() -> None:
    for trend in (True, False):
        read = ClipReading(ONE, trend=trend)(torch.tensor([[3.0, 4, 2]]))
        close(read[0], torch.tensor([0.6, 0.8, 0, 0]))


@pytest.mark.parametrize("trend", [True, False])
def test_a_clip_of_any_length_is_one_row_with_as_many_numbers_as_it_says(trend: bool) -> None:
    reading = ClipReading((Block("a", 3), Block("b", 2, times=4), Block("motion", 1)), trend=trend)
    for count in (1, 2, 9):
        assert reading(torch.rand(count, 12)).shape == (1, reading.outputs) == (1, 10)


def test_a_step_is_read_part_by_part() -> None:
    """Roots of what the blocks have there, the negative staying so; the block with one part a step repeats it."""
    reading = StepReading((Block("late", 1), Block("early", 1, times=2)))
    assert (reading.pieces, reading.outputs) == (2, 2)
    read = reading(torch.tensor([[4.0, 1, 9], [16, 25, -1]]))
    assert read.tolist() == [[2, 1], [2, 3], [4, 5], [4, -1]]


def test_standardised_rows_have_mean_0_and_spread_1() -> None:
    rows = torch.randn(200, 3, generator=torch.Generator().manual_seed(0)) * torch.tensor([1.0, 5, 100]) + 7
    standard = Standard.of(rows)(rows)
    close(standard.mean(0), torch.zeros(3))
    close(standard.std(0), torch.ones(3))


def test_what_never_changed_in_training_is_not_blown_up_later() -> None:
    standard = Standard.of(torch.tensor([[0.0, 1], [0, 2], [0, 3]]))
    assert standard(torch.tensor([[0.5, 2]])).abs().max() < 1


def test_calibration_keeps_the_order_of_logits() -> None:
    logits = torch.tensor([[2.0, -1, 0.5], [0, 0, 1]])
    found = Calibrated(torch.tensor(0.5), torch.tensor([0.0, 0, 1]))(logits)
    assert found.tolist() == [[1, -0.5, 1.25], [0, 0, 1.5]]
    plain = Calibrated(torch.tensor(3.0), torch.zeros(3))(logits)
    assert all(before >= after for before, after in pairwise(plain[0, [0, 2, 1]].tolist()))


def test_rows_are_read_against_the_mean_of_those_before_them() -> None:
    """A window of 4, of which the usual 10 counts as one row: 12 - (10 + 12) / 2, then 16 - (10 + 12 + 16) / 3, ..."""
    assert FIRM == 0.25
    read = Trailing(torch.tensor([10.0]), 4)(torch.tensor([[12.0], [16], [10], [10], [10], [10]]))
    wanted = [1, 16 - 38 / 3, 10 - 48 / 4, 10 - 58 / 5, 10 - 56 / 5, 0]
    close(read[:, 0], torch.tensor(wanted))


def test_behind_its_window_a_trailing_mean_knows_nothing() -> None:
    rows = torch.randn(80, 3, generator=torch.Generator().manual_seed(0))
    trailing = Trailing(torch.ones(3), 8)
    close(trailing(rows)[30:], trailing(rows[23:])[7:])
    close(trailing(rows)[:30], trailing(rows[:30]))


def test_where_a_place_stays_the_same_nothing_of_it_is_read() -> None:
    rows = torch.full((300, 2), 7.0)
    assert Trailing(torch.tensor([7.0, 7.0]), 16)(rows).abs().max() < 1e-6
    assert Centred()(rows).abs().max() < 1e-6
