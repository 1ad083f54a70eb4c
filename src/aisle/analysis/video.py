"""A file or an address in, an `Analysis` out."""

from __future__ import annotations

from contextlib import closing
from fractions import Fraction
from functools import partial
from pathlib import Path
from time import perf_counter

import numpy as np

from aisle.analysis.analyzer import Analyzer
from aisle.analysis.backbone import Backbone, Floats
from aisle.analysis.drift_alarms import DriftOfFile
from aisle.analysis.embed import AHEAD, picture_size
from aisle.analysis.segment import segment
from aisle.core import Analysis, InputError, Prediction, Progress, Segment, Timeline, Timing, clock, silent
from aisle.media.ahead import ahead
from aisle.media.read import Read, Reader

FEW = 3
"""Stretches of a kind of drift that a note tells one by one."""


def analyze(
    video: str | Path, model: Backbone, *, piece: int = 64, progress: Progress = silent, read: Read = Reader
) -> Analysis:
    """One pass over the whole video, opened by `read`. `progress` counts seconds of video. It is also looked at whether
    the camera itself was covered, dark or moved.

    Memory does not grow with the length of the video but for its scores, 400 floats a step. Raises InputError when
    nothing of it can be read; what could be read only in part is told in the timeline's `skipped`.
    """
    begun = perf_counter()
    analyzer, drift = Analyzer(model, piece=piece), DriftOfFile()
    size = partial(picture_size, model=model)
    with read(video, size=size, rate=model.reads.rate) as reader, closing(ahead(reader, AHEAD)) as frames:
        info = reader.info
        total = float(info.duration) if info.duration else None
        for frame in frames:
            analyzer.push(frame)
            drift.push(frame)
            progress(float(frame.time), total)
    if analyzer.frames == 0:
        raise InputError(
            f"no picture of {info.path} could be read",
            got=f"{len(reader.skipped)} damaged stretches",
            do="copy it again",
        )
    features, scores = analyzer.finish()
    drifted = drift.finish()
    duration = reader.duration
    progress(float(duration), float(duration))
    probabilities = analyzer.clip_probabilities()
    return Analysis(
        info=info,
        model=model.name,
        timeline=Timeline(
            duration, segment(scores, until=duration, skipped=reader.skipped, answers=model.answers), reader.skipped
        ),
        scores=scores,
        features=features,
        predictions=_predictions(probabilities, model),
        timing=Timing(reader.decode_s, analyzer.inference_s, perf_counter() - begun),
        notes=_notes(analyzer.frames, model, duration) + _drift_notes(drifted) + analyzer.notes(),
        threshold=model.answers.threshold,
        heat=analyzer.heat(),
        drift=drifted,
    )


def _predictions(probabilities: Floats, model: Backbone) -> tuple[Prediction, ...]:
    """Likeliest first; of two classes, the answer first."""
    order = np.argsort(-probabilities, kind="stable")
    if model.answers.threshold is not None:
        order = np.array([1, 0] if probabilities[1] >= model.answers.threshold else [0, 1])
    return tuple(Prediction(model.labels[int(i)], float(probabilities[i])) for i in order)


def _notes(frames: int, model: Backbone, duration: Fraction) -> tuple[str, ...]:
    wanted = model.steps.trained_frames
    if frames >= wanted:
        return ()
    note = f"short video; got: {frames} pictures at {model.reads.rate} a second ({clock(duration)}); "
    return (note + f"{model.name} was trained on {wanted}: expect less of it here",)


def _drift_notes(drifted: tuple[Segment, ...]) -> tuple[str, ...]:
    """One for each kind, with its first moments."""
    notes = []
    for kind in dict.fromkeys(each.label for each in drifted):
        times = [each for each in drifted if each.label == kind]
        told = [f"{clock(each.start)} to {clock(each.end)}" for each in times[:FEW]]
        more = [f"{len(times) - FEW} more, which the JSON lists"] if len(times) > FEW else []
        notes.append(f"{kind}: {', '.join(told + more)}")
    return tuple(notes)
