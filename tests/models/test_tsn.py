from __future__ import annotations

import pytest
import torch

from aisle.core import UnknownNameError
from aisle.models.clip import clip_model
from aisle.models.entry import network
from aisle.models.renaming import filled
from aisle.models.tsn import Tsn, build, initial, published
from published import published_state


@pytest.fixture(scope="module")
def tiny() -> Tsn:
    torch.manual_seed(0)
    built = network(clip_model("tsn-tiny"), 5).eval()
    assert isinstance(built, Tsn)
    return built


def test_the_consensus_is_the_average_of_the_scores(tiny: Tsn) -> None:
    clips = torch.randn(2, 3, 4, 40, 56)
    with torch.no_grad():
        each = torch.stack([tiny(clips[:, :, t : t + 1]) for t in range(4)], 1)
        torch.testing.assert_close(tiny.logits_per_picture(clips), each)
        torch.testing.assert_close(tiny(clips), each.mean(1))


def test_the_published_weights_fit() -> None:
    state = published_state("tsn-r50")
    built = filled(network(clip_model("tsn-r50"), 400), published(state))
    assert sum(weight.numel() for weight in built.parameters()) == 24_327_632
    assert torch.equal(
        built.get_parameter("image.layer1.0.shortcut.conv.weight"), state["backbone.layer1.0.downsample.conv.weight"]
    )
    assert torch.equal(
        built.get_parameter("image.layer2.3.branch.1.bn.weight"), state["backbone.layer2.3.conv2.bn.weight"]
    )
    assert torch.equal(built.get_parameter("classifier.1.weight"), state["cls_head.fc_cls.weight"])


def test_a_training_can_begin_with_imagenet() -> None:
    begun = initial(published_state("resnet50"))
    own = network(clip_model("tsn-r50"), 3).state_dict()
    left = {name for name in own.keys() - begun.keys() if not name.endswith("num_batches_tracked")}
    assert left == {"classifier.1.weight", "classifier.1.bias"}
    assert all(own[name].shape == value.shape for name, value in begun.items())


def test_an_image_network_that_is_not_there() -> None:
    with pytest.raises(UnknownNameError, match="did you mean resnet50"):
        build(5, image="resnet5", width=1.0, dropout=0.5, spread=0.01)
