"""Models by name, with a word to whoever waits for one to be built."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aisle.apps.console import progress, remark

if TYPE_CHECKING:
    from aisle.deploy.backbone import Model
    from aisle.deploy.headed import HeadedModel


def opened(name: str, runtime: str | None = None, *, quiet: bool) -> Model | HeadedModel:
    """See aisle.deploy.model.open_model."""
    return all_opened([name], runtime, quiet=quiet)[0]


def all_opened(names: Sequence[str], runtime: str | None = None, *, quiet: bool) -> list[Model | HeadedModel]:
    """See aisle.deploy.model.open_models."""
    from aisle.deploy.model import missing, open_models

    lacking = {card.name for card in map(missing, names) if card is not None}
    if lacking and not quiet:
        what = f"preparing {', '.join(sorted(lacking))}: fetching its weights and converting them for this machine"
        remark(f"{what}, once, about two minutes")
    with progress(f"preparing {', '.join(names)}", quiet=quiet) as listener:
        return open_models(names, runtime=runtime, progress=listener)
