"""How well what is unusual is noticed in rendered shops, after learning from normal days before the same cameras.

Trains as `aisle train --task anomaly` does on DIR/train and DIR/validation, all of it normal, then watches DIR/test,
whose rare events it never saw: running, falling, fighting, concealing, an object left, a blocked camera. `--unseen`
names a set of other shops: cameras that were not learnt.

    aisle data render DIR --incidents --seed 7
    python benchmarks/noticing.py DIR --backbone BUNDLE [--unseen DIR]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import record

from aisle.analysis.analyzer import Analyzer
from aisle.analysis.embed import watched
from aisle.core import Scores
from aisle.core.heat import Heat, place_of
from aisle.data.rendered_incidents import truth_of
from aisle.data.truth import Seen, Truth, read_truth
from aisle.deploy.model import open_model
from aisle.evaluate.alarms import Told, delay
from aisle.evaluate.anomaly import Judgement, evaluate_anomalies
from aisle.evaluate.curves import curves
from aisle.evaluate.places import hottest_inside
from aisle.events.alarm import Alarm, Policy

SOON = 1.0
"""Seconds within which an event should be told of."""


@dataclass(frozen=True, slots=True, eq=False)
class Watched:
    """One video: its truth, the risk of each frame, alarms, and of each event whether the hottest place lay on it."""

    name: str
    truth: Truth
    risks: np.ndarray[Any, np.dtype[np.float64]]
    alarms: tuple[Told, ...]
    hits: tuple[bool, ...]


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--unseen", type=Path)
    asked.add_argument("--backbone", default="kinetics-i3d")
    asked.add_argument("--alarms-a-day", default="24", help="false alarms on normal days that are borne")
    asked.add_argument("--name", default="noticing")
    told = asked.parse_args()
    with tempfile.TemporaryDirectory() as home:
        bundle = Path(home) / "normal"
        learn(told.folder, bundle, "--backbone", told.backbone, "--alarms-a-day", told.alarms_a_day)
        figures = {"other people": judged(watch(bundle, told.folder))}
        if told.unseen:
            figures["other shops"] = judged(watch(bundle, told.unseen))
    record.save(told.name, {"backbone": Path(told.backbone).name, "alarms_a_day": told.alarms_a_day, **figures})


def learn(folder: Path, bundle: Path, *more: str) -> None:
    """From all normal days, which lie in two folders."""
    days = bundle.parent / "days"
    days.mkdir()
    for video in [*folder.glob("train/*.mp4"), *folder.glob("validation/*.mp4")]:
        (days / video.name).symlink_to(video.resolve())
    command = ["train", "--task", "anomaly", "--data", str(days), "--out", str(bundle), *more]
    subprocess.run([sys.executable, "-m", "aisle", *command, "--features", str(bundle.parent / "kept")], check=True)


def watch(bundle: Path, folder: Path) -> list[Watched]:
    model, found = open_model(str(bundle)), []
    threshold = model.answers.threshold
    for video in sorted((folder / "test").glob("*.mp4")):
        analyzer: Analyzer = watched(video, model)
        _, scores = analyzer.finish()
        truth, heat = read_truth(truth_of(video)), analyzer.heat()
        hits = tuple(_hit(seen, truth, scores, heat) for seen in truth.incidents)
        alarms = tuple(raised(scores, Policy.prompt(threshold or 0.5), video.stem))
        found.append(Watched(video.stem, truth, _by_frame(scores, truth), alarms, hits))
        print(video.stem, [seen.kind for seen in truth.incidents], len(alarms), "alarms", hits, flush=True)
    return found


def raised(scores: Scores, policy: Policy, camera: str) -> list[Told]:
    """The alarms that `aisle watch` raises."""
    alarm, step, news = Alarm(camera, "unusual", policy), scores.grid.step, []
    for index, risk in enumerate(scores.values[:, 1].tolist()):
        start = scores.grid.start + index * step
        news += alarm.update(start, start + step, min(max(risk, 0.0), 1.0))
    news += alarm.finish()
    known = {event.id: event.updated for event in reversed(news)}
    ended = [event for event in news if event.ended is not None]
    return [Told(event.started, min(known[event.id], event.updated), event.updated) for event in ended]


def _by_frame(scores: Scores, truth: Truth) -> np.ndarray[Any, np.dtype[np.float64]]:
    last = len(scores.values) - 1
    steps = [
        min(int(Fraction(2 * frame + 1, 2 * truth.rate) / scores.grid.step), last) for frame in range(truth.frames)
    ]
    return scores.values[steps, 1].astype(np.float64)


def _hit(seen: Seen, truth: Truth, scores: Scores, heat: Heat | None) -> bool:
    """Whether the hottest part of the picture lies on the event, at the moment of the event that is most unusual."""
    if heat is None:
        return False
    step = scores.grid.step
    steps = [
        at for at in range(len(scores.values)) if seen.start <= (at + Fraction(1, 2)) * step * truth.rate < seen.end
    ]
    if not steps:
        steps = [min(int(Fraction(seen.start, truth.rate) / step), len(scores.values) - 1)]
    at = max(steps, key=lambda one: float(scores.values[one, 1]))
    frame = min(max(int((at + Fraction(1, 2)) * step * truth.rate) - seen.start, 0), len(seen.boxes) - 1)
    box = seen.boxes[frame]
    values = heat.at(heat.grid.start + at * step)
    if box is None or values.max() <= 0:
        return False
    true = np.array(box, np.float64) / np.tile(np.array(truth.size, np.float64), 2)
    left, top, right, bottom = place_of(values)
    overlaps = left < true[2] and right > true[0] and top < true[3] and bottom > true[1]
    return bool(overlaps or hottest_inside(values, true[None]))


def judged(videos: Sequence[Watched]) -> dict[str, Any]:
    report = evaluate_anomalies([_judgement(one) for one in videos], threshold=0.5)
    kinds = np.concatenate([_kinds(one.truth) for one in videos])
    risks = np.concatenate([one.risks for one in videos])
    return {
        "videos": len(videos),
        "frame_auc_micro": report.frames.micro,
        "frame_auc_macro": report.frames.macro,
        "false_alarms_an_hour": report.alarms.false_per_hour,
        "hours": report.alarms.hours,
        "all": _soon([one for video in videos for one in _events(video)]),
        "kinds": {
            kind: {"frame_auc": _area(risks, kinds, kind)}
            | _soon([one for video in videos for one in _events(video, kind)])
            for kind in sorted(set(kinds) - {""})
        },
    }


def _judgement(video: Watched) -> Judgement:
    truth, rate = video.truth, Fraction(video.truth.rate)
    events = tuple((seen.start / rate, seen.end / rate) for seen in truth.incidents)
    return Judgement(video.risks, _kinds(truth) != "", rate, events, video.alarms, video.name)


def _kinds(truth: Truth) -> np.ndarray[Any, np.dtype[np.str_]]:
    found = np.full(truth.frames, "", "U20")
    for seen in truth.incidents:
        found[seen.start : seen.end] = seen.kind
    return found


def _events(video: Watched, kind: str = "") -> list[tuple[float | None, bool]]:
    """Seconds until each was told of, None where it was not, and whether its place was hit."""
    found, rate = [], video.truth.rate
    for seen, hit in zip(video.truth.incidents, video.hits, strict=True):
        if kind in ("", seen.kind):
            late = delay((Fraction(seen.start, rate), Fraction(seen.end, rate)), video.alarms, grace=Fraction(1))
            found.append((None if late is None else float(late), hit))
    return found


def _soon(events: Sequence[tuple[float | None, bool]]) -> dict[str, Any]:
    """Of those that were told of the median and the ninth tenth of seconds; of all the shares told of soon, and hit."""
    late = [seconds for seconds, _ in events if seconds is not None]
    return {
        "events": len(events),
        "told_of": len(late),
        "delay_median": float(np.median(late)) if late else None,
        "delay_90": float(np.quantile(late, 0.9)) if late else None,
        "share_within_a_second": sum(seconds < SOON for seconds in late) / max(len(events), 1),
        "place_hit": sum(hit for _, hit in events) / max(len(events), 1),
    }


def _area(risks: np.ndarray[Any, Any], kinds: np.ndarray[Any, Any], kind: str) -> float:
    """Of the frames of one kind against all normal ones."""
    used = (kinds == "") | (kinds == kind)
    return curves(risks[used], kinds[used] == kind).roc_auc


if __name__ == "__main__":
    main()
