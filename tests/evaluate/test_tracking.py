from __future__ import annotations

import numpy as np
import pytest

from aisle.core import UsageError
from aisle.core.boxes import Boxes
from aisle.core.detections import NOBODY, PERSON, Detections
from aisle.evaluate.tracking import Followed, evaluate_tracking

Look = dict[int, float]


def _looks(*looks: Look) -> list[Detections]:
    """Squares of 10 pixels by track, each with its left edge."""
    return [
        Detections(
            Boxes(
                np.array([(x, 0, x + 10, 10) for x in look.values()], np.float32).reshape(-1, 4),
                np.ones(len(look), np.float32),
            ),
            (PERSON,) * len(look),
            np.array(list(look), np.int64),
        )
        for look in looks
    ]


def test_who_is_followed_perfectly() -> None:
    truth = _looks({1: 0, 2: 50}, {1: 5, 2: 50}, {})
    found = _looks({7: 0, 3: 50}, {7: 5, 3: 50}, {})
    figures = evaluate_tracking([Followed(truth, found)])
    assert (figures.mota, figures.idf1, figures.hota, figures.switches) == (1, 1, 1, 0)
    assert (figures.precision, figures.recall, figures.people, figures.looks) == (1, 1, 2, 3)


def test_a_switch_is_counted_by_hand() -> None:
    # Six boxes of the truth. Person 2 becomes 9 and stays so: one switch, MOTA = 1 - 1/6. Of the two numbers of person
    # 2, 9 fits better (two looks): five boxes bear the right number, one is missed and one is too many: IDF1 = 5/6.
    truth = _looks({1: 0, 2: 50}, {1: 0, 2: 50}, {1: 0, 2: 50})
    found = _looks({1: 0, 2: 50}, {1: 0, 9: 50}, {1: 0, 9: 50})
    figures = evaluate_tracking([Followed(truth, found)])
    assert figures.switches == 1
    assert figures.mota == pytest.approx(5 / 6)
    assert figures.idf1 == pytest.approx(5 / 6)


def test_the_missed_and_the_false_are_counted_by_hand() -> None:
    # Four boxes of the truth, three found and one that is nobody: MOTA = 1 - (1 + 1) / 4.
    truth = _looks({1: 0, 2: 50}, {1: 0, 2: 50})
    found = _looks({1: 0, 2: 50}, {1: 0, NOBODY: 300})
    figures = evaluate_tracking([Followed(truth, found)])
    assert (figures.mota, figures.switches) == (0.5, 0)
    assert (figures.precision, figures.recall) == (0.75, 0.75)


def test_a_box_that_overlaps_too_little_is_another() -> None:
    truth, found = _looks({1: 0}), _looks({1: 4})  # 6 of 14 pixels are shared
    assert evaluate_tracking([Followed(truth, found)]).recall == 0
    assert evaluate_tracking([Followed(truth, found)], overlap=0.4).recall == 1


def test_numbers_of_several_videos_do_not_mix() -> None:
    one = Followed(_looks({1: 0}, {1: 0}), _looks({1: 0}, {1: 0}))
    other = Followed(_looks({1: 0}, {1: 0}), _looks({5: 0}, {5: 0}))
    figures = evaluate_tracking([one, other])
    assert (figures.switches, figures.idf1, figures.people, figures.looks) == (0, 1, 2, 4)


def test_nobody_found_is_an_answer_and_nobody_there_is_not() -> None:
    figures = evaluate_tracking([Followed(_looks({1: 0}), _looks({}))])
    assert (figures.mota, figures.idf1, figures.recall) == (0, 0, 0)
    with pytest.raises(UsageError, match="nobody to be followed"):
        evaluate_tracking([Followed(_looks({}), _looks({1: 0}))])
    with pytest.raises(UsageError, match="of the same looks"):
        Followed(_looks({}), _looks({}, {}))
