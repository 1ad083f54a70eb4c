"""Reasons to doubt a figure, found in the facts behind it and said in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from aisle.core.page import percent
from aisle.evaluate.bootstrap import Interval

_FEW_EXAMPLES = 100
_FEW_OF_A_CLASS = 10
_FEW_GROUPS = 10
_NAMED = 30
_WIDE = 0.1
_UNEVEN = 5
_OVERSURE = 0.1


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the figures rest on: `support` counts the examples, called `unit`, of each class; `groups` None is unknown.

    `known` are doubts that do not show in the figures. `intervals` are those of shares, 0 to 1.
    """

    known: Sequence[str]
    groups: int | None
    rendered: bool
    support: Mapping[str, int]
    unit: str
    intervals: Mapping[str, Interval]
    calibration_error: float | None


def doubts(evidence: Evidence) -> Iterator[str]:
    """A sentence or two for each reason, what matters most first; one that says so where there is none."""
    found = [
        *evidence.known,
        *_rendered(evidence),
        *_groups(evidence),
        *_examples(evidence),
        *_classes(evidence),
        *_intervals(evidence),
        *_calibration(evidence),
    ]
    yield from found or ["Nothing in the numbers speaks against it."]
    yield (
        "The figures hold for videos like those judged here. Another camera, angle, light or kind of shop can give "
        "quite other ones; only a test on your own videos tells."
    )


def _rendered(evidence: Evidence) -> Iterator[str]:
    if evidence.rendered:
        yield (
            "The model learnt from drawn videos. Figures on drawn videos say how well it learnt the drawing, and "
            "next to nothing about real cameras."
        )


def _groups(evidence: Evidence) -> Iterator[str]:
    if evidence.groups is None:
        yield (
            "It is not known which videos share a person, place or film. If some of them were learnt from and others "
            "judged on, the figures are too good, and the ranges too narrow."
        )
    elif evidence.groups < _FEW_GROUPS:
        yield (
            f"All examples come from {evidence.groups} {'group' if evidence.groups == 1 else 'groups'} (people, places "
            "or films). How the model does with other ones is hardly tested."
        )


def _examples(evidence: Evidence) -> Iterator[str]:
    total = sum(evidence.support.values())
    if total < _FEW_EXAMPLES:
        yield f"There are only {total} {evidence.unit} to judge by: one of them more or less moves the figures visibly."


def _classes(evidence: Evidence) -> Iterator[str]:
    support = {label: count for label, count in evidence.support.items() if count}
    if absent := [label for label, count in evidence.support.items() if not count]:
        yield f"Not tested at all, as there was no example: {_some(absent)}."
    if few := [f"{label} ({count})" for label, count in support.items() if count < _FEW_OF_A_CLASS]:
        yield f"Under {_FEW_OF_A_CLASS} {evidence.unit} of: {_some(few)}. Figures of these classes are rough."
    if support and max(support.values()) > _UNEVEN * min(support.values()):
        most, least = max(support, key=lambda label: support[label]), min(support, key=lambda label: support[label])
        yield (
            f"The classes are uneven ({support[most]:,} of {most}, {support[least]:,} of {least}): figures over all "
            f"{evidence.unit} are mostly about {most}. Those that mean over classes, and the table by class, are not."
        )


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} others" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _intervals(evidence: Evidence) -> Iterator[str]:
    widest = max(evidence.intervals.values(), key=lambda one: one.high - one.low, default=None)
    if widest and widest.high - widest.low > _WIDE:
        yield (
            f"The ranges are wide: one reaches from {percent(widest.low)} to {percent(widest.high)}. Two models whose "
            "ranges overlap this much cannot be told apart by these figures."
        )


def _calibration(evidence: Evidence) -> Iterator[str]:
    error = evidence.calibration_error
    if error is not None and error > _OVERSURE:
        yield (
            f"How sure the model says it is and how often it is right are {percent(error)} apart on average: do not "
            "read its probabilities as odds."
        )
