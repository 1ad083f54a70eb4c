"""OpenCV, which is installed only where motion is computed."""

from __future__ import annotations

from types import ModuleType

from aisle.core import MissingPartError


def opencv(what: str) -> ModuleType:
    """The package, for `what`. Raises MissingPartError where it is not installed."""
    try:
        import cv2
    except ImportError as error:
        raise MissingPartError(what, name="opencv-python-headless", extra="flow") from error
    return cv2
