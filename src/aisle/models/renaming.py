"""Published names of weights to ours, by a table in the network's file, and the state of a network from them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from torch import Tensor, nn

from aisle.core import DamagedError

Table = Sequence[tuple[str, str]]
"""Pattern and replacement, as re.sub takes them; for each name the first that matches all of it holds."""

IGNORED = re.compile(r".*num_batches_tracked")
SHOWN = 3


def renamed(state: Mapping[str, Tensor], table: Table) -> dict[str, Tensor]:
    """The tensors of `state` under the names that `table` gives; names that no pattern fits are kept as they are, those
    that become empty are left out.
    """
    found = {}
    for name, value in state.items():
        ours = next((re.sub(was, becomes, name) for was, becomes in table if re.fullmatch(was, name)), name)
        if ours:
            found[ours] = value
    return found


def within(table: Table, theirs: str, ours: str) -> Table:
    """`table` for names that begin with `theirs`, in a network where they begin with `ours`."""
    return [(re.escape(theirs) + was, becomes and ours + becomes) for was, becomes in table]


def filled(network: nn.Module, state: Mapping[str, Tensor]) -> nn.Module:
    """`network` with `state` in it, in evaluation mode. Raises DamagedError for weights of another network: names that
    are missing or too many, shapes that differ.
    """
    own = {name: value for name, value in network.state_dict().items() if not IGNORED.fullmatch(name)}
    given = {name: value for name, value in state.items() if not IGNORED.fullmatch(name)}
    wrong = [f"lacks {name}" for name in sorted(own.keys() - given.keys())]
    wrong += [f"has {name} too" for name in sorted(given.keys() - own.keys())]
    wrong += [
        f"{name} is {tuple(given[name].shape)}, not {tuple(own[name].shape)}"
        for name in sorted(own.keys() & given.keys())
        if given[name].shape != own[name].shape
    ]
    if wrong:
        more = f", and {len(wrong) - SHOWN} more" if len(wrong) > SHOWN else ""
        raise DamagedError(
            "these are weights of another network",
            got=f"{'; '.join(wrong[:SHOWN])}{more}",
            allowed=f"the {len(own)} tensors of this one",
            do="name the network that they were made for",
        )
    network.load_state_dict(given, strict=False)
    return network.eval()
