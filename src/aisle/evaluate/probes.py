"""How good features are: several contenders, read in the same simple ways with ever fewer labels, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from aisle.core import UsageError
from aisle.evaluate.bootstrap import LEVEL, Interval, bootstrap
from aisle.evaluate.figures import Floats, Ints

LINEAR, VOTES, FIRST, FIVE, TUNED = "linear", "neighbours", "recall@1", "recall@5", "end to end"
MEASURES = {
    LINEAR: "linear probe",
    VOTES: "nearest neighbours",
    FIRST: "recall@1",
    FIVE: "recall@5",
    TUNED: "trained end to end",
}
"""What is measured, by its name in tables and files."""

DRAWS = 5
"""How often a share of the labels is drawn; all of them only once."""

NEIGHBOURS = 10
"""So many vote."""

SHARES = (0.01, 0.05, 0.1, 1.0)
"""Of the labels."""


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """`right` is (draws, clips): 1 where the answer was right, 0 where it was not, with `share` of the labels."""

    measure: str
    share: float
    right: Floats

    def __post_init__(self) -> None:
        if self.right.ndim != 2 or not ((self.right == 0) | (self.right == 1)).all():
            raise UsageError("an answer is right or wrong", got=self.right.shape, allowed="(draws, clips) of 0 and 1")


@dataclass(frozen=True, slots=True)
class Figure:
    """The share of right answers, a mean over the draws of labels; `spread` is their standard deviation, 0 for one."""

    measure: str
    share: float
    interval: Interval
    spread: float = 0.0


@dataclass(frozen=True, slots=True)
class Spent:
    """Wall-clock seconds for the features of `computed` clips, those kept before left out, and for fitting and asking
    the readers.
    """

    computed: int
    features_s: float
    fitting_s: float


@dataclass(frozen=True, slots=True)
class Row:
    """One contender. `width` counts the numbers of a clip, `seen` the clips whose videos it had learnt from, None where
    nobody said. `lead` is how far its linear probe with all labels is ahead of random weights.
    """

    name: str
    about: str
    width: int
    figures: tuple[Figure, ...]
    seen: int | None = None
    lead: Interval | None = None
    spent: Spent | None = None

    def figure(self, measure: str, share: float) -> Figure | None:
        return next((one for one in self.figures if (one.measure, one.share) == (measure, share)), None)


@dataclass(frozen=True, slots=True)
class Labelled:
    """What `share` of the labels came to: so many `clips` to learn from that are of so many `classes`, on average."""

    share: float
    clips: float
    classes: float


@dataclass(frozen=True, slots=True, eq=False)
class ProbeReport:
    """`support` counts the judged clips by class, those without any too; `parts` is into how many parts of whole groups
    they were cut to be judged in turn, 1 for a fixed test split. `frequent` is what always naming the class that is
    frequent in training gets.
    """

    rows: tuple[Row, ...]
    labelled: tuple[Labelled, ...]
    support: Mapping[str, int]
    parts: int
    frequent: float

    @property
    def columns(self) -> list[tuple[str, float]]:
        """The measures and shares that tables show: all labels for all, fewer for those that learn."""
        shares = [one.share for one in self.labelled]
        wanted = [
            *((LINEAR, share) for share in shares),
            *((measure, shares[-1]) for measure in (VOTES, FIRST, FIVE)),
            *((TUNED, share) for share in shares),
        ]
        return [pair for pair in wanted if any(row.figure(*pair) for row in self.rows)]

    @property
    def confidence(self) -> dict[str, Interval]:
        """Of the first contender's linear probe, by the share of the labels."""
        return {f"{LINEAR} {one.share:g}": one.interval for one in self.rows[0].figures if one.measure == LINEAR}

    def to_json(self) -> dict[str, object]:
        return {
            "judged": sum(self.support.values()),
            "parts": self.parts,
            "frequent_class": self.frequent,
            "labelled": [asdict(one) for one in self.labelled],
            "contenders": [asdict(row) for row in self.rows],
        }


def measured(
    outcomes: Sequence[Outcome], groups: Sequence[str], *, against: Floats | None = None
) -> tuple[tuple[Figure, ...], Interval | None]:
    """The figures of `outcomes`, whose clips are of `groups`, and the lead of the linear probe with all labels over the
    answers `against` (clips,), each clip beside itself. Intervals are by group; one group alone gives none around it.
    """
    columns = [one.right.mean(0) for one in outcomes]
    full = next((at for at, one in enumerate(outcomes) if (one.measure, one.share) == (LINEAR, 1.0)), None)
    ahead = against is not None and full is not None
    if against is not None and full is not None:
        columns.append(columns[full] - against)
    table = np.stack(columns, 1)
    found = bootstrap(lambda rows: _means(table, rows), groups)
    means = enumerate(table.mean(0).tolist())
    spans = [found.get(str(column), Interval(mean, mean, mean, LEVEL, 0)) for column, mean in means]
    figures = tuple(
        Figure(one.measure, one.share, span, float(one.right.mean(1).std()))
        for one, span in zip(outcomes, spans, strict=False)
    )
    return figures, spans[-1] if ahead else None


def _means(table: Floats, rows: Ints) -> dict[str, float]:
    return {str(column): value for column, value in enumerate(table[rows].mean(0).tolist())}
