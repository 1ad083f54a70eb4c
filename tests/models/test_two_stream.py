from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from aisle.core import DamagedError, UsageError
from aisle.models.clip import clip_model
from aisle.models.entry import network
from aisle.models.i3d import InceptionI3d
from aisle.models.renaming import filled
from aisle.models.two_stream import TwoStream, initial, published
from networks import as_published

FACTS = Path(__file__).parent / "published/i3d-flow.txt"


def facts() -> dict[str, tuple[int, ...]]:
    rows = (line.split() for line in FACTS.read_text("utf-8").splitlines())
    return {name: tuple(int(length) for length in shape.split("x")) for name, shape in rows}


def published_flow() -> dict[str, Tensor]:
    """Every tensor is another number throughout, so that one in the wrong place shows."""
    return {name: torch.full(shape, number / 100) for number, (name, shape) in enumerate(facts().items(), 1)}


def small(*streams: str, seed: int = 0) -> TwoStream:
    torch.manual_seed(seed)
    return TwoStream(3, streams=streams, slim=8, moments=1, cells=1).eval()


def rgb(*shape: int) -> Tensor:
    return torch.rand(shape[0], 3, *shape[1:]) * 2 - 1


def flow(*shape: int) -> Tensor:
    return torch.rand(shape[0], 2, *shape[1:]) * 2 - 1


def test_the_published_flow_stream_fits_name_by_name() -> None:
    built, state = network(clip_model("i3d-flow"), 400), published_flow()
    filled(built, published(state))
    found = built.state_dict()
    assert len(published(state)) == len(state) == 5 * 57 + 2
    places = {
        "Conv3d_1a_7x7.conv3d.weight": "flow.blocks.Conv3d_1a_7x7.conv.weight",
        "Conv3d_2c_3x3.bn.running_var": "flow.blocks.Conv3d_2c_3x3.norm.running_var",
        "Mixed_3b.b0.conv3d.weight": "flow.blocks.Mixed_3b.Branch_0.conv.weight",
        "Mixed_4f.b1b.bn.bias": "flow.blocks.Mixed_4f.Branch_1b.norm.bias",
        "Mixed_5c.b3b.bn.weight": "flow.blocks.Mixed_5c.Branch_3.norm.weight",
        "Mixed_5b.b2a.bn.running_mean": "flow.blocks.Mixed_5b.Branch_2a.norm.running_mean",
        "logits.conv3d.weight": "classifier.heads.flow.weight",
        "logits.conv3d.bias": "classifier.heads.flow.bias",
    }
    for theirs, ours in places.items():
        assert found[ours].unique().tolist() == state[theirs].unique().tolist(), theirs


def test_weights_of_another_network_are_refused() -> None:
    state = published_flow()
    state["Conv3d_1a_7x7.conv3d.weight"] = torch.zeros(64, 3, 7, 7, 7)
    with pytest.raises(DamagedError, match="not \\(64, 2, 7, 7, 7\\)"):
        filled(network(clip_model("i3d-flow"), 400), published(state))


def test_the_rgb_stream_is_the_network_of_kinetics_i3d() -> None:
    torch.manual_seed(0)
    whole = InceptionI3d(classes=400).eval()
    stream = filled(network(clip_model("i3d-rgb"), 400), published(as_published(whole)))
    clip = rgb(1, 17, 193, 225)
    with torch.no_grad():
        torch.testing.assert_close(stream(clip), whole(clip), atol=1e-5, rtol=1e-5)


def test_both_files_together_fill_both_streams() -> None:
    torch.manual_seed(0)
    arrays = as_published(InceptionI3d(classes=400).eval())
    card = clip_model("i3d-two-stream")
    assert len(card.weights) == 2
    filled(network(card, 400), {**published(arrays), **published(published_flow())})


def test_what_begins_a_training_leaves_the_classes_out() -> None:
    begun = initial(published_flow())
    assert len(begun) == 5 * 57
    assert not any(name.startswith("classifier") for name in begun)
    assert set(begun) < set(network(clip_model("i3d-two-stream"), 5).state_dict())


def test_two_streams_say_the_mean_of_what_each_says() -> None:
    both, first, second = small("rgb", "flow"), small("rgb", seed=1), small("flow", seed=2)
    state = both.state_dict()
    first.load_state_dict({name: value for name, value in state.items() if "flow" not in name})
    second.load_state_dict({name: value for name, value in state.items() if "rgb" not in name})
    pictures, motion = rgb(2, 16, 64, 96), flow(2, 16, 64, 96)
    with torch.no_grad():
        torch.testing.assert_close(both(pictures, motion), (first(pictures) + second(motion)) / 2)
        together = torch.cat([first.features(pictures), second.features(motion)], 1)
        torch.testing.assert_close(both.features(pictures, motion), together)


def test_batch_norms_are_as_published() -> None:
    norms = [module for module in small("flow").modules() if isinstance(module, nn.BatchNorm3d)]
    assert len(norms) == 57
    for norm in norms:
        assert norm.eps == 1e-3
        assert "weight" not in dict(norm.named_parameters())
        assert (norm.weight == 1).all()


@pytest.mark.parametrize(("shape", "taken"), [((9, 193, 200), True), ((8, 193, 193), False), ((9, 193, 192), False)])
def test_what_leaves_no_window_to_average_is_refused(shape: tuple[int, int, int], taken: bool) -> None:
    stream = TwoStream(2, streams=("flow",), slim=8, moments=2, cells=7).eval()
    if taken:
        with torch.no_grad():
            assert stream(flow(1, *shape)).shape == (1, 2)
    else:
        with pytest.raises(UsageError, match="allowed: 9 or more pictures, each side 193"):
            stream(flow(1, *shape))
