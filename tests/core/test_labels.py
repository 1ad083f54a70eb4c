from __future__ import annotations

import pytest

from aisle.core import LabelSet, UnknownNameError, UsageError

LABELS = LabelSet(("walking", "standing"))


def test_labels_know_their_place() -> None:
    assert (len(LABELS), LABELS[1], LABELS.index("standing")) == (2, "standing", 1)
    assert list(LABELS) == ["walking", "standing"]


def test_an_unknown_label_is_met_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown label; got: 'walkin'.*did you mean walking"):
        LABELS.index("walkin")


@pytest.mark.parametrize(("names", "got"), [((), "none"), (("a", "b", "a"), r"repeated: \['a'\]")])
def test_labels_that_cannot_be_told_apart_are_refused(names: tuple[str, ...], got: str) -> None:
    with pytest.raises(UsageError, match=f"got: {got}"):
        LabelSet(names)
