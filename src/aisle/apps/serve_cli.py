"""`aisle serve`: the REST API, the cameras and the page, in one process."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aisle.apps.console import remark
from aisle.apps.opening import all_opened, finder

MODELS = "kinetics-i3d,shopper,shoplifting,fight,everyday"
"""All that come with aisle: the heads share one network, so that five take little more than one."""


def serve(
    host: Annotated[str, typer.Option(help="The address to listen on; others than loopback ask for keys.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8000,
    models: Annotated[
        str, typer.Option(help="Names or bundles' folders, with commas; the first answers where none is named.")
    ] = MODELS,
    data: Annotated[Path, typer.Option("--data", help="Folder for all that the service keeps.")] = Path("aisle-data"),
    media_root: Annotated[
        Path | None, typer.Option(help="Videos below this folder may be named by their path.", show_default=False)
    ] = None,
    url_host: Annotated[
        list[str] | None,
        typer.Option(help="A host that videos may be fetched from; repeat it.", show_default=False),
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(
            envvar="AISLE_DATABASE",
            help="postgresql://USER:PASSWORD@HOST/NAME; a file in the data folder without.",
            show_default=False,
        ),
    ] = None,
    keys: Annotated[bool, typer.Option("--keys", help="Ask for keys on loopback too.")] = False,
    sink: Annotated[
        list[str] | None,
        typer.Option("--sink", help="Where alarms go, as for `aisle watch`; repeat it.", show_default=False),
    ] = None,
    blur: Annotated[
        bool, typer.Option("--blur", help="Keep nothing in which a head can be recognised: no upload, clip or copy.")
    ] = False,
    blur_people: Annotated[
        bool, typer.Option("--blur-people", help="Nor a person, as seen from above too, where cameras stand still.")
    ] = False,
    detector: Annotated[
        str | None,
        typer.Option(
            help="Let analyses follow people and things, found by this detector, such as mobilenet-ssd or overhead.",
            show_default=False,
        ),
    ] = None,
    retention_days: Annotated[float, typer.Option(min=0, help="Delete what is older; 0 keeps everything.")] = 30,
    upload_mb: Annotated[int, typer.Option(min=1, help="The largest upload.")] = 2048,
    minutes: Annotated[float, typer.Option(min=0.1, help="The longest video.")] = 240,
    runtime: Annotated[
        str | None, typer.Option("--runtime", help="What runs the models; default: the card's best.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No remarks, and of the log only warnings.")] = False,
) -> None:
    """Serves the models: a REST API with jobs, cameras with alarms, and a page, on one port."""
    from aisle.apps.seeing import seer
    from aisle.service.assemble import assembled, run
    from aisle.service.settings import MIB, Settings

    thing = "people" if blur_people else "heads" if blur else None
    settings = Settings(
        data=data,
        host=host,
        port=port,
        models=tuple(name.strip() for name in models.split(",") if name.strip()),
        media_root=media_root,
        url_hosts=tuple(url_host or ()),
        keys=keys,
        upload_bytes=upload_mb * MIB,
        seconds=minutes * 60,
        blur=thing,
        objects=detector is not None,
        retention_days=retention_days or None,
    )
    networks = all_opened(settings.models, runtime, quiet=quiet)
    find = finder(thing, quiet=quiet) if thing else None
    see = seer(detector, quiet=quiet) if detector else None
    with assembled(settings, networks, database=database, sinks=sink or (), find=find, see=see) as app:
        run(app, settings, started=lambda address: None if quiet else remark(f"aisle serves at {address}"), quiet=quiet)
