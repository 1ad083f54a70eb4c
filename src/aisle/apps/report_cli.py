"""`aisle report`: what happened at the shelves, as a page and tables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aisle.apps.console import progress, remark, say


def report(
    folder: Annotated[
        Path, typer.Argument(help="Results of aisle detect, and of aisle analyze.", metavar="DIR", show_default=False)
    ],
    site: Annotated[
        Path | None, typer.Option("--site", help="Where shelves and tills are; default: DIR/site.yaml.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="The page; default: DIR/report.html.", metavar="PAGE")
    ] = None,
    till: Annotated[Path | None, typer.Option("--till", help="A till's export, CSV: time, product, quantity.")] = None,
    till_offset: Annotated[
        str, typer.Option("--till-offset", help="How far the till's clock is ahead of the cameras': 90s, 5m, -1h.")
    ] = "0s",
    till_zone: Annotated[
        str | None, typer.Option("--till-zone", help="Time zone of the till's times; default: that of --zone.")
    ] = None,
    till_columns: Annotated[
        str, typer.Option("--till-columns", help="Its columns: time=NAME,product=NAME,quantity=NAME,receipt=NAME.")
    ] = "",
    till_delimiter: Annotated[str, typer.Option("--till-delimiter", help="Between its cells; default: found.")] = "",
    till_time: Annotated[
        str, typer.Option("--till-time", help="The form of its times, as in '%d.%m.%Y %H:%M'; default: found.")
    ] = "",
    started: Annotated[
        str | None,
        typer.Option("--started", help="When the recording began, '2026-11-30 09:00', or a CSV: video,started."),
    ] = None,
    zone: Annotated[str, typer.Option("--zone", help="The shop's time zone, such as Europe/Vienna.")] = "UTC",
    against: Annotated[
        Path | None, typer.Option("--against", help="Results of an earlier period to compare with.", metavar="DIR2")
    ] = None,
    split: Annotated[
        str | None, typer.Option("--split", help="A date within DIR: recordings before and from then on are compared.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no remarks.")] = False,
) -> None:
    """What happened at the shelves: who looked, who took, when and where, as one page and tables for a spreadsheet."""
    from aisle.apps.reporting import Asked, TillAsked, make_report

    told = TillAsked(till, till_offset, till_zone, till_columns, till_delimiter, till_time) if till else None
    page = out or folder / "report.html"
    asked = Asked(folder, page, site, started, zone, against, split, told)
    with progress(f"reporting {folder}", quiet=quiet) as listener:
        made = make_report(asked, progress=listener)
    if not quiet:
        for note in made.notes:
            remark(f"note: {note}")
    say(made.sums)
    say(f"written to {', '.join(map(str, made.files))}")
