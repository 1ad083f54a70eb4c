"""The 80 kinds of things of COCO, which most published detectors are trained on (Lin et al., arXiv:1405.0312)."""

from __future__ import annotations

from importlib import resources

_BY_NUMBER = {
    int(number): name
    for number, name in (
        line.split(" ", 1) for line in (resources.files("aisle.objects") / "coco.txt").read_text("utf-8").splitlines()
    )
}

COCO = tuple(_BY_NUMBER.values())
"""As networks with 80 outputs number them, from 0."""

COCO_NUMBERED = tuple(_BY_NUMBER.get(number, "") for number in range(max(_BY_NUMBER) + 1))
"""As the dataset numbers them, from 1 to 90; "" where a number names nothing."""
