from __future__ import annotations

import sys
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest

from aisle.core import UnknownNameError, UsageError
from aisle.events import sink as finding
from aisle.events.sink import open_sink

OTHER = """
SCHEMES = ("pager",)


class Pager:
    def __init__(self, address):
        self.address = address

    def send(self, event, evidence): ...

    def close(self): ...


def sink(address, spool):
    return Pager(address)
"""


@pytest.mark.parametrize(
    ("address", "near"), [("htps://host", "http"), ("C:\\alarms.txt", ""), ("", ""), ("mqt://host", "mqtt")]
)
def test_an_unknown_kind_lists_those_that_are(address: str, near: str, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="-, http, https, jsonl, mqtt, mqtts, smtp, smtps") as caught:
        open_sink(address, spool=tmp_path)
    assert near in caught.value.do


def test_an_unknown_kind_does_not_show_a_password(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError) as caught:
        open_sink("amqp://guard:hunter2@host", spool=tmp_path)
    assert "hunter2" not in str(caught.value)


def test_one_address_is_one_sink(tmp_path: Path) -> None:
    address = "smtp://localhost:25/?to=a@b.c&from=d@e.f"
    sink = open_sink(address, spool=tmp_path)
    with pytest.raises(UsageError, match="the sink is named twice"):
        open_sink(address, spool=tmp_path)
    other = open_sink(address.replace("a@b.c", "b@b.c"), spool=tmp_path)
    sink.close()
    other.close()


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module of another package that an entry point names `pager`."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "pager_sink", raising=False)
    entries = EntryPoints([EntryPoint("pager", "pager_sink", "aisle.sinks")])
    monkeypatch.setattr(finding, "entry_points", lambda group: entries.select(group=group))
    return tmp_path / "pager_sink.py"


def test_another_package_adds_a_kind(plugin: Path, tmp_path: Path) -> None:
    plugin.write_text(OTHER, encoding="utf-8")
    sink = open_sink("pager:5551234", spool=tmp_path)
    assert vars(sink) == {"address": "pager:5551234"}


@pytest.mark.parametrize(
    ("text", "said"), [("import no_such_package", "pager cannot be loaded"), ("SCHEMES = ()", "pager is none")]
)
def test_a_plugin_that_is_broken_is_named(plugin: Path, text: str, said: str, tmp_path: Path) -> None:
    plugin.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=f"the sink {said}"):
        open_sink("-", spool=tmp_path)
