"""Pixels in, pixels out: what a video is, its frames by time, and copies with answers drawn in. PyAV codes."""

from aisle.media.ahead import ahead
from aisle.media.annotate import annotate
from aisle.media.draw import Overlay
from aisle.media.fit import fit
from aisle.media.probe import probe
from aisle.media.read import Reader
from aisle.media.write import Encoding, Writer, to_rgb

__all__ = ["Encoding", "Overlay", "Reader", "Writer", "ahead", "annotate", "fit", "probe", "to_rgb"]
