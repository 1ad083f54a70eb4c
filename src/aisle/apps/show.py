"""Analyses as text for a terminal and as JSON for a program."""

from __future__ import annotations

from typing import Any

from aisle.apps.outputs import Outputs
from aisle.core import Analysis, Segment, clock, seconds


def classification(analysis: Analysis, top: int) -> str:
    lines = [f"{analysis.info.path}  ({clock(analysis.timeline.duration)}, {analysis.timing.total_s:.1f} s to analyse)"]
    lines += [f"  {one.probability:6.1%}  {one.label}" for one in analysis.predictions[:top]]
    return "\n".join(lines)


def classification_json(analysis: Analysis, top: int) -> dict[str, Any]:
    """As the README documents it. Probabilities to six digits, times in seconds."""
    timing = analysis.timing
    return {
        "video": analysis.info.path,
        "model": analysis.model,
        "predictions": [
            {"label": one.label, "probability": round(one.probability, 6)} for one in analysis.predictions[:top]
        ],
        "duration_s": seconds(analysis.timeline.duration),
        "timing": {
            "decode_s": round(timing.decode_s, 3),
            "inference_s": round(timing.inference_s, 3),
            "total_s": round(timing.total_s, 3),
        },
        "notes": list(analysis.notes),
        "skipped": [
            {"start_s": seconds(lost.start), "end_s": seconds(lost.end), "reason": lost.reason}
            for lost in analysis.timeline.skipped
        ],
    }


def timeline(analysis: Analysis, outputs: Outputs, *, annotated: bool) -> str:
    shown = analysis.timeline.segments
    lines = [f"{analysis.info.path}  {clock(analysis.timeline.duration)}, {analysis.model}"]
    lines += [_row(segment) for segment in shown] or ["  no action was sure enough to be named"]
    lines.append(f"  analysed in {analysis.timing.total_s:.1f} s")
    places = {"page": outputs.page, "table": outputs.csv, "annotated video": outputs.annotated if annotated else None}
    lines += [f"  {kind + ':':17}{path}" for kind, path in places.items() if path is not None]
    return "\n".join(lines)


def _row(segment: Segment) -> str:
    return f"  {clock(segment.start)} - {clock(segment.end)}  {segment.score:4.0%}  {segment.label}"
