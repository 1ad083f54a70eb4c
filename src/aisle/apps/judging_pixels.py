"""`aisle evaluate --predict`: how far the pictures that a network predicts or reconstructs are from those that came."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from aisle.apps.console import progress, remark, say
from aisle.core import InputError, UsageError

if TYPE_CHECKING:
    from aisle.deploy.pixels import Bytes, Pixels, PixelsCard
    from aisle.evaluate.prediction import PictureReport, StepFigures

MOST = 1000
"""Windows that are judged unless something else is asked for."""

DRAWN = "moving shapes, drawn by aisle: two of them, 64 x 64 pixels, by the protocol of Moving MNIST"


def judge_pixels(name: str, data: Path | None, out: Path, count: int = MOST, *, quiet: bool) -> None:
    """Tells, and writes metrics.json and report.html. Without `data`, a folder of any videos, on moving shapes.

    Videos are cut into windows that do not overlap, `count` of them at most. Raises InputError for a network that
    paints no pictures and where no video has a whole window, UsageError for what is no bundle.
    """
    from aisle.analysis.outputs import prepare
    from aisle.apps.pixel_files import Look, write_pixel_files
    from aisle.apps.verdicts import METRICS, PAGE
    from aisle.evaluate.prediction import Judge

    pixels = opened(name)
    shown = drawn(pixels.card, count) if data is None else filmed(pixels.card, data, quiet=quiet)
    judge, looks, windows = Judge(), list[Look](), 0
    prepare(out)
    with progress(f"judging {name}", quiet=quiet) as listener:
        for window in islice(shown, count):
            said = pixels.pictures(window[None])[0]
            judge.add(said, window)
            windows += 1
            looks += [Look(window[-len(said) :], said)] if len(looks) < Look.KEPT else []
            listener(windows, count)
    if not windows:
        raise InputError(
            f"no video of {data} is long enough",
            got=f"none of {pixels.card.frames} pictures at {float(pixels.card.rate):g} a second",
            do="take longer videos",
        )
    report = judge.report()
    title = f"{Path(name).name} on {'moving shapes' if data is None else data.resolve().name}"
    write_pixel_files(out, title, pixels.card, str(data or DRAWN), report, looks)
    say(table(report))
    say(f"written to {out / METRICS} and {out / PAGE}")


def opened(name: str) -> Pixels:
    """What paints in the bundle of this name. Raises InputError where nothing does, UsageError for no bundle."""
    from aisle.deploy.model import find_bundle
    from aisle.deploy.pixels import open_pixels

    folder = find_bundle(name)
    if folder is None:
        raise UsageError(
            f"{name} is no packaged network that paints", got="nothing there", allowed="a bundle by aisle pretrain"
        )
    return open_pixels(folder)


def drawn(card: PixelsCard, count: int) -> Iterator[Bytes]:
    """Windows of moving shapes, as many as are asked for, of the size that the network takes."""
    from aisle.data.moving_shapes import moving_shapes
    from aisle.deploy.pixels import squeezed

    return (squeezed(shown, card.height, card.width) for shown in moving_shapes(count, frames=card.frames))


def filmed(card: PixelsCard, data: Path, *, quiet: bool) -> Iterator[Bytes]:
    """Windows (T, H, W, 3) of all videos below a folder, one after the other; a video that breaks is told, and left
    out from there on. Raises UsageError for what is no folder, InputError where there is no video.
    """
    from aisle.data.unlabelled import unlabelled

    dataset = unlabelled(data)
    for path in dict.fromkeys(example.path for example in dataset.examples):
        try:
            yield from windows_of(path, card)
        except InputError as error:
            if not quiet:
                remark(f"left out: {error}")


def windows_of(video: Path, card: PixelsCard) -> Iterator[Bytes]:
    """Of one video, its whole picture squeezed to what the network takes; what is left at the end is no window."""
    from aisle.media.read import Reader

    kept = []
    with Reader(video, size=(card.width, card.height), rate=card.rate) as reader:
        for frame in reader:
            kept.append(frame.image)
            if len(kept) == card.frames:
                yield np.stack(kept)
                kept = []


def table(report: PictureReport) -> str:
    """A line a step, the mean last; beside it what copying the last picture gives."""
    copied = (*report.copied, report.all_copied) if report.copied else ()
    named = [*(f"{number}" for number in range(1, len(report.steps) + 1)), "all"]
    head = f"{'step':>4}  {'MSE sum':>8}  {'MSE':>7}  {'PSNR':>6}  {'SSIM':>6}"
    head += "    copied: MSE sum      MSE    PSNR    SSIM" if copied else ""
    lines = []
    for number, (name, step) in enumerate(zip(named, (*report.steps, report.all), strict=True)):
        other = copied[number] if copied else None
        lines.append(f"{name:>4}  {_figures(step)}" + (f"           {_figures(other)}" if other else ""))
    return "\n".join([head, *lines])


def _figures(one: StepFigures) -> str:
    return f"{one.mse_sum:8.1f}  {one.mse:7.5f}  {one.psnr:6.2f}  {one.ssim:6.4f}"
