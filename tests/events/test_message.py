from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from aisle.core import DamagedError
from aisle.events.message import Account, Message
from brokers import happening

CLOCK = Fraction(1_700_000_000) + Fraction(1, 8)


def test_every_piece_of_news_is_numbered_and_named() -> None:
    account = Account()
    news = [happening(), happening(1), happening(updated=3), happening(updated=3, ended=True)]
    messages = [account.message(event, None) for event in news]
    assert [(one.key, one.sequence, one.state) for one in messages] == [
        ("e0-0", 0, "started"),
        ("e1-0", 0, "started"),
        ("e0-1", 1, "updated"),
        ("e0-2", 2, "ended"),
    ]


def test_the_json() -> None:
    account = Account()
    account.message(happening(), None)
    event = happening(updated=4, ended=True, clock=CLOCK)
    assert json.loads(account.message(event, Path("/srv/clips/e0.mp4")).json()) == {
        "key": "e0-1",
        "id": "e0",
        "sequence": 1,
        "camera": "till 1",
        "kind": "shoplifting",
        "state": "ended",
        "started_s": 1.0,
        "updated_s": 4.0,
        "ended_s": 4.0,
        "started_at": "2023-11-14T22:13:21.125Z",
        "updated_at": "2023-11-14T22:13:24.125Z",
        "ended_at": "2023-11-14T22:13:24.125Z",
        "peak": 0.75,
        "evidence": "e0.mp4",
        "place": None,
    }


def test_a_place_is_told_and_read_again() -> None:
    message = Account().message(replace(happening(), place=(0.5, 1 / 3, 0.75, 1.0)), None)
    assert json.loads(message.json())["place"] == [0.5, 0.3333, 0.75, 1.0]
    assert Message.read(json.loads(message.json())) == message


def test_what_an_older_aisle_left_to_be_sent_is_read() -> None:
    message = Account().message(happening(), None)
    older = json.loads(message.json())
    del older["place"]
    assert Message.read(older) == message


def test_what_nobody_knows_is_null() -> None:
    message = Account().message(happening(), None)
    unknown = (message.ended_s, message.started_at, message.updated_at, message.ended_at, message.evidence)
    assert unknown == (None,) * 5


def test_a_line_is_a_line_and_is_read_again() -> None:
    event = replace(happening(), camera="Kasse\nzwei \N{GREEK SMALL LETTER ALPHA}")
    message = Account().message(event, None)
    assert "\n" not in message.json()
    assert Message.read(json.loads(message.json())) == message


def test_a_cameras_password_is_not_told() -> None:
    message = Account().message(happening(camera="rtsp://admin:hunter2@10.0.0.7/1"), None)
    assert message.camera == "rtsp://admin:...@10.0.0.7/1"


@pytest.mark.parametrize("content", [None, [], {}, {"key": "a"}])
def test_what_is_no_message(content: object) -> None:
    with pytest.raises(DamagedError, match="no message"):
        Message.read(content)
