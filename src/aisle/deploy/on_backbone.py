"""What all packaged models have in common that read a backbone's features."""

from __future__ import annotations

from pathlib import Path
from typing import Generic, Protocol, TypeVar

from aisle.analysis.backbone import Answers, Producer
from aisle.core import DamagedError, LabelSet
from aisle.models.card import Reads, Steps


class ReadsFeatures(Protocol):
    """What is needed of its card; `identity` names the features that it was trained on."""

    @property
    def name(self) -> str: ...

    @property
    def labels(self) -> LabelSet: ...

    @property
    def answers(self) -> Answers: ...

    @property
    def identity(self) -> str: ...


B = TypeVar("B", bound=ReadsFeatures)


class OnBackbone(Generic[B]):
    """The bundle in `folder` on the model whose features it reads: it sees what that sees, and answers for itself."""

    def __init__(self, bundle: B, folder: Path, backbone: Producer) -> None:
        """Raises DamagedError for a backbone whose features are not those that it was trained on."""
        if backbone.identity != bundle.identity:
            raise DamagedError(
                f"{bundle.name} reads the features of another backbone",
                got=backbone.identity,
                allowed=bundle.identity,
                do="train it again on this backbone, or open it with the one it was trained on",
            )
        self.bundle, self.folder, self.backbone = bundle, folder, backbone

    @property
    def name(self) -> str:
        return self.bundle.name

    @property
    def runtime(self) -> str:
        return self.backbone.runtime

    @property
    def labels(self) -> LabelSet:
        return self.bundle.labels

    @property
    def reads(self) -> Reads:
        return self.backbone.reads

    @property
    def steps(self) -> Steps:
        return self.backbone.steps

    @property
    def answers(self) -> Answers:
        return self.bundle.answers

    @property
    def fingerprint(self) -> str:
        """Of the features, which are the backbone's."""
        return self.backbone.fingerprint
