"""The classes a model can answer, in the order of its outputs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from aisle.core.errors import UnknownNameError, UsageError


@dataclass(frozen=True, slots=True)
class LabelSet:
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        twice = sorted(name for name, count in Counter(self.names).items() if count > 1)
        if not self.names or twice:
            raise UsageError(
                "labels are a non-empty list of different names", got=f"repeated: {twice}" if twice else "none"
            )

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __getitem__(self, index: int) -> str:
        return self.names[index]

    def index(self, name: str) -> int:
        """Raises UnknownNameError, with the nearest names, for a label that is not in the set."""
        try:
            return self.names.index(name)
        except ValueError:
            raise UnknownNameError("label", name, self.names) from None
