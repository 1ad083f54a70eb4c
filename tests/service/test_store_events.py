"""Events in the store: exact times, one end, what people say of them, and the table that is trained on."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from aisle.core import UsageError
from aisle.service.feedback import training_table
from aisle.service.records import Evidence, Review, Verdict
from aisle.service.store import Store

from .stores import NOON, Clock, event


def test_an_event_is_kept_with_its_exact_times(store: Store) -> None:
    happened = event(started=10)
    added = store.add_event(happened)
    assert added == store.event("e1")
    assert (added.event, added.at, added.evidence, added.review) == (happened, NOON + 10, None, None)
    assert store.event("nothing") is None


def test_where_an_event_was_is_kept_and_may_change(store: Store) -> None:
    begun = replace(event(started=10), place=(0.1, 0.2, 1 / 3, 1.0))
    store.add_event(begun)
    assert store.event("e1").event == begun
    later = replace(begun, updated=Fraction(12), place=(0.5, 0.5, 0.75, 0.75))
    assert store.update_event(later)
    assert store.event("e1").event == later


def test_events_of_the_version_before_have_no_place(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    store = Store(url)
    store.add_event(event())
    store.close()
    with sqlite3.connect(tmp_path / "a.db") as old:
        old.execute("ALTER TABLE events DROP COLUMN place")
        old.execute("UPDATE schema SET version = 2")
    old.close()
    again = Store(url)
    kept = again.event("e1")
    assert kept is not None
    assert kept.event == event()
    placed = replace(event("e2"), place=(0.0, 0.0, 0.5, 0.5))
    assert again.add_event(placed).event == placed
    again.close()


def test_an_event_of_a_file_has_the_time_of_its_record(store: Store, clock: Clock) -> None:
    clock.now += 7
    assert store.add_event(replace(event(), clock=None)).at == NOON + 7


def test_an_event_grows_and_ends_once(store: Store) -> None:
    begun = event(started=10)
    store.add_event(begun)
    assert store.update_event(replace(begun, updated=Fraction(12), peak=0.75))
    over = event(started=10, ended=20)
    assert store.update_event(over, Evidence("evidence/e1.mp4", Fraction(5)))
    assert not store.update_event(replace(begun, updated=Fraction(15)))
    assert store.update_event(over)
    kept = store.event("e1")
    assert (kept.event, kept.evidence) == (over, Evidence("evidence/e1.mp4", Fraction(5)))
    assert not store.update_event(event("e2"))


def test_events_of_a_killed_watcher_end_where_they_were_last_seen(store: Store) -> None:
    open_, over = event("open", started=10), event("over", started=10, ended=20)
    store.add_event(open_)
    store.add_event(over)
    assert store.end_events() == 1
    assert store.event("open").event == replace(open_, ended=open_.updated)
    assert store.event("over").event == over


def test_an_event_is_added_once(store: Store) -> None:
    store.add_event(event())
    with pytest.raises(UsageError, match="known already"):
        store.add_event(event())
    assert store.count_events() == 1


def test_events_are_found_by_what_is_asked_for(store: Store) -> None:
    store.add_event(event("a", camera="door", kind="theft", started=0, ended=5))
    store.add_event(event("b", camera="till", kind="theft", started=100))
    store.add_event(event("c", camera="door", kind="fight", started=200))
    store.review("a", Verdict.dismissed)

    def found(**conditions: object) -> str:
        return "".join(record.event.id for record in store.events(**conditions))

    assert found() == "cba"
    assert found(camera="door") == "ca"
    assert found(kind="theft", state="open") == "b"
    assert found(since=NOON, until=NOON + 200) == "ba"
    assert (found(state="open"), found(state="ended")) == ("cb", "a")
    assert (found(review="dismissed"), found(review="confirmed"), found(review="none")) == ("a", "", "cb")
    assert found(limit=1) == "c"
    assert found(before=store.event("b").number) == "a"
    assert (store.count_events(), store.count_events(state="open")) == (3, 2)


@pytest.mark.parametrize("condition", [{"state": "over"}, {"review": "maybe"}])
def test_an_unknown_state_or_review_is_refused(store: Store, condition: dict[str, str]) -> None:
    with pytest.raises(UsageError, match=r"allowed: .*, "):
        store.events(**condition)


def test_the_last_review_counts(store: Store, clock: Clock) -> None:
    store.add_event(event())
    store.review("e1", Verdict.confirmed, "took a bottle", "Front desk")
    clock.now += 60
    reviewed = store.review("e1", Verdict.dismissed, "put it back", "Ana")
    assert reviewed == store.event("e1")
    assert reviewed.review == Review(Verdict.dismissed, "put it back", "Ana", NOON + 60)
    assert store.review("nothing", Verdict.confirmed) is None


def test_a_removed_event_is_gone_with_its_review(store: Store) -> None:
    store.add_event(event())
    store.review("e1", Verdict.confirmed)
    assert store.remove_event("e1")
    assert not store.remove_event("e1")
    store.add_event(event())
    assert store.event("e1").review is None


def test_evidence_can_be_dropped(store: Store) -> None:
    store.add_event(event(), Evidence("evidence/e1.mp4", Fraction(1, 3)))
    assert store.event("e1").evidence == Evidence("evidence/e1.mp4", Fraction(1, 3))
    assert store.drop_evidence("e1")
    assert store.event("e1").evidence is None


def test_reviewed_events_with_a_clip_become_a_table(store: Store) -> None:
    clip = Evidence("evidence/a, b.mp4", Fraction(4))
    store.add_event(event("taken", started=10, ended=14), clip)
    store.add_event(event("nothing", started=10, ended=14, camera="till"), Evidence("evidence/c.mp4"))
    store.add_event(event("no clip", started=10, ended=14))
    store.add_event(event("lasts", started=10), clip)
    store.add_event(event("unseen", started=10, ended=14), clip)
    for id_ in ("taken", "no clip", "lasts"):
        store.review(id_, Verdict.confirmed)
    store.review("nothing", Verdict.dismissed)
    assert list(training_table(store)) == [
        "path,start,end,label,group\n",
        "evidence/c.mp4,,,normal,till\n",
        '"evidence/a, b.mp4",6.0,10.0,theft,door\n',
    ]
