"""Models and detectors by name, with a word to whoever waits for them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from aisle.apps.console import progress, remark

if TYPE_CHECKING:
    from aisle.analysis.backbone import Producer
    from aisle.analysis.describe import Describer
    from aisle.analysis.outputs import Annotate
    from aisle.deploy.labeller_runtime import Labeller
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

    _tell_once(sorted({card.name for card in map(missing, names) if card is not None}), quiet=quiet)
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


def describer(by: str, *, quiet: bool) -> Describer:
    """See aisle.deploy.describers.open_describer."""
    from aisle.deploy.describers import open_describer, to_prepare

    _tell_once(to_prepare(by), quiet=quiet)
    with progress(f"preparing {by}", quiet=quiet) as listener:
        return open_describer(by, progress=listener)


def labeller(name: str, *, quiet: bool) -> Labeller:
    """See aisle.deploy.labeller.open_labeller."""
    from aisle.deploy.labeller import must_be_built, open_labeller

    _tell_once((name,) if must_be_built(name) else (), quiet=quiet)
    with progress(f"preparing {name}", quiet=quiet) as listener:
        return open_labeller(name, progress=listener)


def _tell_once(lacking: Sequence[str], *, quiet: bool) -> None:
    if lacking and not quiet:
        what = f"preparing {', '.join(sorted(lacking))}: fetching its weights and converting them for this machine"
        remark(f"{what}, once, about two minutes")


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
