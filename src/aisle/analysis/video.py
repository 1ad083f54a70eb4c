"""A file or an address in, an `Analysis` out."""

from __future__ import annotations

from contextlib import closing
from fractions import Fraction
from pathlib import Path
from time import perf_counter

import numpy as np

from aisle.analysis.analyzer import Analyzer
from aisle.analysis.backbone import Backbone
from aisle.analysis.segment import segment
from aisle.core import Analysis, InputError, Prediction, Progress, Timeline, Timing, VideoInfo, clock, silent
from aisle.media.ahead import ahead
from aisle.media.fit import fit
from aisle.media.probe import probe
from aisle.media.read import Reader

AHEAD = 64  # frames decoded while the network works, as many as it takes at once; a bound on memory
NARROWEST = 8
"""How many times the short side of a picture the long one may be: the short one is scaled to a given size, and memory
grows with the long one. Wider than any camera's panorama.
"""


def analyze(video: str | Path, model: Backbone, *, piece: int = 64, progress: Progress = silent) -> Analysis:
    """One pass over the whole video. `progress` counts seconds of video.

    Memory does not grow with the length of the video but for its scores, 400 floats a step. Raises InputError when
    nothing of it can be read; what could be read only in part is told in the timeline's `skipped`.
    """
    begun = perf_counter()
    info = probe(video)
    _check_shape(info, model)
    size = fit(info.width, info.height, short_side=model.reads.short_side, multiple=model.reads.multiple)
    analyzer = Analyzer(model, piece=piece)
    total = float(info.duration) if info.duration else None
    with Reader(video, size=size, rate=model.reads.rate) as reader, closing(ahead(reader, AHEAD)) as frames:
        for frame in frames:
            analyzer.push(frame)
            progress(float(frame.time), total)
    if analyzer.frames == 0:
        raise InputError(
            f"no picture of {info.path} could be read",
            got=f"{len(reader.skipped)} damaged stretches",
            do="copy it again",
        )
    features, scores = analyzer.finish()
    duration = reader.duration
    progress(float(duration), float(duration))
    probabilities = analyzer.clip_probabilities()
    labels, order = model.labels, np.argsort(-probabilities, kind="stable")
    return Analysis(
        info=info,
        model=model.name,
        timeline=Timeline(duration, segment(scores, until=duration, skipped=reader.skipped), reader.skipped),
        scores=scores,
        features=features,
        predictions=tuple(Prediction(labels[int(i)], float(probabilities[i])) for i in order),
        timing=Timing(reader.decode_s, analyzer.inference_s, perf_counter() - begun),
        notes=_notes(analyzer.frames, model, duration),
    )


def _check_shape(info: VideoInfo, model: Backbone) -> None:
    if max(info.width, info.height) > NARROWEST * min(info.width, info.height):
        raise InputError(
            f"the picture is too narrow for {model.name}, which takes the whole of it",
            got=f"{info.path}: {info.width}x{info.height}",
            allowed=f"a long side of at most {NARROWEST} times the short one",
            do="cut the picture into parts, or stretch it",
        )


def _notes(frames: int, model: Backbone, duration: Fraction) -> tuple[str, ...]:
    wanted = model.steps.trained_frames
    if frames >= wanted:
        return ()
    note = f"short video; got: {frames} pictures at {model.reads.rate} a second ({clock(duration)}); "
    return (note + f"{model.name} was trained on {wanted}: expect less of it here",)
