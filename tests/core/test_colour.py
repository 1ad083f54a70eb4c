from __future__ import annotations

import subprocess
import sys

from aisle.core.colour import PALETTE, Colour, label_colour


def _luminance(colour: Colour) -> float:
    """Relative luminance as WCAG 2 defines it."""
    linear = [c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: Colour, other: Colour) -> float:
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_every_colour_is_readable_on_white_and_on_near_black() -> None:
    for colour in PALETTE:
        assert _contrast(colour, (255, 255, 255)) >= 3
        assert _contrast(colour, (24, 26, 30)) >= 3


def test_colours_differ() -> None:
    assert len(set(PALETTE)) == len(PALETTE)


def test_a_label_keeps_its_colour_in_another_process() -> None:
    code = "from aisle.core.colour import label_colour; print(label_colour('golf driving'))"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert other == str(label_colour("golf driving"))


def test_labels_spread_over_the_palette() -> None:
    assert len({label_colour(f"action {number}") for number in range(400)}) == len(PALETTE)


def test_any_text_has_a_colour() -> None:
    for label in ("", "拿起", "broken \udcff name"):
        assert label_colour(label) in PALETTE
