from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aisle.core import InputError
from aisle.deploy.build import build_into_cache, clips_of, compare, generated_clips
from aisle.deploy.bundle import read_card
from aisle.deploy.reference import streaming_network
from aisle.models.card import Card
from videos import make_video, number_of


def test_the_card_says_how_far_each_precision_is_from_pytorch(tiny_bundle: Path, tiny_card: Card) -> None:
    bundle = read_card(tiny_bundle)
    assert set(bundle.checks) == {"openvino-fp32", "openvino-bf16", "openvino-int8"}
    assert all(check.steps == 2 * 64 / 8 for check in bundle.checks.values())
    assert bundle.checks["openvino-fp32"].worst_cosine > 0.9999
    assert bundle.checks["openvino-fp32"].same_top1 == 1
    assert bundle.checks["openvino-bf16"].worst_cosine > 0.99
    assert bundle.checks["openvino-int8"].worst_cosine > 0.9
    assert bundle.card == replace(tiny_card, weights=bundle.card.weights)
    assert {"date", "machine", "python", "aisle", "torch", "openvino", "nncf"} == set(bundle.made)


def test_another_network_is_told_from_the_one_in_the_bundle(tiny_bundle: Path) -> None:
    card = read_card(tiny_bundle).card
    network = streaming_network(card, centre=0.0)  # takes black for grey
    check = compare(card, network, tiny_bundle, ["openvino-fp32"], list(generated_clips(1, card, seed=2)))
    assert check["openvino-fp32"].cosine < 0.999


def test_a_bundle_that_is_there_is_not_built_again(tiny_bundle: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in tiny_bundle.rglob("*")}
    assert build_into_cache(read_card(tiny_bundle).card) == tiny_bundle
    assert {path: path.stat().st_mtime_ns for path in tiny_bundle.rglob("*")} == before


def test_a_build_that_fails_leaves_nothing(tiny_card: Card, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AISLE_CACHE", str(tmp_path / "cache"))
    with pytest.raises(InputError, match="no weights at"):
        build_into_cache(tiny_card, weights=tmp_path)
    assert list((tmp_path / "cache" / "bundles").iterdir()) == []


def test_users_videos_are_brought_to_the_length_and_size_to_calibrate_on(tmp_path: Path, tiny_card: Card) -> None:
    short = make_video(tmp_path / "short.mp4", 12, rate=tiny_card.reads.rate)
    long = make_video(tmp_path / "long.mp4", 90, rate=tiny_card.reads.rate)
    clips = list(clips_of([short, long], tiny_card))
    assert [clip.shape for clip in clips] == [(64, 32, 32, 3)] * 2
    assert [number_of(image) for image in clips[0]] == [min(number, 11) for number in range(64)]
    assert [number_of(image) for image in clips[1]] == list(range(64))


def test_generated_clips_are_the_same_for_the_same_seed(tiny_card: Card) -> None:
    once, again, other = (next(generated_clips(1, tiny_card, seed=seed)) for seed in (1, 1, 2))
    assert once.shape == (64, 32, 32, 3)
    assert np.array_equal(once, again)
    assert not np.array_equal(once, other)
