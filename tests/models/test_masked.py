from __future__ import annotations

from typing import Any

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from aisle.models.clip import clip_model
from aisle.models.entry import network
from aisle.models.masked import SIDE, pixelled, places, pretext, squared


def made(**options: Any) -> Any:
    torch.manual_seed(0)
    return pretext(network(clip_model("masked-tiny"), 1), **options).eval()


def test_squares_are_pixels_of_one_square_and_come_back() -> None:
    x = torch.rand(2, 3, 4, 16, 24)
    tokens = squared(x)
    assert tokens.shape == (2, 2, 6, 3 * 2 * SIDE * SIDE)
    assert torch.equal(tokens[1, 1, 5].sort().values, x[1, :, 2:, 8:, 16:].flatten().sort().values)
    assert torch.equal(pixelled(tokens, 2), x)


def test_what_is_masked_is_not_seen() -> None:
    """Nothing of what the network says changes with any pixel of a masked square, in any picture."""
    masked, x = made(), torch.rand(1, 3, 8, 32, 32)
    seen = torch.tensor([[0, 5, 10]])
    other = x.clone()
    other[:, :, :, 8:16, 0:8] = 1 - other[:, :, :, 8:16, 0:8]  # square 4
    with torch.no_grad():
        first = masked.painted(x, seen)
        assert torch.equal(first, masked.painted(other, seen))
        other[:, :, :, 8:16, 8:16] = 0  # square 5
        assert not torch.equal(first, masked.painted(other, seen))


def test_no_square_of_a_reconstruction_sees_itself() -> None:
    """Change one square: all but it may be painted otherwise."""
    masked, x = made(), torch.rand(1, 3, 8, 32, 32)
    for row, column in ((0, 0), (1, 2), (3, 3)):
        rows, columns = (slice(SIDE * at, SIDE * at + SIDE) for at in (row, column))
        other = x.clone()
        other[..., rows, columns] = 1 - other[..., rows, columns]
        with torch.no_grad():
            before, after = masked.pictures(x), masked.pictures(other)
        torch.testing.assert_close(before[..., rows, columns], after[..., rows, columns], atol=0, rtol=0)


@given(squares=st.integers(2, 300), masked=st.floats(0.5, 0.95), passes=st.integers(2, 6))
@settings(max_examples=40, deadline=None)
def test_every_square_is_hidden_in_some_pass(squares: int, masked: float, passes: int) -> None:
    found = made(masked=masked, passes=passes, width=8, blocks=0).passing(squares)
    shown = [square for one in found for square in one]
    assert len(found) >= 2
    assert len(set(shown)) == len(shown)
    assert all(len(one) == len(found[0]) < squares for one in found)


def test_nine_tenths_are_masked_by_default() -> None:
    masked = made()
    assert masked.visible(64) == 6
    torch.manual_seed(0)
    chosen = masked.chosen(5, 64, torch.device("cpu"))
    assert chosen.shape == (5, 6)
    assert all(len(set(row.tolist())) == 6 for row in chosen)
    assert not torch.equal(chosen[0], chosen[1])


def test_every_place_is_told_apart() -> None:
    found = places(torch.zeros(1, 4, 8, 9, 96))[0].flatten(0, 2)
    apart = torch.cdist(found, found) + 9 * torch.eye(len(found))
    assert apart.min() > 0.05
