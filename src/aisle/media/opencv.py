"""OpenCV, which is installed only where motion is computed."""

from __future__ import annotations

from types import ModuleType

from aisle.core import MissingPartError


def opencv(what: str) -> ModuleType:
    """The package, for `what`. Raises MissingPartError where it, or a library of the system that it needs, is not
    installed.
    """
    try:
        import cv2
    except ModuleNotFoundError as error:
        raise MissingPartError(what, name="opencv-python", extra="flow") from error
    except ImportError as error:
        system = MissingPartError(what, name="opencv-python", extra="flow")
        system.got, system.do = str(error), "apt-get install libgl1 libglib2.0-0 as root"
        raise system from error
    return cv2
