"""Models and detectors by name, with a word to whoever waits for them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from aisle.apps.console import progress, remark

if TYPE_CHECKING:
    from aisle.analysis.backbone import Producer
    from aisle.analysis.outputs import Annotate
    from aisle.deploy.model import Opened
    from aisle.media.blur import Find
    from aisle.objects.product_names import Recognise


def opened(name: str, runtime: str | None = None, *, quiet: bool) -> Opened:
    """See aisle.deploy.model.open_model."""
    return all_opened([name], runtime, quiet=quiet)[0]


def all_opened(names: Sequence[str], runtime: str | None = None, *, quiet: bool) -> list[Opened]:
    """See aisle.deploy.model.open_models."""
    from aisle.deploy.headed import HeadedModel
    from aisle.deploy.model import missing, open_models

    lacking = {card.name for card in map(missing, names) if card is not None}
    if lacking and not quiet:
        what = f"preparing {', '.join(sorted(lacking))}: fetching its weights and converting them for this machine"
        remark(f"{what}, once, about two minutes")
    with progress(f"preparing {', '.join(names)}", quiet=quiet) as listener:
        models = open_models(names, runtime=runtime, progress=listener)
    if not quiet:
        tell([model.backbone if isinstance(model, HeadedModel) else model for model in models])
    return models


def tell(networks: Sequence[Producer]) -> None:
    """What is to be known of those that come from the hub."""
    from aisle.deploy.hub_model import HubModel

    for told in sorted({network.told for network in networks if isinstance(network, HubModel)}):
        remark(told)


def finder(name: str, *, quiet: bool) -> Find:
    """See aisle.deploy.finders.open_finder."""
    from aisle.deploy.finders import open_finder, to_fetch

    megabytes = to_fetch(name)
    if megabytes and not quiet:
        remark(f"fetching what finds {name} to blur, once, {megabytes} MB")
    with progress(f"preparing to blur {name}", quiet=quiet) as listener:
        return open_finder(name, progress=listener)


def naming(products: Path | None, *, quiet: bool) -> Recognise | None:
    """What names goods by the bundle `products`. See aisle.deploy.product_model.open_recogniser."""
    from aisle.deploy.product_model import open_recogniser

    if products is None:
        return None
    with progress(f"preparing {products}", quiet=quiet):
        return open_recogniser(products)


def annotating(blurred: str | None, *, quiet: bool) -> Annotate:
    """What writes annotated videos, with heads or people `blurred` in them; None leaves all as it is."""
    from aisle.media.annotate import annotate
    from aisle.media.blur import BlurredAnnotate

    return annotate if blurred is None else BlurredAnnotate(finder(blurred, quiet=quiet))
