"""A detector that calls products by their names."""

from __future__ import annotations

from collections.abc import Sequence

from aisle.core.detections import Detections
from aisle.core.video import Image
from aisle.objects.detector import ObjectDetector
from aisle.objects.product_names import Recognise, named


class Naming:
    """Finds what `detector` finds; what may be a product has the name that `recognise` gives it, where it knows one."""

    def __init__(self, detector: ObjectDetector, recognise: Recognise) -> None:
        self._detector, self._recognise = detector, recognise

    @property
    def labels(self) -> tuple[str, ...]:
        """Those of the detector; the names of products come on top."""
        return self._detector.labels

    def __call__(self, images: Sequence[Image]) -> list[Detections]:
        """See ObjectDetector."""
        found = self._detector(images)
        return [named(image, each, self._recognise) for image, each in zip(images, found, strict=True)]
