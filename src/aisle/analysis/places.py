"""Where in the picture what a model warns of was, stretch by stretch."""

from __future__ import annotations

from aisle.core import Analysis
from aisle.core.observed import Observed
from aisle.core.unusual import Unusual, Where, where


def places(analysis: Analysis, observed: Observed | None = None) -> tuple[Where | None, ...]:
    """One for each stretch of the timeline: where it was at its riskiest moment, and of what was `observed` then, who
    or what it was. None for the other class, and everywhere for a model that does not say where.
    """
    unusual, segments = Unusual.of(analysis), analysis.timeline.segments
    if unusual is None:
        return (None,) * len(segments)
    warned = analysis.scores.labels[1]
    found: list[Where | None] = []
    for segment in segments:
        hottest = unusual.hottest(segment.start, segment.end) if segment.label == warned else None
        if hottest is None:
            found.append(None)
            continue
        look = None if observed is None else observed.at(hottest[0])
        found.append(where(unusual, segment.start, segment.end, look))
    return tuple(found)
