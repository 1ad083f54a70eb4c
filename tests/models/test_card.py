from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from aisle.core import DamagedError, LabelSet, UnknownNameError
from aisle.models.card import Card, Reads, card, names


@pytest.mark.parametrize("name", names())
def test_every_shipped_card_loads(name: str) -> None:
    found = card(name)
    assert found.name == name
    assert found.reads.short_side % found.reads.multiple == 0
    assert found.steps.first % found.steps.stride == 0
    assert found.weights is None or len(found.weights.sha256) == len(found.weights.member_sha256) == 64
    assert all([found.title, found.paper, found.licence, found.trained_on, found.not_for, found.published])


def test_kinetics_has_its_400_labels() -> None:
    labels = card("kinetics-i3d").label_set
    assert isinstance(labels, LabelSet)  # which refuses repeated names
    assert len(labels) == 400
    assert (labels[0], labels[399]) == ("abseiling", "zumba")
    assert list(labels) == sorted(labels)
    assert all(label == label.strip() != "" for label in labels)


def test_time_and_work_follow_from_the_card() -> None:
    found = card("kinetics-i3d")
    assert found.step == Fraction(8, 25)
    assert found.gflops(height=224, width=224) == found.gflops_per_frame
    assert found.gflops(height=112, width=448) == pytest.approx(found.gflops_per_frame)


def test_an_unknown_name_is_met_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="did you mean kinetics-i3d") as raised:
        card("kinetics-i3")
    assert raised.value.near == ("kinetics-i3d",)
    assert raised.value.exit_code == 2


@pytest.mark.parametrize("name", names())
def test_a_card_survives_json(name: str) -> None:
    found = card(name)
    assert Card.from_json(json.loads(json.dumps(found.to_json()))) == found


def test_a_card_without_published_weights_survives_json() -> None:
    found = replace(card("kinetics-i3d"), weights=None, reads=Reads(Fraction(30000, 1001), 96, 16))
    assert Card.from_json(json.loads(json.dumps(found.to_json()))) == found


@pytest.mark.parametrize(
    "change",
    [
        {"colour": "red"},
        {"reads": {"rate": "25", "short_side": 224, "multiple": 16, "colour": "red"}},
        {"reads": {"rate": "often", "short_side": 224, "multiple": 16}},
        {"steps": None},
        {"weights": {"package": "i3d"}},
    ],
    ids=str,
)
def test_a_card_with_wrong_fields_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(DamagedError, match="not a model card"):
        Card.from_json({**card("kinetics-i3d").to_json(), **change})


@pytest.mark.parametrize("field", ["name", "reads", "steps", "labels", "blocks"])
def test_a_card_that_lacks_a_field_is_refused(field: str) -> None:
    plain = card("kinetics-i3d").to_json()
    del plain[field]
    with pytest.raises(DamagedError, match=field):
        Card.from_json(plain)
