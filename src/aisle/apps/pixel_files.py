"""What judging predicted pictures leaves in a folder: metrics.json and report.html, with pictures to look at."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from PIL import Image as Canvas

from aisle.apps.verdicts import METRICS, PAGE, made, write_json
from aisle.core.charts import Axis, Curve, graph
from aisle.core.page import (
    Column,
    Html,
    Tile,
    definitions,
    header,
    page,
    picture,
    pictures,
    section,
    side_by_side,
    table,
    tiles,
    write_page,
)
from aisle.deploy.pixels import PixelsCard
from aisle.evaluate.prediction import PictureReport, StepFigures

_SCALE, _QUALITY = 2, 88


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """Pictures (T, H, W, 3) uint8 that came, and those that the network painted, in [0, 1]."""

    KEPT: ClassVar[int] = 4
    """So many are shown."""

    came: npt.NDArray[np.uint8]
    said: npt.NDArray[np.float32]

    def strip(self) -> bytes:
        """A JPEG: what came, what was painted, and how far off that is, brightest where it is furthest."""
        said = np.rint(255 * self.said).astype(np.uint8)
        off = np.abs(said.astype(np.int16) - self.came).max(3, keepdims=True).astype(np.uint8).repeat(3, 3)
        rows = np.concatenate([np.concatenate(list(row), 1) for row in (self.came, said, off)])
        shown = Canvas.fromarray(rows.repeat(_SCALE, 0).repeat(_SCALE, 1))
        kept = io.BytesIO()
        shown.save(kept, "JPEG", quality=_QUALITY)
        return kept.getvalue()


def write_pixel_files(
    folder: Path, title: str, card: PixelsCard, data: str, report: PictureReport, looks: Sequence[Look]
) -> None:
    """Raises OutputError."""
    told = made()
    record = {**told, "model": title, "data": data, "ahead": card.ahead, "rate": str(card.rate), **report.to_json()}
    write_json(record, folder / METRICS)
    does = f"predicts {card.ahead} after {card.frames - card.ahead}" if card.predicts else "reconstructs all"
    facts = {
        "Network": f"{card.network}; of windows of {card.frames} pictures, {float(card.rate):g} a second, it {does}",
        "Pictures": f"{card.width} by {card.height} pixels, squeezed to that",
        "Data": data,
        "Windows": str(report.sequences),
        "When": told["date"][:10],
        "Where": told["machine"],
        "With": f"aisle {told['aisle']}",
    }
    shown = pictures(
        [picture(look.strip(), f"window {number}", alt="three rows") for number, look in enumerate(looks, 1)], wide=True
    )
    body = [
        header("aisle evaluate --predict", title, f"{report.sequences} windows"),
        section("How far off", _headlines(report), _graphs(report), _table(report), says=_says(report)),
        section(
            "Some of it", shown, says="Above what came, then what the network painted, below how far off each pixel is."
        ),
        section("What was judged", definitions(facts)),
    ]
    write_page(page(title, *body), folder / PAGE)


def _says(report: PictureReport) -> str:
    rival = " Copying the last picture seen is what must be beaten: where little moves, it is hard to."
    return (
        "SSIM says how alike pictures look, 1 being the same; PSNR is the squared error in decibels, the higher the "
        f"better.{rival if report.copied else ''}"
    )


def _headlines(report: PictureReport) -> Html:
    copied, shown = report.all_copied, list[Tile]()
    for name, text, digits in (("ssim", "SSIM", 3), ("psnr", "PSNR, dB", 2), ("mse_sum", "MSE, summed up", 1)):
        rival = f"copied: {getattr(copied, name):.{digits}f}" if copied else ""
        shown.append(Tile(f"{getattr(report.all, name):.{digits}f}", text, rival))
    return tiles(shown)


def _graphs(report: PictureReport) -> Html:
    step = "step ahead" if report.copied else "picture"
    across = Axis(step, 1, max(len(report.steps), 2), shares=False)
    highest = max(one.psnr for one in (*report.steps, *report.copied))
    return side_by_side(
        graph("SSIM", f"By {step}.", _curves(report, "ssim"), x=across, y=Axis("SSIM", shares=False)),
        graph("PSNR", f"By {step}.", _curves(report, "psnr"), x=across, y=Axis("PSNR, dB", 0, highest, shares=False)),
    )


def _curves(report: PictureReport, name: str) -> list[Curve]:
    kinds = (("painted", report.steps, "first"), ("copied", report.copied, "second"))
    return [
        Curve(text, np.array([[at, getattr(one, name)] for at, one in enumerate(steps, 1)]), look, dots=len(steps) < 2)
        for text, steps, look in kinds
        if steps
    ]


def _table(report: PictureReport) -> Html:
    names = ["MSE, summed up", "MSE", "PSNR", "SSIM"]
    columns = [Column("step"), *(Column(name, number=True) for name in names)]
    columns += [Column(f"copied: {name}", number=True) for name in names if report.copied]
    rows = [
        [str(at), *_cells(step), *(_cells(report.copied[at - 1]) if report.copied else [])]
        for at, step in enumerate(report.steps, 1)
    ]
    return table("By step", columns, rows)


def _cells(one: StepFigures) -> list[str]:
    return [f"{one.mse_sum:.1f}", f"{one.mse:.5f}", f"{one.psnr:.2f}", f"{one.ssim:.4f}"]
