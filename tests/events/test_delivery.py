"""News that must arrive: in order, at least once, whatever dies in between."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from aisle.core import AisleError, OutputError, UsageError
from aisle.events.delivery import Carrier, Delivery, NotNowError, Pace, RefusedError, folder_of
from aisle.events.message import Message
from aisle.events.spool import Bounds
from aisle.events.webhook import webhook
from brokers import Answer, Receiver, free_port, happening, receiving, until

QUICK = Pace(first=0.001, most=0.01, farewell=10)

SENDER = """
import itertools, sys
from pathlib import Path
from aisle.events.sink import open_sink
from brokers import happening
sink = open_sink(sys.argv[1], spool=Path(sys.argv[2]))
for number in itertools.count():
    sink.send(happening(number), None)
    print(f"e{number}-0", flush=True)
"""


@dataclass
class Friend:
    """Takes everything but what `answer` raises."""

    where: str = "friend://"
    wanted: Callable[[Message], bool] = lambda _: True
    answer: Callable[[Message], object] = lambda _: None
    got: list[str] = field(default_factory=list)
    closed: bool = False

    def takes(self, message: Message) -> bool:
        return self.wanted(message)

    def deliver(self, message: Message, _clip: Path | None) -> None:
        self.answer(message)
        self.got.append(message.key)

    def close(self) -> None:
        self.closed = True


def raising(*errors: BaseException | None) -> Callable[[Message], None]:
    """One for each attempt, None for none, and then none."""
    left = list(errors)

    def answer(_: Message) -> None:
        if left and (error := left.pop(0)) is not None:
            raise error

    return answer


def send(delivery: Delivery, *numbers: int) -> None:
    for number in numbers:
        delivery.send(happening(number), None)


def away() -> NotNowError:
    return NotNowError("nobody there", got="silence")


def test_news_arrives_in_order_and_leaves_nothing(tmp_path: Path) -> None:
    friend = Friend()
    delivery = Delivery(friend, tmp_path, pace=QUICK)
    send(delivery, *range(20))
    delivery.close()
    assert friend.got == [f"e{number}-0" for number in range(20)]
    assert (list(tmp_path.glob("*.json")), friend.closed) == ([], True)


def test_what_fails_is_tried_again_and_holds_up_the_rest(tmp_path: Path) -> None:
    friend = Friend(answer=raising(away(), None, away(), away()))
    delivery = Delivery(friend, tmp_path, pace=QUICK)
    send(delivery, 0, 1, 2)
    until(lambda: delivery.statistics.delivered == 3)
    assert friend.got == ["e0-0", "e1-0", "e2-0"]
    statistics = delivery.statistics
    assert (statistics.failed, statistics.waiting, statistics.problem) == (3, 0, "")
    delivery.close()


def test_who_asks_to_be_left_alone_is(tmp_path: Path) -> None:
    asked = NotNowError("too many", got="429", after=3600)
    delivery = Delivery(Friend(answer=raising(asked)), tmp_path, pace=QUICK)
    send(delivery, 0)
    until(lambda: delivery.statistics.failed)
    send(delivery, 1, 2)  # each wakes the thread
    delivery.close()
    assert (delivery.statistics.delivered, delivery.statistics.failed, delivery.statistics.waiting) == (0, 1, 3)


def test_a_failure_says_why_and_is_logged_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "aisle.events")
    friend = Friend(answer=raising(*(away() for _ in range(5))))
    delivery = Delivery(friend, tmp_path, pace=QUICK)
    send(delivery, 0)
    until(lambda: delivery.statistics.delivered)
    delivery.close()
    assert caplog.messages == [
        "friend:// cannot be told, and is tried again: nobody there; got: silence",
        "friend:// is told again",
    ]


def test_what_is_refused_is_set_aside_and_the_rest_goes_on(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    friend = Friend(answer=raising(RefusedError("never", got="410")))
    delivery = Delivery(friend, tmp_path, pace=QUICK)
    send(delivery, 0, 1)
    until(lambda: friend.got)
    delivery.close()
    assert (friend.got, delivery.statistics.refused) == (["e1-0"], 1)
    assert len(list((tmp_path / "refused").glob("*.json"))) == 1
    assert caplog.messages == ["a message for friend:// was set aside: never; got: 410"]


def test_a_fault_of_ours_holds_nothing_up(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    friend = Friend(answer=raising(ZeroDivisionError("our fault")))
    delivery = Delivery(friend, tmp_path, pace=QUICK)
    send(delivery, 0, 1)
    until(lambda: friend.got)
    delivery.close()
    assert (friend.got, delivery.statistics.refused) == (["e1-0"], 1)
    assert caplog.messages[0].startswith("a fault of ours: e0-0")


def test_a_broken_file_holds_nothing_up(tmp_path: Path) -> None:
    (tmp_path / "000000000000.started.json").write_text("{", encoding="utf-8")
    friend = Friend()
    delivery = Delivery(friend, tmp_path, pace=QUICK)
    send(delivery, 1)
    until(lambda: friend.got)
    delivery.close()
    assert (friend.got, delivery.statistics.refused) == (["e1-0"], 1)


def test_what_a_sink_does_not_take_never_waits(tmp_path: Path) -> None:
    friend = Friend(wanted=lambda message: message.state != "updated", answer=raising(away()))
    delivery = Delivery(friend, tmp_path, pace=Pace(first=60, most=60))
    for event in (happening(), happening(updated=3), happening(updated=4, ended=True)):
        delivery.send(event, None)
    assert delivery.statistics.waiting == 2
    delivery.close()


def test_too_many_that_wait_are_dropped_counted_and_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    friend = Friend(answer=raising(away()))
    delivery = Delivery(friend, tmp_path, bounds=Bounds(count=2), pace=Pace(first=60, most=60))
    send(delivery, 0)
    until(lambda: delivery.statistics.failed)
    send(delivery, 1, 2, 3)
    statistics = delivery.statistics
    assert (statistics.waiting, statistics.dropped) == (2, 2)
    assert [text for text in caplog.messages if "dropped" in text] == [
        "messages for friend:// are dropped, as too many wait: the oldest go first"
    ]
    delivery.close()


def test_closing_leaves_what_cannot_go_for_the_next_start(tmp_path: Path) -> None:
    delivery = Delivery(Friend(answer=raising(away())), tmp_path, pace=Pace(first=3600, most=3600, farewell=3600))
    send(delivery, 0, 1)
    until(lambda: delivery.statistics.failed)
    delivery.close()
    friend = Friend()
    again = Delivery(friend, tmp_path, pace=QUICK)
    until(lambda: len(friend.got) == 2)
    again.close()
    assert friend.got == ["e0-0", "e1-0"]


def test_closing_does_not_wait_for_who_stalls(tmp_path: Path) -> None:
    go = threading.Event()
    stalling = Friend(answer=lambda _: go.wait(30))
    delivery = Delivery(stalling, tmp_path, pace=Pace(farewell=0.05))
    send(delivery, 0)
    delivery.close()
    friend = Friend()
    again = Delivery(friend, tmp_path, pace=QUICK)
    until(lambda: friend.got)
    go.set()
    again.close()
    until(lambda: stalling.got)
    assert (friend.got, stalling.got, delivery.statistics.delivered) == (["e0-0"], ["e0-0"], 0)  # twice, with one key


def test_a_closed_sink_takes_nothing(tmp_path: Path) -> None:
    delivery = Delivery(Friend(), tmp_path, pace=QUICK)
    delivery.close()
    delivery.close()
    with pytest.raises(UsageError, match="closed; got: news of e0"):
        send(delivery, 0)


def test_a_disk_that_refuses_is_told_to_who_sends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    friend = Friend()
    delivery = Delivery(friend, tmp_path, pace=QUICK)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OutputError, match="free some space"):
            send(delivery, 0)
    send(delivery, 1)
    delivery.close()
    assert friend.got == ["e1-0"]


def test_many_threads_send(tmp_path: Path) -> None:
    friend = Friend()
    delivery = Delivery(friend, tmp_path, pace=QUICK)
    threads = [threading.Thread(target=send, args=(delivery, *range(first, first + 10))) for first in (0, 10, 20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    delivery.close()
    assert sorted(friend.got) == sorted(f"e{number}-0" for number in range(30))


def test_pauses_double_up_to_the_longest() -> None:
    pace = Pace(first=1, most=60)
    for failures, longest in [(1, 1), (2, 2), (5, 16), (7, 60), (5000, 60)]:
        assert all(longest / 2 <= pace.pause(failures) <= longest for _ in range(20))


def test_a_spools_folder_says_whose_it_is_and_no_password(tmp_path: Path) -> None:
    one = folder_of("mqtt://guard:hunter2@10.0.0.7/shop", tmp_path)
    assert one.name.startswith("mqtt-10.0.0.7-")
    assert one == folder_of("mqtt://guard:changed@10.0.0.7/shop", tmp_path)
    others = ["mqtt://guard@10.0.0.7/store", "mqtt://head@10.0.0.7/shop", "mqtt://guard@10.0.0.7/shop?token=1"]
    assert one not in [folder_of(other, tmp_path) for other in others]


def test_errors_are_of_the_family() -> None:
    assert all(isinstance(error, AisleError) for error in (away(), RefusedError("no", got="410")))
    friend: Carrier = Friend()
    assert friend.where == "friend://"


@pytest.mark.parametrize("up", [False, True], ids=["nobody there", "in the middle of it"])
def test_kill_9_loses_nothing_and_repeats_only_what_has_the_same_key(
    up: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AISLE_WEBHOOK_SECRET", "known to both")
    port, spool, receiver = free_port(), tmp_path / "spool", Receiver()
    address = f"http://127.0.0.1:{port}/hook"
    call = [sys.executable, "-c", SENDER, address, str(spool)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}

    def sent(count: int) -> list[str]:
        """Keys of which `send` returned before the process was killed."""
        with subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment) as process:
            assert process.stdout is not None
            keys = [process.stdout.readline() for _ in range(count)]
            process.send_signal(signal.SIGKILL)
            return [key.decode().strip() for key in [*keys, *process.stdout]]

    if up:
        with receiving(receiver, port):
            keys = sent(40)
    else:
        keys = sent(40)
    with receiving(receiver, port):
        delivery = Delivery(webhook(address), folder_of(address, spool), pace=QUICK)
        until(lambda: delivery.statistics.waiting == 0)
        delivery.close()
    bodies = {json.loads(posted.body)["key"]: posted.body for posted in receiver.got}
    assert list(bodies)[: len(keys)] == keys
    assert {posted.body for posted in receiver.got} == set(bodies.values())
    assert len(receiver.got) <= len(bodies) + 1  # the one that was on its way


def test_a_server_that_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AISLE_WEBHOOK_SECRET", "known to both")
    receiver = Receiver(answers=[Answer(503), Answer(200), Answer(500)])
    with receiving(receiver):
        delivery = Delivery(webhook(receiver.url), tmp_path, pace=QUICK)
        send(delivery, 0, 1, 2)
        until(lambda: delivery.statistics.delivered == 3)
        delivery.close()
    keys = [posted.headers["Idempotency-Key"] for posted in receiver.got]
    assert keys == ["e0-0", "e0-0", "e1-0", "e1-0", "e2-0"]
