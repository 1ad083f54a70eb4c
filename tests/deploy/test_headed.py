from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.analysis.analyzer import softmax
from aisle.analysis.video import analyze
from aisle.core import BACKGROUND, UsageError
from aisle.deploy.headed import ClipStream, HeadedModel, Reach, StepStream
from aisle.deploy.model import open_model
from backbones import ColourStream, logits_of
from heads import clip_head, step_head
from streams import answers, clip
from videos import make_video

Floats = npt.NDArray[np.float32]


def frames(steps: int, seed: int = 0) -> npt.NDArray[np.uint8]:
    """Pictures of 1 x 1 whose colour says all; eight of one colour are one step."""
    colours = np.random.default_rng(seed).integers(0, 256, (steps, 1, 1, 1, 3), np.uint8)
    return np.broadcast_to(colours, (steps, 8, 1, 1, 3)).reshape(-1, 1, 1, 3)


class Widest:
    """A head of clips: (1, 2), the mean of the first colour, and how many rows there are; notes the most of them."""

    def __init__(self) -> None:
        self.most = 0

    def __call__(self, rows: Floats) -> Floats:
        self.most = max(self.most, len(rows))
        return np.array([[rows[:, 0].mean(), len(rows)]], np.float32)


class Near:
    """A head of timelines of two parts a step: sums over up to `reach` rows to each side, or `ahead` behind; notes the
    most rows.
    """

    def __init__(self, reach: int, ahead: int | None = None) -> None:
        self.reach, self.ahead, self.most = reach, reach if ahead is None else ahead, 0

    def __call__(self, rows: Floats) -> Floats:
        self.most = max(self.most, len(rows))
        first = rows[:, 0]
        sums = [first[max(at - self.reach, 0) : at + self.ahead + 1].sum() / 100 for at in range(len(first))]
        return np.stack([np.repeat(sums, 2), np.arange(2 * len(first)) % 2], 1).astype(np.float32)


def told(stream: ClipStream | StepStream, seen: npt.NDArray[np.uint8], cuts: Sequence[int]) -> tuple[Floats, Floats]:
    """Features and logits of all steps, pushed in pieces that end at `cuts` (steps)."""
    ends = [0, *(8 * cut for cut in cuts), len(seen)]
    found = [stream.push(seen[begin:end], last=end == len(seen)) for begin, end in pairwise(ends)]
    return np.concatenate([features for features, _ in found]), np.concatenate([logits for _, logits in found])


def clip_stream(window: int, head: Widest | None = None) -> ClipStream:
    return ClipStream(ColourStream(logits_of), head or Widest(), window, classes=2)


def step_stream(context: int, head: Near | None = None) -> StepStream:
    return StepStream(ColourStream(logits_of), head or Near(context), Reach(context, context), 2, classes=2)


CUTS = st.integers(1, 60).flatmap(
    lambda steps: st.tuples(st.just(steps), st.sets(st.integers(1, max(steps - 1, 1)), max_size=6))
)


@given(CUTS, st.integers(1, 12))
def test_clips_are_answered_the_same_however_the_stream_is_cut(cut: tuple[int, set[int]], window: int) -> None:
    steps, at = cut[0], sorted(one for one in cut[1] if one < cut[0])
    one, other = clip_stream(window), clip_stream(window)
    whole, pieces = told(one, frames(steps), []), told(other, frames(steps), at)
    assert np.array_equal(whole[0], pieces[0])
    assert np.array_equal(whole[1], pieces[1])
    np.testing.assert_allclose(one.clip(), other.clip(), rtol=1e-6)


@given(CUTS, st.integers(1, 12))
def test_steps_are_answered_the_same_however_the_stream_is_cut(cut: tuple[int, set[int]], context: int) -> None:
    steps, at = cut[0], sorted(one for one in cut[1] if one < cut[0])
    head = Near(2 * context)  # it reaches further than it is said to
    one, other = step_stream(context, head), step_stream(context, head)
    whole, pieces = told(one, frames(steps), []), told(other, frames(steps), at)
    assert len(whole[1]) == 2 * steps
    assert np.array_equal(whole[1], pieces[1])
    np.testing.assert_allclose(one.clip(), other.clip(), rtol=1e-6)


@pytest.mark.parametrize("steps", [1, 5, 23, 60])
def test_within_its_context_a_stream_answers_as_if_it_saw_the_whole_video(steps: int) -> None:
    features, logits = told(step_stream(5), frames(steps), [])
    np.testing.assert_allclose(logits, Near(5)(features), rtol=1e-6)


def causal_stream(head: Near) -> StepStream:
    return StepStream(ColourStream(logits_of), head, Reach(head.reach, head.ahead), 2, classes=2)


@given(CUTS, st.integers(1, 12), st.integers(0, 3))
def test_a_causal_head_answers_a_stream_as_the_whole_video(cut: tuple[int, set[int]], back: int, ahead: int) -> None:
    steps, at = cut[0], sorted(one for one in cut[1] if one < cut[0])
    features, logits = told(causal_stream(Near(back, ahead)), frames(steps), at)
    np.testing.assert_allclose(logits, Near(back, ahead)(features), rtol=1e-5)


@pytest.mark.parametrize("ahead", [0, 1, 4])
def test_a_causal_head_answers_at_once(ahead: int) -> None:
    """As soon as there are the features of a step, and of those `ahead` behind it."""
    stream, pictures = causal_stream(Near(20, ahead)), frames(40)
    known = answered = 0
    for step in range(40):
        features, logits = stream.push(pictures[8 * step : 8 * step + 8], last=False)
        known, answered = known + len(features), answered + len(logits) // 2
        assert answered == max(known - ahead, 0)


def test_a_causal_head_reads_no_more_for_a_long_video() -> None:
    head = Near(9, 1)
    told(causal_stream(head), frames(600), [*range(8, 100, 8), 500])
    assert head.most == 9 + 9 + 1


def test_a_step_of_a_clip_is_named_by_its_window() -> None:
    features, logits = told(clip_stream(5), frames(30), [7, 9, 20])
    assert logits[:, 1].tolist() == [3, 4, *[5] * 26, 4, 3]
    assert logits[10, 0] == pytest.approx(features[8:13, 0].mean())


@pytest.mark.parametrize(("steps", "whole"), [(1, True), (9, True), (10, True), (11, False), (200, False)])
def test_a_clip_is_answered_as_a_whole_and_a_long_video_by_the_mean_of_its_steps(steps: int, whole: bool) -> None:
    """A clip is what lasts up to two windows."""
    stream = clip_stream(5)
    features, logits = told(stream, frames(steps), list(range(8, steps, 8)))
    wanted = [features[:, 0].mean(), steps] if whole else logits.mean(0)
    np.testing.assert_allclose(stream.clip(), wanted, rtol=1e-5)


def test_a_long_video_takes_no_more_memory() -> None:
    """The rows that a head is given are bounded by its window or context, however long the stream."""
    many, cuts = frames(2000), list(range(8, 2000, 8))
    clips, steps = Widest(), Near(5)
    told(clip_stream(9, clips), many, cuts)
    told(step_stream(5, steps), many, cuts)
    assert (clips.most, steps.most) == (9, 15)


def test_a_timeline_as_one_clip_is_the_share_of_its_time_that_each_class_has() -> None:
    stream = step_stream(3)
    _, logits = told(stream, frames(20), [4, 11])
    np.testing.assert_allclose(np.exp(stream.clip()), softmax(logits).mean(0), rtol=1e-5)


def test_a_class_that_is_never_there_has_a_share_all_the_same() -> None:
    stream = StepStream(
        ColourStream(logits_of), lambda rows: np.tile([[0, 1e4]], (len(rows), 1)), Reach(3, 3), 1, classes=2
    )
    told(stream, frames(9), [])
    assert np.isfinite(stream.clip()).all()


@pytest.mark.parametrize("stream", [clip_stream(5), step_stream(5)])
def test_before_the_first_answer_there_is_no_clip(stream: ClipStream | StepStream) -> None:
    with pytest.raises(UsageError, match=r"no clip; got: no steps; do: push frames first"):
        stream.clip()
    stream.push(frames(3), last=False)  # the network trails behind by more
    with pytest.raises(UsageError, match="no clip"):
        stream.clip()


# --- on the small network


@pytest.fixture(scope="module")
def thefts(tiny_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> HeadedModel:
    opened = open_model(clip_head(tiny_bundle, tmp_path_factory.mktemp("heads") / "thefts"))
    assert isinstance(opened, HeadedModel)
    return opened


@pytest.fixture(scope="module")
def shopper(tiny_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> HeadedModel:
    folder = tmp_path_factory.mktemp("heads") / "shopper"
    opened = open_model(step_head(tiny_bundle, folder, ("reach", "look"), logits=(2.0, 1.0, 0.0)))
    assert isinstance(opened, HeadedModel)
    return opened


def test_a_head_answers_with_its_own_labels_on_the_features_of_its_backbone(thefts: HeadedModel) -> None:
    features, logits = answers(thefts, clip(96), [56, 8, 32])
    wanted, _ = answers(thefts.backbone, clip(96), [96])
    np.testing.assert_allclose(features, wanted, rtol=1e-2, atol=1e-3)
    assert logits.shape == (12, 2)
    assert (thefts.name, tuple(thefts.labels)) == ("thefts", ("normal", "theft"))
    assert thefts.fingerprint == thefts.backbone.fingerprint


def test_a_card_that_does_not_say_it_looks_as_far_ahead_as_back(shopper: HeadedModel) -> None:
    assert (shopper.bundle.ahead, shopper.bundle.context, shopper.bundle.reaches) == (None, 2, 2)
    assert replace(shopper.bundle, ahead=0).reaches == 0


@pytest.mark.parametrize("length", [48, 96])
def test_kept_features_are_answered_as_their_video_is(thefts: HeadedModel, length: int) -> None:
    """Up to two windows of four steps are one clip, and more are not."""
    stream = thefts.stream(height=32, width=32)
    features, _ = stream.push(clip(length), last=True)
    np.testing.assert_allclose(thefts.clip_logits(features), stream.clip(), rtol=1e-4, atol=1e-4)


def test_a_head_names_what_it_was_trained_for_and_nothing_else(thefts: HeadedModel, shopper: HeadedModel) -> None:
    features, _ = answers(thefts.backbone, clip(64), [64])
    assert shopper.step_logits(features).shape == (16, 3)
    with pytest.raises(UsageError, match="shopper does not name clips"):
        shopper.clip_logits(features)
    with pytest.raises(UsageError, match="thefts does not name steps"):
        thefts.step_logits(features)


def test_a_video_is_analysed_with_a_head(thefts: HeadedModel, shopper: HeadedModel, tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", 60)
    told = analyze(path, thefts)
    assert {one.label for one in told.predictions} == {"normal", "theft"}
    assert sum(one.probability for one in told.predictions) == pytest.approx(1)
    acts = analyze(path, shopper)
    assert [(one.label, one.start, one.end) for one in acts.timeline.segments] == [("reach", 0, 2)]
    assert acts.scores.grid.step == thefts.backbone.bundle.card.step / 2
    assert acts.scores.labels.names == ("reach", "look", BACKGROUND)


@pytest.mark.parametrize("threshold", [0.2, 0.9])
def test_the_threshold_decides_between_two_classes(tiny_bundle: Path, tmp_path: Path, threshold: float) -> None:
    """The second class has a probability of 0.5: an alarm at a threshold of 0.2, none at one of 0.9."""
    head = clip_head(tiny_bundle, tmp_path / "head", logits=(1.0, 1.0), threshold=threshold)
    told = analyze(make_video(tmp_path / "a.mp4", 12), open_model(head))
    assert told.predictions[0].label == ("theft" if threshold < 0.5 else "normal")
