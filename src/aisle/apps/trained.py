"""What `aisle train` puts on a card and tells: how good the head is, what was tried, what changed, what would help."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aisle.deploy.clip import ClipBundle
    from aisle.deploy.head import HeadBundle
    from aisle.evaluate.bootstrap import Interval
    from aisle.train.extend import Extended
    from aisle.train.fit import Trained
    from aisle.train.network import TrainedNetwork
    from aisle.train.tune import Tuning

TABLES = ("tuned", "extended", "advice", "doubts")
"""Parts of a card's `measured` that are not one figure each."""


def measured(trained: Trained | TrainedNetwork, notes: Sequence[str] = ()) -> dict[str, object]:
    """Figures by name, with their intervals, why they may flatter, and the advice that follows from them: `notes`."""
    found: dict[str, object] = {}
    confidence: dict[str, Interval] = {}
    if trained.clips is not None:
        clips = trained.clips
        found |= {"top1": clips.top1, "top5": clips.top5, "balanced_accuracy": clips.balanced_accuracy}
        found |= {"macro_f1": clips.macro.f1, "calibration_error": clips.calibration_error}
        confidence |= clips.confidence
    if trained.detector is not None:
        curves, point = trained.detector.curves, trained.detector.point
        f_beta = f"f{point.beta:g}"
        found |= {"roc_auc": curves.roc_auc, "average_precision": curves.average_precision}
        found |= {f_beta: point.f_beta, "precision": point.precision, "recall": point.recall}
        confidence |= {f_beta if name == "f_beta" else name: span for name, span in trained.detector.confidence.items()}
    rounded: dict[str, object] = {name: round(value, 4) for name, value in found.items() if isinstance(value, float)}
    spans: dict[str, object] = {
        f"{name} 95%": [round(span.low, 4), round(span.high, 4)] for name, span in confidence.items()
    }
    said = {"doubts": list(trained.doubts), "advice": list(notes)}
    return rounded | spans | {name: sentences for name, sentences in said.items() if sentences}


def tried(tuning: Tuning) -> dict[str, object]:
    """For the card: each combination with its figure, in percent as the console tells it."""
    trials = [{"options": dict(trial.options), tuning.figure: round(trial.figure, 4)} for trial in tuning.trials]
    return {"by": tuning.figure, "tried": trials}


def tried_text(tuning: Tuning) -> str:
    """A line a combination, the default first; the chosen one is marked."""
    chosen = {**tuning.plan.options, "trend": tuning.plan.trend}
    lines = [f"tried {len(tuning.trials)} combinations, by {tuning.figure} on groups not seen:"]
    for trial in tuning.trials:
        mark = "*" if all(chosen[name] == value for name, value in trial.options.items()) else " "
        said = "  ".join(f"{name}={value}" for name, value in trial.options.items())
        lines.append(f" {mark} {trial.figure:.3f}  {said}")
    return "\n".join(lines)


def changed_text(extended: Extended) -> str:
    """Old classes before and after, then the new ones."""
    width = max(map(len, extended.trained.labels))
    lines = ["of each old class so much is found by the old head and by the new one, on groups not seen:"]
    lines += [
        f"  {one.label:{width}}  {_share(one.before)} -> {_share(one.after)}  ({one.clips} clips)"
        for one in extended.kept
    ]
    for added in extended.added:
        lines.append(
            f"  {added.label:{width}}  new: recall {_share(added.recall)}, precision {_share(added.precision)}  "
            f"({added.clips} clips of {added.groups} groups)"
        )
        lines += [f"    {text}: {_counts(counts)}" for text, counts in _exchanged(added.taken, added.lost) if counts]
    return "\n".join(lines)


def summary(bundle: HeadBundle | ClipBundle) -> str:
    """The figures on the card, a line each, then why they may flatter, then the advice."""
    figures = {name: value for name, value in bundle.measured.items() if name not in TABLES}
    doubts: Sequence[str] = bundle.measured.get("doubts", ())
    advice: Sequence[str] = bundle.measured.get("advice", ())
    return "\n".join(
        [
            f"{bundle.name}: {bundle.title}",
            *(["  on groups that the judged model had not seen:"] if figures else []),
            *(f"  {name:22}{_plain(value)}" for name, value in figures.items()),
            *(f"caution: {sentence}" for sentence in doubts),
            *(["what to know, and what would help:"] if advice else []),
            *(f"  {sentence}" for sentence in advice),
        ]
    )


def _exchanged(taken: Mapping[str, int], lost: Mapping[str, int]) -> list[tuple[str, Mapping[str, int]]]:
    return [("takes clips of", taken), ("loses clips to", lost)]


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(counts.items(), key=lambda pair: -pair[1]))


def _share(value: float | None) -> str:
    return "   -" if value is None else f"{value:4.0%}"


def _plain(value: object) -> str:
    return " to ".join(map(str, value)) if isinstance(value, list) else str(value)
