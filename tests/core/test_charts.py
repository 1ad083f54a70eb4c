from __future__ import annotations

import re
from fractions import Fraction

import numpy as np
import pytest

from aisle.core import BACKGROUND, Segment
from aisle.core.charts import Axis, Curve, Mark, bar, graph, heat_map, legend, timeline, whisker
from aisle.core.page import page
from pages import NASTY, Page


def _segment(start: float, end: float, label: str) -> Segment:
    return Segment(Fraction(start), Fraction(end), label, 1.0)


def _graph(points: list[list[float]], **axes: Axis) -> Page:
    x, y = axes.get("x", Axis("across")), axes.get("y", Axis("up"))
    return Page(page("t", graph("A curve", "It rises.", [Curve("it", np.array(points))], x=x, y=y)))


def _places(path: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"[ML]([\d.-]+) ([\d.-]+)", path)]


def test_a_curve_goes_from_corner_to_corner_of_its_axes() -> None:
    shown = _graph([[10, 2], [20, 4]], x=Axis("s", 10, 20, shares=False), y=Axis("n", 2, 4, shares=False))
    (left, low), (right, high) = _places(shown.all("path")[0]["d"] or "")
    rules = shown.all("line")
    assert left == min(float(each["x1"] or 0) for each in rules)
    assert right == max(float(each["x2"] or 0) for each in rules)
    assert low == max(float(each["y2"] or 0) for each in rules)
    assert high == min(float(each["y1"] or 0) for each in rules)
    assert {"10", "20", "2", "4"} <= set(shown.texts["text"])


def test_what_is_not_known_breaks_a_curve() -> None:
    path = _graph([[0, 0], [0.5, float("nan")], [1, 1]]).all("path")[0]["d"] or ""
    assert re.sub(r"[\d. ]", "", path) == "MM"


def test_a_chart_says_what_it_shows() -> None:
    shown = _graph([[0, 0], [1, 1]])
    assert shown.texts["title"][1:] == ["A curve"]
    assert shown.texts["desc"] == ["It rises."]
    assert shown.all("svg")[0]["role"] == "img"


@pytest.mark.parametrize(("x", "anchor"), [(0.1, "start"), (0.9, "end")])
def test_words_of_a_mark_stay_inside(x: float, anchor: str) -> None:
    mark = Mark(x, 0.0, "here")
    shown = Page(page("t", graph("A", "a", [], x=Axis("x"), y=Axis("y"), marks=[mark])))
    [place] = [place for place, told in zip(shown.all("text"), shown.texts["text"], strict=True) if told == "here"]
    assert place["text-anchor"] == anchor
    assert float(place["y"] or 0) < max(float(each["y2"] or 0) for each in shown.all("line"))


def test_several_curves_have_a_legend() -> None:
    curves = [Curve("one", np.zeros((2, 2))), Curve("two", np.ones((2, 2)), look="second", dots=True)]
    shown = Page(page("t", graph("A", "a", curves, x=Axis("x"), y=Axis("y"))))
    assert shown.texts["li"] == ["one", "two"]
    assert len(shown.all("circle")) == 2


def test_every_cell_of_a_heat_map_tells_its_place() -> None:
    shades = np.array([[0.0, 1.0, 0.5]])
    shown = Page(page("t", heat_map("H", "h", ["row"], ["a", "b", "c"], shades, [["", "12", "6"]])))
    cells = [each for each in shown.all("rect") if each["class"] == "cell"]
    assert [each["fill-opacity"] for each in cells] == ["0", "1", "0.5"]
    assert shown.texts["title"][2:] == ["row / a: 0", "row / b: 12", "row / c: 6"]
    assert [told for told in shown.texts["text"] if told.isdigit()] == ["12", "6"]


@pytest.mark.parametrize("count", [1, 13, 40])
def test_a_heat_map_of_any_size_fits_its_own_picture(count: int) -> None:
    names = [f"class {number} {'x' * number}" for number in range(count)]
    shown = Page(page("t", heat_map("H", "h", names, names, np.eye(count), [["1"] * count] * count)))
    [svg] = shown.all("svg")
    cells = [each for each in shown.all("rect") if each["class"] == "cell"]
    assert len(cells) == count**2
    assert max(float(each["x"] or 0) + float(each["width"] or 0) for each in cells) <= float(svg["width"] or 0)
    assert max(float(each["y"] or 0) + float(each["height"] or 0) for each in cells) <= float(svg["height"] or 0)


def test_a_timeline_draws_actions_where_they_are() -> None:
    segments = [_segment(0, 5, "walk"), _segment(5, 8, BACKGROUND), _segment(8, 10, "run")]
    shown = Page(page("t", timeline("a.mp4", {"truth": segments, "predicted": []}, Fraction(10))))
    assert [(each["x"], each["width"]) for each in shown.all("rect")] == [("0.000%", "50.000%"), ("80.000%", "20.000%")]
    assert shown.texts["title"][1:] == ["walk, 00:00.0 to 00:05.0", "run, 00:08.0 to 00:10.0"]
    assert [told for told in shown.texts["span"] if told] == ["truth", "predicted"]
    shown.hold_to_the_palette()


def test_a_long_timeline_goes_on_in_the_next_line() -> None:
    shown = Page(page("t", timeline("a", {"": [_segment(230, 250, "walk")]}, Fraction(300))))
    strips = [each for each in shown.all("svg") if each.get("role") == "img"]
    assert [each["width"] for each in strips] == ["100.000%", "25.000%"]
    assert [(each["x"], each["width"]) for each in shown.all("rect")] == [
        ("95.833%", "4.167%"),
        ("0.000%", "16.667%"),
    ]


@pytest.mark.parametrize("duration", [Fraction(0), Fraction(1, 30), Fraction(7200)])
def test_a_timeline_of_any_length_can_be_drawn(duration: Fraction) -> None:
    shown = Page(page("t", timeline("a", {"": []}, duration)))
    assert shown.texts["figcaption"] == ["a"]


def test_bars_are_as_long_as_their_share() -> None:
    shown = Page(page("t", bar(0.25), whisker(0.1, 0.5, 0.9)))
    assert shown.all("rect")[0]["width"] == "25.0%"
    assert (shown.all("rect")[2]["x"], shown.all("rect")[2]["width"]) == ("10.00%", "80.00%")


def test_names_in_charts_stay_text() -> None:
    drawn = (
        legend({NASTY: "first"}),
        graph(NASTY, NASTY, [], x=Axis(NASTY), y=Axis(NASTY), marks=[Mark(0, 0, NASTY)]),
        heat_map(NASTY, NASTY, [NASTY], [NASTY], np.ones((1, 1)), [[NASTY]]),
        timeline(NASTY, {NASTY: [_segment(0, 1, NASTY)]}, Fraction(2)),
    )
    shown = Page(page("t", *drawn))
    shown.hold_to_the_policy()
    assert not shown.all("script")
    assert not shown.all("img")
