"""The nouns that every room shares. Nothing here knows a codec, a network or a page; numpy is the only import."""

from aisle.core.analysis import Analysis, Prediction, Timing
from aisle.core.clip import Clip
from aisle.core.dataset import BACKGROUND, QUIET, SPLITS, Dataset, Example, Task
from aisle.core.errors import (
    AisleError,
    DamagedError,
    InputError,
    MissingPartError,
    OutputError,
    UnknownNameError,
    UnreachableError,
    UsageError,
)
from aisle.core.event import Event
from aisle.core.features import Features, Scores
from aisle.core.files import absent, whole, whole_folder, writing
from aisle.core.heat import Heat
from aisle.core.labels import LabelSet
from aisle.core.progress import Progress, silent
from aisle.core.time import Grid, Seconds, clock, exact, seconds
from aisle.core.timeline import Segment, Skipped, Timeline
from aisle.core.video import Frame, VideoInfo

__all__ = [
    "BACKGROUND",
    "QUIET",
    "SPLITS",
    "AisleError",
    "Analysis",
    "Clip",
    "DamagedError",
    "Dataset",
    "Event",
    "Example",
    "Features",
    "Frame",
    "Grid",
    "Heat",
    "InputError",
    "LabelSet",
    "MissingPartError",
    "OutputError",
    "Prediction",
    "Progress",
    "Scores",
    "Seconds",
    "Segment",
    "Skipped",
    "Task",
    "Timeline",
    "Timing",
    "UnknownNameError",
    "UnreachableError",
    "UsageError",
    "VideoInfo",
    "absent",
    "clock",
    "exact",
    "seconds",
    "silent",
    "whole",
    "whole_folder",
    "writing",
]
