"""Store and security video in, answers out: who did what, when, and where else it happened.

from aisle import analyze, open_model

analysis = analyze("shop.mp4", open_model("kinetics-i3d"))
for segment in analysis.timeline.segments:
    print(float(segment.start), float(segment.end), segment.label, segment.score)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aisle.analysis.video import analyze
    from aisle.deploy.model import open_model

__all__ = ["analyze", "open_model"]
__version__ = "0.1.0"

_HOMES = {"analyze": "aisle.analysis.video", "open_model": "aisle.deploy.model"}


def __getattr__(name: str) -> Any:
    # Loaded when first asked for: `aisle --help` must not wait for a runtime.
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}; allowed: {', '.join(__all__)}")
