"""The command line. Each command imports what it needs when it runs, so that `aisle --help` answers at once."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from fractions import Fraction
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from aisle.apps import (
    analyze_cli,
    compare_cli,
    data_cli,
    detect_cli,
    evaluate_cli,
    index_cli,
    keys_cli,
    labels_cli,
    models_cli,
    pretrain_cli,
    recommend_cli,
    report_cli,
    serve_cli,
    shots_cli,
    similar_cli,
    site_cli,
    summarize_cli,
    train_cli,
    watch_cli,
)
from aisle.apps.console import progress, remark, say
from aisle.apps.observing import OVERHEAD
from aisle.apps.opening import opened
from aisle.core import AisleError, UsageError

INTERRUPTED = 130


class Commands(TyperGroup):
    """Ends with 0 done, 1 failed, 2 wrong usage, 130 interrupted; an error is one line on stderr, never a traceback."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except AisleError as error:
            remark(f"error: {error}")
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt:
            remark("stopped; no half-written file is left behind")
            raise typer.Exit(INTERRUPTED) from None

    def main(self, *args: Any, **settings: Any) -> Any:
        try:
            sys.exit(super().main(*args, **settings | {"standalone_mode": False}))
        except TyperException as error:
            remark(_wrong_usage(error))
            sys.exit(UsageError.exit_code)


app = typer.Typer(
    cls=Commands,
    name="aisle",
    help="Turns store and security video into answers: who did what, and when.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: it answers in half the time and reads as well
)
app.add_typer(data_cli.app, name="data")
app.add_typer(models_cli.app, name="models")
app.add_typer(keys_cli.app, name="keys")
app.add_typer(site_cli.app, name="site")
app.command()(analyze_cli.analyze)
app.command()(evaluate_cli.evaluate)
app.command()(compare_cli.compare)
app.command()(train_cli.train)
app.command()(pretrain_cli.pretrain)
app.command()(report_cli.report)
app.command()(watch_cli.watch)
app.command()(summarize_cli.summarize)
app.command()(detect_cli.detect)
app.command()(labels_cli.label_frames)
app.command()(shots_cli.shots)
app.command()(index_cli.index)
app.command()(similar_cli.similar)
app.command()(recommend_cli.recommend)
app.command()(serve_cli.serve)

DEFAULT_MODEL = analyze_cli.DEFAULT_MODEL
SAMPLE_S, SAMPLE_SEED = Fraction(40), 2026
"""Of the shop that the demo renders; its seed is not that of any training set."""
Videos = Annotated[list[str], typer.Argument(help="Video files or addresses.", metavar="VIDEO...", show_default=False)]
ModelName = Annotated[str, typer.Option("--model", help="A name from `aisle models list`, or a bundle's folder.")]
RuntimeName = Annotated[str | None, typer.Option("--runtime", help="What runs the model; default: the card's best.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no remarks.")]


@app.command()
def classify(
    videos: Videos,
    model: ModelName = DEFAULT_MODEL,
    top: Annotated[int, typer.Option(min=1, help="How many classes to show.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON list, an object a video.")] = False,
    runtime: RuntimeName = None,
    quiet: Quiet = False,
) -> None:
    """What a whole video shows: classes and their probabilities. With a bundle that names pictures or products, what
    each picture shows.
    """
    from aisle.apps.classifying import classify_files

    classify_files(videos, model, runtime, top, as_json=as_json, quiet=quiet)


@app.command()
def demo(
    video: Annotated[str | None, typer.Argument(help="Your own video; without it a shop is rendered.")] = None,
    out: Annotated[Path, typer.Option("--out", help="Folder for the results.")] = Path("out"),
    model: Annotated[
        str | None,
        typer.Option("--model", help="Default: shopper for the rendered shop, kinetics-i3d for a video of yours."),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """The first look: analyses a video, or a shop that it renders, and says where to look at the result."""
    from aisle.analysis.outputs import prepare

    prepare(out)
    if video is not None:
        analyze_cli.analyze([video], out=out, model=model or DEFAULT_MODEL, annotate=True, quiet=quiet)
        return
    sample, place = _sample(out, quiet=quiet)
    analyze_cli.analyze(
        [str(sample)],
        out=out,
        model=model or analyze_cli.FROM_ABOVE,
        annotate=True,
        objects=True,
        site=place,
        detector=OVERHEAD,
        quiet=quiet,
    )
    if not quiet:
        say(f"next, what it means for the shop: aisle report {out} --site {place}")


def _sample(out: Path, *, quiet: bool) -> tuple[Path, Path]:
    """A rendered shop, and the site file of its shelves."""
    from aisle.data.rendered import render_to, site
    from aisle.data.sites import write_site

    sample, place = out / "sample.mp4", out / "sample.site.yaml"
    with progress("rendering a shop", quiet=quiet) as listener:
        render_to(sample, seconds=SAMPLE_S, seed=SAMPLE_SEED, progress=listener)
    write_site(site(seed=SAMPLE_SEED), place)
    if not quiet:
        remark(f"rendered a shop: {sample}; a drawing that no model has seen, of the kind that shopper learnt from")
    return sample, place


@app.command()
def bench(
    model: Annotated[str, typer.Argument(help="A model or a bundle's folder.")] = DEFAULT_MODEL,
    video: Annotated[str | None, typer.Argument(help="A video; without it a 920x680 sample is rendered.")] = None,
    runtime: RuntimeName = None,
    quiet: Quiet = False,
) -> None:
    """How fast it runs here: decoding alone, inference alone, both, and the distance to the processor's limit."""
    import tempfile

    from aisle.deploy.bench import measure

    network = opened(model, runtime, quiet=quiet)
    with tempfile.TemporaryDirectory() as folder, progress("measuring", quiet=quiet) as listener:
        if video is None:
            from aisle.data.rendered import render_to

            video = str(Path(folder) / "sample.mp4")
            render_to(Path(video))
        say(str(measure(video, network, progress=listener)))


def _json(records: Sequence[object]) -> str:
    import json

    return json.dumps(records, indent=2)  # in ASCII, which every terminal and pipe carries


def _wrong_usage(error: TyperException) -> str:
    text = error.format_message()
    if text.startswith("Usage:"):  # a command without anything, which asks for its help
        return text
    context = getattr(error, "ctx", None)
    what = " ".join(text.split()).removesuffix(".")
    return f"error: {what}; do: {context.command_path if context else 'aisle'} --help"


def main() -> None:
    """The entry point of `aisle`."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # the name of a file need not be text that can be shown
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # being ended cleans up as Ctrl-C does
    app()
