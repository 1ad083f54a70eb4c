"""A real broker: Debian's mosquitto, which the tests start, kill and start again."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from aisle.core import MissingPartError, UsageError
from aisle.events.delivery import Delivery, NotNowError, Pace
from aisle.events.message import Account, Message
from aisle.events.mqtt import Publisher, broker
from aisle.events.sink import open_sink
from brokers import Mosquitto, free_port, happening, mosquitto, trusted_certificate, until

paho = pytest.importorskip("paho.mqtt.client", reason="needs paho-mqtt, of the extra alerts")

QUICK = Pace(first=0.01, most=0.1, farewell=10)


@dataclass
class Ear:
    """Topic, key, and whether it was retained, of all that came."""

    got: list[tuple[str, str, bool]] = field(default_factory=list)
    ready: bool = False

    @property
    def keys(self) -> list[str]:
        return [key for _, key, _ in self.got]


@contextlib.contextmanager
def listening(server: Mosquitto, topic: str = "#") -> Iterator[Ear]:
    """Subscribes with a session that the broker keeps, so that nothing escapes while it starts again."""
    ear = Ear()

    def hear(_client: Any, _data: Any, message: Any) -> None:
        ear.got.append((message.topic, json.loads(message.payload)["key"], message.retain))

    def subscribed(*_: Any) -> None:
        ear.ready = True

    client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id="ear", clean_session=False)
    client.on_message, client.on_subscribe = hear, subscribed
    client.on_connect = lambda *_: client.subscribe(topic, qos=1)
    client.reconnect_delay_set(1, 1)
    client.connect("127.0.0.1", server.port)
    client.loop_start()
    try:
        until(lambda: ear.ready)
        yield ear
    finally:
        client.disconnect()
        client.loop_stop()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Mosquitto]:
    with mosquitto(tmp_path) as started:
        yield started


def news(camera: str = "till 1") -> Message:
    return Account().message(happening(camera=camera), None)


def test_news_reaches_the_topic_of_its_camera_and_kind(server: Mosquitto, tmp_path: Path) -> None:
    with listening(server) as ear:
        sink = open_sink(f"mqtt://127.0.0.1:{server.port}", spool=tmp_path / "spool")
        for event in (happening(), happening(updated=3), happening(updated=3, ended=True)):
            sink.send(event, None)
        until(lambda: len(ear.got) == 3)
        sink.close()
    assert ear.got == [("aisle/till 1/shoplifting", f"e0-{number}", False) for number in range(3)]


@pytest.mark.parametrize(
    ("path", "camera", "topic"),
    [
        ("/", "till", "aisle/till/shoplifting"),
        ("/shops/7/", "till", "shops/7/till/shoplifting"),
        ("", "rtsp://a:b@host/#1", "aisle/rtsp:%2F%2Fa:...@host%2F%231/shoplifting"),
        ("", "+/100%\n", "aisle/%2B%2F100%25%0A/shoplifting"),
    ],
)
def test_a_name_is_one_level_of_the_topic(server: Mosquitto, path: str, camera: str, topic: str) -> None:
    publisher = Publisher(broker(f"mqtt://127.0.0.1:{server.port}{path}"))
    with listening(server) as ear:
        publisher.deliver(news(camera), None)
        until(lambda: ear.got)
    publisher.close()
    assert ear.got[0][0] == topic


@pytest.mark.parametrize(("option", "kept"), [("?retain=1", ["e0-0"]), ("?retain=0", []), ("", [])])
def test_the_latest_state_is_kept_where_that_is_asked_for(server: Mosquitto, option: str, kept: list[str]) -> None:
    publisher = Publisher(broker(f"mqtt://127.0.0.1:{server.port}{option}"))
    publisher.deliver(news(), None)
    publisher.close()
    with listening(server) as ear:
        Publisher(broker(f"mqtt://127.0.0.1:{server.port}/other")).deliver(news(), None)
        until(lambda: any(topic.startswith("other") for topic, _, _ in ear.got))
    assert [key for topic, key, retained in ear.got if retained and topic.startswith("aisle/")] == kept


def test_a_broker_that_is_killed_and_comes_back(server: Mosquitto, tmp_path: Path) -> None:
    publisher = Publisher(broker(f"mqtt://127.0.0.1:{server.port}"))
    with listening(server) as ear:
        delivery = Delivery(publisher, tmp_path / "spool", pace=QUICK)
        delivery.send(happening(0), None)
        until(lambda: ear.keys == ["e0-0"])
        until((tmp_path / "mosquitto.db").exists)  # the ear's session is on disk
        server.kill()
        for number in range(1, 6):
            delivery.send(happening(number), None)
        until(lambda: delivery.statistics.failed > 1)
        assert delivery.statistics.waiting == 5
        server.start()
        until(lambda: len(set(ear.keys)) == 6)
        until(lambda: delivery.statistics.waiting == 0)
        delivery.close()
    assert list(dict.fromkeys(ear.keys)) == [f"e{number}-0" for number in range(6)]


def test_what_waits_is_published_by_the_next_process(server: Mosquitto, tmp_path: Path) -> None:
    address = f"mqtt://127.0.0.1:{server.port}"
    server.kill()
    gone = open_sink(address, spool=tmp_path / "spool")
    gone.send(happening(0), None)
    gone.close()
    server.start()
    with listening(server) as ear:
        sink = open_sink(address, spool=tmp_path / "spool")
        until(lambda: ear.keys == ["e0-0"])
        sink.close()


def test_a_password_and_tls(tmp_path: Path) -> None:
    passwords = tmp_path / "passwords"
    passwords.write_text("guard:p@ss\n", encoding="utf-8")
    try:
        subprocess.run(["mosquitto_passwd", "-U", str(passwords)], check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("no mosquitto_passwd on this machine")
    with trusted_certificate(tmp_path) as made:
        settings = (f"cafile {made.cert}", f"certfile {made.cert}", f"keyfile {made.key}", f"password_file {passwords}")
        with mosquitto(tmp_path, *settings) as server:
            at = f"localhost:{server.port}"
            right = Publisher(broker(f"mqtts://guard:p%40ss@{at}"))
            right.deliver(news(), None)
            right.close()
            with pytest.raises(NotNowError, match=f"cannot connect to mqtts://{at}; got: Not authorized"):
                Publisher(broker(f"mqtts://guard:wrong@{at}")).deliver(news(), None)
            with pytest.raises(NotNowError, match=f"mqtt://{at}"):
                Publisher(broker(f"mqtt://guard:p%40ss@{at}"), patience=2).deliver(news(), None)


@pytest.mark.filterwarnings("ignore:Exception ignored in. <ssl")  # paho leaves the socket to the garbage collector
def test_a_broker_nobody_has_signed_for(tmp_path: Path) -> None:
    with trusted_certificate(tmp_path) as made:
        settings = (f"certfile {made.cert}", f"keyfile {made.key}", "allow_anonymous true")
    with mosquitto(tmp_path, *settings) as server, pytest.raises(NotNowError, match="CERTIFICATE_VERIFY_FAILED"):
        Publisher(broker(f"mqtts://localhost:{server.port}")).deliver(news(), None)


def test_nobody_there() -> None:
    with pytest.raises(NotNowError, match=r"cannot reach mqtt://127\.0\.0\.1:"):
        Publisher(broker(f"mqtt://guard:hunter2@127.0.0.1:{free_port()}")).deliver(news(), None)


def test_no_password_is_shown() -> None:
    made = broker("mqtt://guard:hunter2@host/shop")
    assert "hunter2" not in repr(made)
    assert (made.where, made.port, made.prefix, made.password) == ("mqtt://host", 1883, "shop", "hunter2")
    assert broker("mqtts://host").port == 8883


@pytest.mark.parametrize("address", ["mqtt://", "mqtt://host:x", "mqtt://host?qos=2", "mqtt://host?retain=yes"])
def test_what_is_no_address(address: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="allowed: mqtt://name:password@host"):
        open_sink(address, spool=tmp_path)


def test_without_paho_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "paho.mqtt.client", None)
    monkeypatch.delattr(sys.modules["paho.mqtt"], "client", raising=False)
    with pytest.raises(MissingPartError, match=r"pip install \"aisle\[alerts\]\""):
        open_sink("mqtt://host", spool=tmp_path)
