"""Who may use the network next."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor, wait

import numpy as np
import pytest

from aisle.analysis.analyzer import Analyzer
from aisle.analysis.backbone import Stream
from aisle.core import Frame
from aisle.deploy.turns import PATIENCE, InTurn, Turns, Urgency
from backbones import BLUE, GREEN, RED, ColourBackbone, plain

CAMERA, REQUEST, JOB = Urgency.CAMERA, Urgency.REQUEST, Urgency.JOB


def order_of(urgencies: list[Urgency]) -> list[int]:
    """In which order those who came in this order, while one had the turn, are let in."""
    turns, served = Turns(), list[int]()

    def come(number: int) -> None:
        with turns.turn(urgencies[number]):
            served.append(number)

    with ThreadPoolExecutor(len(urgencies)) as pool:
        with turns.turn(CAMERA):
            coming = []
            for number in range(len(urgencies)):
                coming.append(pool.submit(come, number))
                while turns.waiting <= number:
                    pass
        wait(coming)
    return served


def test_the_most_urgent_goes_first_and_then_the_first_to_come() -> None:
    assert order_of([JOB, REQUEST, CAMERA])[:2] == [2, 1]
    assert order_of([JOB, JOB]) == [0, 1]


def test_nobody_waits_for_ever_behind_cameras() -> None:
    served = order_of([JOB, *[CAMERA] * 3 * PATIENCE])
    assert served.index(0) < PATIENCE


def test_one_at_a_time_and_a_failure_frees_the_place() -> None:
    turns, inside, most = Turns(), 0, 0
    guard = threading.Lock()

    def work(fail: bool) -> None:
        nonlocal inside, most
        with turns.turn(REQUEST):
            with guard:
                inside += 1
                most = max(most, inside)
            inside -= 1
            if fail:
                raise ValueError("planted")

    with ThreadPoolExecutor(8) as pool:
        done = [pool.submit(work, number % 2 == 0) for number in range(40)]
    assert most == 1
    assert sum(one.exception() is not None for one in done) == 20


@pytest.mark.parametrize("urgency", Urgency)
def test_streams_that_share_a_model_answer_as_if_alone(urgency: Urgency) -> None:
    model, turns = ColourBackbone(), Turns()
    shared = InTurn(model, turns, urgency)
    assert (shared.name, shared.labels, shared.reads, shared.steps, shared.answers, shared.fingerprint) == (
        model.name,
        model.labels,
        model.reads,
        model.steps,
        model.answers,
        model.fingerprint,
    )

    def probabilities(colour: tuple[int, int, int], of: ColourBackbone | InTurn) -> tuple[object, object]:
        analyzer = Analyzer(of, piece=8)
        for number in range(100):
            analyzer.push(Frame(number / model.reads.rate, plain(colour)))
        return analyzer.finish()[1].values, analyzer.clip_probabilities()

    colours = [RED, GREEN, BLUE] * 3
    with ThreadPoolExecutor(len(colours)) as pool:
        together = list(pool.map(lambda colour: probabilities(colour, shared), colours))
    for colour, answered in zip(colours, together, strict=True):
        for one, other in zip(answered, probabilities(colour, model), strict=True):
            np.testing.assert_array_equal(one, other)


class _Remark:
    """A stream that answers as another does, and remarks on it."""

    def __init__(self, inner: Stream) -> None:
        self.push, self.clip = inner.push, inner.clip

    def notes(self) -> tuple[str, ...]:
        return ("another camera than was learnt",)


class _RemarkingBackbone(ColourBackbone):
    def stream(self, *, height: int, width: int) -> Stream:
        return _Remark(super().stream(height=height, width=width))


@pytest.mark.parametrize(
    ("model", "said"), [(_RemarkingBackbone(), ("another camera than was learnt",)), (ColourBackbone(), ())]
)
def test_what_a_model_remarks_is_passed_on(model: ColourBackbone, said: tuple[str, ...]) -> None:
    analyzer = Analyzer(InTurn(model, Turns(), JOB), piece=8)
    for number in range(100):
        analyzer.push(Frame(number / model.reads.rate, plain(RED)))
    analyzer.finish()
    assert analyzer.notes() == said
