from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from aisle.core import UsageError
from aisle.models.head import head
from aisle.train.fit import train
from aisle.train.plan import Plan
from aisle.train.tune import NESTED, SAME, SAME_VIDEOS, candidates, tuned
from clips import draw_clips, draw_timelines


def plan_of(name: str) -> Plan:
    card = head(name)
    return Plan(card, card.options, folds=3, epochs=2)


def test_the_default_comes_first_and_every_combination_once() -> None:
    plans = candidates(plan_of("knn"))
    assert plans[0] == plan_of("knn")
    tried = [(plan.options["neighbours"], plan.trend) for plan in plans]
    assert sorted(tried) == [(count, trend) for count in (1, 5, 15) for trend in (False, True)]


def test_what_was_set_stays() -> None:
    set_by_hand = replace(plan_of("knn"), options={"neighbours": 2, "sharpness": 10.0}, trend=False)
    assert [plan.trend for plan in candidates(set_by_hand, ["neighbours"])] == [False, True]
    assert {plan.options["neighbours"] for plan in candidates(set_by_hand, ["neighbours"])} == {2}
    with pytest.raises(UsageError, match="nothing of knn is left to tune") as told:
        candidates(set_by_hand, ["neighbours", "trend"])
    assert "fixed: neighbours, trend" in str(told.value)


def test_figures_are_of_heads_whose_options_were_chosen_without_the_clip(tmp_path: Path) -> None:
    drawn = draw_clips(tmp_path, ("normal", "theft"))
    tuning = tuned(drawn.dataset, plan_of("knn"), drawn.model, drawn.card, drawn.store)
    assert (tuning.figure, tuning.notes, len(tuning.trials)) == ("average precision", (NESTED,), 6)
    best = max(trial.figure for trial in tuning.trials)
    chosen = {**tuning.plan.options, "trend": tuning.plan.trend}
    assert best - next(trial.figure for trial in tuning.trials if trial.options == chosen) < SAME
    assert tuning.logits is not None
    trained = train(drawn.dataset, tuning.plan, drawn.model, drawn.card, drawn.store, logits=tuning.logits)
    assert trained.detector is not None
    assert trained.detector.curves.average_precision > 0.8


def test_a_tie_goes_to_the_default(tmp_path: Path) -> None:
    drawn = draw_clips(tmp_path, ("a", "b", "c"), apart=50)
    tuning = tuned(drawn.dataset, plan_of("linear"), drawn.model, drawn.card, drawn.store)
    assert tuning.figure == "balanced accuracy"
    assert tuning.trials[0].figure > 0.95
    assert tuning.plan == plan_of("linear")


def test_the_test_split_is_not_looked_at(tmp_path: Path) -> None:
    drawn = draw_clips(tmp_path, ("normal", "theft"))
    aside = tuple(
        replace(example, split="test" if example.group == "place 0" else "train") for example in drawn.dataset.examples
    )
    (tmp_path / aside[0].name).unlink()
    dataset = replace(drawn.dataset, examples=aside)
    tuning = tuned(dataset, plan_of("knn"), drawn.model, drawn.card, drawn.store)
    assert tuning.logits is not None
    assert len(tuning.logits) == 20


def test_timelines_are_chosen_by_their_acts(tmp_path: Path) -> None:
    drawn = draw_timelines(tmp_path)
    tuning = tuned(drawn.dataset, plan_of("bilstm"), drawn.model, drawn.card, drawn.store)
    assert [trial.options["hidden"] for trial in tuning.trials] == [96, 64, 128]
    assert (tuning.figure, tuning.notes, tuning.logits) == ("F1@50", (SAME_VIDEOS,), None)
    assert all(0 <= trial.figure <= 1 for trial in tuning.trials)
