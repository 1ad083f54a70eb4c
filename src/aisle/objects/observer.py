"""Pictures in, observations out: what is there, who is who, where their joints and hands are."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from aisle.core import Frame, UsageError
from aisle.core.detections import Detections, Hand, Observation, Pose
from aisle.core.video import Image
from aisle.objects.detector import ObjectDetector
from aisle.objects.mobile_sam import FindMasks
from aisle.objects.movenet import FindPoses
from aisle.objects.tracking import Track, Tracker
from aisle.objects.wrists import FindHands, hands_of, poses_of

RATE = Fraction(5)
"""Looks a second where nobody says otherwise."""


class Observer:
    """One a video: takes its frames as they come and looks at those that fall due, `rate` a second.

    With a `batch` above 1 that many pictures go to the detector at once, which is quicker; with 1 each is answered at
    once, as a camera needs it. The answers are the same. What is not given is not looked for: `poses`, `masks`, and
    `hands`, in whose place the wrists of the poses are the hands. `tracker` is one that has seen nothing yet.
    """

    def __init__(
        self,
        detector: ObjectDetector,
        *,
        rate: Fraction = RATE,
        batch: int = 1,
        tracker: Track | None = None,
        poses: FindPoses | None = None,
        hands: FindHands | None = None,
        masks: FindMasks | None = None,
    ) -> None:
        if rate <= 0:
            raise UsageError("a rate is positive", got=rate)
        if batch < 1:
            raise UsageError("a batch has at least one picture", got=batch)
        self.rate = rate
        self._detector, self._batch = detector, batch
        self._tracker = tracker or Tracker(rate)
        self._poses, self._hands, self._masks = poses, hands, masks
        self._waiting: list[tuple[Frame, int]] = []
        self._last: Frame | None = None
        self._due = Fraction(0)

    def push(self, frame: Frame, number: int) -> tuple[Observation, ...]:
        """What is known now and was not before; frame `number` is that of the video. Raises UsageError for a frame that
        is not later than the last one.
        """
        if self._last is not None and frame.time <= self._last.time:
            raise UsageError("frames come in order of time", got=f"{frame.time} s after {self._last.time} s")
        self._last = frame
        if frame.time < self._due:
            return ()
        self._due = (frame.time * self.rate // 1 + 1) / self.rate
        self._waiting.append((frame, number))
        return self.finish() if len(self._waiting) >= self._batch else ()

    def finish(self) -> tuple[Observation, ...]:
        """What the pictures show that wait for others."""
        waiting, self._waiting = self._waiting, []
        found = self._detector([frame.image for frame, _ in waiting]) if waiting else []
        return tuple(self._observed(*each, what) for each, what in zip(waiting, found, strict=True))

    def _observed(self, frame: Frame, number: int, found: Detections) -> Observation:
        image = frame.image
        height, width = image.shape[:2]
        followed = self._tracker.push(frame.time, image, found)
        poses = () if self._poses is None else poses_of(self._poses, image, followed)
        return Observation(
            time=frame.time,
            frame=number,
            width=width,
            height=height,
            found=self._masked(image, followed),
            poses=poses,
            hands=self._hands_in(image, followed, poses),
        )

    def _masked(self, image: Image, found: Detections) -> Detections:
        if self._masks is None:
            return found
        return Detections(found.boxes, found.labels, found.tracks, self._masks(image, found.boxes))

    def _hands_in(self, image: Image, found: Detections, poses: Sequence[Pose]) -> tuple[Hand, ...]:
        return hands_of(tuple(poses)) if self._hands is None else self._hands(image, found)
