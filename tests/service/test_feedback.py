"""A story: a guard reviews alarms, and a head is trained on what they said."""

from __future__ import annotations

from fractions import Fraction

from aisle.core.event import Event
from aisle.data.find import open_dataset
from aisle.service.feedback import training_table
from aisle.service.folder import DataFolder
from aisle.service.records import Evidence, Verdict
from aisle.service.store import Store
from videos import make_video


def test_reviewed_events_are_a_dataset_that_is_read_back(plain_store: Store, folder: DataFolder) -> None:
    cameras = {"door": Verdict.confirmed, "till, left": Verdict.dismissed, "été": Verdict.confirmed}
    for index, (camera, verdict) in enumerate(cameras.items()):
        clip = folder.evidence / f"{index}.mp4"
        make_video(clip)
        begun, third = Fraction(100), Fraction(1, 3)
        happened = Event(str(index), camera, "theft", begun, begun + third, begun + third, 0.9)
        plain_store.add_event(happened, Evidence(f"evidence/{clip.name}", start=begun - third))
        plain_store.review(happened.id, verdict)
    (folder.root / "clips.csv").write_text("".join(training_table(plain_store)), encoding="utf-8")
    dataset = open_dataset(folder.root)
    assert (dataset.kind, dataset.problems, dataset.grouped) == ("clips_csv", (), True)
    assert dataset.labels.names == ("normal", "theft")
    said = {example.group: (example.label, example.start, example.end) for example in dataset.examples}
    stretch = (Fraction("0.333333"), Fraction("0.666667"))
    assert said == {
        "door": ("theft", *stretch),
        "till, left": ("normal", *stretch),
        "été": ("theft", *stretch),
    }


def test_a_table_without_reviews_has_its_heading_alone(plain_store: Store) -> None:
    assert list(training_table(plain_store)) == ["path,start,end,label,group\n"]


def test_what_became_of_a_camera_itself_is_no_example(plain_store: Store) -> None:
    happened = Event("1", "door", "camera covered", Fraction(1), Fraction(5), Fraction(5), 0.9)
    plain_store.add_event(happened, Evidence("evidence/1.mp4", start=Fraction(0)))
    plain_store.review("1", Verdict.confirmed)
    assert list(training_table(plain_store)) == ["path,start,end,label,group\n"]
