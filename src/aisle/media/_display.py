"""From a picture as it was coded to the one a viewer sees: upright, square pixels, RGB."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from av.error import FFmpegError
from av.sidedata.sidedata import SideData
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace, Interpolation, VideoReformatter

from aisle.core import InputError
from aisle.core.video import Image
from aisle.media._matrix import Matrix

# Measured while decoding 920x680 H.264 to 304x224 (two cores, pictures/s): FAST_BILINEAR 960, AREA 840, BILINEAR 750,
# BICUBIC 640, decoding alone 1100. Against exact averages AREA is off by 1.9 of 255 on average and by 14 in the worst
# hundredth, FAST_BILINEAR by 5.1 and 54: it looks at two pixels a row however far it shrinks, so fine edges flicker.
_SCALING = Interpolation.AREA

_FULL_RANGE = 2  # ITU-T H.273
COLORSPACES = {Matrix.BT709: Colorspace.ITU709, Matrix.BT601: Colorspace.ITU601}


@dataclass(frozen=True, slots=True)
class Display:
    """What turns a coded picture upright: rows and columns swapped or not, then mirrored or not along each axis.

    `width` and `height` are as displayed, after turning and with square pixels.
    """

    width: int
    height: int
    swapped: bool = False
    mirrored_x: bool = False
    mirrored_y: bool = False

    @property
    def rotation(self) -> int:
        """Degrees clockwise, 0 to 270; a mirrored picture counts by where its top goes."""
        if self.swapped:
            return 90 if self.mirrored_x else 270
        return 180 if self.mirrored_y else 0

    def upright(self, image: Image) -> Image:
        """`image` as coded, height x width x 3, turned as displayed."""
        if self.swapped:
            image = image.transpose(1, 0, 2)
        return np.ascontiguousarray(image[:: -1 if self.mirrored_y else 1, :: -1 if self.mirrored_x else 1])


def display_of(frame: VideoFrame, pixel_aspect: Fraction | None) -> Display:
    """How `frame` is shown by its display matrix; `pixel_aspect` is width / height of one pixel, None for square."""
    width, height = round(frame.width * (pixel_aspect or 1)) or 1, frame.height
    a, b, c, d = _matrix(frame)
    if abs(b) > abs(a):
        return Display(height, width, swapped=True, mirrored_x=c < 0, mirrored_y=b < 0)
    return Display(width, height, mirrored_x=a < 0, mirrored_y=d < 0)


def _matrix(frame: VideoFrame) -> tuple[float, float, float, float]:
    """(a, b, c, d) of libavutil/display.h: the pixel (p, q) is shown at x = a p + c q, y = b p + d q, up to a shift."""
    try:
        matrix = frame.side_data.get("DISPLAYMATRIX")
    except ValueError:
        # PyAV stumbles over side data that it does not know (EXIF) but still tells the rotation. So a still whose EXIF
        # says that it is mirrored, which is rare, comes out mirrored, and for some of them upside down.
        angle = math.radians(frame.rotation)
        return math.cos(angle), -math.sin(angle), math.sin(angle), math.cos(angle)
    if not isinstance(matrix, SideData):
        return 1, 0, 0, 1
    a, b, _, c, d = np.frombuffer(bytes(matrix), dtype=np.int32)[:5].tolist()
    return a, b, c, d


class Converter:
    """Gives decoded frames as RGB at `size` (width, height) as displayed; an alpha channel is ignored."""

    def __init__(self, display: Display, size: tuple[int, int]) -> None:
        self._display = display
        self._width, self._height = size[::-1] if display.swapped else size
        self._reformatter = VideoReformatter()  # kept, so that its tables are made once

    def image(self, frame: VideoFrame) -> Image:
        """Raises InputError for a pixel format that has no way to RGB."""
        try:
            rgb = self._reformatter.reformat(
                frame, width=self._width, height=self._height, format="rgb24", interpolation=_SCALING
            )
        except FFmpegError as error:
            if isinstance(error, MemoryError):
                raise  # which says nothing about the format
            raise InputError(
                "the pixel format cannot be converted to RGB",
                got=frame.format.name,
                do="convert the video to H.264 first",
            ) from error
        return self._display.upright(np.asarray(rgb.to_ndarray(), dtype=np.uint8))


class PlanesConverter:
    """Gives decoded frames as I420 (1.5 height, width), as `Writer` takes them: 8 bits, limited range, at their own
    size as displayed, where an odd side grows by a pixel that repeats the edge.

    Pictures that are coded so already are given as they are, and `matrix` is the one by which they are coded; without a
    word on that, the one by which `Converter` reads them.
    """

    def __init__(self, display: Display, first: VideoFrame) -> None:
        self._display, self._convert = display, Converter(display, (display.width, display.height))
        self._reformatter = VideoReformatter()
        self.matrix = _matrix_of(first) if self._is_plain(first) else Matrix.BT709

    def planes(self, frame: VideoFrame) -> Image:
        """Raises InputError for a pixel format that has no way to RGB."""
        if self._is_plain(frame) and _matrix_of(frame) is self.matrix:
            return np.asarray(frame.to_ndarray(), np.uint8)
        return np.asarray(coded(self._convert.image(frame), self._reformatter, self.matrix).to_ndarray(), np.uint8)

    def _is_plain(self, frame: VideoFrame) -> bool:
        display = self._display
        is_upright = (display.swapped, display.mirrored_x, display.mirrored_y) == (False, False, False)
        size = (frame.width, frame.height)
        is_even = size == (display.width, display.height) and not (size[0] % 2 or size[1] % 2)
        return frame.format.name == "yuv420p" and frame.color_range != _FULL_RANGE and is_upright and is_even


def coded(image: Image, reformatter: VideoReformatter, matrix: Matrix) -> VideoFrame:
    """RGB (H, W, 3) as yuv420p, where an odd side grows by a pixel that repeats the edge."""
    height, width = image.shape[0] % 2, image.shape[1] % 2
    even = np.pad(image, ((0, height), (0, width), (0, 0)), mode="edge") if height or width else image
    picture = VideoFrame.from_ndarray(even, format="rgb24")
    return reformatter.reformat(picture, format="yuv420p", dst_colorspace=COLORSPACES[matrix])


def _matrix_of(frame: VideoFrame) -> Matrix:
    return Matrix.BT709 if frame.colorspace == Matrix.BT709 else Matrix.BT601
