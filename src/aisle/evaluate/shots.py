"""How well changes between shots are found: whether at all, and how exactly in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from aisle.core import UsageError
from aisle.core.shots import Change

TOLERANCE = 2
"""Pictures by which a change may be off and is still found, as in TransNetV2's own protocol."""


@dataclass(frozen=True, slots=True)
class ShotReport:
    """`cuts` and `gradual` are how many there are; `found_cuts` and `found_gradual` of them were found, `false` were
    found that are none. `off` is how many pictures each found cut is early (below 0) or late.
    """

    cuts: int
    gradual: int
    found_cuts: int
    found_gradual: int
    false: int
    off: tuple[Fraction, ...]

    @property
    def precision(self) -> float:
        """Of what was found; 1 where nothing was."""
        found = self.found_cuts + self.found_gradual
        return found / (found + self.false) if found + self.false else 1.0

    @property
    def recall(self) -> float:
        """Of what is there; 1 where nothing is."""
        there = self.cuts + self.gradual
        return (self.found_cuts + self.found_gradual) / there if there else 1.0

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    @property
    def exact(self) -> float:
        """The share of the found cuts that are told to the picture; 1 without one."""
        return sum(abs(one) < Fraction(1, 2) for one in self.off) / len(self.off) if self.off else 1.0


def judge(
    found: Sequence[Change], truth: Sequence[Change], rate: Fraction, *, tolerance: int = TOLERANCE
) -> ShotReport:
    """Both in order of time. A change is found by the first that is still free and overlaps it, with `tolerance`
    pictures at `rate` a second more on either side; each finds one.

    Raises UsageError for a rate or a tolerance that is none.
    """
    if rate <= 0 or tolerance < 0:
        raise UsageError("a rate and a tolerance", got=f"{rate}, {tolerance}", allowed="above 0, 0 or more")
    wide = tolerance / rate
    free = list(found)
    cuts = gradual = 0
    off: list[Fraction] = []
    for change in truth:
        hit = next((one for one in free if one.start <= change.end + wide and change.start - wide <= one.end), None)
        if hit is None:
            continue
        free.remove(hit)
        if change.is_cut:
            cuts += 1
            off.append((hit.middle - change.start) * rate)
        else:
            gradual += 1
    there = sum(change.is_cut for change in truth)
    return ShotReport(there, len(truth) - there, cuts, gradual, len(free), tuple(off))


def pooled(reports: Sequence[ShotReport]) -> ShotReport:
    """All videos as one."""
    return ShotReport(
        sum(one.cuts for one in reports),
        sum(one.gradual for one in reports),
        sum(one.found_cuts for one in reports),
        sum(one.found_gradual for one in reports),
        sum(one.false for one in reports),
        tuple(off for one in reports for off in one.off),
    )
