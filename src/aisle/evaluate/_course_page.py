"""The page's part about the course of a training."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from aisle.core.charts import Axis, Curve, graph
from aisle.core.page import Html, section, side_by_side
from aisle.evaluate.course import Course


def sections(course: Course) -> Html:
    highest = max([1e-6, *course.loss, *(loss for loss in course.kept_loss if loss is not None)])
    across = Axis("epochs", 0, len(course.loss), shares=False)
    losses = graph(
        "The loss",
        f"The loss fell from {course.loss[0]:.3g} to {course.loss[-1]:.3g}.",
        [_curve("learnt from", course.loss, "first"), _curve("kept aside", course.kept_loss, "second")],
        x=across,
        y=Axis("loss", 0, _round(highest), shares=False),
    )
    answers = graph(
        "Right answers",
        "The share of right answers on what was kept aside.",
        [_curve("kept aside", course.accuracy, "second")],
        x=across,
        y=Axis("right answers"),
    )
    says = (
        "Where the loss on what was kept aside rises while the other falls, the network learns its examples by heart: "
        "train for fewer epochs, or from more examples. No epoch was chosen by these curves; the last one counts."
    )
    return section("The course of the training", side_by_side(losses, answers), says=says)


def _curve(name: str, values: Sequence[float | None], look: str) -> Curve:
    points = [(number, value) for number, value in enumerate(values, 1) if value is not None]
    return Curve(name, np.array(points, np.float64).reshape(-1, 2), look, dots=len(points) < 2)


def _round(highest: float) -> float:
    """The next 1, 2 or 5 times a power of ten, so that ticks are round."""
    power = 10.0 ** math.floor(math.log10(highest))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= highest)
