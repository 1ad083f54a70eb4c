"""`aisle serve`: the REST API, the cameras and the page, in one process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aisle.apps.console import remark
from aisle.apps.observing import detector_at_hand
from aisle.apps.opening import all_opened, finder
from aisle.apps.seeing import SeeingLater, seer
from aisle.core import UsageError

if TYPE_CHECKING:
    from aisle.analysis.seen import See
    from aisle.media.read import Read

NOBODY = "none"
"""Instead of a detector: people and products are not followed."""

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
            help="Analyses may follow people and products, found by this detector: a name or file as for `aisle "
            "detect`, or `none` to follow nobody. Default: yolox-nano or mobilenet-ssd where its files are on this "
            "machine already; it takes memory once the first analysis asks for it.",
            show_default=False,
        ),
    ] = None,
    products: Annotated[
        Path | None,
        typer.Option(
            "--products",
            help="Name products by a bundle of `aisle train --task products`.",
            metavar="DIR",
            show_default=False,
        ),
    ] = None,
    collection: Annotated[
        Path | None,
        typer.Option(
            "--collection",
            help="A folder of videos that aisle index has seen, or an index: it can be searched on the page.",
            metavar="DIR",
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
    from aisle.service.assemble import assembled, run
    from aisle.service.settings import MIB, Settings

    named = _named(detector, products)
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
        objects=named is not None,
        retention_days=retention_days or None,
    )
    searched = None if collection is None else _index(collection)
    networks = all_opened(settings.models, runtime, quiet=quiet)
    find = finder(thing, quiet=quiet) if thing else None
    see = None if named is None else _seer(named, products, later=detector is None and products is None, quiet=quiet)
    with assembled(
        settings, networks, database=database, sinks=sink or (), find=find, see=see, collection=searched
    ) as app:
        run(app, settings, started=lambda address: None if quiet else _tell(address, detector, named), quiet=quiet)


def _index(collection: Path) -> Path:
    from aisle.apps.finding import collection as found

    return found(collection).index


def _named(detector: str | None, products: Path | None) -> str | None:
    """The detector to follow people and products with; None for nobody. Raises UsageError where one is lacking."""
    named = detector_at_hand() if detector is None else None if detector == NOBODY else detector
    if named is None and products is not None:
        got, do = f"--products {products}", "add --detector mobilenet-ssd"
        raise UsageError("nobody looks for people and products", got=got, do=do)
    return named


def _seer(detector: str, products: Path | None, *, later: bool, quiet: bool) -> Callable[[Read], See]:
    """Opens its networks now, or `later`: with the first analysis that asks, where nobody waits for a word."""
    if not later:
        return seer(detector, products=products, quiet=quiet)
    return lambda read: SeeingLater(lambda: seer(detector, quiet=True)(read))


def _tell(address: str, asked: str | None, named: str | None) -> None:
    remark(f"aisle serves at {address}")
    if asked is None and named is None:
        remark("people and products are not followed; aisle serve --detector mobilenet-ssd fetches what that takes")
