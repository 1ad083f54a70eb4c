"""A packaged classifier of whole videos by what describes them: runs without PyTorch and scikit-learn where its
describers do.

card.json     what it answers, how videos are described, how it was trained and how good it was found to be, hashes
readout.npz   the space of the collection that it learnt from, and its weights there
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from aisle.analysis.describe import Describer
from aisle.analysis.indexing import length
from aisle.core import DamagedError, LabelSet, Prediction, Progress, silent
from aisle.core.time_map import Stretch
from aisle.deploy.bundle import damaged, kind_of, mend, read_sealed, verify, write_sealed
from aisle.deploy.describers import open_describer
from aisle.search.space import Block, Space

Floats = npt.NDArray[np.float32]

KIND, READOUT = "video-class", "readout.npz"


@dataclass(frozen=True, slots=True)
class VideoClassBundle:
    """Videos are described `by` what `open_describer` takes; `producer` is what that said of itself, and `blocks` are
    what it gave. `measured` are figures on groups that the measured classifier had not seen; `seen` are marks of the
    videos that it learnt from.
    """

    name: str
    title: str
    labels: LabelSet
    by: str
    producer: str
    blocks: tuple[Block, ...]
    trained_on: str
    not_for: str
    licence: str
    seen: tuple[str, ...] = ()
    measured: Mapping[str, Any] = field(default_factory=dict)
    made: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """Whole or not at all. Raises OutputError."""
        plain = asdict(replace(self, labels=LabelSet(("",))))
        plain |= {"labels": list(self.labels), "seen": list(self.seen)}
        write_sealed({"kind": KIND, **json.loads(json.dumps(plain))}, folder)


class VideoClassifier:
    """Names the category of a video. Opened by `open_video_classifier`."""

    def __init__(
        self, bundle: VideoClassBundle, describer: Describer, space: Space, weights: Floats, bias: Floats
    ) -> None:
        """Raises DamagedError for a describer whose rows are not those that it learnt from."""
        if describer.recipe.producer != bundle.producer or describer.recipe.blocks != bundle.blocks:
            raise DamagedError(
                f"{bundle.name} learnt from videos that were described otherwise",
                got=describer.recipe.producer,
                allowed=bundle.producer,
                do="train it again with this version",
            )
        self.bundle, self.describer = bundle, describer
        self._space, self._weights, self._bias = space, weights, bias

    def probabilities(self, raw: Floats) -> Floats:
        """(N, C) along the bundle's labels of raw rows (N, D) of the describer."""
        logits = self._space.apply(raw) @ self._weights + self._bias
        raised = np.exp(logits - logits.max(1, keepdims=True))
        shares: Floats = raised / raised.sum(1, keepdims=True)
        return shares

    def __call__(self, video: Path, *, progress: Progress = silent) -> tuple[Prediction, ...]:
        """All categories, the likeliest first. Raises InputError for a video that cannot be read."""
        whole = Stretch(length(video) * 0, length(video))
        shares = self.probabilities(self.describer.rows(video, [whole], progress=progress))[0]
        order = np.argsort(-shares, kind="stable").tolist()
        return tuple(Prediction(self.bundle.labels[at], float(shares[at])) for at in order)


def is_video_class(folder: str | Path) -> bool:
    """Whether such a bundle lies there. Raises DamagedError for a card that cannot be read."""
    path = Path(folder)
    return (path / "card.json").is_file() and kind_of(path) == KIND


def read_video_class(folder: Path) -> VideoClassBundle:
    """Raises DamagedError where there is no card, one of another kind of bundle, or another file beside it."""
    plain = read_sealed(folder)
    with damaged(folder):
        if (kind := plain.pop("kind", "stream")) != KIND:
            raise DamagedError("this bundle names no videos", got=kind, allowed=KIND, do=mend(folder))
        labels, seen = LabelSet(tuple(plain.pop("labels"))), tuple(plain.pop("seen"))
        blocks = tuple(Block(**block) for block in plain.pop("blocks"))
        bundle = VideoClassBundle(labels=labels, seen=seen, blocks=blocks, **plain)
    verify(bundle.files, folder)
    return bundle


def open_video_classifier(folder: str | Path, *, progress: Progress = silent) -> VideoClassifier:
    """Opens its describer as well. Raises DamagedError for a folder that holds no sound one, and what opening the
    describer raises.
    """
    path = Path(folder)
    bundle = read_video_class(path)
    with damaged(path), np.load(path / READOUT, allow_pickle=False) as file:
        centre, scale, weights, bias = (
            np.asarray(file[name], np.float32) for name in ("centre", "scale", "weights", "bias")
        )
        if weights.shape != (len(centre), len(bundle.labels)):
            raise DamagedError("another number of categories", got=weights.shape, allowed=str(len(bundle.labels)))
    describer = open_describer(bundle.by, progress=progress)
    return VideoClassifier(bundle, describer, Space(bundle.blocks, centre, scale), weights, bias)
