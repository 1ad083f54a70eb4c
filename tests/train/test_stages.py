from __future__ import annotations

import pytest
import torch

from aisle.core import UsageError
from aisle.models.clip import clip_model, clip_models
from aisle.models.entry import network
from aisle.models.reading import Calibrated
from aisle.train._stages import begun_with, calibrated_within, freeze, groups, stages
from aisle.train.recipe import Recipe

TINY = [name for name in clip_models() if name.endswith("-tiny")]


@pytest.mark.parametrize(("name", "streams"), [("i3d-two-stream-tiny", 2), ("msb-rnn-tiny", 4)])
def test_streams_side_by_side_are_one_depth(name: str, streams: int) -> None:
    """So that what is frozen is the first layers of all of them, and each layer learns as fast in all."""
    one = network(clip_model(name), 3)
    found = stages(one)
    within = sum(len(stage) == streams for stage in found)
    assert within > 1
    assert [len(stage) for stage in found] == [streams] * within + [1] * (len(found) - within)
    given = groups(one, Recipe(layer_decay=0.5), 1.0)
    rates = {id(weight): group["lr"] for group in given for weight in group["params"]}
    for depth, stage in enumerate(reversed(found)):
        assert {rates[id(weight)] for part in stage.values() for weight in part.parameters()} == {0.5**depth}
    assert freeze(one, 1) == list(found[0].values())
    still = {name for name, weight in one.named_parameters() if not weight.requires_grad}
    assert {next(part for part in found[0] if name.startswith(f"{part}.")) for name in still} == set(found[0])


def test_what_is_frozen_is_a_part() -> None:
    one = network(clip_model("tsm-tiny"), 3)
    with pytest.raises(UsageError, match=r"not so many stages can be frozen; got: 6; allowed: 0 to 5 of image\.stem"):
        freeze(one, 6)


@pytest.mark.parametrize("name", TINY)
def test_every_network_learns_at_rates_by_stage_and_can_be_calibrated(name: str) -> None:
    card = clip_model(name)
    one = network(card, 4).eval()
    found = groups(one, Recipe(layer_decay=0.5, decay=0.1), 1.0)
    assert len({id(weight) for group in found for weight in group["params"]}) == len(list(one.parameters()))
    rates = {group["lr"] for group in found}
    assert max(rates) == 1
    assert len(rates) > 1
    assert all((group["weight_decay"] > 0) == all(w.ndim > 1 for w in group["params"]) for group in found)
    calibration = Calibrated(torch.tensor(1.5), torch.tensor([0.0, 0.0, 0.0, 0.3]))
    features = torch.randn(3, card.features)
    with torch.no_grad():
        wanted = calibration(one.classifier(features))  # type: ignore[operator]
        calibrated_within(one, calibration, card.features)
        torch.testing.assert_close(one.classifier(features), wanted)  # type: ignore[operator]


@pytest.mark.parametrize(("part", "classes"), [(False, ("a", "b")), (False, ("x", "y")), (True, ())])
def test_weights_to_begin_with(part: bool, classes: tuple[str, ...]) -> None:
    card = clip_model("tsm-tiny")
    drawn, other = network(card, 2), network(card, 2)
    given = {name: value for name, value in other.state_dict().items() if not part or "layer" in name}
    own = {name: value.clone() for name, value in drawn.state_dict().items()}
    found = begun_with(drawn, given, same_classes=classes == ("a", "b"), part=part).state_dict()
    for name, value in found.items():
        taken = name in given and (classes == ("a", "b") or not name.startswith("classifier."))
        assert torch.equal(value, given[name] if taken else own[name]), name
