from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional

from aisle.deploy.weights import read_state
from aisle.models.clip import clip_model
from aisle.models.efficientnet_lite import PUBLISHED, EfficientNetLite0, SameConvNorm
from aisle.models.i3d import same_padding
from aisle.models.renaming import filled, renamed
from weights import found


@pytest.mark.parametrize("kernel", [3, 5])
@pytest.mark.parametrize("size", [(8, 8), (7, 8), (8, 7), (9, 5)])
def test_zeros_lie_where_tensorflow_puts_them(kernel: int, size: tuple[int, int]) -> None:
    torch.manual_seed(0)
    unit = SameConvNorm(2, 3, kernel, 2).eval()
    x = torch.randn(1, 2, *size)
    above, below = same_padding(size[0], kernel, 2)
    left, right = same_padding(size[1], kernel, 2)
    with torch.no_grad():
        wanted = functional.conv2d(functional.pad(x, (left, right, above, below)), unit.conv.weight, stride=2)
        torch.testing.assert_close(unit(x), wanted / (1 + 1e-3) ** 0.5)


def test_it_is_as_large_as_published() -> None:
    network = EfficientNetLite0()
    assert sum(weight.numel() for weight in network.parameters()) + 1000 * 1281 == 4_652_008


PALACE, DAISY = 698, 985  # of the thousand classes of ImageNet


def test_the_published_weights_see_what_is_there() -> None:
    """The two photographs that come with scikit-learn: a palace and a flower."""
    pytest.importorskip("PIL")
    from sklearn.datasets import load_sample_images

    card = clip_model("cnn-lstm")
    state = read_state(found(card.initial))
    network = filled(EfficientNetLite0(), renamed(state, PUBLISHED))
    photographs = np.stack(load_sample_images().images)[:, :424, 108:532]
    pixels = functional.interpolate(torch.from_numpy(photographs).permute(0, 3, 1, 2) / 255, (224, 224), mode="area")
    mean, spread = (torch.tensor(values).view(3, 1, 1) for values in (card.mean, card.spread))
    with torch.no_grad():
        scores = functional.linear(network((pixels - mean) / spread).mean((2, 3)), state["_fc.weight"])
    assert scores.argmax(1).tolist() == [PALACE, DAISY]
