"""`aisle watch`: a camera, or a file as if it were one, with a risk bar and alarms."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer

from aisle.apps.gauge import Gauge
from aisle.apps.opening import annotating, opened
from aisle.apps.telling import Teller
from aisle.core import UsageError, silent
from aisle.core.address import is_address, without_password

SPOOL = Path("aisle-spool")


def watch(
    source: Annotated[
        str,
        typer.Argument(
            help="A video file, the number of a webcam, or an address: rtsp://..., http://...",
            metavar="SOURCE",
            show_default=False,
        ),
    ],
    model: Annotated[
        str, typer.Option("--model", help="A name from `aisle models list`, or a bundle's folder.")
    ] = "shoplifting",
    kind: Annotated[
        list[str] | None,
        typer.Option("--kind", help="A class to warn of; repeat it. Default: the model's own.", show_default=False),
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="The risk from which to warn. Default: the model's own.", show_default=False),
    ] = None,
    sink: Annotated[
        list[str] | None,
        typer.Option(
            "--sink",
            help="Where alarms go besides the terminal; repeat it: jsonl:FILE, https://HOST/HOOK, mqtt://HOST/TOPIC, smtp://...",
            show_default=False,
        ),
    ] = None,
    evidence: Annotated[
        Path | None, typer.Option(help="Folder for a clip of each alarm, 5 s before to 5 s after.", show_default=False)
    ] = None,
    spool: Annotated[Path, typer.Option(help="Where alarms wait for a sink that does not answer.")] = SPOOL,
    blur: Annotated[bool, typer.Option("--blur", help="No head can be recognised in the clips.")] = False,
    blur_people: Annotated[
        bool, typer.Option("--blur-people", help="No person can, as seen from above too, where cameras stand still.")
    ] = False,
    drift: Annotated[
        bool, typer.Option("--drift/--no-drift", help="Also tell of the camera itself: covered, dark, moved, frozen.")
    ] = True,
    fast: Annotated[bool, typer.Option("--fast", help="A file as fast as it goes instead of in real time.")] = False,
    name: Annotated[str | None, typer.Option(help="What to call the camera.", show_default=False)] = None,
    runtime: Annotated[
        str | None, typer.Option("--runtime", help="What runs the model; default: the card's best.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No risk bar and no remarks.")] = False,
) -> None:
    """Warns of what happens before a camera: a risk bar, one alarm for each incident, and its clip."""
    from contextlib import ExitStack, closing
    from functools import partial

    from aisle.analysis.embed import picture_size
    from aisle.core import writing
    from aisle.events.sink import open_sink
    from aisle.live.watch import Evidence, watch
    from aisle.live.watcher import Watcher, kinds_of
    from aisle.media.camera import Camera

    if (blur or blur_people) and evidence is None:
        raise UsageError("what is blurred are the clips", got="no clips", do="say where they go: --evidence FOLDER")
    if evidence is not None:
        with writing(evidence):
            evidence.mkdir(parents=True, exist_ok=True)
    network = opened(model, runtime, quiet=quiet)
    thing = "people" if blur_people else "heads" if blur else None
    copy = annotating(thing, quiet=quiet)
    hide = None if thing is None else lambda plain, out: copy(plain, None, out, progress=silent)
    kept = Evidence(evidence, blur=hide) if evidence else None
    kinds = kinds_of(network, kind or (), threshold=threshold)
    camera_name = name or (without_password(source) if is_address(source) else Path(source).name)
    with ExitStack() as open_:
        gauge = Gauge(camera_name, next(iter(kinds.values())).threshold, quiet=quiet)
        open_.callback(gauge.close)
        sinks = [open_.enter_context(closing(open_sink(address, spool=spool))) for address in sink or ()]
        teller = Teller(gauge)
        camera = open_.enter_context(
            Camera(
                source,
                size=partial(picture_size, model=network),
                rate=network.reads.rate,
                realtime=not fast,
                keep=kept.keep if kept else Fraction(0),
                listener=teller.state,
            )
        )
        watcher = Watcher(network, camera_name, kinds, clock=lambda: camera.clock, drift=drift)
        watch(camera, watcher, teller, sinks=sinks, evidence=kept)
    teller.sum_up(camera.dropped, watcher.gaps)
