"""What the training of a detector begins with: published weights, a network of the hub or a folder's, or none."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from aisle.core import InputError, MissingPartError, Progress, UnknownNameError, UnreachableError, UsageError, silent
from aisle.core.weights import WeightsSource
from aisle.deploy.hub import PREFIX, check_licence, find_files, licence_of
from aisle.deploy.weights import find_file, hash_told, read_published
from aisle.models.clip import clip_model
from aisle.objects.yolox import PUBLISHED

if TYPE_CHECKING:
    from torch import Tensor

    from aisle.train.detector import Student

RANDOM, PUBLISHED_WEIGHTS = "random", "published"

Begun = tuple["Student", str]
"""The network, and a sentence on what it begins with."""


def student(
    name: str,
    labels: Sequence[str],
    *,
    weights: str | None = None,
    side: int | None = None,
    progress: Progress = silent,
) -> Begun:
    """A network of the kind `name`, one of `STUDENTS`, that tells `labels` apart in squares of `side` pixels.

    `weights` are published (the default), random, a file or, for rt-detr, a folder that transformers wrote, or
    hub:OWNER/MODEL. Raises UnknownNameError for another kind, UsageError for a side that is none of its,
    UnreachableError where weights cannot be had, DamagedError for those of another network, MissingPartError without
    transformers.
    """
    if name not in STUDENTS:
        raise UnknownNameError("detector to train", name, STUDENTS)
    if side is not None and (side < 64 or side % 32):
        raise UsageError("a detector reads squares", got=f"{side} pixels", allowed="a multiple of 32, 64 or more")
    return STUDENTS[name](tuple(labels), weights or PUBLISHED_WEIGHTS, side, progress)


def _yolox(labels: Sequence[str], weights: str, side: int | None, progress: Progress) -> Begun:
    from aisle.train.detector_yolox import SIDE, YoloxStudent

    file, told = _yolox_file(weights, progress)
    return YoloxStudent(len(labels), file, side or SIDE), told


def _yolox_file(weights: str, progress: Progress) -> tuple[Path | None, str]:
    if weights == RANDOM:
        return None, "random weights"
    if weights != PUBLISHED_WEIGHTS:
        return _there(Path(weights)), f"those of {Path(weights).name}"
    source = PUBLISHED["yolox-nano"].weights
    try:
        path = find_file(source, progress=progress)
    except InputError:  # the folder that the user names lacks it, but may hold a copy under another name
        source, path = _copy()
    except UnreachableError as error:
        do = f"{error.do}; or train --model rt-detr, which begins with weights of the package registry"
        raise UnreachableError(error.what, got=error.got, allowed=error.allowed, do=do) from error
    return path, f"the published ones of COCO, {source.name} ({hash_told(path, source)})"


def _copy() -> tuple[WeightsSource, Path]:
    """Raises InputError where the user's folder holds none."""
    *others, last = PUBLISHED["yolox-nano"].copies
    for source in others:
        with contextlib.suppress(InputError):
            return source, find_file(source)
    return last, find_file(last)


def _detr(labels: Sequence[str], weights: str, side: int | None, progress: Progress) -> Begun:
    _needs_transformers()
    from aisle.train.detector_detr import PUBLISHED_SIDE, SIDE, published_detr, small_detr

    if weights in (RANDOM, PUBLISHED_WEIGHTS):
        state, told = (None, "random weights") if weights == RANDOM else _lite(progress)
        return small_detr(len(labels), state, side or SIDE), told
    name = weights if weights.startswith(PREFIX) else f"{PREFIX}{Path(weights).expanduser().resolve()}"
    files = find_files(name, progress=progress)
    check_licence(name, licence_of(files, str(files.json("config.json").get("model_type", ""))))
    return published_detr(files.folder, labels, side or PUBLISHED_SIDE), f"those of {name.removeprefix(PREFIX)}"


def _lite(progress: Progress) -> tuple[Mapping[str, Tensor], str]:
    from aisle.models.efficientnet_lite import PUBLISHED as NAMES
    from aisle.models.renaming import renamed

    source = clip_model("cnn-lstm").initial
    if source is None:
        raise UsageError("no weights of EfficientNet-Lite0 are known", got="none on the card of cnn-lstm")
    path = find_file(source, progress=progress)
    told = f"EfficientNet-Lite0's of ImageNet, {source.name} ({hash_told(path, source)})"
    return renamed(read_published(path), NAMES), told


STUDENTS: Mapping[str, Callable[[Sequence[str], str, int | None, Progress], Begun]] = {
    "yolox-nano": _yolox,
    "rt-detr": _detr,
}
"""The kinds of detectors that can be trained."""


def _needs_transformers() -> None:
    from importlib.util import find_spec

    if find_spec("transformers") is None:
        raise MissingPartError("training rt-detr", name="transformers", extra="detector")


def _there(path: Path) -> Path:
    if not path.is_file():
        allowed = f"{PUBLISHED_WEIGHTS}, {RANDOM}, or an ONNX file of YOLOX-nano"
        raise InputError("no weights to begin with", got=f"{path}: no such file", allowed=allowed)
    return path
