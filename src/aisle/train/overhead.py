"""Fitting the three overhead networks to rendered looks, on CPUs, in minutes to an hour."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from aisle.core import Progress, UsageError, silent
from aisle.data.rendered_looks import PLACES, STEP, Looks
from aisle.train.overhead_networks import EVENTS, EVIDENCE, SAID, Handling, Hands, People
from aisle.train.overhead_pictures import (
    Move,
    any_move,
    coloured,
    people_map,
    plain,
    small_picture,
    square,
)

Floats = npt.NDArray[np.float32]
Network = TypeVar("Network", bound=nn.Module)

WARM = 0.03
"""The share of a course in which the rate rises."""

BLUR = 1.2
"""Cells that a palm is spread over in what the map of palms is to be."""

MOMENT = 0.8
"""Looks that an event is spread over in what the network of time is to say."""

WINDOW = 256
"""Looks that it is given at a time in learning."""


@dataclass(frozen=True, slots=True)
class Course:
    """`examples` are seen in all, `batch` at a time; the rate rises to `rate` and falls along a cosine."""

    examples: int
    batch: int
    rate: float
    decay: float
    seed: int = 0


PEOPLE = Course(14_000, 32, 2e-3, 0.01)
HANDS = Course(250_000, 24, 1.5e-3, 0.05)
TIME = Course(24_000, 12, 2e-3, 0.05)


def fit_people(visits: Sequence[Looks], course: Course = PEOPLE, *, progress: Progress = silent) -> People:
    """Pictures of several people, and of none, are rare and shown more often."""
    _check(visits)
    rng, network = _begin(course, People)
    several = [(visit, look) for visit in visits for look in _looks_with(visit, lambda people: people > 1)]
    empty = [(visit, look) for visit in visits for look in _looks_with(visit, lambda people: people == 0)]

    def chosen() -> tuple[Looks, int]:
        draw = rng.uniform()
        if (draw < 0.3 and several) or (draw < 0.38 and empty):
            among = several if draw < 0.3 and several else empty or several
            return among[int(rng.integers(len(among)))]
        visit = visits[int(rng.integers(len(visits)))]
        return visit, int(rng.integers(len(visit.small)))

    def loss() -> Tensor:
        shown = [small_picture(*chosen(), rng) for _ in range(course.batch)]
        near, told, tells = (
            torch.from_numpy(np.stack(part)) for part in zip(*(people_map(boxes) for _, boxes in shown), strict=True)
        )
        pixels = torch.from_numpy(coloured([picture for picture, _ in shown], rng))
        with torch.autocast("cpu", torch.bfloat16):
            said = network(pixels.contiguous(memory_format=torch.channels_last)).float()
        far: Tensor = ((said[:, 1:] - told).abs() * tells[:, None]).sum() / tells.sum().clamp(min=1)
        return _focal(said[:, 0], near) + far

    _fit(network, course, loss, progress)
    return network


def fit_hands(visits: Sequence[Looks], course: Course = HANDS, *, progress: Progress = silent) -> Hands:
    """Each visit counts alike, however long; a network sees the same person only so often before it knows them."""
    _check(visits)
    rng, network = _begin(course, Hands)

    def loss() -> Tensor:
        shown = []
        for _ in range(course.batch):
            visit = visits[int(rng.integers(len(visits)))]
            shown.append(square(visit, int(rng.integers(len(visit.people))), any_move(rng)))
        pixels = torch.from_numpy(coloured([picture for picture, _ in shown], rng))
        wanted = torch.from_numpy(np.stack([targets for _, targets in shown]))
        with torch.autocast("cpu", torch.bfloat16):
            palms, said, _, heat = network(pixels.contiguous(memory_format=torch.channels_last))
        return hands_loss(palms.float(), said.float(), heat.float(), wanted)

    _fit(network, course, loss, progress)
    return network


def hands_loss(palms: Tensor, said: Tensor, heat: Tensor, wanted: Tensor) -> Tensor:
    """Palms that are out of the square count nothing, hidden ones little."""
    where, visible = wanted[:, :4].reshape(-1, 2, 2), wanted[:, 4:6]
    weight = ((where > 0) & (where < 1)).all(2).float() * (0.3 + 0.7 * visible)
    total = weight.sum().clamp(min=1e-6)
    far = -(_spread(where, heat.shape[2]) * heat.flatten(2).log_softmax(2)).sum(2)
    apart = (palms - where).abs().sum(2)
    place = 4 + len(PLACES)
    return (
        0.5 * (far * weight).sum() / total
        + 3 * (apart * weight).sum() / total
        + 0.3 * functional.binary_cross_entropy_with_logits(said[:, :2], visible)
        + 2 * functional.binary_cross_entropy_with_logits(said[:, 2:4], wanted[:, 6:8])
        - (wanted[:, 8:14] * said[:, 4:place].log_softmax(1)).sum(1).mean()
        + 0.4 * functional.cross_entropy(said[:, place : place + 6], wanted[:, 14].long())
        + 0.3 * functional.binary_cross_entropy_with_logits(said[:, 16], wanted[:, 15])
        + 0.5 * ((said[:, 17:] - wanted[:, 16:]) ** 2).sum(1).mean()
    )


def _spread(where: Tensor, cells: int) -> Tensor:
    """(N, 2, cells * cells): a bell around each palm, adding up to 1."""
    middles = torch.arange(cells) + 0.5
    across, down = ((middles - where[..., axis : axis + 1] * cells) ** 2 for axis in (0, 1))
    bells = torch.exp(-(down[..., :, None] + across[..., None, :]) / 2 / BLUR**2).flatten(2)
    spread: Tensor = bells / bells.sum(2, keepdim=True).clamp(min=1e-6)
    return spread


@dataclass(frozen=True, slots=True, eq=False)
class Followed:
    """One shopper: V ways of having looked at them, (V, T, D) as `aisle.objects.overhead_hands` tells it over time, and
    what is to be said, (5, T).
    """

    looks: Floats
    wanted: Floats


def followed(network: Hands, visit: Looks, ways: int, rng: np.random.Generator) -> Followed:
    """The first way is plain, the others are moved and coloured a little, alike at all looks but for some trembling."""
    network.eval()
    own = [number for number, person in enumerate(visit.people) if person.person == 0]
    at = [visit.people[number].look for number in own]
    looks = np.zeros((ways, len(visit.small), EVIDENCE + SAID + 5), np.float32)
    for way in range(ways):
        angle, scale, mirrored = rng.normal(0, 0.06), math.exp(rng.normal(0, 0.05)), bool(rng.uniform() < 0.5)
        moves = [Move(angle, scale, (rng.normal(0, 3), rng.normal(0, 3)), mirrored) if way else Move() for _ in own]
        shown = [square(visit, number, move)[0] for number, move in zip(own, moves, strict=True)]
        for first in range(0, len(shown), 64):
            looks[way, at[first : first + 64]] = _told(network, plain(shown[first : first + 64]))
    return Followed(looks, _events(visit))


def _told(network: Hands, pixels: Floats) -> Floats:
    with torch.inference_mode():
        palms, said, evidence, _ = network(torch.from_numpy(pixels))
    told: Floats = torch.cat([evidence, said, palms.flatten(1) - 0.5, torch.ones(len(pixels), 1)], 1).numpy()
    return told


def _events(visit: Looks) -> Floats:
    """(5, T): whether something is held, and a bell at each event."""
    frames = visit.first + STEP * np.arange(len(visit.small))
    wanted = np.zeros((1 + EVENTS, len(frames)))
    for start, end, ended in visit.holds.tolist():
        wanted[0, (frames >= start) & (frames < end)] = 1
        for row, moment in [(1, start), *([(1 + ended, end)] if ended else [])]:
            wanted[row] = np.maximum(wanted[row], np.exp(-(((frames - moment) / STEP / MOMENT) ** 2) / 2))
    return wanted.astype(np.float32)


def fit_time(people: Sequence[Followed], course: Course = TIME, *, progress: Progress = silent) -> Handling:
    """From features of visits that the network of hands had not learnt from: it is too sure of those it had."""
    _check(people)
    rng, network = _begin(course, Handling)
    seen = np.concatenate([one.looks[0] for one in people])
    seen = seen[seen[:, -1] > 0]
    mean, spread = seen.mean(axis=0), seen.std(axis=0) + 0.05
    mean[-1], spread[-1] = 0, 1

    def loss() -> Tensor:
        parts = [_window(people[int(rng.integers(len(people)))], rng) for _ in range(course.batch)]
        looks, wanted, counts = (np.stack(part) for part in zip(*parts, strict=True))
        scaled = (looks - mean) / spread * looks[..., -1:]
        noisy = scaled + rng.normal(0, 0.15, looks.shape) * looks[..., -1:]
        said = network(torch.from_numpy(noisy.transpose(0, 2, 1).astype(np.float32)))
        target = torch.from_numpy(wanted)
        each = functional.binary_cross_entropy_with_logits(said, target, reduction="none")
        each = each * torch.from_numpy(counts)[:, None]
        return each[:, 0].mean() + 8 * (each[:, 1:] * (1 + 4 * target[:, 1:])).mean()

    _fit(network, course, loss, progress)
    _fold(network, mean, spread)
    return network


def _window(one: Followed, rng: np.random.Generator) -> tuple[Floats, Floats, Floats]:
    """Some stretch of WINDOW looks, a little quicker or slower than it was, with some looks missed."""
    looks, count = one.looks[rng.integers(len(one.looks))], one.looks.shape[1]
    pace = rng.uniform(0.85, 1.15)
    start = rng.uniform(-40, max(count - WINDOW * pace + 40, 1))
    at = np.rint(start + np.arange(WINDOW) * pace).astype(int)
    there = (at >= 0) & (at < count)
    at = at.clip(0, count - 1)
    shown = there & (rng.uniform(size=WINDOW) > 0.03)
    return looks[at] * shown[:, None], one.wanted[:, at] * there.astype(np.float32), there.astype(np.float32)


def _fold(network: Handling, mean: Floats, spread: Floats) -> None:
    """Puts the scaling into the first layer: what is missed stays 0, since all is 0 there, and so the mean is taken off
    by the last number, which says that somebody is there.
    """
    with torch.no_grad():
        weight = network.into.weight[:, :, 0] / torch.from_numpy(spread)
        weight[:, -1] -= weight[:, :-1] @ torch.from_numpy(mean[:-1])
        network.into.weight.copy_(weight[:, :, None])


def _begin(course: Course, make: Callable[[], Network]) -> tuple[np.random.Generator, Network]:
    torch.manual_seed(course.seed)
    return np.random.default_rng(course.seed), make()


def _fit(network: nn.Module, course: Course, loss: Callable[[], Tensor], progress: Progress) -> None:
    """In place, to evaluation mode; `progress` hears examples."""
    network.train()
    optimizer = torch.optim.AdamW(network.parameters(), lr=course.rate, weight_decay=course.decay)
    for done in range(0, course.examples, course.batch):
        share = done / course.examples
        for group in optimizer.param_groups:
            group["lr"] = course.rate * min(1, share / WARM + 0.05) * (0.5 * (1 + math.cos(math.pi * share)) + 0.01)
        optimizer.zero_grad()
        torch.autograd.backward(loss())
        nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimizer.step()
        progress(done + course.batch, course.examples)
    network.eval()


def _focal(logits: Tensor, near: Tensor) -> Tensor:
    """That of CornerNet (Law and Deng, ECCV 2018) for each person."""
    there, said = (near >= 1).float(), logits.sigmoid()
    missed = there * (1 - said) ** 2 * functional.logsigmoid(logits)
    wrong = (1 - there) * (1 - near) ** 4 * said**2 * functional.logsigmoid(-logits)
    return -(missed + wrong).sum() / there.sum().clamp(min=1)


def _looks_with(visit: Looks, wanted: Callable[[int], bool]) -> Iterator[int]:
    """The looks at which as many people are to be seen as are `wanted`."""
    counts = np.bincount([person.look for person in visit.people], minlength=len(visit.small))
    return (look for look, count in enumerate(counts.tolist()) if wanted(count))


def _check(visits: Sequence[object]) -> None:
    if not visits:
        raise UsageError("nothing to learn from", got="no visits", do="draw some with aisle.data.rendered_looks")
