"""The views of a dataset's examples in the store: decoded once, whatever is learnt from them."""

from __future__ import annotations

from collections.abc import Sequence

from aisle.analysis.viewer import read_clip
from aisle.core import Example, Progress, silent
from aisle.data.clip_store import ClipStore, Kept
from aisle.data.store import Stretch
from aisle.models.clip import ClipCard
from aisle.objects.detector import Load, no_networks
from aisle.train.looks import change


def kept(card: ClipCard) -> Kept:
    """What is kept for the network of `card`."""
    sampling = card.sampling
    return Kept(card.views, sampling.rate, sampling.short_side, sampling.crop)


def stretch(example: Example, look: str = "") -> Stretch:
    return Stretch(example.path, example.start, example.end, look)


def decode(
    examples: Sequence[Example],
    card: ClipCard,
    store: ClipStore,
    *,
    looks: Sequence[str] = (),
    load: Load = no_networks,
    progress: Progress = silent,
) -> int:
    """Makes what `store` lacks of `examples`, as they are and through each look; about how many bytes that took. `load`
    opens the networks that some views need.

    What is made is kept before the next begins, so a stopped run goes on where it was. Raises OutputError before
    anything is decoded where the disk is too small, InputError for a video that cannot be read.
    """
    how = kept(card)
    named = {stretch(example, look): example for look in ("", *looks) for example in examples}
    missing = store.missing(named, how)
    needed = store.check_room(missing, how)
    for number, one in enumerate(missing):
        progress(number, len(missing))
        clip = read_clip(
            one.video,
            how.views,
            rate=how.rate,
            short_side=how.short_side,
            start=one.start,
            end=one.end,
            side=how.side,
            change=change(one.look, named[one].name),
            load=load,
        )
        store.put(one, how, clip)
    progress(len(missing), len(missing))
    return needed
