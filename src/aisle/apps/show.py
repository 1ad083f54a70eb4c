"""Analyses as text for a terminal and as JSON for a program."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from aisle.analysis.outputs import Outputs
from aisle.analysis.places import places
from aisle.analysis.seen import Seen, seen_table
from aisle.analysis.tables import decision
from aisle.core import Analysis, Segment, Timeline, clock, seconds
from aisle.core.interaction import Interaction
from aisle.core.unusual import Where, corner

FEW = 3
"""Stretches without an answer that are told one by one."""


def classification(analysis: Analysis, top: int) -> str:
    lines = [f"{analysis.info.path}  ({clock(analysis.timeline.duration)}, {analysis.timing.total_s:.1f} s to analyse)"]
    lines += [f"  {one.probability:6.1%}  {one.label}" for one in analysis.predictions[:top]]
    if analysis.threshold is not None:
        lines.append(f"  so it is {analysis.predictions[0].label}: the threshold is {analysis.threshold:.1%}")
    return "\n".join(lines)


def classification_json(analysis: Analysis, top: int) -> dict[str, Any]:
    """As the README documents it: probabilities to six digits, times in seconds; the decision where there is one."""
    timing = analysis.timing
    return {
        "video": analysis.info.path,
        "model": analysis.model,
        **decision(analysis),
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
    lines += [_row(segment, where) for segment, where in zip(shown, places(analysis), strict=True)] or [
        "  no action was sure enough to be named"
    ]
    lines.append(f"  analysed in {analysis.timing.total_s:.1f} s")
    files = {"page": outputs.page, "table": outputs.csv, "annotated video": outputs.annotated if annotated else None}
    lines += [f"  {kind + ':':17}{path}" for kind, path in files.items() if path is not None]
    return "\n".join(lines)


def people(seen: Seen, outputs: Outputs) -> str:
    """Who was there and what was done with products, and where that lies as tables."""
    count = len(seen.visits)
    lines = [f"  {count} {'person' if count == 1 else 'people'} followed"] if count else ["  nobody was seen"]
    lines += [f"  {clock(did.start)}  {_did(did)}" for did in seen.interactions]
    kinds = ("objects", "interactions", "visits")
    return "\n".join([*lines, *(f"  {kind + ':':17}{seen_table(outputs.stem, kind, 'csv')}" for kind in kinds)])


def skipped(timeline: Timeline) -> list[str]:
    """What was not analysed and why, in one line for each of a few stretches or one line for many."""
    lost = timeline.skipped
    if len(lost) <= FEW:
        return [f"not analysed from {clock(one.start)} to {clock(one.end)}: {one.reason}" for one in lost]
    span = f"between {clock(lost[0].start)} and {clock(lost[-1].end)}"
    whole = clock(sum((one.end - one.start for one in lost), Fraction(0)))
    reasons = ", ".join(sorted({one.reason for one in lost}))
    return [f"not analysed: {len(lost)} stretches {span}, {whole} in all, which the JSON lists: {reasons}"]


def _did(did: Interaction) -> str:
    place = f"at {did.zone}" if did.zone else ""
    return " ".join(filter(None, (f"person {did.track}", did.kind.value, did.product, place)))


def _row(segment: Segment, where: Where | None) -> str:
    place = "" if where is None else f", {corner(where.place)}"
    return f"  {clock(segment.start)} - {clock(segment.end)}  {segment.score:4.0%}  {segment.label}{place}"
