from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from aisle.core import Frame, Segment, Timeline, UsageError
from aisle.core.colour import label_colour
from aisle.media import Overlay
from videos import Picture

TAKE = Segment(Fraction(2), Fraction(5), "Take From Shelf", 0.875)
WALK = Segment(Fraction(6), Fraction(8), "Walk", 0.5)
TIMELINE = Timeline(Fraction(10), (TAKE, WALK))


def drawn(time: float, width: int = 920, height: int = 680, grey: int = 128, timeline: Timeline = TIMELINE) -> Picture:
    picture = np.full((height, width, 3), grey, np.uint8)
    return Overlay(width, height, timeline).draw(Frame(Fraction(time), picture)).image


def covered(image: Picture, grey: int = 128) -> int:
    """The rows, counted from the bottom, down to the first that is as it was."""
    untouched = np.flatnonzero((image == grey).all(axis=(1, 2)))
    return len(image) if not len(untouched) else len(image) - 1 - int(untouched.max())


@pytest.mark.parametrize(
    ("width", "height"), [(320, 240), (920, 680), (1920, 1080), (3840, 2160), (720, 1280), (640, 120), (64, 48), (8, 8)]
)
def test_it_covers_little_of_any_picture(width: int, height: int) -> None:
    image = drawn(3, width, height)
    assert image.shape == (height, width, 3)
    assert 1 <= covered(image) <= 0.15 * height
    assert (image[: height - covered(image)] == 128).all()


@pytest.mark.parametrize(("width", "height"), [(320, 240), (920, 680), (3840, 2160)])
def test_letters_are_large_enough(width: int, height: int) -> None:
    without, image = drawn(5.5, width, height), drawn(3, width, height)
    bright = (image.astype(int) - without > 100).all(axis=2)[:, : width // 2]
    rows = np.flatnonzero(bright.any(axis=1))
    assert 0.035 * height <= rows.max() - rows.min() <= 0.1 * height


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_text_stands_out_on_any_picture(grey: int) -> None:
    panel = drawn(3, grey=grey)[-covered(drawn(3, grey=grey), grey) :].max(axis=2)
    background, text = int(np.median(panel)), int(panel[: len(panel) * 2 // 3].max())
    assert background < 110
    assert text > 245


def test_the_frame_itself_is_left_as_it_was() -> None:
    picture = np.full((240, 320, 3), 90, np.uint8)
    frame = Frame(Fraction(1), picture)
    result = Overlay(320, 240, TIMELINE).draw(frame)
    assert (picture == 90).all()
    assert result.time == frame.time
    assert result.image is not picture


def left_of(image: Picture) -> Picture:
    """The left half of the panel, without the timeline and its cursor: the label and its score."""
    return image[-covered(image) : -16, : image.shape[1] // 2]


def test_the_label_and_score_are_those_of_the_moment() -> None:
    assert np.array_equal(left_of(drawn(2)), left_of(drawn(4.999)))
    texts = [left_of(drawn(time)) for time in (3, 5, 7)]
    assert all(not np.array_equal(texts[one], texts[other]) for one, other in ((0, 1), (0, 2), (1, 2)))
    better = Timeline(Fraction(10), (Segment(Fraction(2), Fraction(5), TAKE.label, 0.9), WALK))
    assert not np.array_equal(left_of(drawn(3)), left_of(drawn(3, timeline=better)))


def test_it_does_not_matter_what_was_drawn_before() -> None:
    overlay = Overlay(320, 240, TIMELINE)
    picture = np.zeros((240, 320, 3), np.uint8)
    for time in (3, 7, 3, 0, 9, 3):
        image = overlay.draw(Frame(Fraction(time), picture)).image
        assert np.array_equal(image, drawn(time, 320, 240, grey=0))


def test_the_clock_runs() -> None:
    one, other = drawn(3), drawn(3.001)
    changed = np.flatnonzero((one != other).any(axis=(0, 2)))
    assert changed.min() > 920 * 0.9  # the last digit
    assert len(changed) < 30


def test_the_label_has_its_colour() -> None:
    for time, segment in ((3, TAKE), (7, WALK)):
        chip = (left_of(drawn(time)) == label_colour(segment.label)).all(axis=2)
        assert chip.sum() > 100


def test_the_timeline_shows_every_segment_where_it_is() -> None:
    bar = drawn(9.9)[-1]
    for segment in (TAKE, WALK):
        first, after = int(segment.start * 92), int(segment.end * 92)
        assert (bar[first:after] == label_colour(segment.label)).all()
    gap = bar[int(5.1 * 92) : int(5.9 * 92)]
    assert (gap == gap[0]).all()
    assert tuple(gap[0]) not in {label_colour(segment.label) for segment in (TAKE, WALK)}


def test_a_short_segment_is_still_seen() -> None:
    short = Segment(Fraction(5000), Fraction(5001), "Walk", 0.5)
    bar = drawn(1, timeline=Timeline(Fraction(10_000), (short,)))[-1]
    assert (bar == label_colour("Walk")).all(axis=1).sum() == 1


def test_the_cursor_moves_with_the_time() -> None:
    places = [float(np.mean(np.flatnonzero((drawn(time)[-1] == 255).all(axis=1)))) for time in (0, 2.5, 5, 10, 99)]
    assert places == pytest.approx([3.5, 230, 460, 915.5, 915.5], abs=2)


def test_a_long_label_ends_before_the_clock() -> None:
    label = "Hand In Shelf And A Great Many Other Things That Nobody Would Ever Read " * 3
    long = drawn(3, timeline=Timeline(Fraction(10), (Segment(Fraction(0), Fraction(10), label, 1),)))
    without = drawn(3, timeline=Timeline(Fraction(10), ()))
    rows, clock = np.s_[-covered(long) : -16], np.s_[-230:]
    assert np.array_equal(long[rows, clock], without[rows, clock])
    assert not np.array_equal(long[rows, 500:640], without[rows, 500:640])


def test_letters_that_the_font_lacks_are_no_error() -> None:
    assert (
        covered(drawn(3, timeline=Timeline(Fraction(10), (Segment(Fraction(0), Fraction(10), "拿取 Käse", 1),)))) > 50
    )


def test_a_frame_of_another_size() -> None:
    overlay = Overlay(320, 240, TIMELINE)
    with pytest.raises(UsageError, match=r"one size; got: \(48, 64, 3\); allowed: \(240, 320, 3\)"):
        overlay.draw(Frame(Fraction(0), np.zeros((48, 64, 3), np.uint8)))


def test_a_timeline_without_length() -> None:
    with pytest.raises(UsageError, match="got: 0 s"):
        Overlay(320, 240, Timeline(Fraction(0), ()))
