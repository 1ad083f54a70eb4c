from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from aisle.core import Segment
from aisle.core.overlap import flatten, overlaps


def part(start: int, end: int, label: str, score: float = 1.0) -> Segment:
    return Segment(Fraction(start), Fraction(end), label, score)


def drawn(segments: tuple[Segment, ...]) -> str:
    """A letter a second, a dot where nothing is."""
    end = max((int(segment.end) for segment in segments), default=0)
    found = (next((s.label for s in segments if s.start <= time < s.end), ".") for time in range(end))
    return "".join(found)


def test_what_starts_last_holds_and_the_earlier_goes_on_behind_it() -> None:
    assert drawn(flatten([part(0, 6, "a"), part(2, 4, "b")])) == "aabbaa"
    assert drawn(flatten([part(1, 4, "a"), part(3, 6, "b")])) == ".aabbb"


def test_of_two_that_start_together_the_shorter_holds_and_of_two_alike_the_first() -> None:
    assert drawn(flatten([part(0, 2, "a"), part(0, 4, "b")])) == drawn(flatten([part(0, 4, "b"), part(0, 2, "a")]))
    assert drawn(flatten([part(0, 4, "b"), part(0, 2, "a")])) == "aabb"
    assert drawn(flatten([part(0, 2, "a"), part(0, 2, "b")])) == "aa"


def test_neighbours_of_one_label_are_one_run_with_the_higher_score() -> None:
    assert flatten([part(0, 2, "a", 0.3), part(2, 4, "a", 0.8), part(5, 6, "a", 0.1)]) == (
        part(0, 4, "a", 0.8),
        part(5, 6, "a", 0.1),
    )


def test_overlapping_ones_are_counted() -> None:
    assert overlaps([part(0, 2, "a"), part(2, 4, "b")]) == 0
    assert overlaps([part(0, 9, "a"), part(2, 4, "b"), part(3, 5, "c")]) == 2


@given(
    st.lists(
        st.tuples(st.integers(0, 12), st.integers(1, 6), st.sampled_from("abc")).map(
            lambda one: part(one[0], one[0] + one[1], one[2])
        )
    )
)
def test_every_moment_has_the_label_that_the_rule_says(segments: list[Segment]) -> None:
    wanted = ""
    for time in range(max((int(segment.end) for segment in segments), default=0)):
        here = [segment for segment in segments if segment.start <= time < segment.end]
        wanted += min(here, key=lambda s: (-s.start, s.end)).label if here else "."
    assert drawn(flatten(segments)) == wanted
