"""`aisle compare`: models side by side on the same clips, accuracy against cost."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aisle.apps.console import progress, remark, say

DEFAULTS = ("tsn-r50", "tsm-r50", "slowfast-r50", "kinetics-i3d")
"""The networks that courses compare."""


def compare(
    data: Annotated[Path, typer.Option("--data", help="The dataset's folder.", show_default=False)],
    models: Annotated[
        list[str] | None,
        typer.Argument(
            help=f"Names from `aisle models list`, or bundles' folders; default: {', '.join(DEFAULTS)}.",
            metavar="[MODEL]...",
            show_default=False,
        ),
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="Folder for the results; made if need be.")] = Path("comparison"),
    names: Annotated[
        Path | None,
        typer.Option("--names", help="CSV: class,label; which labels of the models mean a class of the data."),
    ] = None,
    clips: Annotated[int, typer.Option(help="Stretches of each video that a network is shown; papers take 10.")] = 1,
    crops: Annotated[int, typer.Option(help="Squares of each: 1, in the middle, or 3 side by side.")] = 1,
    split: Annotated[
        str | None, typer.Option(help="train, validation or test; default: test, where there are splits.")
    ] = None,
    kind: Annotated[str | None, typer.Option(help="The dataset's layout; default: the one that fits.")] = None,
    runtime: Annotated[str | None, typer.Option("--runtime", help="What runs them; default: each card's best.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no remarks.")] = False,
) -> None:
    """Models side by side on the same clips: accuracy, time, operations and memory, as tables and a page.

    Published weights that cannot be fetched are replaced by random ones, and only the cost is told.
    """
    import tempfile
    from contextlib import ExitStack

    from aisle.analysis.outputs import prepare
    from aisle.apps.comparison import compare as side_by_side
    from aisle.apps.comparison_files import console, write_comparison
    from aisle.apps.contender import Terms
    from aisle.apps.views import Views
    from aisle.core import Progress
    from aisle.data.find import open_dataset
    from aisle.data.names import read_names

    terms = Terms(runtime, Views(clips, crops))
    meant = read_names(names) if names else {}
    dataset = open_dataset(data, kind)
    prepare(out)
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as bars:

        def listening(doing: str, name: str) -> Progress:
            bars.close()
            return bars.enter_context(progress(f"{doing} {name}", quiet=quiet))

        compared = side_by_side(
            models or DEFAULTS, dataset, terms, Path(scratch), split=split, names=meant, listening=listening
        )
    if not quiet:
        for note in compared.notes:
            remark(f"note: {note}")
    paths = write_comparison(compared, out)
    say(console(compared))
    say(f"written to {', '.join(map(str, paths))}")
    if any(row.error for row in compared.rows):
        raise typer.Exit(1)
