"""News to an MQTT broker, from where home automation and control rooms take it: QoS 1, one topic a camera and kind."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from aisle.core import MissingPartError, UsageError
from aisle.events._place import place
from aisle.events.delivery import Delivery, NotNowError, folder_of
from aisle.events.message import Message

if TYPE_CHECKING:
    from paho.mqtt.client import Client

SCHEMES = ("mqtt", "mqtts")
PORTS = {"mqtt": 1883, "mqtts": 8883}
PREFIX = "aisle"
EXAMPLE = "mqtt://name:password@host:1883/prefix?retain=1"
PATIENCE = 10
"""Seconds that a broker may take to answer."""


@dataclass(frozen=True)
class Broker:
    """Where messages are published; `retain` keeps the latest of each topic for those who subscribe later."""

    where: str
    host: str
    port: int
    encrypted: bool
    name: str
    password: str = field(repr=False)
    prefix: str
    retain: bool


class Publisher:
    """Publishes to `broker`, over one connection until that fails. Raises MissingPartError without paho-mqtt."""

    def __init__(self, broker: Broker, patience: float = PATIENCE) -> None:
        self._broker, self._patience = broker, patience
        self.where, self._paho = broker.where, _paho()
        self._client: Client | None = None
        self._news = threading.Event()  # the broker has answered, or is gone

    def takes(self, _message: Message) -> bool:
        return True

    def deliver(self, message: Message, _clip: Path | None) -> None:
        """Returns with the broker's acknowledgement. Raises NotNowError without one."""
        try:
            client = self._connected()
            self._news.clear()
            told = client.publish(self._topic(message), message.json(), qos=1, retain=self._broker.retain)
            if told.rc == 0:
                self._news.wait(self._patience)
            taken = told.is_published()
        except (OSError, RuntimeError, ValueError) as error:
            self.close()
            raise NotNowError(f"cannot reach {self.where}", got=error) from error
        if not taken:
            self.close()
            raise NotNowError(f"{self.where} does not acknowledge", got="no answer")

    def close(self) -> None:
        """A client that failed is not used again: it would send what it still holds behind our back."""
        client, self._client = self._client, None
        if client is not None:
            client.disconnect()
            client.loop_stop()

    def _connected(self) -> Client:
        if self._client is not None and self._client.is_connected():
            return self._client
        self.close()
        self._client = client = self._new_client()
        self._news.clear()
        client.connect(self._broker.host, self._broker.port, keepalive=30)
        client.loop_start()
        self._news.wait(self._patience)
        if not client.is_connected():
            self.close()
            raise NotNowError(f"cannot connect to {self.where}", got=self._refusal)
        return client

    def _new_client(self) -> Client:
        client: Client = self._paho.Client(self._paho.CallbackAPIVersion.VERSION2, reconnect_on_failure=False)
        client.connect_timeout = self._patience
        if self._broker.name:
            client.username_pw_set(self._broker.name, self._broker.password)
        if self._broker.encrypted:
            client.tls_set()
        self._refusal = "no answer"
        client.on_connect = self._answered
        client.on_publish = client.on_disconnect = lambda *_: self._news.set()
        return client

    def _answered(self, _client: Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self._refusal = str(reason)
        self._news.set()

    def _topic(self, message: Message) -> str:
        return f"{self._broker.prefix}/{_level(message.camera)}/{_level(message.kind)}"


def sink(address: str, spool: Path) -> Delivery:
    """`mqtt://name:password@host:1883/prefix`, mqtts:// for TLS; with `?retain=1` the broker keeps the latest state."""
    return Delivery(Publisher(broker(address)), folder_of(address, spool))


def broker(address: str) -> Broker:
    """Raises UsageError for what is no broker's address."""
    at = place(address, allowed=EXAMPLE)
    if set(at.options) - {"retain"} or at.options.get("retain", "1") not in ("0", "1"):
        raise UsageError("unknown options of a broker's address", got=at.query, allowed=EXAMPLE)
    return Broker(
        where=at.where,
        host=at.host,
        port=at.port or PORTS[at.scheme],
        encrypted=at.scheme == "mqtts",
        name=at.name,
        password=at.password,
        prefix=unquote(at.path).strip("/") or PREFIX,
        retain=at.options.get("retain") == "1",
    )


def _paho() -> ModuleType:
    try:
        import paho.mqtt.client
    except ImportError as error:
        raise MissingPartError("telling an MQTT broker", name="paho-mqtt", extra="alerts") from error
    return paho.mqtt.client


def _level(name: str) -> str:
    """One level of a topic, in which MQTT gives /, + and # a meaning."""
    return re.sub(r"[%/+#\x00-\x1f\x7f-\x9f]", lambda found: f"%{ord(found[0]):02X}", name)
