"""What YOLOX is taught: which places answer for which box (SimOTA), and how wrong they are.

Ge et al.: YOLOX: Exceeding YOLO Series in 2021. arXiv:2107.08430, with its weights of the parts; Ge et al.: OTA. CVPR
2021.

Shapes: B pictures, A places, C classes; of one picture G true boxes, K places near one of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from aisle.models.yolox import cells, where

Truth = tuple[Tensor, Tensor]
"""Boxes (G, 4), left, top, right and bottom in pixels, and their classes (G,)."""

_NEAR = 1.5
"""How many cells round the middle of a box may answer for it."""

_BOX, _OUTSIDE = 5.0, 1e5


def yolox_loss(answers: Tensor, truth: Sequence[Truth], height: int, width: int) -> Tensor:
    """Of `answers` (B, A, 5 + C), as the network gives them while it is trained, for pictures of that size."""
    corners, strides = cells(height, width)
    boxes = where(answers[..., :4], corners, strides)
    places, errors, shares, count = [], [], [], 0
    for number, (wanted, classes) in enumerate(truth):
        matched = _matched(boxes[number].detach(), answers[number].detach(), wanted, classes, corners, strides)
        thing = torch.zeros(len(corners))
        if len(matched.places):
            own = boxes[number][matched.places]
            overlap = _overlap(own, wanted[matched.boxes])
            target = functional.one_hot(classes[matched.boxes], answers.shape[2] - 5) * matched.overlaps[:, None]
            named = answers[number, matched.places, 5:]
            errors.append((1 - overlap.square()).sum() * _BOX)
            shares.append(functional.binary_cross_entropy_with_logits(named, target, reduction="sum"))
            thing[matched.places] = 1
            count += len(matched.places)
        places.append(thing)
    there = functional.binary_cross_entropy_with_logits(answers[..., 4], torch.stack(places), reduction="sum")
    return (there + sum(errors) + sum(shares)) / max(count, 1)


@dataclass(frozen=True, slots=True, eq=False)
class _Matched:
    """Places (P,), the box (P,) that each answers for, and how far they overlap (P,)."""

    places: Tensor
    boxes: Tensor
    overlaps: Tensor


@torch.no_grad()
def _matched(
    boxes: Tensor, answers: Tensor, wanted: Tensor, classes: Tensor, corners: Tensor, strides: Tensor
) -> _Matched:
    """Each box gets the places that answer for it at least cost, the more of them the better they overlap with it."""
    none = torch.zeros(0, dtype=torch.long)
    if not len(wanted):
        return _Matched(none, none, torch.zeros(0))
    middles = corners + strides / 2
    inside = ((middles[:, None] > wanted[None, :, :2]) & (middles[:, None] < wanted[None, :, 2:])).all(2)
    away = (middles[:, None] - (wanted[None, :, :2] + wanted[None, :, 2:]) / 2).abs().amax(2)
    near = away < _NEAR * strides
    candidates = (inside | near).any(1).nonzero()[:, 0]
    if not len(candidates):
        return _Matched(none, none, torch.zeros(0))
    overlap = _overlap(boxes[candidates][:, None], wanted[None])
    sure = (answers[candidates, 5:].sigmoid() * answers[candidates, 4:5].sigmoid()).sqrt().clamp(1e-6, 1 - 1e-6)
    right = sure[:, classes].log() - (1 - sure[:, classes]).log()
    cost = -(1 - sure).log().sum(1, keepdim=True) - right - 3 * (overlap + 1e-8).log()
    cost = cost + _OUTSIDE * ~(inside & near)[candidates]
    several = overlap.topk(min(10, len(candidates)), 0).values.sum(0).int().clamp(min=1, max=len(candidates))
    chosen = torch.zeros_like(cost, dtype=torch.bool)
    for box, many in enumerate(several.tolist()):
        chosen[cost[:, box].topk(many, largest=False).indices, box] = True
    twice = chosen.sum(1) > 1
    chosen[twice] = functional.one_hot(cost[twice].argmin(1), len(wanted)).bool()
    rows, own = chosen.nonzero(as_tuple=True)
    return _Matched(candidates[rows], own, overlap[rows, own])


def _overlap(some: Tensor, others: Tensor) -> Tensor:
    """Intersection over union of boxes (..., 4), pair by pair."""
    low, high = torch.maximum(some[..., :2], others[..., :2]), torch.minimum(some[..., 2:], others[..., 2:])
    shared = (high - low).clamp(min=0).prod(-1)
    sizes = [(boxes[..., 2:] - boxes[..., :2]).prod(-1) for boxes in (some, others)]
    return shared / (sizes[0] + sizes[1] - shared).clamp(min=1e-6)
