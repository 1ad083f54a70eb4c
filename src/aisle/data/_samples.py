"""A few typical pictures of every class, from different groups."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import zip_longest

from PIL import Image

from aisle.core import InputError
from aisle.core.video import Image as Picture
from aisle.data.survey import Stretch, Survey
from aisle.media import Reader, fit, probe

_EACH = 4
_IN_ALL = 160
_SHORT_SIDE = 144
_QUALITY = 78


@dataclass(frozen=True, slots=True)
class Sample:
    """A picture of `label` at `time` seconds of the video, `width` x `height` pixels."""

    label: str
    name: str
    time: Fraction
    jpeg: bytes
    width: int
    height: int


def samples(found: Survey) -> tuple[tuple[Sample, ...], tuple[InputError, ...]]:
    """Up to four of each class, one at least, and the errors of those that gave no picture."""
    each = min(max(_IN_ALL // len(found.dataset.labels), 1), _EACH)
    taken, errors = [], []
    for one in (one for label in found.dataset.labels for one in _typical(found.stretches, label, each)):
        try:
            taken.append(_sample(one))
        except InputError as error:
            errors.append(error)
    return tuple(taken), tuple(errors)


def _typical(stretches: Iterable[Stretch], label: str, most: int) -> list[Stretch]:
    """Those of about median length: one of each group in turn, groups in an order that is mixed but always the same."""
    mine = sorted((one for one in stretches if one.label == label), key=lambda one: one.length)
    middle = mine[len(mine) // 2].length if mine else Fraction(0)
    groups: dict[str, list[Stretch]] = {}
    for one in sorted(mine, key=lambda one: abs(one.length - middle)):
        groups.setdefault(one.example.group, []).append(one)
    mixed = [groups[group] for group in sorted(groups, key=_mixing)]
    return [one for turn in zip_longest(*mixed) for one in turn if one is not None][:most]


def _mixing(group: str) -> bytes:
    return hashlib.sha256(group.encode("utf-8", "surrogatepass")).digest()


def _sample(one: Stretch) -> Sample:
    """Raises InputError where the video cannot be read or ends before the middle of the stretch."""
    path, time = one.example.path, (one.start + one.end) / 2
    info = probe(path)
    width, height = fit(info.width, info.height, short_side=_SHORT_SIDE, multiple=2)
    with Reader(path, size=(width, height), start=time) as reader:
        frame = next(iter(reader), None)
    if frame is None:
        do = "compare the labels with the video's length"
        raise InputError(f"{path} has no picture there", got=f"{float(time):g} s", do=do)
    return Sample(one.label, one.example.name, time, _jpeg(frame.image), width, height)


def _jpeg(image: Picture) -> bytes:
    written = io.BytesIO()
    Image.fromarray(image).save(written, "JPEG", quality=_QUALITY, optimize=True)
    return written.getvalue()
